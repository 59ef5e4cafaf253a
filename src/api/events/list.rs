//! `GET /api/v1/events`, and one of them: who got it, and why not.

use axum::Json;
use axum::extract::{Path, State};
use http::Uri;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::path::{Parameter, ParameterIn};
use uuid::Uuid;

use crate::access::MayRead;
use crate::actions::App;
use crate::actions::event_log;
use crate::api::http::envelope::ApiResult;
use crate::api::http::log_query::{LogListQuery, LogParameters, strange_cursor};
use crate::api::http::parameters;
use crate::api::http::query;
use crate::api::http::refusals::{RateRefusals, TenantRefusals};
use crate::api::http::tenant::Tenant;
use crate::error::Error;

use super::record::{EventDetail, EventEntry};

/// A part of the log, event by event.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EventList {
    /// The newest first.
    events: Vec<EventEntry>,
    /// What to send as `cursor` for the next ones; `null` at the end.
    next: Option<String>,
}

/// The `{id}` of a path.
enum EventPath {}

impl utoipa::IntoParams for EventPath {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![parameters::id("The event’s id.")]
    }
}

/// List events
///
/// Needs the role viewer, editor or admin. The newest come first, each with its deliveries; filters about deliveries
/// have to fit one of them.
#[utoipa::path(
    get,
    path = "/api/v1/events",
    operation_id = "listEvents",
    tag = "Events",
    params(LogParameters, Tenant),
    responses(
        (status = 200, description = "A part of the log.", body = EventList,
            example = json!(EventList { events: vec![EventEntry::example()], next: None })),
        TenantRefusals, RateRefusals,
    ),
)]
pub(super) async fn list(State(app): State<App>, tenant: Tenant, uri: Uri) -> ApiResult<Json<EventList>> {
    let permit = tenant.may::<MayRead>(&app).await?;
    let snapshot = app.db.snapshot(permit.account.id).await.map_err(Error::from)?;
    let asked = LogListQuery::read(&uri, &app.catalog, snapshot.as_deref())?;
    let LogListQuery { mut filter, limit, cursor } = asked;
    if let Some(text) = cursor {
        let place = text.parse::<Uuid>().map_err(|_| strange_cursor())?.to_string();
        filter.below = Some(filter.below.map_or_else(|| place.clone(), |end| end.min(place.clone())));
    }
    let page = event_log::page(&app, &permit, &filter, limit).await?;
    let next = page.events.last().filter(|_| page.more).map(|event| event.record.id.clone());
    Ok(Json(EventList { events: page.events.iter().map(EventEntry::from).collect(), next }))
}

/// Read one event: who got it, and why not
///
/// Needs the role viewer, editor or admin.
#[utoipa::path(
    get,
    path = "/api/v1/events/{id}",
    operation_id = "getEvent",
    tag = "Events",
    params(EventPath, Tenant),
    responses(
        (status = 200, description = "The event.", body = EventDetail, example = json!(EventDetail::example())),
        TenantRefusals,
    ),
)]
pub(super) async fn show(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
    uri: Uri,
) -> ApiResult<Json<EventDetail>> {
    query::refuse_any(&uri)?;
    let permit = tenant.may::<MayRead>(&app).await?;
    let event = event_log::find(&app, &permit, &id).await?;
    let snapshot = app.db.snapshot(permit.account.id).await.map_err(Error::from)?;
    let left_out = event_log::left_out(&event, snapshot.as_deref());
    Ok(Json(EventDetail::of(&event, left_out)))
}
