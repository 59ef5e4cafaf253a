//! The style sheet, the script and the favicon, inside the program: it starts anywhere, and a page
//! never meets a file of another version.

mod embedded;

use std::sync::LazyLock;

use axum::Router;
use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, RANGE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, Request, Response, StatusCode};
use axum::routing::get_service;
use sha2::{Digest, Sha256};
use tower::ServiceBuilder;
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

use embedded::Embedded;

/// A file that pages link to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asset {
    /// `static/app.css`
    Css,
    /// `static/app.js`
    Js,
    /// `static/icon.svg`, the favicon
    Favicon,
}

/// The name of each file holds its content's hash, so it may be kept forever.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");

static NAMES: LazyLock<[String; 3]> = LazyLock::new(|| Asset::ALL.map(Asset::hashed_name));

/// `GET` and `HEAD /static/{name}`: whole or in ranges, plain or compressed, or 304 to who has it already.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let files = ServeDir::with_backend("", Embedded)
        .append_index_html_on_directories(false)
        .redirect_to_trailing_slash(false)
        .precompressed_gzip();
    let service = ServiceBuilder::new()
        .layer(SetResponseHeaderLayer::overriding(CACHE_CONTROL, to_be_kept))
        .layer(SetResponseHeaderLayer::overriding(X_CONTENT_TYPE_OPTIONS, NOSNIFF))
        .map_request(without_odd_range)
        .map_response(|answer: Response<_>| answer.map(Body::new))
        .service(files);
    Router::new().route("/static/{name}", get_service(service))
}

/// A range that cannot be read is ignored (RFC 9110, 14.2), and so are several at once, which nobody asks of
/// files this small: whoever asked gets the whole file.
fn without_odd_range<B>(mut request: Request<B>) -> Request<B> {
    let is_plain = |range: &HeaderValue| {
        let span = range.to_str().ok().and_then(|range| range.strip_prefix("bytes=")?.split_once('-'));
        span.is_some_and(|(from, to)| {
            [from, to].iter().all(|end| end.bytes().all(|byte| byte.is_ascii_digit()))
        })
    };
    if !request.headers().get(RANGE).is_some_and(is_plain) {
        request.headers_mut().remove(RANGE);
    }
    request
}

/// What is not there may be there tomorrow.
fn to_be_kept(answer: &Response<Body>) -> Option<HeaderValue> {
    let found = answer.status().is_success() || answer.status() == StatusCode::NOT_MODIFIED;
    found.then_some(IMMUTABLE)
}

impl Asset {
    /// Every file, in the order of the variants.
    pub const ALL: [Self; 3] = [Self::Css, Self::Js, Self::Favicon];

    /// Where pages find it: `/static/app.3f2a9c1b04de5566.css`.
    #[must_use]
    pub fn url(self) -> String {
        format!("/static/{}", self.name())
    }

    /// What is served.
    #[must_use]
    pub fn body(self) -> &'static str {
        match self {
            Self::Css => include_str!("../static/app.css"),
            Self::Js => include_str!("../static/app.js"),
            Self::Favicon => include_str!("../static/icon.svg"),
        }
    }

    fn name(self) -> &'static str {
        let [css, js, favicon] = &*NAMES;
        match self {
            Self::Css => css,
            Self::Js => js,
            Self::Favicon => favicon,
        }
    }

    fn hashed_name(self) -> String {
        let (stem, extension) = match self {
            Self::Css => ("app", "css"),
            Self::Js => ("app", "js"),
            Self::Favicon => ("icon", "svg"),
        };
        let digest = Sha256::digest(self.body());
        let hash = digest.first_chunk().map_or(0, |first| u64::from_be_bytes(*first));
        format!("{stem}.{hash:016x}.{extension}")
    }
}

#[cfg(test)]
mod tests;
