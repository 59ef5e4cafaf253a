//! What programs ask for: JSON in, JSON out, one error envelope.

mod body;
mod caller;
pub mod docs;
mod envelope;
mod events;
pub mod openapi;
mod published;
mod refusals;

use axum::routing::{any, post};
use axum::{Router, middleware};

use crate::app::App;

pub use envelope::ApiError;

/// Every JSON route. Under `/api/` and `/v1/`, what is not one is refused in the envelope too.
pub fn routes(app: &App) -> Router<App> {
    Router::new()
        .route("/api/v1/events", post(events::accept))
        .merge(published::routes(app))
        .route("/api/{*path}", any(refusals::no_such_route))
        .route("/v1/{*path}", any(refusals::no_such_route))
        .layer(middleware::from_fn(refusals::in_the_envelope))
}
