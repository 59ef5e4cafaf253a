//! What the framework refuses by itself, in the envelope.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{ALLOW, CONTENT_TYPE};

use crate::error::Error;

use super::envelope::ApiError;

/// 404 for a path that no API has.
pub(super) async fn no_such_route() -> ApiError {
    ApiError(Error::not_found("route"))
}

/// Rewrites a bare refusal of the framework (a wrong method, a body over the limit) as the envelope.
pub(super) async fn in_the_envelope(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let is_ours =
        response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/"));
    let error = match response.status() {
        _ if is_ours => return response,
        StatusCode::METHOD_NOT_ALLOWED => Error::MethodNotAllowed,
        StatusCode::PAYLOAD_TOO_LARGE => Error::TooLarge("The body is too large.".to_owned()),
        _ => return response,
    };
    let mut answer = ApiError(error).into_response();
    if let Some(methods) = response.headers().get(ALLOW) {
        answer.headers_mut().insert(ALLOW, methods.clone());
    }
    answer
}
