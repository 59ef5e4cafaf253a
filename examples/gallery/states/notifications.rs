//! The settings page.

use ringpost::domain::catalog::{Catalog, EventType};
use ringpost::domain::delivery::{Channel, Reason, State as Delivered};
use ringpost::domain::field_errors::FieldErrors;
use ringpost::domain::role::Role;
use ringpost::web::icon::Icon;
use ringpost::web::notifications::{
    AddPerson, Conflict, EventGroup, EventRow, LastResult, LastWebhook, NotificationsPage,
};
use ringpost::web::page::{
    Badge, Choice, DaySummary, FirstStepsLine, Link, Notice, ResultLine, StepEnd, TestProgress, TestResult,
    TestStep, Tone,
};

use super::{State, failing_targets, shell, state, three_minutes_ago};

pub fn states() -> Vec<State> {
    vec![
        state("notifications-empty", &empty()),
        state("notifications", &filled(Role::Admin)),
        state("notifications-viewer", &filled(Role::Viewer)),
        state("notifications-failing", &failing()),
        state(
            "notifications-viewer-empty",
            &NotificationsPage { webhook_label: None, ..filled(Role::Viewer) },
        ),
        state("notifications-off", &off()),
        state("notifications-all-on", &all_on()),
        state("notifications-add-refused", &add_refused()),
        state("notifications-conflict", &conflict()),
        state("notifications-saved", &saved()),
        state("notifications-saved-with-warnings", &saved_with_warnings()),
        state("notifications-refused", &refused()),
        state("notifications-webhook-delivered", &webhook_delivered()),
        state("notifications-webhook-failed", &webhook_failed()),
        state("notifications-email-sent", &email_sent()),
        state("notifications-email-partly-refused", &email_partly_refused()),
        state("notifications-webhook-under-way", &webhook_under_way()),
        state("notifications-webhook-unanswered", &webhook_unanswered()),
        state("notifications-email-under-way", &email_under_way()),
        state("notifications-long-list", &long_list()),
        state("notifications-mail-to-files", &mail_to_files()),
        state("notifications-mail-is-stuck", &mail_is_stuck()),
    ]
}

fn empty() -> NotificationsPage {
    NotificationsPage {
        shell: shell("Notifications & Webhooks", "notifications", Role::Admin),
        webhook_url: String::new(),
        webhook_label: None,
        webhooks_on: false,
        unsaved: false,
        contact: "dana@acme.example".to_owned(),
        nonce: "0196b3e0-5c1e-7d1a-9a44-2f5d0b7e11aa".to_owned(),
        groups: groups(),
        add: AddPerson { choices: choices(), ..AddPerson::default() },
        first_steps: Some(FirstStepsLine { count: 1, next: "Enter the webhook URL" }),
        last_webhook: None,
        webhook_day: None,
        untested_since: None,
        revision: 41,
        url_shown: "4f9ac1d20b7e11aa4f9ac1d2".to_owned(),
        url_conflict: None,
    }
}

fn choices() -> Vec<Choice> {
    let choice = |event_type: &EventType| Choice {
        value: event_type.key.clone(),
        label: event_type.title.clone(),
        hint: String::new(),
        selected: false,
    };
    Catalog::builtin().events().map(choice).collect()
}

fn last(state: Delivered, channel: Channel, reason: Option<Reason>, ago: &str) -> LastResult {
    LastResult { badge: Some(Badge::of_state(state, channel, reason)), text: ago.to_owned() }
}

fn groups() -> Vec<EventGroup> {
    let catalog = Catalog::builtin();
    let rows = |events: &[EventType]| events.iter().map(event_row).collect();
    let group = |group: &ringpost::domain::catalog::EventTypeGroup| EventGroup {
        title: group.title.clone(),
        rows: rows(&group.events),
    };
    catalog.groups().iter().map(group).collect()
}

fn event_row(event_type: &EventType) -> EventRow {
    EventRow {
        key: event_type.key.clone(),
        wire_name: event_type.wire_name.clone(),
        title: event_type.title.clone(),
        description: event_type.description.clone(),
        payload: format!("{:#}", serde_json::Value::Object(event_type.reference_sample())),
        people: 1,
        last: LastResult { badge: None, text: "Nothing sent yet".to_owned() },
        ..EventRow::default()
    }
}

fn failing() -> NotificationsPage {
    let mut page = filled(Role::Admin);
    page.shell.failing = failing_targets();
    page.webhook_day = Some(DaySummary {
        text: "40 in 24 h".to_owned(),
        failed: Some(Link {
            href: "/accounts/100/deliveries?status=failed".to_owned(),
            text: "37 failed".to_owned(),
        }),
    });
    page.untested_since = Some("2 hours ago".to_owned());
    page
}

fn filled(role: Role) -> NotificationsPage {
    let mut page = NotificationsPage {
        shell: shell("Notifications & Webhooks", "notifications", role),
        webhook_url: "https://hooks.acme.example/ringpost?token=abc".to_owned(),
        webhook_label: Some("https://hooks.acme.example/… (4f9ac1)".to_owned()),
        webhooks_on: true,
        first_steps: None,
        ..empty()
    };
    let delivered = Badge::of_state(Delivered::Delivered, Channel::Webhook, None);
    let href = "/accounts/100/deliveries/01969b3e-5c1e-7d1a-9a44-2f5d0b7e11aa".to_owned();
    page.last_webhook = Some(LastWebhook { badge: delivered, when: three_minutes_ago(), href });
    page.webhook_day = Some(DaySummary { text: "412 in 24 h".to_owned(), failed: None });
    let created = row(&mut page, "tenant_created");
    created.send_webhook = true;
    created.last = last(Delivered::Delivered, Channel::Webhook, None, "3 hours ago");
    let file = Some(Reason::WrittenToFile);
    row(&mut page, "tenant_archived").last = last(Delivered::Delivered, Channel::Email, file, "1 day ago");
    row(&mut page, "sync_failed").last = last(Delivered::Unknown, Channel::Webhook, None, "2 days ago");
    let failed = row(&mut page, "run_failed");
    failed.send_webhook = true;
    failed.people = 3;
    failed.last = last(Delivered::Failed, Channel::Webhook, None, "5 minutes ago");
    failed.subscribers = "ops@acme.example, oncall@acme.example".into();
    failed.unsubscribed = vec!["ops@acme.example".to_owned()];
    failed.unconfirmed = vec!["oncall@acme.example".to_owned()];
    page
}

fn row<'a>(page: &'a mut NotificationsPage, key: &str) -> &'a mut EventRow {
    let rows = page.groups.iter_mut().flat_map(|group| &mut group.rows);
    rows.into_iter().find(|row| row.key == key).unwrap_or_else(|| unreachable!("{key} is in the gallery"))
}

/// Switches that are on while there is no URL.
fn off() -> NotificationsPage {
    NotificationsPage {
        webhook_url: String::new(),
        webhook_label: None,
        webhooks_on: false,
        ..filled(Role::Admin)
    }
}

/// After a button that fills in and saves nothing.
fn all_on() -> NotificationsPage {
    let mut page = filled(Role::Admin);
    page.unsaved = true;
    for row in page.groups.iter_mut().flat_map(|group| &mut group.rows) {
        row.open = !row.send_webhook;
        row.send_webhook = true;
    }
    page
}

/// Somebody else has saved while this form was filled in.
fn conflict() -> NotificationsPage {
    let mut page = filled(Role::Admin);
    page.unsaved = true;
    let errors = &mut page.shell.errors;
    let sentence = "The webhook URL was changed by lee@acme.example while you were editing";
    errors.push_sentence("conflict.webhook_url", sentence);
    errors.push_sentence(
        "conflict.run_failed",
        "Run Failed was changed by lee@acme.example while you were editing",
    );
    page.url_conflict = Some(Conflict {
        by: "lee@acme.example".to_owned(),
        now: "https://hooks.acme.example/other".to_owned(),
        typed: "https://hooks.acme.example/ringpost?token=abc".to_owned(),
    });
    let failed = row(&mut page, "run_failed");
    failed.open = true;
    let badge = Badge { tone: Tone::Bad, icon: Some(Icon::Warning), text: "Changed" };
    failed.last = LastResult { badge: Some(badge), text: "by lee@acme.example".to_owned() };
    failed.conflict = Some(Conflict {
        by: "lee@acme.example".to_owned(),
        now: "Webhook on; ops@acme.example, night@acme.example".to_owned(),
        typed: "Webhook on; ops@acme.example, oncall@acme.example".to_owned(),
    });
    page
}

fn add_refused() -> NotificationsPage {
    let mut page = filled(Role::Admin);
    page.unsaved = true;
    page.add = AddPerson { address: "night@acme".to_owned(), open: true, ..page.add };
    let errors = &mut page.shell.errors;
    errors.push_sentence("add_address", "Address: “night@acme” is missing a domain ending, like .com");
    errors.push_sentence("add-events", "Tick the events that the address is to be added to");
    page
}

fn saved() -> NotificationsPage {
    let mut page = filled(Role::Admin);
    page.shell.notices = vec![Notice::done("Changes saved.")];
    page
}

fn saved_with_warnings() -> NotificationsPage {
    let mut page = filled(Role::Admin);
    page.webhook_url = "http://receiver.internal:8080/hook".into();
    let private = "receiver.internal is 10.0.4.7, an internal address, and sending to it is refused. An operator can open it with --allow-network 10.0.4.7/32.";
    let unresolved = "hooks.acme.example does not resolve yet. Webhooks fail until it does.";
    let dropped =
        "dana@acme.example was taken off the list of Run Failed: the primary contact is always included.";
    page.shell.notices = vec![
        Notice::done("Changes saved."),
        Notice::warn("This webhook URL cannot be reached.", private),
        Notice::warn("The host name is unknown.", unresolved),
        Notice::warn("One address was not needed.", dropped),
    ];
    page
}

fn refused() -> NotificationsPage {
    let mut page = filled(Role::Admin);
    let mut errors = FieldErrors::default();
    errors.push_sentence("webhook_url", "Webhook URL must start with http:// or https://");
    for sentence in [
        "Run Failed: “oncall@acme” is missing a domain ending, like .com",
        "Run Failed: “night.acme.example” is missing an @, like ops@example.com",
    ] {
        errors.push_sentence("subscribers.run_failed", sentence);
    }
    page.shell.errors = errors;
    page.webhook_url = "hooks.acme.example/ringpost".into();
    page.webhooks_on = false;
    page.unsaved = true;
    let failed = row(&mut page, "run_failed");
    failed.subscribers = "ops@acme.example, oncall@acme, night.acme.example".into();
    failed.open = true;
    let badge = Badge { tone: Tone::Bad, icon: Some(Icon::Cross), text: "To correct" };
    failed.last = LastResult { badge: Some(badge), text: "2 addresses".to_owned() };
    page
}

fn line(text: &str, link: Option<&str>) -> ResultLine {
    let link = link.map(|text| Link {
        href: "/accounts/100/deliveries/01969b3e-5c1e-7d1a-9a44-2f5d0b7e11aa".to_owned(),
        text: text.to_owned(),
    });
    ResultLine { text: text.to_owned(), link }
}

/// How far a test came: the last step that was reached, and how it ended.
fn steps(last: usize, end: StepEnd, found: &str) -> Vec<TestStep> {
    let step = |(place, name)| TestStep {
        name,
        end: match place {
            _ if place < last => StepEnd::Passed,
            _ if place == last => end,
            _ => StepEnd::NotReached,
        },
        took: if place > last { String::new() } else { format!("{} ms", place * 14 + 4) },
        found: match place {
            _ if place > last => "Not reached".to_owned(),
            _ if place == last => found.to_owned(),
            3 => "The certificate is good for 61 days".to_owned(),
            _ => String::new(),
        },
    };
    ["Resolve", "Policy", "Connect", "TLS", "HTTP"].into_iter().enumerate().map(step).collect()
}

fn tested(key: &str, result: TestResult) -> NotificationsPage {
    let mut page = filled(Role::Editor);
    page.unsaved = result.note.is_some();
    let row = row(&mut page, key);
    row.open = true;
    let badge = Badge { tone: result.tone, icon: Some(result.tone.icon()), text: "Test" };
    row.last = LastResult { badge: Some(badge), text: "just now".to_owned() };
    row.result = Some(result);
    page
}

fn webhook_delivered() -> NotificationsPage {
    let said = line("hooks.acme.example answered 200 OK in 184 ms.", Some("View request and answer"));
    let title = "Test webhook delivered.".into();
    tested(
        "run_failed",
        TestResult {
            tone: Tone::Ok,
            title,
            lines: vec![said],
            note: None,
            progress: None,
            steps: steps(4, StepEnd::Passed, "200 OK"),
        },
    )
}

fn webhook_failed() -> NotificationsPage {
    let text = "hooks.acme.example answered 500 Internal Server Error in 92 ms. Look at the receiver’s log.";
    let said = line(text, Some("View request and answer"));
    let title = "Test webhook was not delivered.".into();
    let note = Some("The URL you tested is not saved yet.".to_owned());
    tested(
        "tenant_created",
        TestResult {
            tone: Tone::Bad,
            title,
            lines: vec![said],
            note,
            progress: None,
            steps: steps(4, StepEnd::Failed, "500 Internal Server Error"),
        },
    )
}

fn email_sent() -> NotificationsPage {
    let said = line("The mail server took the mail for dana@acme.example in 31 ms.", Some("View email"));
    let title = "Test email sent.".into();
    tested(
        "integration_created",
        TestResult {
            tone: Tone::Ok,
            title,
            lines: vec![said],
            note: None,
            progress: None,
            steps: Vec::new(),
        },
    )
}

fn email_partly_refused() -> NotificationsPage {
    let lines = vec![
        line("The mail server took the mail for dana@acme.example in 31 ms.", Some("View email")),
        line("The mail server took the mail for ops@acme.example in 28 ms.", Some("View email")),
        line(
            "The mail server refused the mail for gone@acme.example (550 5.1.1 no such user).",
            Some("View email"),
        ),
    ];
    let title = "Test email was refused for one of three recipients.".into();
    tested(
        "run_failed",
        TestResult { tone: Tone::Warn, title, lines, note: None, progress: None, steps: Vec::new() },
    )
}

/// Refresh asks the button's own path.
fn progress(button: &str) -> Option<TestProgress> {
    let event_id = "01969b3e-5c1e-7d1a-9a44-2f5d0b7e11ab".to_owned();
    let href = format!("/accounts/100/deliveries?q={event_id}");
    let log = Link { href, text: "View in the log".to_owned() };
    Some(TestProgress { event_id, action: Some(format!("/accounts/100/notifications/test/{button}")), log })
}

fn webhook_under_way() -> NotificationsPage {
    let lines = vec![line("hooks.acme.example has not answered yet.", None)];
    let (tone, title) = (Tone::Warn, "Test webhook is being sent.".into());
    let note = Some("The URL you tested is not saved yet.".to_owned());
    let progress = progress("run_failed/webhook");
    tested("run_failed", TestResult { tone, title, lines, note, progress, steps: Vec::new() })
}

fn webhook_unanswered() -> NotificationsPage {
    let text = "hooks.acme.example took the request and did not answer (no answer within 15 s). It may or may not have been processed: look there, then send the test again.";
    let lines = vec![line(text, Some("View request and answer"))];
    let (tone, title) = (Tone::Warn, "No answer to the test webhook.".into());
    tested(
        "run_failed",
        TestResult {
            tone,
            title,
            lines,
            note: None,
            progress: None,
            steps: steps(4, StepEnd::NoAnswer, "No answer"),
        },
    )
}

fn email_under_way() -> NotificationsPage {
    let lines = vec![
        line(
            "The mail server took the mail for dana@acme.example in 31 ms.",
            Some("View mail to dana@acme.example"),
        ),
        line("The mail server has not answered yet.", Some("View mail to ops@acme.example")),
        line("Waiting for its turn.", Some("View mail to oncall@acme.example")),
    ];
    let (tone, title) = (Tone::Warn, "Test email sent to 1 of 3 so far.".into());
    let progress = progress("run_failed/email");
    tested("run_failed", TestResult { tone, title, lines, note: None, progress, steps: Vec::new() })
}

fn long_list() -> NotificationsPage {
    let mut page = filled(Role::Admin);
    let addresses: Vec<String> = (1..=200).map(|n| format!("engineer-{n:03}@acme.example")).collect();
    let failed = row(&mut page, "run_failed");
    failed.subscribers = addresses.join(", ");
    failed.people = 201;
    failed.open = true;
    page
}

fn mail_is_stuck() -> NotificationsPage {
    let mut page = filled(Role::Admin);
    page.shell.is_mail_stuck = true;
    page
}

fn mail_to_files() -> NotificationsPage {
    let mut page = filled(Role::Admin);
    page.shell.mail_folder = Some("./data/mail".to_owned());
    page.shell.person.can_switch = true;
    page
}
