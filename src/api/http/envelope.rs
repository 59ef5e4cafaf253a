//! The error envelope documented in notification-rules-api.txt, used by every JSON API.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::db::DbError;
use crate::domain::text;
use crate::error::Error;
use crate::logs;

use super::schemas;

/// An [`Error`] on its way to a program.
pub struct ApiError(pub Error);

/// What a JSON handler answers.
pub(crate) type ApiResult<T> = Result<T, ApiError>;

/// Why a request was not done.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct ErrorEnvelope {
    #[schema(schema_with = schemas::always_false)]
    success: bool,
    error: ErrorBody,
}

/// The code, the sentence, and what was wrong with each field.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ErrorBody {
    /// For programs.
    #[schema(pattern = "^[A-Z][A-Z0-9_]*$")]
    code: &'static str,
    /// For people: what is wrong and what to do.
    message: String,
    #[serde(rename = "type")]
    #[schema(inline)]
    side: ErrorSide,
    /// The HTTP status.
    status: u16,
    /// Path of each wrong field to a sentence about it.
    #[schema(value_type = BTreeMap<String, String>)]
    details: Map<String, Value>,
    /// The request's id, as in the log and `X-Request-Id`.
    trace_id: String,
    #[schema(format = "date-time")]
    timestamp: String,
}

/// Whose fault it is.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ErrorSide {
    ClientError,
    ServerError,
}

impl ErrorEnvelope {
    /// The body of an answer that refuses; `trace_id` is the request's id.
    pub fn of(error: &Error, trace_id: &str, at: Timestamp) -> Self {
        let details = details(error);
        let status = error.status();
        let body = ErrorBody {
            code: error.code(),
            message: error.message().to_owned(),
            side: if status >= 500 { ErrorSide::ServerError } else { ErrorSide::ClientError },
            status,
            details,
            trace_id: trace_id.to_owned(),
            timestamp: text::rfc3339(at),
        };
        Self { success: false, error: body }
    }
}

/// Path of each wrong field to a sentence about it.
pub(in crate::api) fn details(error: &Error) -> Map<String, Value> {
    let mut details: Map<String, Value> = Map::new();
    for field in error.fields().into_iter().flatten() {
        let detail = field.detail();
        match details.get_mut(&field.path) {
            Some(Value::String(told)) => told.extend([" ", &detail]),
            Some(_) | None => drop(details.insert(field.path.clone(), Value::String(detail))),
        }
    }
    details
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl From<DbError> for ApiError {
    fn from(error: DbError) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let Self(error) = self;
        if let Error::Internal(cause) = &error {
            tracing::error!(%cause, "a request failed");
        }
        let request = logs::request();
        let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = ErrorEnvelope::of(&error, &request.id, request.at);
        let mut response = (status, Json(body)).into_response();
        if let Some(seconds) = error.retry_after() {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if matches!(error, Error::Unauthorized) {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
