//! `GET /api/v1/deliveries`: the log, delivery by delivery.

use axum::Json;
use axum::extract::State;
use http::Uri;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::MayRead;
use crate::actions::{App, deliveries};
use crate::api::http::delivery_record::DeliveryRecord;
use crate::api::http::envelope::ApiResult;
use crate::api::http::log_query::{LogListQuery, LogParameters, strange_cursor};
use crate::api::http::refusals::{RateRefusals, TenantRefusals};
use crate::api::http::tenant::Tenant;
use crate::db::deliveries::LogPlace;
use crate::domain::delivery::Delivery;
use crate::error::Error;

/// A part of the log.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DeliveryList {
    /// The newest event's first.
    deliveries: Vec<DeliveryRecord>,
    /// What to send as `cursor` for the next ones; `null` at the end.
    next: Option<String>,
}

/// List deliveries
///
/// Needs the role viewer, editor or admin. Deliveries of the newest events come first. With `q` they are those of
/// the events that are found.
#[utoipa::path(
    get,
    path = "/api/v1/deliveries",
    operation_id = "listDeliveries",
    tag = "Deliveries",
    params(LogParameters, Tenant),
    responses(
        (status = 200, description = "A part of the log.", body = DeliveryList,
            example = json!(DeliveryList { deliveries: vec![DeliveryRecord::example()], next: None })),
        TenantRefusals, RateRefusals,
    ),
)]
pub(super) async fn list(State(app): State<App>, tenant: Tenant, uri: Uri) -> ApiResult<Json<DeliveryList>> {
    let permit = tenant.may::<MayRead>(&app).await?;
    let snapshot = app.db.snapshot(permit.account.id).await.map_err(Error::from)?;
    let LogListQuery { filter, limit, cursor } = LogListQuery::read(&uri, &app.catalog, snapshot.as_deref())?;
    let place = cursor.map(|text| read_place(&text).ok_or_else(strange_cursor)).transpose()?;
    let part = deliveries::list(&app, &permit, &filter, place, limit).await?;
    let next = part.rows.last().filter(|_| part.more).map(place_of);
    Ok(Json(DeliveryList { deliveries: part.rows.iter().map(DeliveryRecord::from).collect(), next }))
}

fn place_of(row: &Delivery) -> String {
    format!("{}.{}", row.event_id, row.id)
}

fn read_place(text: &str) -> Option<LogPlace> {
    let (event, delivery) = text.split_once('.')?;
    Some(LogPlace { event: event.parse().ok()?, delivery: delivery.parse().ok()? })
}
