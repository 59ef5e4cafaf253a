//! The mail that asks an address whether it wants the mails of an account.

use crate::domain::delivery::{OutboxMessage, Outcome};
use crate::domain::letter::{Letter, Reader};
use crate::domain::message_content::MessageContent;
use crate::domain::values::EmailAddress;

use super::mail::Envelope;
use super::progress::Progress;
use super::render;
use super::sender::{Sender, not_composed};

impl Sender {
    /// Asks an address whether it wants mails. The log does not keep this one: whoever read its link there could
    /// answer for somebody else.
    pub(crate) async fn ask_to_confirm(
        &self,
        message: &OutboxMessage,
        address: &EmailAddress,
        progress: &Progress,
    ) -> Outcome {
        let delivery = &message.delivery;
        let Some(payload) = message.fields() else {
            return not_composed("the stored payload cannot be read");
        };
        let content = MessageContent::read(&delivery.event_key, &payload, self.catalog(), false);
        let token = self.confirmation_links().sign(delivery.account_id, address);
        let reader = Reader::Subscriber { unsubscribe: None };
        let audience = self.mail_context(message, address, false, reader);
        let link = format!("{}/u/{token}", audience.public_url);
        let letter = content.map(|content| Letter::asking_to_confirm(&content, &audience, link));
        let mail = match letter.map(|letter| render::write(&letter)) {
            Ok(Ok(mail)) => mail,
            Ok(Err(error)) => return not_composed(&error.to_string()),
            Err(error) => return not_composed(&error.to_string()),
        };
        let envelope = Envelope {
            to: address.clone(),
            from: None,
            reply_to: None,
            message_id: delivery.id.to_string(),
            references: None,
            unsubscribe: None,
            date: delivery.created_at,
            is_test: false,
        };
        let mut outcome = self.send_mail(&envelope, &mail, progress).await;
        outcome.transcript.request_body.clear();
        outcome
    }
}
