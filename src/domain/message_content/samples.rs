//! The payloads that the tests of every kind put into words.

use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::domain::account::{Account, Contact};
use crate::domain::catalog::Catalog;
use crate::domain::event::Payload;
use crate::domain::notification::Notification;

use super::MessageContent;

static CATALOG: LazyLock<Catalog> = LazyLock::new(Catalog::builtin);

/// The payload of an event of the catalogue or of an ad-hoc notification, as a message.
pub(crate) fn content(payload: &Payload, is_test: bool) -> MessageContent<'_> {
    let key = payload["event_type"].as_str().unwrap();
    MessageContent::read(key, payload, &CATALOG, is_test).unwrap()
}

/// The sample of `run_failed`.
pub(crate) fn run_failed() -> Payload {
    CATALOG.get("run_failed").unwrap().reference_sample()
}

/// The example of providers-api.txt.
pub(crate) fn ad_hoc() -> Payload {
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
pub(crate) fn ad_hoc_of(notification: &Value) -> Payload {
    let account = Account {
        id: 100,
        name: "Acme Corp".to_owned(),
        environment: "prod-acme".to_owned(),
        contact: Contact { name: "Dana Ito".to_owned(), email: "dana@acme.example".parse().unwrap() },
        failure_mails: true,
    };
    let notification = Notification::parse(notification).unwrap();
    notification.payload(&account, "2026-05-04T12:00:00Z".parse().unwrap())
}
