//! The People tab.

use ringpost::domain::field_errors::FieldErrors;
use ringpost::domain::role::Role;
use ringpost::web::icon::Icon;
use ringpost::web::page::{Badge, Choice, Link, Notice, Tone};
use ringpost::web::subscribers::{PeopleForm, PersonRemovePage, SubscriberRow, SubscribersPage};

use super::{State, last_month, shell, state};

const EVENTS: [(&str, &str); 7] = [
    ("integration_created", "Integration Created"),
    ("tenant_created", "Tenant Created"),
    ("tenant_archived", "Tenant Archived"),
    ("partner_integration_updated", "Partner Integration Updated"),
    ("run_failed", "Run Failed"),
    ("sync_succeeded", "Sync Succeeded"),
    ("sync_failed", "Sync Failed"),
];

pub fn states() -> Vec<State> {
    vec![
        state("people-of-account", &page(Role::Admin)),
        state("people-of-account-viewer", &page(Role::Viewer)),
        state("people-of-account-added", &added()),
        state("people-of-account-refused", &refused()),
        state("people-of-account-found", &found()),
        state(
            "people-of-account-nobody",
            &SubscribersPage { rows: Vec::new(), q: "zoe".to_owned(), count: 0, ..page(Role::Editor) },
        ),
        state("people-of-account-remove", &remove(false)),
        state("people-of-account-remove-changed", &remove(true)),
    ]
}

fn page(role: Role) -> SubscribersPage {
    let rows = rows();
    SubscribersPage {
        shell: shell("People", "people", role),
        all: rows.len(),
        count: rows.len(),
        rows,
        q: String::new(),
        is_first: true,
        next: None,
        form: PeopleForm { address: String::new(), choices: choices(&[]) },
    }
}

fn choices(ticked: &[&str]) -> Vec<Choice> {
    let choice = |(key, title): (&str, &str)| Choice {
        value: key.to_owned(),
        label: title.to_owned(),
        hint: String::new(),
        selected: ticked.contains(&key),
    };
    EVENTS.into_iter().map(choice).collect()
}

fn rows() -> Vec<SubscriberRow> {
    let badge = |tone, icon, text| Badge { tone, icon: Some(icon), text };
    let row = |address: &str, events: &[&str]| SubscriberRow {
        address: address.to_owned(),
        is_primary: false,
        events: events.iter().map(|title| (*title).to_owned()).collect(),
        state: badge(Tone::Ok, Icon::Check, "Active"),
        since: None,
        trouble: None,
        query: format!("address={}", address.replace('@', "%40")),
    };
    let trouble = Link {
        href: "/accounts/100/deliveries/01969b3e-5c1e-7d1a-9a44-2f5d0b7e11aa".to_owned(),
        text: "550 5.1.1 no such user, 2 days ago".to_owned(),
    };
    let failing = badge(Tone::Bad, Icon::Cross, "Failing");
    let gone = badge(Tone::Quiet, Icon::Pause, "Unsubscribed");
    let all: Vec<&str> = EVENTS.iter().map(|(_, title)| *title).collect();
    vec![
        SubscriberRow { is_primary: true, ..row("dana@acme.example", &all) },
        SubscriberRow {
            state: failing,
            trouble: Some(trouble),
            ..row("billing@acme.example", &["Tenant Archived"])
        },
        SubscriberRow {
            state: badge(Tone::Warn, Icon::Question, "Not confirmed"),
            ..row("night-shift@a-rather-long-department.acme.example", &["Run Failed"])
        },
        row("ops@acme.example", &["Run Failed", "Sync Failed"]),
        SubscriberRow {
            state: gone.clone(),
            since: Some(last_month()),
            ..row("pat@acme.example", &["Run Failed"])
        },
        SubscriberRow { state: gone, since: Some(last_month()), ..row("sam@acme.example", &[]) },
    ]
}

fn added() -> SubscribersPage {
    let mut page = page(Role::Editor);
    page.shell.notices = vec![
        Notice::done("Added to Run Failed, Sync Failed: night@acme.example, pat@acme.example."),
        Notice::warn("Unsubscribed: pat@acme.example.", "No mail goes there until that is undone below."),
    ];
    page
}

fn refused() -> SubscribersPage {
    let mut page = page(Role::Admin);
    let mut errors = FieldErrors::default();
    errors.push_sentence("address", "Address: “night@acme” is missing a domain ending, like .com");
    errors.push_sentence("events", "Tick the events that the address is to be added to");
    page.shell.errors = errors;
    page.form.address = "night@acme".into();
    page
}

fn found() -> SubscribersPage {
    let mut page = page(Role::Admin);
    page.rows.retain(|row| row.address.contains("acme"));
    SubscribersPage {
        q: "acme".to_owned(),
        count: 61,
        all: 340,
        is_first: false,
        next: Some("/accounts/100/people?q=acme&after=sam%40acme.example".to_owned()),
        ..page
    }
}

fn remove(changed: bool) -> PersonRemovePage {
    let mut shell = shell("Remove ops@acme.example?", "people", Role::Editor);
    if changed {
        let sentence = "Somebody else has changed these lists since: look again, then remove";
        shell.errors.push_sentence("lists", sentence);
    }
    PersonRemovePage {
        shell,
        address: "ops@acme.example".to_owned(),
        events: vec!["run_failed".to_owned(), "sync_failed".to_owned()],
        titles: vec!["Run Failed".to_owned(), "Sync Failed".to_owned()],
    }
}
