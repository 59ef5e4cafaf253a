//! Mails to people about their own way in: they belong to no account, so they are in no account's log.

use jiff::Timestamp;

use crate::domain::delivery::Outcome;
use crate::domain::personal_mail::PersonalLetter;
use crate::domain::values::EmailAddress;

use super::mail::Envelope;
use super::progress::Progress;
use super::render;
use super::sender::{Sender, not_composed};

impl Sender {
    /// Mails a person. Tried again under the same id, it is the same mail.
    pub async fn to_person(
        &self,
        address: &EmailAddress,
        letter: &PersonalLetter,
        id: &str,
        date: Timestamp,
    ) -> Outcome {
        let content = match render::write_personal(letter) {
            Ok(content) => content,
            Err(error) => return not_composed(&error.to_string()),
        };
        let envelope = Envelope {
            to: address.clone(),
            from: None,
            reply_to: None,
            message_id: id.to_owned(),
            references: None,
            unsubscribe: None,
            date,
            is_test: false,
        };
        self.send_mail(&envelope, &content, &Progress::default()).await
    }
}
