//! The Deliveries tab: the log, and one entry of it.

mod content;
mod curl;
mod day;
mod detail;
mod event;
mod event_line;
mod export;
mod filters;
mod list;
mod mail;
mod names;
mod recover;
mod resend;
mod stages;

pub use content::{DeliveryContent, HttpExchange, MailCopy};
pub use day::{Bar, Day, HourRow, LogFigure};
pub use detail::{DeliveryPage, ResendForm};
pub use event::{EventPage, ToldTarget};
pub use event_line::EventLine;
pub use filters::Filters;
pub use list::DeliveriesPage;
pub use names::Hop;
pub use recover::{RecoverForm, RecoverPage, RecoverPlan, RecoveryPage};
pub use stages::{StageBar, StageRow, StageTable};

use axum::Router;
use axum::routing::{get, post};

use crate::actions::App;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/accounts/{account_id}/deliveries", get(list::show))
        .route("/accounts/{account_id}/deliveries/export", get(export::save))
        .route("/accounts/{account_id}/events/{id}", get(event::show))
        .route("/accounts/{account_id}/deliveries/recover", get(recover::show).post(recover::start))
        .route("/accounts/{account_id}/deliveries/recoveries/{id}", get(recover::progress))
        .route("/accounts/{account_id}/deliveries/recoveries/{id}/stop", post(recover::stop))
        .route("/accounts/{account_id}/deliveries/{id}", get(detail::show))
        .route("/accounts/{account_id}/deliveries/{id}/mail", get(mail::show))
        .route("/accounts/{account_id}/deliveries/{id}/resend", post(resend::resend))
}
