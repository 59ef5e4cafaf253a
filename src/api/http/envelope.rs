//! The error envelope documented in notification-rules-api.txt, used by every JSON API.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::db::DbError;
use crate::domain::text;
use crate::error::Error;
use crate::logs;

/// An [`Error`] on its way to a program.
pub struct ApiError(pub Error);

/// What a JSON handler answers.
pub type ApiResult<T> = Result<T, ApiError>;

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
        let body = document(&error, &request.id, request.at);
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

/// The body of an answer that refuses; `trace_id` is the request's id.
pub(in crate::api) fn document(error: &Error, trace_id: &str, at: Timestamp) -> Value {
    let fields = error.fields().into_iter().flatten();
    let details: Map<String, Value> =
        fields.map(|field| (field.path.clone(), json!(field.detail()))).collect();
    let status = error.status();
    json!({
        "success": false,
        "error": {
            "code": error.code(),
            "message": error.message(),
            "type": if status >= 500 { "server_error" } else { "client_error" },
            "status": status,
            "details": details,
            "trace_id": trace_id,
            "timestamp": text::rfc3339(at),
        }
    })
}
