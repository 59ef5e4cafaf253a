//! `POST /api/v1/events`: the platform says what happened.

use axum::Json;
use axum::extract::{Request, State};
use http::{HeaderMap, StatusCode};
use serde::Serialize;

use crate::access::authorize;
use crate::actions::App;
use crate::actions::events::{self, EventInput, EventReceipt, IdempotencyKey};
use crate::error::{Error, Result};

use super::http::body;
use super::http::caller::ApiCaller;
use super::http::envelope::ApiResult;

/// The largest event, in bytes.
const MAX_EVENT: usize = 64 * 1_024;
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// The answer to an accepted event.
#[derive(Serialize)]
pub(super) struct AcceptedEvent {
    id: String,
    /// The catalogue's key, whichever name was posted.
    event_type: String,
    /// How many deliveries are to be sent; skips are not counted.
    deliveries: i64,
}

/// 202 once the event and a row for each of its deliveries are on disk.
pub(super) async fn accept(
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

fn idempotency_key(headers: &HeaderMap) -> Result<Option<IdempotencyKey>> {
    let key = headers.get(IDEMPOTENCY_KEY).map(|value| value.to_str().unwrap_or_default());
    key.map(IdempotencyKey::parse).transpose()
}
