//! The security log, which only operators open.

use ringpost::web::icon::Icon;
use ringpost::web::page::{Badge, Choice, Pager, Person, Shell, Tone};
use ringpost::web::security_log::{AuditFilters, AuditRow, SecurityLogPage};

use super::{State, dana, state, three_minutes_ago};

pub fn states() -> Vec<State> {
    let person = Person { operator: true, can_switch: true, ..dana() };
    let row = |action: &str, tone, icon, text| AuditRow {
        when: three_minutes_ago(),
        actor: "dana@acme.example".to_owned(),
        address: "2001:db8:85a3::8a2e:370:7334".to_owned(),
        action: action.to_owned(),
        object: "lee@a-rather-long-department.acme.example".to_owned(),
        account: "100".to_owned(),
        result: Badge { tone, icon: Some(icon), text },
        detail: "viewer → editor".to_owned(),
    };
    let choice = |label: &str| Choice {
        value: String::new(),
        label: label.to_owned(),
        hint: String::new(),
        selected: true,
    };
    let page = SecurityLogPage {
        shell: Shell { title: "Security log".to_owned(), person, ..Shell::default() },
        filters: AuditFilters {
            actions: vec![choice("Any action")],
            results: vec![choice("Any result")],
            ..AuditFilters::default()
        },
        rows: vec![
            row("Role changed", Tone::Ok, Icon::Check, "Done"),
            row("Sign in", Tone::Warn, Icon::Cross, "Refused"),
        ],
        pager: Pager { newer: None, older: Some("/security-log?before=7".to_owned()) },
        history_days: 400,
        export: "/security-log/export?format=".to_owned(),
    };
    let mut refused = SecurityLogPage { rows: Vec::new(), ..page.clone() };
    refused.filters.any_set = true;
    refused.shell.errors.push_sentence("from", "Write a day as year-month-day, like 2026-05-04");
    vec![
        state("security-log", &page),
        state("security-log-empty", &SecurityLogPage { rows: Vec::new(), ..page.clone() }),
        state("security-log-refused", &refused),
    ]
}
