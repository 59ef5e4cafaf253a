//! What the settings page shows.

use askama::Template;
use askama_web::WebTemplate;

use crate::domain::role::Permission;
use crate::web::icon::Icon;
use crate::web::page::{Shell, TestResult};

/// One form with the account's webhook URL and a row per event. Viewers see the same facts without controls.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "notifications.html")]
pub struct NotificationsPage {
    /// Title `Notifications & Webhooks`, tab `notifications`; errors of `webhook_url` and
    /// `subscribers.<key>`; the saved flash and the warnings that came with it.
    pub shell: Shell,
    /// For editors: the URL as it is saved or was typed.
    pub webhook_url: String,
    /// For viewers: scheme, host and fingerprint of the saved URL.
    pub webhook_label: Option<String>,
    /// Whether the toggles are live: a URL is saved, or the one that was typed is good.
    pub webhooks_on: bool,
    /// Whether the fields hold something that is not saved, as after a test or a refusal.
    pub unsaved: bool,
    /// The primary contact's address.
    pub contact: String,
    /// Made anew for every page; a test that repeats one is not sent again.
    pub nonce: String,
    /// The catalogue, in its order.
    pub groups: Vec<EventGroup>,
}

/// Events that belong together.
#[derive(Clone, Debug)]
pub struct EventGroup {
    /// The heading: `Platform events`.
    pub title: String,
    /// The events.
    pub rows: Vec<EventRow>,
}

/// One event.
#[derive(Clone, Debug, Default)]
pub struct EventRow {
    /// The settings key, `integration_created`.
    pub key: String,
    /// What the payload calls it, `new_integration_created`.
    pub wire_name: String,
    /// `Integration Created`.
    pub title: String,
    /// When it happens, in a sentence.
    pub description: String,
    /// The toggle, as it is stored or was posted.
    pub send_webhook: bool,
    /// The addresses as they are saved (`a@x, b@x`) or were typed.
    pub subscribers: String,
    /// Subscribers who have unsubscribed and get nothing.
    pub unsubscribed: Vec<String>,
    /// Subscribers who have not confirmed yet and get nothing.
    pub unconfirmed: Vec<String>,
    /// The sample payload with this account's own id, name and environment, indented.
    pub payload: String,
    /// What the test that was just sent has brought.
    pub result: Option<TestResult>,
}

impl NotificationsPage {
    fn editable(&self) -> bool {
        self.shell.may(Permission::EditNotifications)
    }
}

impl EventRow {
    /// The payload's name, where it is another than the key.
    fn other_name(&self) -> Option<&str> {
        (self.wire_name != self.key).then_some(self.wire_name.as_str())
    }
}
