//! `/api/v1/events`: the platform says what happened, and reads what became of it.

mod batch;
mod explain;
mod list;
mod record;

use axum::Json;
use axum::extract::{Request, State};
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::{Object, RefOr, Schema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::authorize;
use crate::actions::App;
use crate::actions::events::{self, EventInput, EventReceipt};
use crate::error::Error;

use super::http::body;
use super::http::caller::ApiCaller;
use super::http::envelope::ApiResult;
use super::http::idempotency::{IdempotencyHeader, idempotency_key};
use super::http::refusals::{AccountRefusals, BodyRefusals, ConflictRefusals, RateRefusals};
use super::http::schemas::EventKey;

/// The largest event, in bytes.
const MAX_EVENT: usize = 64 * 1_024;

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

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(accept, list::list))
        .routes(routes!(explain::explain))
        .routes(routes!(list::show))
        .routes(routes!(batch::accept_batch))
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
    events::limit_rate(&app, &caller)?;
    let key = idempotency_key(&headers)?;
    let input = EventInput::parse(body::json(request, MAX_EVENT).await?).map_err(Error::from)?;
    let permit = authorize(&app.db, &caller, input.account_id).await?;
    let EventReceipt { id, event_type, deliveries } = events::accept(&app, permit, input, key).await?;
    Ok((StatusCode::ACCEPTED, Json(AcceptedEvent { id, event_type, deliveries })))
}
