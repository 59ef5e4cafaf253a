//! The events that a webhook can subscribe to.

use serde::Serialize;
use utoipa::ToSchema;

use crate::api::http::schemas::EventKey;
use crate::domain::catalog::{Catalog, EventType};

/// The catalogue, in its order.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WebhookEventList {
    data: Vec<WebhookEvent>,
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
    #[schema(value_type = EventKey)]
    key: String,
    wire_name: String,
    name: String,
    description: String,
}

impl WebhookEventList {
    /// Everything that the catalogue has.
    pub fn of(catalog: &Catalog) -> Self {
        Self { data: catalog.events().map(WebhookEvent::of).collect() }
    }
}

impl WebhookEvent {
    fn of(event_type: &EventType) -> Self {
        let attributes = WebhookEventAttributes {
            key: event_type.key.clone(),
            wire_name: event_type.wire_name.clone(),
            name: event_type.title.clone(),
            description: event_type.description.clone(),
        };
        Self { r#type: WebhookEventType::Event, id: event_type.key.clone(), attributes }
    }
}
