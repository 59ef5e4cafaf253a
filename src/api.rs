//! What programs ask for: JSON in, JSON out, one error envelope.

mod body;
mod caller;
mod envelope;
mod events;
mod refusals;

use axum::Router;
use axum::routing::{any, post};

use crate::app::App;

pub use envelope::ApiError;

/// Every JSON route. Under `/api/` and `/v1/`, what is not one is refused in the envelope too.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/v1/events", post(events::accept))
        .route("/api/{*path}", any(refusals::no_such_route))
        .route("/v1/{*path}", any(refusals::no_such_route))
}
