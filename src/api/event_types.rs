//! `GET /api/v1/event-types`: the catalogue, for every caller.

use axum::Json;
use axum::extract::{Path, State};
use http::Uri;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::actions::App;
use crate::domain::catalog::{Catalog, EventType};
use crate::domain::event::Payload;
use crate::error::Error;

use super::http::caller::ApiCaller;
use super::http::envelope::ApiResult;
use super::http::refusals::{CallerRefusals, MissingRefusals};
use super::http::schemas::{EventKey, JsonObject, any_object, reference};
use super::http::{parameters, query};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(list)).routes(routes!(show)).routes(routes!(schema))
}

/// The whole catalogue.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EventTypeList {
    data: Vec<EventTypeEntry>,
}

/// An event type of the catalogue.
#[derive(Serialize, ToSchema)]
#[schema(as = EventType)]
#[serde(deny_unknown_fields)]
pub(super) struct EventTypeEntry {
    #[schema(value_type = EventKey)]
    key: String,
    /// What the payload's `event_type` carries.
    wire_name: String,
    title: String,
    description: String,
    /// The heading on the settings page.
    group: String,
    /// A payload.
    #[schema(schema_with = any_object)]
    sample: Payload,
}

/// A JSON Schema of an event's payload, draft 2020-12.
#[derive(Serialize)]
#[serde(transparent)]
struct PayloadSchema(Value);

impl EventTypeList {
    /// In the catalogue's order.
    pub fn of(catalog: &Catalog) -> Self {
        let groups = catalog.groups().iter();
        let data = groups
            .flat_map(|group| group.events.iter().map(|event| EventTypeEntry::of(&group.title, event)))
            .collect();
        Self { data }
    }

    /// One of them.
    pub(crate) fn into_entry(self, key: &str) -> Option<EventTypeEntry> {
        self.data.into_iter().find(|entry| entry.key == key)
    }
}

impl EventTypeEntry {
    fn of(group: &str, event_type: &EventType) -> Self {
        Self {
            key: event_type.key.clone(),
            wire_name: event_type.wire_name.clone(),
            title: event_type.title.clone(),
            description: event_type.description.clone(),
            group: group.to_owned(),
            sample: event_type.reference_sample(),
        }
    }
}

/// The `{key}` of a path.
enum KeyPath {}

impl utoipa::IntoParams for KeyPath {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![parameters::path("key", "The event type's key.", reference::<EventKey>())]
    }
}

/// List the event types
///
/// Any token or session.
#[utoipa::path(
    get,
    path = "/api/v1/event-types",
    operation_id = "listEventTypes",
    tag = "Events",
    responses(
        (status = 200, description = "The catalogue, in its order.", body = EventTypeList),
        CallerRefusals,
    ),
)]
async fn list(State(app): State<App>, _: ApiCaller, uri: Uri) -> ApiResult<Json<EventTypeList>> {
    query::refuse_any(&uri)?;
    Ok(Json(EventTypeList::of(&app.catalog)))
}

/// Read one event type
///
/// Any token or session.
#[utoipa::path(
    get,
    path = "/api/v1/event-types/{key}",
    operation_id = "getEventType",
    tag = "Events",
    params(KeyPath),
    responses(
        (status = 200, description = "The event type.", body = EventTypeEntry),
        CallerRefusals, MissingRefusals,
    ),
)]
async fn show(
    State(app): State<App>,
    _: ApiCaller,
    Path(key): Path<String>,
    uri: Uri,
) -> ApiResult<Json<EventTypeEntry>> {
    query::refuse_any(&uri)?;
    let entry = EventTypeList::of(&app.catalog).into_entry(&key);
    Ok(Json(entry.ok_or_else(|| Error::not_found("event type"))?))
}

/// Read the JSON Schema of an event's payload
///
/// Any token or session. The answer is the bare schema, draft 2020-12.
#[utoipa::path(
    get,
    path = "/api/v1/event-types/{key}/schema",
    operation_id = "getEventTypeSchema",
    tag = "Events",
    params(KeyPath),
    responses(
        (status = 200, description = "What receivers get.", body = inline(JsonObject)),
        CallerRefusals, MissingRefusals,
    ),
)]
async fn schema(
    State(app): State<App>,
    _: ApiCaller,
    Path(key): Path<String>,
    uri: Uri,
) -> ApiResult<Json<PayloadSchema>> {
    query::refuse_any(&uri)?;
    let event_type = app.catalog.get(&key).ok_or_else(|| Error::not_found("event type"))?;
    Ok(Json(PayloadSchema(event_type.schema().clone())))
}
