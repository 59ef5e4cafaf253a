//! `/metrics`: what Prometheus reads. It is no part of the described API: its format is Prometheus' own.

use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::get;
use http::header::CONTENT_TYPE;

use crate::access::{MayRead, authorize_everywhere};
use crate::actions::{App, metrics};

use super::http::caller::ApiCaller;
use super::http::envelope::ApiResult;

/// The version of the text format.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// For who may see every account.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/metrics", get(show))
}

/// For a port of its own, on which nobody is asked who they are.
pub(crate) fn open_routes() -> Router {
    Router::new().route("/metrics", get(async || text(crate::metrics::page())))
}

async fn show(State(app): State<App>, ApiCaller(caller): ApiCaller) -> ApiResult<impl IntoResponse> {
    Ok(text(metrics::page(&app, &authorize_everywhere::<MayRead>(&caller)?)))
}

fn text(page: String) -> impl IntoResponse {
    ([(CONTENT_TYPE, TEXT)], page)
}
