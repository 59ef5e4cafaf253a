//! What is said of a test's delivery where one sentence is all that is answered.

use crate::actions::App;
use crate::domain::delivery::{Channel, Delivery, State};
use crate::domain::destination::still_asked_text;

/// `hooks.acme.example answered 500 Internal Server Error in 184 ms. …`; of one that is still being sent, that it is.
pub(in crate::api) fn message(app: &App, delivery: &Delivery) -> String {
    let report = delivery.report();
    match (delivery.state, report.channel) {
        (State::Sending, Channel::Email) => {
            format!("{}.", still_asked_text("The mail server", app.patience.endpoint))
        }
        (State::Sending, Channel::Webhook | Channel::Slack | Channel::Teams) => {
            format!("{}.", still_asked_text(report.target, app.patience.endpoint))
        }
        (State::Pending | State::Delivered | State::Failed | State::Unknown | State::Skipped, _) => {
            report.describe()
        }
    }
}
