//! The two notifications that the tests of every kind render.

use serde_json::json;

use crate::domain::account::{Account, Contact};
use crate::domain::catalog::Catalog;
use crate::domain::event::Payload;
use crate::domain::notification::{AD_HOC, Notification};

use super::{MailContext, RenderedMail};

/// The sample of `run_failed`.
pub(super) fn run_failed() -> (Notification, Payload) {
    let catalog = Catalog::builtin();
    let event_type = catalog.get("run_failed").unwrap();
    let payload = event_type.reference_sample();
    (Notification::of_event(event_type, &payload), payload)
}

/// The example of providers-api.txt.
pub(super) fn ad_hoc() -> (Notification, Payload) {
    ad_hoc_of(&json!({
        "title": "Alert: acceptance rate drop",
        "body": "acceptance_rate < 0.05 (observed 0.04, baseline 0.08)",
        "severity": "warning",
        "fields": [
            { "label": "Observed", "value": "0.04" },
            { "label": "Threshold", "value": "0.05" }
        ],
        "sourceUrl": "https://app.kaireonai.com/dashboards/operations"
    }))
}

/// Any other, as an account sends it.
pub(super) fn ad_hoc_of(notification: &serde_json::Value) -> (Notification, Payload) {
    let account = Account {
        id: 100,
        name: "Acme Corp".to_owned(),
        environment: "prod-acme".to_owned(),
        contact: Contact { name: "Dana Ito".to_owned(), email: "dana@acme.example".parse().unwrap() },
    };
    let notification = Notification::parse(notification).unwrap();
    let payload = notification.payload(&account, "2026-05-04T12:00:00Z".parse().unwrap());
    (notification, payload)
}

/// The mail to an address of a destination.
pub(super) fn mail(
    notification: &Notification,
    payload: &Payload,
    context: &MailContext<'_>,
) -> RenderedMail {
    let key = payload["event_type"].as_str().unwrap();
    if key == AD_HOC {
        return super::compose_notification(notification, payload, context).unwrap();
    }
    super::compose(Catalog::builtin().get(key).unwrap(), payload, context).unwrap()
}
