//! `GET /api/openapi.json` and `GET /api/docs`: the same description for programs and for people.

use askama::Template;
use axum::Extension;
use axum::response::{Html, IntoResponse};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::actions::App;

use super::docs::DocsPage;
use super::http::refusals::OpenRefusals;
use super::http::schemas::JsonObject;

/// The description in both forms. They are made once: they do not change while the server runs.
#[derive(Clone)]
pub(super) struct RenderedDocs {
    json: Bytes,
    html: Bytes,
}

impl RenderedDocs {
    /// Of an OpenAPI document of ours.
    pub fn of(document: &Value) -> Self {
        let html = DocsPage::of(document).render().unwrap_or_else(|error| error.to_string());
        Self { json: document.to_string().into(), html: html.into() }
    }
}

/// Routes that answer what is given to them as an [`Extension`].
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(description)).routes(routes!(reference))
}

/// Read this description
///
/// For generators of clients and of documentation. It holds the events of this server.
#[utoipa::path(
    get,
    path = "/api/openapi.json",
    operation_id = "getDescription",
    tag = "Server",
    responses(
        (status = 200, description = "OpenAPI 3.1.", body = inline(JsonObject), content_type = "application/json"),
        OpenRefusals,
    ),
)]
async fn description(Extension(docs): Extension<RenderedDocs>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], docs.json)
}

/// Read this description as a page
///
/// It needs no script and loads nothing from elsewhere.
#[utoipa::path(
    get,
    path = "/api/docs",
    operation_id = "getReference",
    tag = "Server",
    responses((status = 200, description = "HTML.", body = String, content_type = "text/html"), OpenRefusals),
)]
async fn reference(Extension(docs): Extension<RenderedDocs>) -> Html<Bytes> {
    Html(docs.html)
}
