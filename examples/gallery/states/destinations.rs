//! The Destinations tab.

use ringpost::domain::kinds::Kind;
use ringpost::domain::role::Role;
use ringpost::web::destinations::{
    DestinationDeletePage, DestinationForm, DestinationFormPage, DestinationKindPage, DestinationRow,
    DestinationSecretPage, DestinationSummary, DestinationsPage, EventChoices, LastDelivery, kind_choices,
};
use ringpost::web::icon::Icon;
use ringpost::web::page::{
    Badge, Choice, DaySummary, Link, Notice, ResultLine, StepEnd, TestProgress, TestResult, TestStep, Tone,
};

use super::{State, shell, state, three_minutes_ago};

const DELIVERY: &str = "/accounts/100/deliveries/01969b3e-5c1e-7d1a-9a44-2f5d0b7e11aa";

pub fn states() -> Vec<State> {
    let mut states = states_of_pages();
    states.extend(Kind::ALL.iter().map(|&kind| {
        let name = format!("destination-new-{}", kind.as_str().replace('_', "-"));
        state(name, &form(kind))
    }));
    states
}

fn states_of_pages() -> Vec<State> {
    vec![
        state("destinations-empty", &list(Role::Admin, Vec::new())),
        state("destinations-viewer-empty", &list(Role::Viewer, Vec::new())),
        state("destinations", &list(Role::Admin, rows())),
        state("destinations-viewer", &list(Role::Viewer, rows())),
        state("destinations-saved-with-warnings", &saved_with_warnings()),
        state("destinations-tested", &tested_in_list()),
        state("destinations-test-under-way", &under_way_in_list()),
        state("destination-kind", &kind_page()),
        state("destination-kind-refused", &kind_refused()),
        state("destination-edit-slack", &edit_slack()),
        state("destination-edit-webhook", &edit_webhook()),
        state("destination-edit-ops-email", &edit_ops_email()),
        state("destination-refused", &refused()),
        state("destination-test-delivered", &test_delivered()),
        state("destination-test-failed", &test_failed()),
        state("destination-secret", &secret(Some("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="))),
        state("destination-secret-gone", &secret(None)),
        state("destination-delete", &delete(row(1, "#ops-alerts", kind("slack"), "hooks.slack.com"), 312)),
        state("destination-delete-paused", &delete(paused(), 0)),
    ]
}

fn kind(word: &str) -> Kind {
    word.parse().unwrap_or(Kind::WEBHOOK)
}

fn list(role: Role, destinations: Vec<DestinationRow>) -> DestinationsPage {
    DestinationsPage { shell: shell("Destinations", "destinations", role), destinations, result: None }
}

fn rows() -> Vec<DestinationRow> {
    let last = |text: &str| {
        let link = Link { href: DELIVERY.to_owned(), text: text.to_owned() };
        Some(LastDelivery { link, when: three_minutes_ago() })
    };
    let slack = row(1, "#ops-alerts", kind("slack"), "hooks.slack.com");
    let failing = Badge { tone: Tone::Bad, icon: Some(Icon::Cross), text: "Failing" };
    let webhook = row(3, "ingest", Kind::WEBHOOK, "a-rather-long-name.alerts.example.com:8443");
    vec![
        DestinationRow { last: last("Delivered"), day: day("412 in 24 h", None), ..slack },
        paused(),
        DestinationRow {
            last: last("Failed: 500"),
            status: failing,
            signed: true,
            day: day("10,000+ in 24 h", Some("1,284 failed")),
            ..webhook
        },
        DestinationRow {
            status: Badge::untested(),
            events: Vec::new(),
            ..row(4, "Status page", Kind::WEBHOOK, "status.acme.example")
        },
    ]
}

fn day(text: &str, failed: Option<&str>) -> Option<DaySummary> {
    let failed = failed.map(|text| Link {
        href: "/accounts/100/deliveries?status=failed&destination=3".to_owned(),
        text: text.to_owned(),
    });
    Some(DaySummary { text: text.to_owned(), failed })
}

fn row(id: i64, name: &str, kind: Kind, sends_to: &str) -> DestinationRow {
    DestinationRow {
        id,
        name: name.to_owned(),
        kind: kind.spec().label,
        sends_to: sends_to.to_owned(),
        signed: false,
        events: vec!["Run Failed".to_owned(), "Sync Failed".to_owned()],
        paused: false,
        status: Badge { tone: Tone::Ok, icon: Some(Icon::Check), text: "Active" },
        day: None,
        last: None,
        nonce: "0196b3e0-5c1e-7d1a-9a44-2f5d0b7e11aa".to_owned(),
    }
}

fn paused() -> DestinationRow {
    DestinationRow {
        events: Vec::new(),
        paused: true,
        status: Badge { tone: Tone::Quiet, icon: Some(Icon::Pause), text: "Paused" },
        ..row(2, "oncall", kind("ops_email"), "ops@acme.example +1")
    }
}

fn saved_with_warnings() -> DestinationsPage {
    let mut page = list(Role::Admin, rows());
    let private = "receiver.internal is 10.0.4.7, an internal address, and sending to it is refused. An operator can open it with --allow-network 10.0.4.7/32.";
    page.shell.notices =
        vec![Notice::done("Destination added."), Notice::warn("Deliveries will not arrive.", private)];
    page
}

fn under_way_in_list() -> DestinationsPage {
    let event_id = "01969b3e-5c1e-7d1a-9a44-2f5d0b7e11ab".to_owned();
    let href = format!("/accounts/100/deliveries?q={event_id}");
    let log = Link { href, text: "View in the log".to_owned() };
    let progress = Some(TestProgress { event_id, action: None, log });
    let lines = vec![ResultLine { text: "alerts.example.com has not answered yet.".to_owned(), link: None }];
    let (tone, title) = (Tone::Warn, "ingest: Test webhook is being sent.".to_owned());
    let result = Some(TestResult { tone, title, lines, note: None, progress, steps: Vec::new() });
    DestinationsPage { result, ..list(Role::Admin, rows()) }
}

fn tested_in_list() -> DestinationsPage {
    let step = |name, end, took: &str, found: &str| TestStep {
        name,
        end,
        took: took.to_owned(),
        found: found.to_owned(),
    };
    let steps = vec![
        step("Resolve", StepEnd::Passed, "6 ms", ""),
        step("Policy", StepEnd::Passed, "under 1 ms", ""),
        step("Connect", StepEnd::Failed, "21 ms", "connection refused"),
        step("TLS", StepEnd::NotReached, "", "Not reached"),
        step("HTTP", StepEnd::NotReached, "", "Not reached"),
    ];
    let text = "Nothing was sent: alerts.example.com could not be reached (connection refused). Check that the receiver is up.";
    let link = Some(Link { href: DELIVERY.to_owned(), text: "View request and response".to_owned() });
    let lines = vec![ResultLine { text: text.to_owned(), link }];
    let title = "ingest: Test webhook was not delivered.".to_owned();
    let result = TestResult { tone: Tone::Bad, title, lines, note: None, progress: None, steps };
    DestinationsPage { result: Some(result), ..list(Role::Admin, rows()) }
}

fn kind_page() -> DestinationKindPage {
    let shell = shell("Add destination", "destinations", Role::Admin);
    DestinationKindPage { shell, kinds: kind_choices(Kind::ALL.first().copied()) }
}

fn kind_refused() -> DestinationKindPage {
    let mut page = DestinationKindPage { kinds: kind_choices(None), ..kind_page() };
    page.shell.errors.push_sentence("kind", "Choose what kind of destination to add");
    page
}

fn form(kind: Kind) -> DestinationFormPage {
    DestinationFormPage {
        shell: shell(&format!("Add destination: {}", kind.spec().label), "destinations", Role::Admin),
        kind,
        form: DestinationForm::default(),
        shown: Vec::new(),
        saved: None,
        groups: vec![
            group(
                "Platform events",
                &[
                    ("integration_created", "Integration Created"),
                    ("tenant_created", "Tenant Created"),
                    ("tenant_archived", "Tenant Archived"),
                    ("partner_integration_updated", "Partner Integration Updated"),
                    ("run_failed", "Run Failed"),
                ],
            ),
            group(
                "Knowledge connectors",
                &[("sync_succeeded", "Sync Succeeded"), ("sync_failed", "Sync Failed")],
            ),
        ],
        unsaved: false,
        nonce: "0196b3e0-5c1e-7d1a-9a44-2f5d0b7e11aa".to_owned(),
        result: None,
    }
}

fn group(title: &str, events: &[(&str, &str)]) -> EventChoices {
    let choice = |&(key, title): &(&str, &str)| Choice {
        value: key.to_owned(),
        label: title.to_owned(),
        hint: String::new(),
        selected: key.ends_with("failed"),
    };
    EventChoices { title: title.to_owned(), choices: events.iter().map(choice).collect() }
}

fn edit(kind: Kind, name: &str, saved: DestinationSummary) -> DestinationFormPage {
    DestinationFormPage {
        shell: shell(&format!("Edit {name}"), "destinations", Role::Admin),
        form: DestinationForm { name: name.to_owned(), ..DestinationForm::default() },
        saved: Some(DestinationSummary { id: 7, name: name.to_owned(), ..saved }),
        ..form(kind)
    }
}

fn stored(url_label: &str) -> DestinationSummary {
    DestinationSummary {
        id: 7,
        name: String::new(),
        url_label: url_label.to_owned(),
        signed: false,
        headers: Vec::new(),
        paused: false,
    }
}

fn edit_slack() -> DestinationFormPage {
    let saved = DestinationSummary { paused: true, ..stored("https://hooks.slack.com/… (4f9ac1)") };
    edit(kind("slack"), "#ops-alerts", saved)
}

fn edit_webhook() -> DestinationFormPage {
    let headers = vec!["X-Token".to_owned(), "X-Environment".to_owned()];
    let saved =
        DestinationSummary { signed: true, headers, ..stored("https://alerts.example.com/… (c0ffee)") };
    let mut page = edit(Kind::WEBHOOK, "ingest", saved);
    page.form.scopes = "integration_id = 42, 43\ntenant_name = Widget Co".into();
    page
}

fn edit_ops_email() -> DestinationFormPage {
    let mut page = edit(kind("ops_email"), "oncall", stored(""));
    page.form.values.insert("from", "ops-alerts@acme.example".into());
    page.form.values.insert("to", "ops@acme.example, oncall@acme.example".into());
    page.form.values.insert("reply_to", "support@acme.example".into());
    page
}

fn refused() -> DestinationFormPage {
    let mut page = edit_webhook();
    page.unsaved = true;
    page.form.values.insert("url", "http://alerts.example.com/ingest".into());
    page.form.values.insert("headers", "X-Token abc".into());
    page.form.scopes = "color = red".into();
    page.form.generate_secret = true;
    page.form.values.insert("secret", "hunter2".into());
    let errors = &mut page.shell.errors;
    errors.push_sentence("url", "URL must start with https://");
    errors.push_sentence("secret", "Type a secret or have one generated, not both");
    errors.push_sentence("headers", "Line 1 of the headers has no colon: write Name: value");
    errors.push_sentence("scopes", "“color” is not a field of any event");
    page
}

fn tested(page: DestinationFormPage, tone: Tone, title: &str, text: &str) -> DestinationFormPage {
    let link = Some(Link { href: DELIVERY.to_owned(), text: "View request and response".to_owned() });
    let lines = vec![ResultLine { text: text.to_owned(), link }];
    let note = Some("What you tested is not saved yet.".to_owned());
    let result =
        Some(TestResult { tone, title: title.to_owned(), lines, note, progress: None, steps: Vec::new() });
    DestinationFormPage { result, unsaved: true, ..page }
}

fn test_delivered() -> DestinationFormPage {
    let mut page = form(kind("slack"));
    page.form.name = "#ops-alerts".into();
    page.form.values.insert("url", "https://hooks.slack.com/services/T0/B0/XYZ".into());
    tested(page, Tone::Ok, "Test Slack message delivered.", "hooks.slack.com answered 200 OK in 184 ms.")
}

fn test_failed() -> DestinationFormPage {
    let text = "alerts.example.com answered 500 Internal Server Error in 92 ms. Look at the receiver’s log.";
    tested(edit_webhook(), Tone::Bad, "Test webhook was not delivered.", text)
}

fn secret(secret: Option<&str>) -> DestinationSecretPage {
    DestinationSecretPage {
        shell: shell("Secret created", "destinations", Role::Admin),
        id: 3,
        name: "ingest".to_owned(),
        secret: secret.map(ToOwned::to_owned),
    }
}

fn delete(destination: DestinationRow, deliveries: i64) -> DestinationDeletePage {
    DestinationDeletePage {
        shell: shell(&format!("Delete {}?", destination.name), "destinations", Role::Admin),
        destination,
        deliveries,
        retention_days: 90,
    }
}
