//! One delivery, ready to be sent.

use jiff::Timestamp;
use uuid::Uuid;

use crate::domain::delivery::Trigger;
use crate::domain::event::Payload;
use crate::domain::kinds::Kind;
use crate::domain::values::EmailAddress;

use super::sealed::Sealed;

/// What is to be sent, and where to.
pub struct Job {
    /// The delivery's id.
    pub delivery_id: Uuid,
    /// The first delivery's id of this event to this target, the `webhook-id` of signed webhooks.
    pub first_id: String,
    /// Whose it is.
    pub account_id: i64,
    /// The catalogue's key, or [`crate::domain::notification::AD_HOC`].
    pub event_key: String,
    /// Why it is sent.
    pub trigger: Trigger,
    /// The event's payload, as JSON text.
    pub payload: String,
    /// When it was accepted: a mail's date, the same on every try.
    pub accepted_at: Timestamp,
    /// When it is sent, for the signature.
    pub at: Timestamp,
    /// Where to.
    pub to: To,
}

impl Job {
    /// Whether receivers are told that it is only a test.
    #[must_use]
    pub fn is_test(&self) -> bool {
        self.trigger == Trigger::Test
    }

    /// The payload's fields; `None` if what was stored is no JSON object.
    pub(super) fn fields(&self) -> Option<Payload> {
        serde_json::from_str(&self.payload).ok()
    }
}

/// Where a job goes.
pub enum To {
    /// The shared webhook's URL.
    SharedWebhook(Sealed),
    /// A mail to the primary contact.
    PrimaryContact(EmailAddress),
    /// A mail to a subscriber.
    Subscriber(EmailAddress),
    /// A named destination.
    Destination {
        /// What it is.
        kind: Kind,
        /// Its configuration.
        config: Sealed,
        /// For mails, which of its addresses.
        recipient: Option<EmailAddress>,
    },
}
