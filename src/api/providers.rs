//! `/api/v1/notifications`: destinations as providers-api.txt describes them.

mod outcome;
mod providers_caller;
mod record;
mod send;
mod test;

use axum::extract::{Path, Request, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::access::{MayAdminister, MayRead};
use crate::actions::App;
use crate::actions::destinations::{DestinationPatch, StoredDestination};
use crate::domain::destination::DestinationDraft;
use crate::domain::field_errors::FieldErrors;
use crate::domain::kinds::Kind;
use crate::error::{Error, Result};

use super::http::body;
use super::http::envelope::ApiResult;
use super::http::fields::{BodyFields, object, text};
use providers_caller::ProvidersCaller;
use record::{Changed, Shown};

/// The largest body, in bytes: twenty long headers, or a long notification.
const MAX_BODY: usize = 256 * 1_024;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/api/v1/notifications/providers", get(list).post(create))
        .route("/api/v1/notifications/providers/{id}", get(show).patch(update).delete(remove))
        .route("/api/v1/notifications/providers/{id}/test", post(test::run))
        .route("/api/v1/notifications/send", post(send::run))
}

async fn list(State(app): State<App>, ProvidersCaller(tenant): ProvidersCaller) -> ApiResult<Json<Value>> {
    let permit = tenant.may::<MayRead>(&app).await?;
    let all = app.destinations.list(permit.account.id).await?;
    let data: Vec<Shown> = all.iter().map(Shown::of).collect();
    let kinds: Vec<Value> = Kind::ALL
        .iter()
        .map(|kind| json!({ "kind": kind.as_str(), "displayName": kind.spec().display_name }))
        .collect();
    Ok(Json(json!({ "data": data, "kinds": kinds })))
}

async fn create(
    State(app): State<App>,
    ProvidersCaller(tenant): ProvidersCaller,
    request: Request,
) -> ApiResult<(StatusCode, Json<Changed>)> {
    let permit = tenant.may::<MayAdminister>(&app).await?;
    let draft = draft(body::json(request, MAX_BODY).await?)?;
    let saved = app.destinations.create(permit.account.id, draft).await?;
    Ok((StatusCode::CREATED, Json(Changed::of(&saved))))
}

async fn show(
    State(app): State<App>,
    ProvidersCaller(tenant): ProvidersCaller,
    Path(id): Path<String>,
) -> ApiResult<Json<Shown>> {
    let permit = tenant.may::<MayRead>(&app).await?;
    Ok(Json(Shown::of(&find(&app, permit.account.id, &id).await?)))
}

async fn update(
    State(app): State<App>,
    ProvidersCaller(tenant): ProvidersCaller,
    Path(id): Path<String>,
    request: Request,
) -> ApiResult<Json<Changed>> {
    let permit = tenant.may::<MayAdminister>(&app).await?;
    let kept = find(&app, permit.account.id, &id).await?;
    let patch = patch(body::json(request, MAX_BODY).await?)?;
    Ok(Json(Changed::of(&app.destinations.update(kept, patch).await?)))
}

async fn remove(
    State(app): State<App>,
    ProvidersCaller(tenant): ProvidersCaller,
    Path(id): Path<String>,
) -> ApiResult<StatusCode> {
    let permit = tenant.may::<MayAdminister>(&app).await?;
    let kept = find(&app, permit.account.id, &id).await?;
    app.destinations.delete(permit.account.id, kept.row.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What is not a UUID names no destination.
async fn find(app: &App, account_id: i64, id: &str) -> Result<StoredDestination> {
    let uuid: Uuid = id.parse().map_err(|_| Error::not_found("destination"))?;
    app.destinations.by_uuid(account_id, &uuid.to_string()).await
}

fn draft(body: Value) -> Result<DestinationDraft> {
    let mut fields = BodyFields::of_body(body)?;
    let kind = fields.required("kind", "a string", text);
    let name = fields.required("name", "a string", text);
    let config = fields.required("config", "an object", object);
    let enabled = fields.optional("enabled", "true or false", |value| value.as_bool()).unwrap_or(true);
    let unknown_kind = !kind.is_empty() && kind.parse::<Kind>().is_err();
    if unknown_kind {
        return Err(unknown(&kind));
    }
    fields.finish()?;
    let kind = kind.parse().map_err(|_| unknown(&kind))?;
    Ok(DestinationDraft { kind, name, enabled, events: Vec::new(), scopes: Map::new(), config })
}

/// 400 by the reference: the kind is not one of the adapters.
fn unknown(kind: &str) -> Error {
    let known: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
    let mut fields = FieldErrors::default();
    let problem = format!("is not a kind of destination: use {}", known.join(", "));
    fields.push_about("kind", format!("“{kind}”"), problem);
    Error::BadRequest { code: "UNKNOWN_KIND", message: fields.summary(), fields }
}

fn patch(body: Value) -> Result<DestinationPatch> {
    let mut fields = BodyFields::of_body(body)?;
    let patch = DestinationPatch {
        name: fields.optional("name", "a string", text),
        enabled: fields.optional("enabled", "true or false", |value| value.as_bool()),
        config: fields.optional("config", "an object", object),
        ..DestinationPatch::default()
    };
    fields.finish()?;
    Ok(patch)
}
