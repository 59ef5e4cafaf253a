//! `POST /api/v1/events/batch`: many events at once, each with a result of its own.

use axum::Json;
use axum::extract::{Request, State};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa::openapi::{Object, RefOr, Schema};

use crate::actions::App;
use crate::actions::events::{self, BatchItem, EventReceipt};
use crate::api::http::body;
use crate::api::http::caller::ApiCaller;
use crate::api::http::envelope::{self, ApiResult};
use crate::api::http::refusals::{BodyRefusals, CallerRefusals, ForbiddenRefusals, RateRefusals};
use crate::domain::field_errors::FieldErrors;
use crate::error::{Error, Result};

use super::{AcceptedEvent, MAX_EVENT};

/// The most events of a batch, and the largest batch in bytes.
const MOST: usize = 1_000;
const MAX_BODY: usize = 1_024 * 1_024;
const JSON: &str = "application/json";
const NDJSON: &str = "application/x-ndjson";

/// What became of each event.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BatchResult {
    /// How many were accepted.
    #[schema(minimum = 0)]
    accepted: usize,
    /// How many were not.
    #[schema(minimum = 0)]
    refused: usize,
    /// One for each event, in their order.
    results: Vec<EventResult>,
}

#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum EventResult {
    Accepted(AcceptedItem),
    Refused(RefusedItem),
}

/// An event that is on disk, with a row for each of its deliveries.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AcceptedItem {
    /// Which event of the batch; the first is 0.
    #[schema(minimum = 0)]
    index: usize,
    event: AcceptedEvent,
}

/// An event of which nothing is stored.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RefusedItem {
    /// Which event of the batch; the first is 0.
    #[schema(minimum = 0)]
    index: usize,
    error: ItemError,
}

/// What would be answered if the event had been posted alone.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ItemError {
    /// For programs.
    #[schema(pattern = "^[A-Z][A-Z0-9_]*$")]
    code: &'static str,
    /// For people: what is wrong and what to do.
    message: String,
    /// 5xx and 429 may work later; anything else has to be mended first.
    status: u16,
    /// Path of each wrong field to a sentence about it.
    #[schema(value_type = BTreeMap<String, String>)]
    details: Map<String, Value>,
}

/// One of the catalogue's events, with a key of its own if it has one.
enum BatchedEvent {}

impl utoipa::PartialSchema for BatchedEvent {
    fn schema() -> RefOr<Schema> {
        Object::new().into()
    }
}
impl ToSchema for BatchedEvent {}

/// Post many events
///
/// Needs the role ingest or admin in the account of each event. A JSON array, or one event per line (NDJSON): at most
/// 1,000 events, 1 MiB altogether, 64 KiB each. All-or-nothing is not promised: each event is accepted or refused by
/// itself, as if it had been posted alone, and has a result at its index. 202 says that all were accepted, 207 that
/// at least one was not. A refusal of the whole batch (any other status) has stored nothing, except that a 5xx may
/// have lost the answer of what it has. A 429 says in `Retry-After` when the whole of it fits.
///
/// An event may carry `idempotency_key`, which is no part of its payload and does what the header `Idempotency-Key`
/// does for a single post: send the batch again, whole or in part, and no event is accepted twice.
#[utoipa::path(
    post,
    path = "/api/v1/events/batch",
    operation_id = "postEvents",
    tag = "Events",
    request_body(
        content = Vec<BatchedEvent>,
        description = "The flat payloads of 1 to 1,000 events, 1 MiB altogether. One per line is taken, too, as \
                       `application/x-ndjson`, for which this document has no words.",
    ),
    responses(
        (status = 202, description = "All were accepted.", body = BatchResult, example = json!({
            "accepted": 1, "refused": 0,
            "results": [{ "index": 0, "event": {
                "id": "01969b3e-5c1e-7d1a-9a44-2f5d0b7e11aa", "event_type": "run_failed", "deliveries": 3
            } }]
        })),
        (status = 207, description = "At least one was refused, and what was accepted is.", body = BatchResult,
            example = json!({
                "accepted": 0, "refused": 1,
                "results": [{ "index": 0, "error": {
                    "code": "VALIDATION_FAILED", "status": 422,
                    "message": "The event was refused: tenant_id is missing: add it as an integer.",
                    "details": { "tenant_id": "Is missing: add it as an integer." }
                } }]
            })),
        CallerRefusals, ForbiddenRefusals, BodyRefusals, RateRefusals,
    ),
)]
pub(super) async fn accept_batch(
    State(app): State<App>,
    ApiCaller(caller): ApiCaller,
    headers: HeaderMap,
    request: Request,
) -> ApiResult<(StatusCode, Json<BatchResult>)> {
    let _turn = events::begin_batch(&app, &caller).await?;
    if headers.contains_key("idempotency-key") {
        return Err(Error::bad_request(
            "A batch has no Idempotency-Key: give each of its events an idempotency_key instead.",
        )
        .into());
    }
    let kind = body::check_content_type(request.headers(), &[JSON, NDJSON])?;
    let bytes = body::read(request.into_body(), MAX_BODY).await?;
    // How long there is to wait depends on how many there are, and counting costs less than reading.
    events::limit_batch(&app, &caller, count(kind, &bytes).min(MOST))?;
    let _open = app.limits.open_batches.begin(&()).await?;
    let items = items(kind, &bytes)?;
    let results = events::accept_batch(&app, &caller, items).await?;
    let result = BatchResult::of(results);
    let status = if result.refused == 0 { StatusCode::ACCEPTED } else { StatusCode::MULTI_STATUS };
    Ok((status, Json(result)))
}

/// How many events a body holds; none if it is none.
fn count(kind: &str, bytes: &Bytes) -> usize {
    if kind == NDJSON {
        return body::lines(bytes).count();
    }
    serde_json::from_slice::<Vec<IgnoredAny>>(bytes).map_or(0, |events| events.len())
}

/// The events of a body; the errors are called `body`.
fn items(kind: &str, bytes: &Bytes) -> Result<Vec<BatchItem>> {
    let items: Vec<BatchItem> = if kind == NDJSON {
        body::parse_lines(bytes).take(MOST + 1).collect()
    } else {
        match body::parse(bytes)? {
            Value::Array(list) => list.into_iter().map(Ok).collect(),
            _ => return Err(about_body("must be a JSON array of events").into()),
        }
    };
    match items.len() {
        0 => Err(about_body("holds no event: send at least one").into()),
        1..=MOST if bytes.len() > MAX_EVENT => {
            Ok(items.into_iter().map(|item| item.and_then(of_size)).collect())
        }
        1..=MOST => Ok(items),
        _ => Err(about_body("must hold at most 1,000 events: send several batches").into()),
    }
}

fn about_body(problem: &'static str) -> FieldErrors {
    let mut errors = FieldErrors::default();
    errors.push_about("body", "The body", problem);
    errors
}

/// 413 for an event that would be too large alone.
fn of_size(event: Value) -> Result<Value> {
    if event.to_string().len() > MAX_EVENT {
        return Err(Error::TooLarge(format!("The event is larger than {} KiB.", MAX_EVENT / 1_024)));
    }
    Ok(event)
}

impl BatchResult {
    fn of(results: Vec<Result<EventReceipt>>) -> Self {
        let refused = results.iter().filter(|result| result.is_err()).count();
        let accepted = results.len() - refused;
        let results = results.into_iter().enumerate().map(|(index, result)| EventResult::of(index, result));
        Self { accepted, refused, results: results.collect() }
    }
}

impl EventResult {
    fn of(index: usize, result: Result<EventReceipt>) -> Self {
        match result {
            Ok(EventReceipt { id, event_type, deliveries }) => {
                Self::Accepted(AcceptedItem { index, event: AcceptedEvent { id, event_type, deliveries } })
            }
            Err(error) => {
                if let Error::Internal(cause) = &error {
                    tracing::error!(%cause, index, "an event of a batch failed");
                }
                let (code, status) = (error.code(), error.status());
                let (message, details) = (error.message().to_owned(), envelope::details(&error));
                Self::Refused(RefusedItem { index, error: ItemError { code, message, status, details } })
            }
        }
    }
}
