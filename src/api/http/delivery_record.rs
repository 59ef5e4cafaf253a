//! A delivery as programs read it, alone and in lists.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::Schema;

use crate::domain::delivery::{Channel, Delivery, Reason, State, TargetKind, Trigger};
use crate::domain::text::rfc3339_millis;

use super::schemas::words;

/// One event to one target, as far as it has come.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct DeliveryRecord {
    /// As in `X-Ringpost-Delivery`.
    #[schema(format = "uuid")]
    id: String,
    #[schema(format = "uuid")]
    event_id: String,
    /// The catalogue's key; `notification` for one sent by hand.
    event_type: String,
    #[schema(schema_with = channels)]
    channel: &'static str,
    /// Why it exists.
    #[schema(schema_with = triggers)]
    trigger: &'static str,
    #[schema(schema_with = target_kinds)]
    target: &'static str,
    /// An address, a host, or the shared webhook's scheme, host and fingerprint.
    recipient: String,
    #[schema(schema_with = states)]
    state: &'static str,
    /// Why it is in this state; `null` where nothing has to be explained.
    #[schema(pattern = "^[a-z_]+$")]
    reason: Option<&'static str>,
    /// What happened and what to do next, in a sentence.
    message: String,
    /// The HTTP status, or the mail server's reply code.
    status: Option<u16>,
    /// How often it was tried; only mails are tried more than once.
    attempts: u32,
    #[schema(format = "date-time")]
    created_at: String,
    /// When the last try began.
    #[schema(format = "date-time")]
    sent_at: Option<String>,
    #[schema(format = "date-time")]
    finished_at: Option<String>,
    /// How long the last try took, in milliseconds.
    took_ms: Option<u64>,
    /// The first send of this event to this target: the `webhook-id` that receivers see on every repeat.
    #[schema(format = "uuid")]
    webhook_id: String,
    /// The delivery that this one repeats.
    #[schema(format = "uuid")]
    resend_of: Option<String>,
    /// Who wanted that: an address, or a token's name.
    resent_by: Option<String>,
}

/// How it leaves.
pub(in crate::api) fn channels() -> Schema {
    words(Channel::ALL.iter().map(|word| word.as_str())).into()
}

fn triggers() -> Schema {
    words(Trigger::ALL.iter().map(|word| word.as_str())).into()
}

/// What it goes to.
pub(in crate::api) fn target_kinds() -> Schema {
    words(TargetKind::ALL.iter().map(|word| word.as_str())).into()
}

fn states() -> Schema {
    words(State::ALL.iter().map(|word| word.as_str())).into()
}

impl From<&Delivery> for DeliveryRecord {
    fn from(delivery: &Delivery) -> Self {
        let time = |at: Option<Timestamp>| at.map(rfc3339_millis);
        Self {
            id: delivery.id.to_string(),
            event_id: delivery.event_id.to_string(),
            event_type: delivery.event_key.clone(),
            channel: delivery.target.channel().as_str(),
            trigger: delivery.trigger.as_str(),
            target: delivery.target.kind().as_str(),
            recipient: delivery.target.recipient().to_owned(),
            state: delivery.state.as_str(),
            reason: delivery.reason.map(Reason::as_str),
            message: delivery.report().describe(),
            status: delivery.status,
            attempts: delivery.attempt,
            created_at: rfc3339_millis(delivery.created_at),
            sent_at: time(delivery.sent_at),
            finished_at: time(delivery.finished_at),
            took_ms: delivery.took.map(|took| u64::try_from(took.as_millis()).unwrap_or(u64::MAX)),
            webhook_id: delivery.first_id.to_string(),
            resend_of: delivery.resend_of.map(|id| id.to_string()),
            resent_by: delivery.resent_by.clone(),
        }
    }
}

impl DeliveryRecord {
    /// A webhook that its receiver has refused.
    pub fn example() -> Self {
        let id = "01969b3e-5c1e-7d1a-9a44-2f5d0b7e11aa".to_owned();
        Self {
            event_id: "01969b3e-5c1d-7a02-8c11-0b7d7f1e4a60".to_owned(),
            event_type: "run_failed".to_owned(),
            channel: Channel::Webhook.as_str(),
            trigger: Trigger::Event.as_str(),
            target: TargetKind::SharedWebhook.as_str(),
            recipient: "https://hooks.acme.example/… (4f9ac1)".to_owned(),
            state: State::Failed.as_str(),
            reason: Some(Reason::HttpStatus.as_str()),
            message:
                "hooks.acme.example answered 503 Service Unavailable in 184 ms. It is down or overloaded: see that it runs, then \
                 send again."
                    .to_owned(),
            status: Some(503),
            attempts: 1,
            created_at: "2026-05-04T12:00:03.000Z".to_owned(),
            sent_at: Some("2026-05-04T12:00:03.002Z".to_owned()),
            finished_at: Some("2026-05-04T12:00:03.186Z".to_owned()),
            took_ms: Some(184),
            webhook_id: id.clone(),
            resend_of: None,
            resent_by: None,
            id,
        }
    }

    /// Its resend, which waits for its turn.
    pub fn example_of_resend() -> Self {
        let first = Self::example();
        Self {
            id: "01969b41-0b2c-7e10-9a55-3f0c8e21d9b4".to_owned(),
            trigger: Trigger::Resend.as_str(),
            state: State::Pending.as_str(),
            reason: None,
            message: "Waiting for its turn.".to_owned(),
            status: None,
            attempts: 0,
            created_at: "2026-05-04T12:02:10.000Z".to_owned(),
            sent_at: None,
            finished_at: None,
            took_ms: None,
            resend_of: Some(first.id.clone()),
            resent_by: Some("dana@acme.example".to_owned()),
            ..first
        }
    }
}
