//! `GET /api/openapi.json` and `GET /api/docs`: the same description for programs and for people.

use askama::Template;
use axum::Router;
use axum::response::Html;
use axum::routing::get;
use bytes::Bytes;
use http::header::CONTENT_TYPE;

use crate::actions::App;

use super::docs::DocsPage;
use super::openapi::{self, ServerInfo};

/// Both are made once: they do not change while the server runs.
pub(super) fn routes(app: &App) -> Router<App> {
    let document = openapi::document(ServerInfo {
        catalog: &app.catalog,
        signature_header: app.config.signature_header.as_str(),
        builds_links: app.config.platform_domain.is_some(),
    });
    let json = Bytes::from(document.to_string());
    let html = DocsPage::of(&document).render().unwrap_or_else(|error| error.to_string());
    let page = Bytes::from(html);
    Router::new()
        .route("/api/openapi.json", get(async move || ([(CONTENT_TYPE, "application/json")], json.clone())))
        .route("/api/docs", get(async move || Html(page.clone())))
}
