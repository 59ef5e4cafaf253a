//! A delivery: one event to one target. Its states, why it ended, and the sentence that says so.

mod advice;
mod in_short;
mod outcome;
mod report;
mod resend;
mod retry;
mod stages;
mod state;
mod status;
mod target;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use uuid::Uuid;

pub(crate) use advice::{network, tls};
pub use outcome::{Outcome, Reason, Transcript, Verdict};
pub use report::{DeliveryReport, EXPIRED, WRITTEN_TO_FILE, millis};
pub use resend::ResendRefusal;
pub use retry::{GIVE_UP_AFTER, next_try, retry_delay};
pub use stages::Stages;
pub use state::{State, Trigger};
pub use status::LogStatus;
pub use target::{Channel, DestinationAddress, MAIL_LANE, Target, TargetKind};

use super::event::Payload;
use super::values::WebhookUrl;

/// One event to one target, from the moment it is accepted: it is this that is written down, sent, settled
/// and shown in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Time-ordered; also the log's cursor.
    pub id: Uuid,
    /// Whose it is.
    pub account_id: i64,
    /// What happened.
    pub event_id: Uuid,
    /// The catalogue's key, or [`crate::domain::notification::AD_HOC`].
    pub event_key: String,
    /// Why it exists.
    pub trigger: Trigger,
    /// Where it goes.
    pub target: Target,
    /// Where it is.
    pub state: State,
    /// Why it is there.
    pub reason: Option<Reason>,
    /// HTTP status or SMTP code.
    pub status: Option<u16>,
    /// What the network said, or a mail server's own words.
    pub detail: String,
    /// How often it was tried; the first try is 1.
    pub attempt: u32,
    /// The first delivery of this event to this target: the `webhook-id` of webhooks.
    pub first_id: Uuid,
    /// The delivery that this one repeats.
    pub resend_of: Option<Uuid>,
    /// Who wanted that: an address, or a token's name.
    pub resent_by: Option<String>,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When it is tried next, while it is pending.
    pub due_at: Timestamp,
    /// When the last try began.
    pub sent_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// How long the last try took.
    pub took: Option<Duration>,
}

impl Delivery {
    /// Notes the receiver that is dialled, which may be another one than when the event was accepted.
    pub(crate) fn dials(&mut self, url: &WebhookUrl) {
        self.target.dial(url);
    }

    /// Begins the next try. It has to be on disk before the first byte leaves.
    pub fn begin(&mut self, now: Timestamp) {
        self.state = State::Sending;
        self.attempt += 1;
        self.sent_at = Some(now);
    }

    /// Takes an outcome in. With `retry_at` it waits again, else this is its end.
    pub(crate) fn settle(&mut self, outcome: &Outcome, retry_at: Option<Timestamp>, now: Timestamp) {
        let (end, reason) = outcome.final_state();
        self.state = if retry_at.is_some() { State::Pending } else { end };
        self.reason = reason;
        self.status = outcome.status;
        self.detail.clone_from(&outcome.detail);
        self.took = Some(outcome.took);
        self.due_at = retry_at.unwrap_or(self.due_at);
        self.finished_at = retry_at.is_none().then_some(now);
    }

    /// How long ago it was accepted.
    #[must_use]
    pub fn age(&self, now: Timestamp) -> Duration {
        Duration::try_from(now.duration_since(self.created_at)).unwrap_or_default()
    }

    /// The state with its reason, in one sentence.
    #[must_use]
    pub fn report(&self) -> DeliveryReport<'_> {
        self.into()
    }
}

/// A delivery with the payload that it brings, ready to be sent.
#[derive(Clone, Debug)]
pub struct OutboxMessage {
    /// The delivery, marked as [`State::Sending`] before anything of it leaves.
    pub delivery: Delivery,
    /// The event's payload, as the JSON text that is stored; the deliveries of an event share it.
    pub payload: Arc<str>,
}

impl OutboxMessage {
    /// Whether receivers are told that it is only a test.
    #[must_use]
    pub(crate) fn is_test(&self) -> bool {
        self.delivery.trigger == Trigger::Test
    }

    /// The payload's fields; `None` if what was stored is no JSON object.
    #[must_use]
    pub fn fields(&self) -> Option<Payload> {
        serde_json::from_str(&self.payload).ok()
    }
}
