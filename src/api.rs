//! What programs ask for: JSON in, JSON out, one error envelope.

mod body;
mod caller;
pub mod docs;
mod envelope;
mod event_types;
mod events;
mod fields;
pub mod openapi;
mod providers;
mod published;
mod query;
mod refusals;
mod rules;
mod sample;
mod tenant;
mod webhooks;

use axum::Router;
use axum::routing::{any, post};

use crate::app::App;
use crate::session;

pub use envelope::ApiError;

/// Every JSON route. Under `/api/` and `/v1/`, what is not one is refused in the envelope too.
pub fn routes(app: &App) -> Router<App> {
    let routes = Router::new()
        .route("/api/v1/events", post(events::accept))
        .merge(event_types::routes())
        .merge(providers::routes())
        .merge(webhooks::routes())
        .merge(rules::routes())
        .merge(published::routes(app))
        .route("/api/{*path}", any(refusals::no_such_route))
        .route("/v1/{*path}", any(refusals::no_such_route));
    session::with_sessions(routes, app)
}
