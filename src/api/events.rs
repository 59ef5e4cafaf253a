//! `POST /api/v1/events`: the platform says what happened.

use axum::Json;
use axum::extract::{Request, State};
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::openapi::{Object, RefOr, Schema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::{Caller, authorize};
use crate::actions::App;
use crate::db::events::Idempotency;
use crate::domain::event::{self, Event};
use crate::domain::field_errors::FieldErrors;
use crate::domain::role::Permission;
use crate::domain::text;
use crate::error::{Error, Result};

use super::http::body;
use super::http::caller::ApiCaller;
use super::http::envelope::ApiResult;
use super::http::parameters::{header, string};
use super::http::refusals::{AccountRefusals, BodyRefusals, ConflictRefusals, RateRefusals};
use super::http::schemas::EventKey;

/// The largest event, in bytes.
const MAX_EVENT: usize = 64 * 1_024;
const IDEMPOTENCY_KEY: &str = "idempotency-key";
const MAX_KEY: usize = 255;

/// The answer to an accepted event.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AcceptedEvent {
    /// The event's id.
    #[schema(format = "uuid")]
    id: String,
    /// The catalogue's key, whichever name was posted.
    #[schema(value_type = EventKey)]
    event_type: String,
    /// How many deliveries are to be sent; skips are not counted.
    #[schema(minimum = 0)]
    deliveries: i64,
}

/// One of the catalogue's events. Which there are is known when the server starts.
enum PostedEvent {}

impl utoipa::PartialSchema for PostedEvent {
    fn schema() -> RefOr<Schema> {
        Object::new().into()
    }
}
impl ToSchema for PostedEvent {}

/// `Idempotency-Key`.
enum IdempotencyHeader {}

impl utoipa::IntoParams for IdempotencyHeader {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let key = string().min_length(Some(1)).max_length(Some(MAX_KEY)).pattern(Some("^[!-~]+$"));
        vec![header(
            "Idempotency-Key",
            "Any text that is this event's own.",
            key.examples(["run-9876-failed"]),
        )]
    }
}

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(accept))
}

/// Post an event
///
/// Needs the role ingest or admin. The answer comes once the event and a row for each of its deliveries are on
/// disk.
///
/// With an `Idempotency-Key`, repeating a post is safe for 24 hours: the same key and body get the same answer,
/// another body is refused. A refused body does not use its key up.
#[utoipa::path(
    post,
    path = "/api/v1/events",
    operation_id = "postEvent",
    tag = "Events",
    params(IdempotencyHeader),
    request_body(
        content = PostedEvent,
        description = "The flat payload of one event, at most 64 KiB. `environment`, `account_name` and \
                       `timestamp` may be left out: the account and the clock fill them in."
    ),
    responses(
        (status = 202, description = "Accepted.", body = AcceptedEvent, example = json!({
            "id": "01969b3e-5c1e-7d1a-9a44-2f5d0b7e11aa", "event_type": "run_failed", "deliveries": 3
        })),
        AccountRefusals, BodyRefusals, RateRefusals, ConflictRefusals,
    ),
)]
async fn accept(
    State(app): State<App>,
    ApiCaller(caller): ApiCaller,
    headers: HeaderMap,
    request: Request,
) -> ApiResult<(StatusCode, Json<AcceptedEvent>)> {
    limit_rate(&app, &caller)?;
    let key = idempotency_key(&headers)?;
    let body = body::json(request, MAX_EVENT).await?;
    let account_id = account_id(&body)?;
    authorize(&app.db, &caller, account_id, Permission::PostEvents).await?;
    let settings = app.db.settings(account_id).await?.ok_or_else(|| Error::not_found("account"))?;
    let idempotency = key.map(|key| Idempotency { key, body_hash: hash_of_value(&body) });
    let now = app.clock.now();
    let domain = app.config.platform_domain.as_deref();
    let accepted = event::parse(&app.catalog, body, &settings.account, domain, now).map_err(refused)?;
    let event = Event {
        id: app.clock.new_id(),
        account_id,
        key: accepted.key.clone(),
        payload: accepted.payload,
        accepted_at: now,
    };
    let receipt = app.dispatch.accept(&settings, event, idempotency).await?;
    let answer = AcceptedEvent {
        id: receipt.event_id.to_string(),
        event_type: accepted.key,
        deliveries: receipt.deliveries,
    };
    Ok((StatusCode::ACCEPTED, Json(answer)))
}

fn refused(fields: FieldErrors) -> Error {
    Error::Invalid { message: format!("The event was refused: {}", fields.summary()), fields }
}

fn limit_rate(app: &App, caller: &Caller) -> Result<()> {
    let Caller::Token { id, .. } = caller else { return Ok(()) };
    app.limits.events.take(id).map_err(|retry_after| Error::TooMany {
        message: "This token posts too many events: slow down.".to_owned(),
        retry_after,
    })
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>> {
    let Some(value) = headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
    match value.to_str() {
        Ok(key) if !key.is_empty() && key.len() <= MAX_KEY => Ok(Some(key.to_owned())),
        _ => Err(Error::bad_request(format!(
            "Idempotency-Key must be 1 to {MAX_KEY} visible ASCII characters."
        ))),
    }
}

/// Whose event it is has to be known before the rest can be judged.
fn account_id(body: &Value) -> Result<i64> {
    let Value::Object(fields) = body else {
        return Err(Error::invalid("body", "must be a JSON object: one event"));
    };
    match fields.get("account_id") {
        None | Some(Value::Null) => {
            Err(Error::invalid("account_id", "is missing: send the account’s number"))
        }
        Some(value) => value
            .as_i64()
            .ok_or_else(|| Error::invalid("account_id", "must be an integer: the account’s number")),
    }
}

/// The same JSON value has the same hash, however its fields are ordered and spaced.
fn hash_of_value(value: &Value) -> String {
    let mut sorted = value.clone();
    sorted.sort_all_objects();
    text::hex(&Sha256::digest(sorted.to_string()))
}
