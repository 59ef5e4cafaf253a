//! The events that a webhook can subscribe to.

use serde::Serialize;
use utoipa::ToSchema;

use crate::api::http::schemas::EventKey;
use crate::domain::catalog::{Catalog, EventType};

use super::attribute::EventAttribute;
use super::links::SelfLink;
use super::sparse_fields::SparseFields;

/// The type of an event.
pub(super) const EVENTS: &str = "notification/events";

/// The catalogue, in its order.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WebhookEventList {
    data: Vec<WebhookEvent>,
    links: SelfLink,
}

/// An event type.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WebhookEvent {
    #[schema(inline)]
    r#type: WebhookEventType,
    #[schema(value_type = EventKey)]
    id: String,
    attributes: WebhookEventAttributes,
}

#[derive(Serialize, ToSchema)]
enum WebhookEventType {
    #[serde(rename = "notification/events")]
    Event,
}

/// What is told of an event type.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WebhookEventAttributes {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = EventKey, required = false)]
    key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    wire_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    description: Option<String>,
}

impl WebhookEventList {
    /// Everything that the catalogue has, with the fields that were asked for.
    pub fn of(catalog: &Catalog, links: SelfLink, fields: &SparseFields) -> Self {
        let event = |event_type| WebhookEvent::of(event_type, fields.event.as_deref());
        Self { data: catalog.events().map(event).collect(), links }
    }
}

impl WebhookEvent {
    fn of(event_type: &EventType, fields: Option<&[EventAttribute]>) -> Self {
        let told = |attribute, value: &str| {
            fields.is_none_or(|fields| fields.contains(&attribute)).then(|| value.to_owned())
        };
        let attributes = WebhookEventAttributes {
            key: told(EventAttribute::Key, &event_type.key),
            wire_name: told(EventAttribute::WireName, &event_type.wire_name),
            name: told(EventAttribute::Name, &event_type.title),
            description: told(EventAttribute::Description, &event_type.description),
        };
        Self { r#type: WebhookEventType::Event, id: event_type.key.clone(), attributes }
    }
}
