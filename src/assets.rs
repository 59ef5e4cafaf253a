//! The style sheet, the script and the favicon, inside the program: it starts anywhere, and a page
//! never meets a file of another version.

use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sha2::{Digest, Sha256};

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
const IMMUTABLE: &str = "public, max-age=31536000, immutable";

static NAMES: LazyLock<[String; 3]> = LazyLock::new(|| Asset::ALL.map(Asset::hashed_name));

/// `GET /static/{name}`.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/static/{name}", get(serve))
}

async fn serve(Path(name): Path<String>) -> Response {
    let Some(asset) = Asset::ALL.into_iter().find(|asset| asset.name() == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (CONTENT_TYPE, asset.content_type()),
        (CACHE_CONTROL, IMMUTABLE),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, asset.body()).into_response()
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

    fn content_type(self) -> &'static str {
        match self {
            Self::Css => "text/css; charset=utf-8",
            Self::Js => "text/javascript; charset=utf-8",
            Self::Favicon => "image/svg+xml",
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
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::Request;
    use tower::ServiceExt;

    use super::*;

    async fn fetch(path: &str) -> Response {
        let request = Request::get(path).body(Body::empty()).unwrap();
        routes::<()>().oneshot(request).await.unwrap()
    }

    #[tokio::test]
    async fn every_asset_is_served_under_its_hashed_name_to_be_kept_forever() {
        for asset in Asset::ALL {
            let answer = fetch(&asset.url()).await;
            assert_eq!(answer.status(), StatusCode::OK, "{asset:?}");
            assert_eq!(answer.headers()[CACHE_CONTROL], IMMUTABLE);
            assert_eq!(answer.headers()[X_CONTENT_TYPE_OPTIONS], "nosniff");
            let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
            assert_eq!(body, asset.body().as_bytes());
        }
    }

    #[tokio::test]
    async fn another_version_or_an_unknown_name_is_not_found() {
        for path in ["/static/app.css", "/static/app.000000000000.css", "/static/..%2fCargo.toml"] {
            assert_eq!(fetch(path).await.status(), StatusCode::NOT_FOUND, "{path}");
        }
    }

    #[test]
    fn the_script_stays_small() {
        assert!(Asset::Js.body().len() < 4_096);
    }
}
