//! What programs ask for: JSON in, JSON out, one error envelope.

pub mod docs;
mod docs_routes;
mod event_types;
mod events;
mod http;
pub mod openapi;
mod providers;
mod rules;
mod webhooks;

use axum::Router;
use axum::routing::{any, post};

use crate::actions::App;
use crate::session;

pub use http::envelope::ApiError;
use http::fallback;

/// Every JSON route. Under `/api/` and `/v1/`, what is not one is refused in the envelope too.
pub fn routes(app: &App) -> Router<App> {
    let routes = Router::new()
        .route("/api/v1/events", post(events::accept))
        .merge(event_types::routes())
        .merge(providers::routes())
        .merge(webhooks::routes())
        .merge(rules::routes())
        .merge(docs_routes::routes(app))
        .route("/api/{*path}", any(fallback::no_such_route))
        .route("/v1/{*path}", any(fallback::no_such_route));
    session::with_sessions(routes, app)
}
