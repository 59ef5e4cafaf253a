//! The history of settings.

use ringpost::domain::history::Setting;
use ringpost::domain::role::Role;
use ringpost::web::history::{ChangeFilters, HistoryPage, HistoryRow, RevertPage};
use ringpost::web::page::{Choice, Notice, Pager};

use super::{State, last_month, shell, state, three_minutes_ago};

pub fn states() -> Vec<State> {
    let page = |role| HistoryPage {
        shell: shell("History", "history", role),
        rows: rows(),
        filters: ChangeFilters { settings: settings(), ..ChangeFilters::default() },
        pager: Pager::default(),
        export: "/accounts/100/history/export?format=".to_owned(),
        history_days: 400,
    };
    let mut reverted = page(Role::Admin);
    reverted.shell.notices = vec![Notice::done("Run Failed: subscribers is as it was before.")];
    reverted.pager.older =
        Some("/accounts/100/history?before=01969b3e-5c1e-7d1a-9a44-2f5d0b7e11aa".to_owned());
    let mut refused = HistoryPage { rows: Vec::new(), ..page(Role::Viewer) };
    refused.filters.any_set = true;
    refused.shell.errors.push_sentence("from", "Write a day as year-month-day, like 2026-05-04");
    vec![
        state("history-refused", &refused),
        state("history", &page(Role::Admin)),
        state("history-viewer", &page(Role::Viewer)),
        state("history-reverted", &reverted),
        state("history-empty", &HistoryPage { rows: Vec::new(), ..page(Role::Admin) }),
        state("history-revert", &asked(None)),
        state("history-revert-changed", &asked(Some("ops@acme.example, sam@acme.example"))),
        state(
            "history-revert-overtaken",
            &RevertPage { was_overtaken: true, ..asked(Some("ops@acme.example, sam@acme.example")) },
        ),
    ]
}

fn settings() -> Vec<Choice> {
    let choice = |setting: &Setting| Choice {
        value: setting.to_string(),
        label: setting.label().to_owned(),
        hint: String::new(),
        selected: *setting == Setting::Subscribers,
    };
    Setting::ALL.iter().map(choice).collect()
}

fn asked(now: Option<&str>) -> RevertPage {
    let row = rows().remove(0);
    let shell = shell("Revert “Run Failed: subscribers”?", "history", Role::Admin);
    let latest = row.id.clone();
    RevertPage { shell, row, now: now.map(ToOwned::to_owned), latest, was_overtaken: false }
}

fn rows() -> Vec<HistoryRow> {
    let row = |what: &str, actor: &str, via: &str, before: &str, after: &str| HistoryRow {
        id: "01969b3e-5c1e-7d1a-9a44-2f5d0b7e11aa".to_owned(),
        what: what.to_owned(),
        when: if via == "Command" { last_month() } else { three_minutes_ago() },
        actor: actor.to_owned(),
        via: via.to_owned(),
        before: before.to_owned(),
        after: after.to_owned(),
        revertible: !what.ends_with("secret"),
    };
    let session = "Session, 198.51.100.7";
    vec![
        row(
            "Run Failed: subscribers",
            "dana@acme.example",
            session,
            "ops@acme.example",
            "ops@acme.example, night@a-rather-long-department.acme.example",
        ),
        row(
            "Webhook URL",
            "deploy",
            "API token, 198.51.100.8",
            "None",
            "https://hooks.acme.example/… (4f9ac1)",
        ),
        row("Billing: secret", "dana@acme.example", "Command", "Set", "Set (changed)"),
    ]
}
