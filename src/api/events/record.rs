//! An event of the log as programs read it, and the targets that it had or would have.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa::openapi::schema::Schema;

use crate::actions::event_log::LoggedEvent;
use crate::api::http::delivery_record::{DeliveryRecord, channels, target_kinds};
use crate::api::http::schemas::{JsonObject, words};
use crate::domain::clock::from_ms;
use crate::domain::delivery::{Channel, LogStatus, Reason, TargetKind};
use crate::domain::explain::LeftOut;
use crate::domain::route::Planned;
use crate::domain::text::rfc3339_millis;

/// An event with what became of it.
#[derive(Serialize, ToSchema)]
pub(super) struct EventEntry {
    #[schema(format = "uuid")]
    id: String,
    /// The catalogue's key; `notification` for one sent by hand.
    event_type: String,
    /// What people call it.
    title: String,
    /// What tells it from others of its kind: which run, tenant, integration.
    subject: String,
    /// Like the worst of its deliveries, of which a resend stands for what it repeats.
    #[schema(schema_with = statuses)]
    status: &'static str,
    #[schema(format = "date-time")]
    created_at: String,
    /// In the order in which they were planned.
    deliveries: Vec<DeliveryRecord>,
}

/// An event with its payload, and who did not get it.
#[derive(Serialize, ToSchema)]
pub(super) struct EventDetail {
    #[serde(flatten)]
    event: EventEntry,
    /// What receivers get.
    #[schema(value_type = JsonObject)]
    payload: Value,
    /// The targets that nothing was written down for, by the settings as they are now.
    left_out: Vec<LeftOutTarget>,
}

/// A target that an event causes no delivery to.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LeftOutTarget {
    /// The destination's number; `null` for the shared webhook.
    destination_id: Option<i64>,
    /// What it is called.
    name: String,
    /// Why it gets nothing, in a sentence.
    why: String,
}

/// A target that an event would cause a delivery to.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PlannedTarget {
    #[schema(schema_with = channels)]
    channel: &'static str,
    #[schema(schema_with = target_kinds)]
    target: &'static str,
    /// An address, a host, or the shared webhook's scheme, host and fingerprint.
    recipient: String,
    /// The destination's number; `null` for what is none.
    destination_id: Option<i64>,
    /// Whether it would be sent; else it would be written down as `skipped`.
    sends: bool,
    /// Why it would be skipped.
    #[schema(pattern = "^[a-z_]+$")]
    reason: Option<&'static str>,
}

fn statuses() -> Schema {
    words(LogStatus::ALL.iter().map(|word| word.as_str())).into()
}

impl From<&LoggedEvent> for EventEntry {
    fn from(event: &LoggedEvent) -> Self {
        Self {
            id: event.record.id.clone(),
            event_type: event.record.event_key.clone(),
            title: event.name.title.clone(),
            subject: event.name.subject.clone(),
            status: event.status().as_str(),
            created_at: rfc3339_millis(from_ms(event.record.created_at)),
            deliveries: event.deliveries.iter().map(DeliveryRecord::from).collect(),
        }
    }
}

impl From<LeftOut> for LeftOutTarget {
    fn from(LeftOut { destination, name, what: _, why }: LeftOut) -> Self {
        Self { destination_id: destination, name, why }
    }
}

impl From<&Planned> for PlannedTarget {
    fn from(Planned { target, skip, .. }: &Planned) -> Self {
        Self {
            channel: target.channel().as_str(),
            target: target.kind().as_str(),
            recipient: target.recipient().to_owned(),
            destination_id: target.destination_id(),
            sends: skip.is_none(),
            reason: skip.map(Reason::as_str),
        }
    }
}

impl EventDetail {
    /// An event that was read from the log.
    pub fn of(event: &LoggedEvent, left_out: Vec<LeftOut>) -> Self {
        Self {
            event: event.into(),
            payload: serde_json::from_str(&event.record.payload).unwrap_or_default(),
            left_out: left_out.into_iter().map(LeftOutTarget::from).collect(),
        }
    }

    /// A failed run that a destination did not hear of.
    pub fn example() -> Self {
        Self {
            event: EventEntry::example(),
            payload: json!({ "event_type": "run_failed", "account_id": 100, "run_id": 9876 }),
            left_out: vec![LeftOutTarget::example()],
        }
    }
}

impl EventEntry {
    /// A failed run of which a webhook has failed.
    pub fn example() -> Self {
        Self {
            id: "01969b3e-5c1d-7a02-8c11-0b7d7f1e4a60".to_owned(),
            event_type: "run_failed".to_owned(),
            title: "Run Failed".to_owned(),
            subject: "Shopify Integration for Widget Co (run 9876)".to_owned(),
            status: LogStatus::Failed.as_str(),
            created_at: "2026-05-04T12:00:03.000Z".to_owned(),
            deliveries: vec![DeliveryRecord::example()],
        }
    }
}

impl LeftOutTarget {
    /// Of another event's.
    pub fn example() -> Self {
        Self {
            destination_id: Some(7),
            name: "Platform team".to_owned(),
            why: "Does not subscribe to Run Failed".to_owned(),
        }
    }
}

impl PlannedTarget {
    /// The shared webhook, switched off, and the primary contact.
    pub fn examples() -> Vec<Self> {
        let planned = |channel: Channel, target: TargetKind, recipient: &str, reason: Option<Reason>| Self {
            channel: channel.as_str(),
            target: target.as_str(),
            recipient: recipient.to_owned(),
            destination_id: None,
            sends: reason.is_none(),
            reason: reason.map(Reason::as_str),
        };
        let shared = "https://hooks.acme.example/… (4f9ac1)";
        vec![
            planned(Channel::Webhook, TargetKind::SharedWebhook, shared, Some(Reason::ToggleOff)),
            planned(Channel::Email, TargetKind::PrimaryContact, "dana@acme.example", None),
        ]
    }
}
