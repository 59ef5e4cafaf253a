//! Forms of other sites must not act with our people's cookies.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::Method;
use http::header::{COOKIE, HeaderMap, ORIGIN};

use crate::error::Error;
use crate::web::PageError;

/// `tower_http::csrf` lets a request pass that carries neither `Origin` nor `Sec-Fetch-Site`. No browser
/// of this decade sends a form like that, so with a cookie it is refused.
pub(crate) async fn refuse_cross_site(request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if safe || !has_cookie(request.headers()) || tells_its_origin(request.headers()) {
        return next.run(request).await;
    }
    let message = "This browser does not say where the form came from. Update it, or use the API.".to_owned();
    PageError::from(Error::Forbidden { code: "CROSS_SITE", message }).into_response()
}

fn has_cookie(headers: &HeaderMap) -> bool {
    headers.contains_key(COOKIE)
}

fn tells_its_origin(headers: &HeaderMap) -> bool {
    headers.contains_key(ORIGIN) || headers.contains_key("sec-fetch-site")
}
