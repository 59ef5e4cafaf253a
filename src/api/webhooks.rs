//! `/api/v3/notification/webhooks`: webhook destinations as webhooks-api.txt describes them, in JSON:API.

mod document;
mod list;
mod resource;
mod sparse_fields;
mod webhook_input;

use axum::extract::{Path, Request, State};
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use http::{StatusCode, Uri};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::access::{Gate, MayAdminister, MayRead, Permit};
use crate::actions::destinations::StoredDestination;
use crate::actions::{App, test_sends};
use crate::domain::delivery::{Delivery, State as Ended};
use crate::domain::kinds::Kind;
use crate::error::{Error, Result};
use crate::send::post::sign;

use super::http::body;
use super::http::envelope::ApiResult;
use super::http::query;
use super::http::tenant::{Tenant, digits};
use list::ListOptions;
use sparse_fields::SparseFields;
use webhook_input::WebhookInput;

const CONTENT_TYPES: [&str; 2] = ["application/json", document::CONTENT_TYPE];
/// The largest body, in bytes.
const MAX_BODY: usize = 256 * 1_024;

pub(super) fn routes() -> Router<App> {
    const BASE: &str = "/api/v3/notification/webhooks";
    Router::new()
        .route(BASE, get(list).post(create))
        .route(&format!("{BASE}/events"), get(events))
        .route(&format!("{BASE}/test/{{id}}"), post(test))
        .route(&format!("{BASE}/{{resource_id}}"), get(show).patch(update).delete(remove))
        .layer(middleware::from_fn(document::in_the_asked_type))
}

async fn list(State(app): State<App>, tenant: Tenant, uri: Uri) -> ApiResult<Json<Value>> {
    let permit = tenant.may::<MayRead>(&app).await?;
    let options = ListOptions::parse(&uri)?;
    let all = app.destinations.list(permit.account.id).await?;
    let attributes = all
        .iter()
        .filter(|kept| kept.kind == Kind::WEBHOOK)
        .map(|kept| resource::attributes(&app, &permit, kept))
        .collect::<Result<Vec<_>>>()?;
    let page = options.apply(attributes);
    let data = page.rows.into_iter().map(|row| resource::resource(row, &options.shape)).collect();
    Ok(Json(document::of_list(data, page.count, &permit.account, &options.shape)))
}

/// The answer is the only one that ever shows the secret.
async fn create(
    State(app): State<App>,
    tenant: Tenant,
    uri: Uri,
    request: Request,
) -> ApiResult<(StatusCode, Json<Value>)> {
    let permit = tenant.may::<MayAdminister>(&app).await?;
    query::refuse_any(&uri)?;
    let body = body::json_as(request, MAX_BODY, &CONTENT_TYPES).await?;
    let written = WebhookInput::parse(body, &permit.account, None)?;
    let secret = written.secret().unwrap_or_else(|| sign::generate_secret().expose_secret().to_owned());
    let draft = written.into_draft(&secret)?;
    let created =
        app.destinations.create(permit.account.id, draft).await.map_err(webhook_input::in_json_api)?;
    let mut attributes = resource::attributes(&app, &permit, &created.destination)?;
    attributes.insert("secret".to_owned(), json!(secret));
    let answer = document::of_one(attributes, &created.warnings, &permit.account, &SparseFields::default());
    Ok((StatusCode::CREATED, Json(answer)))
}

async fn show(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
    uri: Uri,
) -> ApiResult<Json<Value>> {
    let permit = tenant.may::<MayRead>(&app).await?;
    let shape = SparseFields::parse(&uri)?;
    let kept = find(&app, &permit, &id).await?;
    let attributes = resource::attributes(&app, &permit, &kept)?;
    Ok(Json(document::of_one(attributes, &[], &permit.account, &shape)))
}

async fn update(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
    uri: Uri,
    request: Request,
) -> ApiResult<Json<Value>> {
    let permit = tenant.may::<MayAdminister>(&app).await?;
    query::refuse_any(&uri)?;
    let kept = find(&app, &permit, &id).await?;
    let body = body::json_as(request, MAX_BODY, &CONTENT_TYPES).await?;
    let patch = WebhookInput::parse(body, &permit.account, Some(kept.row.id))?.into_patch();
    let saved = app.destinations.update(kept, patch).await.map_err(webhook_input::in_json_api)?;
    let attributes = resource::attributes(&app, &permit, &saved.destination)?;
    Ok(Json(document::of_one(attributes, &saved.warnings, &permit.account, &SparseFields::default())))
}

async fn remove(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
    uri: Uri,
) -> ApiResult<StatusCode> {
    let permit = tenant.may::<MayAdminister>(&app).await?;
    query::refuse_any(&uri)?;
    let kept = find(&app, &permit, &id).await?;
    app.destinations.delete(permit.account.id, kept.row.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The events that a webhook can subscribe to.
async fn events(State(app): State<App>, tenant: Tenant, uri: Uri) -> ApiResult<Json<Value>> {
    tenant.may::<MayRead>(&app).await?;
    query::refuse_any(&uri)?;
    let data: Vec<Value> = app
        .catalog
        .events()
        .map(|event_type| {
            json!({
                "type": "notification/events",
                "id": event_type.key,
                "attributes": {
                    "key": event_type.key,
                    "wire_name": event_type.wire_name,
                    "name": event_type.title,
                    "description": event_type.description,
                }
            })
        })
        .collect();
    Ok(Json(json!({ "data": data })))
}

/// Always 200: whether it arrived is in the body.
async fn test(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
    uri: Uri,
) -> ApiResult<Json<Value>> {
    let permit = tenant.may::<MayAdminister>(&app).await?;
    query::refuse_any(&uri)?;
    let kept = find(&app, &permit, &id).await?;
    let rows = test_sends::destination(&app, &permit, kept, None).await?;
    let arrived = |delivery: &Delivery| delivery.state == Ended::Delivered;
    let success = !rows.is_empty() && rows.iter().all(arrived);
    let message = rows.first().map_or_else(String::new, |row| row.report().describe());
    Ok(Json(json!({ "success": success, "message": message })))
}

/// Destinations of other kinds are not there for this API.
async fn find<G: Gate>(app: &App, permit: &Permit<G>, id: &str) -> Result<StoredDestination> {
    let missing = || Error::not_found("webhook");
    let id = digits(id).ok_or_else(missing)?;
    let kept = app.destinations.by_id(permit.account.id, id).await?;
    if kept.kind == Kind::WEBHOOK { Ok(kept) } else { Err(missing()) }
}
