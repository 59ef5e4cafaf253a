//! The Deliveries tab: the log, and one entry of it.

mod detail;
mod list;
mod mail;

pub use detail::{DeliveryContent, DeliveryPage, HttpExchange, MailCopy};
pub use list::{DeliveriesPage, DeliveryRow, Filters};

use axum::Router;
use axum::routing::get;

use crate::actions::App;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/accounts/{account_id}/deliveries", get(list::show))
        .route("/accounts/{account_id}/deliveries/{id}", get(detail::show))
        .route("/accounts/{account_id}/deliveries/{id}/mail", get(mail::show))
}
