//! What programs ask for: JSON in, JSON out, one error envelope.

mod accounts;
mod deliveries;
pub mod docs;
mod docs_routes;
mod event_types;
mod events;
mod health;
mod http;
mod metrics;
pub mod openapi;
mod providers;
mod rules;
mod webhooks;

use axum::routing::any;
use axum::{Extension, Router};
use utoipa_axum::router::OpenApiRouter;

use crate::actions::App;
use crate::session;

use docs_routes::RenderedDocs;
use openapi::ServerInfo;

pub use http::envelope::ApiError;
use http::fallback;
pub(crate) use metrics::open_routes as metrics_routes;

/// Every JSON route. Under `/api/` and `/v1/`, what is not one is refused in the envelope too.
pub fn routes(app: &App) -> Router<App> {
    let document = openapi::document(ServerInfo {
        catalog: &app.catalog,
        signature_header: app.config.signature_header.as_str(),
        builds_links: app.config.platform_domain.is_some(),
    });
    let endpoints = Router::from(endpoints())
        .merge(metrics::routes())
        .route("/api/{*path}", any(fallback::no_such_route))
        .route("/v1/{*path}", any(fallback::no_such_route));
    let open = Router::from(open_endpoints()).layer(Extension(RenderedDocs::of(&document)));
    session::with_sessions(endpoints, app).merge(open)
}

/// What asks who is calling, with its description.
fn endpoints() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .merge(events::routes())
        .merge(event_types::routes())
        .merge(accounts::routes())
        .merge(deliveries::routes())
        .merge(providers::routes())
        .merge(webhooks::routes())
        .merge(rules::routes())
}

/// What is open to everybody.
fn open_endpoints() -> OpenApiRouter<App> {
    OpenApiRouter::default().merge(health::routes()).merge(docs_routes::routes())
}
