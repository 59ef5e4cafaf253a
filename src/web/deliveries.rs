//! The Deliveries tab: the log, and one entry of it.

mod content;
mod curl;
mod day;
mod detail;
mod event;
mod event_line;
mod explain;
mod export;
mod file;
mod filters;
mod list;
mod mail;
mod names;
mod recover;
mod recovery;
mod resend;
mod resend_several;

pub use content::{DeliveryContent, HttpExchange, MailCopy};
pub use day::{Bar, Day, HourRow, LogFigure};
pub use detail::{DeliveryPage, ResendForm};
pub use event::{EventPage, ToldTarget};
pub use event_line::EventLine;
pub use explain::{ExplainPage, PlannedLine};
pub use filters::Filters;
pub use list::DeliveriesPage;
pub use names::{Hop, Tick};
pub use recover::{RecoverForm, RecoverPage, RecoverPlan};
pub use recovery::RecoveryPage;
pub use resend_several::ResendSeveralPage;

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use http::header::CONTENT_SECURITY_POLICY;

use crate::actions::App;
use crate::web::page::LIVE_CSP;

/// A page that looks again by itself while something is under way; it has room for the frame of a mail, too.
fn live(page: impl IntoResponse) -> Response {
    ([(CONTENT_SECURITY_POLICY, LIVE_CSP)], page).into_response()
}

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/accounts/{account_id}/deliveries", get(list::show))
        .route("/accounts/{account_id}/events/explain", get(explain::show))
        .route("/accounts/{account_id}/deliveries/export", get(export::save))
        .route("/accounts/{account_id}/events/{id}", get(event::show))
        .route("/accounts/{account_id}/deliveries/recover", get(recover::show).post(recover::start))
        .route("/accounts/{account_id}/deliveries/recoveries/{id}", get(recovery::progress))
        .route("/accounts/{account_id}/deliveries/recoveries/{id}/stop", post(recovery::stop))
        .route(
            "/accounts/{account_id}/deliveries/resend",
            get(resend_several::back).post(resend_several::resend),
        )
        .route("/accounts/{account_id}/deliveries/{id}", get(detail::show))
        .route("/accounts/{account_id}/deliveries/{id}/json", get(file::save))
        .route("/accounts/{account_id}/deliveries/{id}/mail", get(mail::show))
        .route("/accounts/{account_id}/deliveries/{id}/resend", get(resend::back).post(resend::resend))
}
