//! Every page in every state it can be in, with sample data: for the gallery, and for the tests that
//! render them all.

// The paths are spelled out because `tests/it` includes this file too.
#[path = "states/deliveries.rs"]
mod deliveries;
#[path = "states/destinations.rs"]
mod destinations;
#[path = "states/history.rs"]
mod history;
#[path = "states/notifications.rs"]
mod notifications;
#[path = "states/people.rs"]
mod people;
#[path = "states/plain.rs"]
mod plain;
#[path = "states/security_log.rs"]
mod security_log;
#[path = "states/subscribers.rs"]
mod subscribers;
#[path = "states/welcome.rs"]
mod welcome;

use askama::Template;
use ringpost::domain::role::Role;
use ringpost::web::page::{CurrentAccount, FailingLine, FailingTargets, Person, Shell, When};

/// One page in one state.
pub struct State {
    /// What it shows, as a file name.
    pub name: String,
    /// The whole document.
    pub html: String,
}

/// All of them.
pub fn all() -> Vec<State> {
    let notifications = notifications::states().into_iter().chain(destinations::states());
    let logs = deliveries::states().into_iter().chain(security_log::states());
    let notifications = notifications.chain(history::states()).chain(subscribers::states());
    notifications
        .chain(logs)
        .chain(people::states())
        .chain(plain::states())
        .chain(welcome::states())
        .collect()
}

fn state(name: impl Into<String>, page: &impl Template) -> State {
    let html = page.render().unwrap_or_else(|error| error.to_string());
    State { name: name.into(), html }
}

/// The frame of a page of Acme Corp, seen by Dana.
fn shell(title: &str, tab: &'static str, role: Role) -> Shell {
    Shell {
        title: title.to_owned(),
        tab,
        account: Some(CurrentAccount {
            id: 100,
            name: "Acme Corp".to_owned(),
            environment: "prod-acme".to_owned(),
        }),
        person: Person { role: Some(role), ..dana() },
        ..Shell::default()
    }
}

/// A banner with more than there is room for.
fn failing_targets() -> FailingTargets {
    let line = |name: &str, text: &str, query: &str| FailingLine {
        name: name.to_owned(),
        text: text.to_owned(),
        href: format!("/accounts/100/deliveries?{query}"),
    };
    FailingTargets {
        lines: vec![
            line(
                "The webhook to hooks.acme.example",
                "37 failed and 2 unknown in the last hour, the last with 503 Service Unavailable.",
                "status=failed&q=https%3A%2F%2Fhooks.acme.example",
            ),
            line(
                "A-rather-long-name-without-any-place-to-break-it-that-somebody-gave-a-destination",
                "1,000+ failed in the last 24 hours, the last: no connection.",
                "status=failed&destination=3",
            ),
            line(
                "#ops-alerts",
                "1 unknown in the last hour, the last: no answer.",
                "status=unknown&destination=1",
            ),
        ],
        others: 2,
    }
}

fn dana() -> Person {
    Person { email: "dana@acme.example".to_owned(), ..Person::default() }
}

fn when(iso: &str, text: &str, ago: &str) -> When {
    When { iso: iso.to_owned(), text: text.to_owned(), ago: ago.to_owned() }
}

fn three_minutes_ago() -> When {
    when("2026-05-04T12:00:03Z", "4 May 2026, 12:00:03 UTC", "3 minutes ago")
}

fn last_month() -> When {
    when("2026-04-02T08:15:00Z", "2 April 2026, 08:15:00 UTC", "1 month ago")
}
