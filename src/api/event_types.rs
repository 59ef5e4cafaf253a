//! `GET /api/v1/event-types`: the catalogue, for every caller.

use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use http::Uri;
use serde_json::{Value, json};

use crate::actions::App;
use crate::domain::catalog::EventType;
use crate::error::Error;

use super::http::caller::ApiCaller;
use super::http::envelope::ApiResult;
use super::http::query;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/api/v1/event-types", get(list))
        .route("/api/v1/event-types/{key}", get(show))
        .route("/api/v1/event-types/{key}/schema", get(schema))
}

async fn list(State(app): State<App>, _: ApiCaller, uri: Uri) -> ApiResult<Json<Value>> {
    query::refuse_any(&uri)?;
    let groups = app.catalog.groups().iter();
    let data: Vec<Value> = groups
        .flat_map(|group| group.events.iter().map(|event_type| entry(&group.title, event_type)))
        .collect();
    Ok(Json(json!({ "data": data })))
}

async fn show(
    State(app): State<App>,
    _: ApiCaller,
    Path(key): Path<String>,
    uri: Uri,
) -> ApiResult<Json<Value>> {
    query::refuse_any(&uri)?;
    let found = app.catalog.groups().iter().find_map(|group| {
        let event_type = group.events.iter().find(|event_type| event_type.key == key)?;
        Some(entry(&group.title, event_type))
    });
    Ok(Json(found.ok_or_else(|| Error::not_found("event type"))?))
}

/// The bare JSON Schema.
async fn schema(
    State(app): State<App>,
    _: ApiCaller,
    Path(key): Path<String>,
    uri: Uri,
) -> ApiResult<Json<Value>> {
    query::refuse_any(&uri)?;
    let event_type = app.catalog.get(&key).ok_or_else(|| Error::not_found("event type"))?;
    Ok(Json(event_type.schema().clone()))
}

fn entry(group: &str, event_type: &EventType) -> Value {
    json!({
        "key": event_type.key,
        "wire_name": event_type.wire_name,
        "title": event_type.title,
        "description": event_type.description,
        "group": group,
        "sample": event_type.reference_sample(),
    })
}
