//! What the framework refuses by itself (no such path, a wrong method, a body over the limit, a form of
//! another site, a timeout, a panic), as a page for people and in the envelope for programs.

use std::sync::atomic::Ordering;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};

use crate::api::ApiError;
use crate::error::Error;
use crate::logs;
use crate::web::PageError;

/// Leaves answers that already speak to their reader, and gives words to the rest.
pub(super) async fn in_words(request: Request, next: Next) -> Response {
    let for_programs = ["/api/", "/v1/", "/healthz", "/readyz", "/metrics"]
        .iter()
        .any(|prefix| request.uri().path().starts_with(prefix));
    let bare = next.run(request).await;
    let status = bare.status();
    // Whoever asked for a part of a file, or on a condition, reads the status and the headers.
    let is_of_a_file = matches!(status, StatusCode::RANGE_NOT_SATISFIABLE | StatusCode::PRECONDITION_FAILED);
    if status.as_u16() < 400 || is_of_a_file || speaks(bare.headers()) {
        return bare;
    }
    let error = error(status);
    let mut answer =
        if for_programs { ApiError(error).into_response() } else { PageError::Failed(error).into_response() };
    if let Some(methods) = bare.headers().get(ALLOW) {
        answer.headers_mut().insert(ALLOW, methods.clone());
    }
    answer
}

/// Our own refusals are pages or JSON; the framework's are plain text, or nothing.
fn speaks(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).map_or(&b""[..], |kind| kind.as_bytes());
    kind.starts_with(b"text/html") || kind.starts_with(b"application/")
}

fn error(status: StatusCode) -> Error {
    let cross_site = "The form came from another site, or this browser does not say where it came from.";
    match status {
        StatusCode::FORBIDDEN => Error::Forbidden { code: "CROSS_SITE", message: cross_site.to_owned() },
        StatusCode::NOT_FOUND => Error::not_found("page"),
        StatusCode::METHOD_NOT_ALLOWED => Error::MethodNotAllowed,
        StatusCode::PAYLOAD_TOO_LARGE => Error::TooLarge("What you sent is too large.".to_owned()),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            Error::UnsupportedMedia("The content type is not one that is read here.".to_owned())
        }
        StatusCode::SERVICE_UNAVAILABLE => Error::Unavailable {
            code: "UNAVAILABLE",
            message: "This took too long and was stopped.".to_owned(),
            retry_after: 5,
        },
        _ if status.is_server_error() && logs::request().database_is_away.load(Ordering::Relaxed) => {
            Error::Unavailable {
                code: "UNAVAILABLE",
                message: "The database is not available. Try again later.".to_owned(),
                retry_after: 5,
            }
        }
        status if status.is_server_error() => Error::internal("the framework refused or a handler panicked"),
        _ => Error::bad_request("What you sent cannot be read."),
    }
}
