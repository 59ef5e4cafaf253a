//! What the settings page shows.

use askama::Template;
use askama_web::WebTemplate;

use crate::domain::role::Permission;
use crate::web::icon::Icon;
use crate::web::page::{Badge, Choice, DaySummary, FirstStepsLine, Shell, TestResult, When};

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
    /// The fields that add somebody to several lists.
    pub add: AddPerson,
    /// The way to the first steps, while they are not done.
    pub first_steps: Option<FirstStepsLine>,
    /// How the last shared webhook went.
    pub last_webhook: Option<LastWebhook>,
    /// What has become of the last day's shared webhooks.
    pub webhook_day: Option<DaySummary>,
    /// How long ago the URL was changed, if nothing was sent to it since: `2 hours ago`.
    pub untested_since: Option<String>,
    /// `revision`: how often the settings were saved when they were read.
    pub revision: i64,
    /// `shown.webhook_url`: the mark of the URL that was shown.
    pub url_shown: String,
    /// The URL that somebody else has saved and the one that was typed, if both are new.
    pub url_conflict: Option<Conflict>,
}

/// A field that was changed twice at once. Saving again replaces what is there now.
#[derive(Clone, Debug)]
pub struct Conflict {
    /// Who has changed it meanwhile.
    pub by: String,
    /// What they have saved.
    pub now: String,
    /// What was typed.
    pub typed: String,
}

/// `add_address`, and `add.<key>` for each event.
#[derive(Clone, Debug, Default)]
pub struct AddPerson {
    /// As it was typed.
    pub address: String,
    /// The catalogue's keys and titles.
    pub choices: Vec<Choice>,
    /// Whether the fields are shown at once.
    pub open: bool,
}

/// How the last shared webhook went, beside its URL.
#[derive(Clone, Debug)]
pub struct LastWebhook {
    /// Its state.
    pub badge: Badge,
    /// When it was accepted.
    pub when: When,
    /// Its page in the log.
    pub href: String,
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
    /// How many hear about it, the primary contact among them.
    pub people: usize,
    /// How its last event went, or what is to be done about the row.
    pub last: LastResult,
    /// Whether the fields are shown at once.
    pub open: bool,
    /// `shown.<key>`: how the toggle stood, and the mark of the row that was shown.
    pub shown: String,
    /// What somebody else has saved of the row and what was typed, if both are new.
    pub conflict: Option<Conflict>,
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

/// The end of a row's line.
#[derive(Clone, Debug, Default)]
pub struct LastResult {
    /// The worst state of the last event's deliveries; none while there was no event.
    pub badge: Option<Badge>,
    /// `3 hours ago`, `Nothing sent yet`.
    pub text: String,
}

impl NotificationsPage {
    /// `5 of 7 send a webhook`; without a URL none does, and their choices wait.
    fn count(&self) -> String {
        let rows = || self.groups.iter().flat_map(|group| &group.rows);
        let (all, chosen) = (rows().count(), rows().filter(|row| row.send_webhook).count());
        let are = if chosen == 1 { "is" } else { "are" };
        if self.webhooks_on {
            format!("{chosen} of {all} send a webhook")
        } else {
            format!("0 of {all} send a webhook · {chosen} {are} chosen")
        }
    }

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
