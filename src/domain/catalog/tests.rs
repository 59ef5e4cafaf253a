mod reference;
mod refusals;

use serde_json::{Value, json};

use super::*;
use crate::domain::account::{Account, Contact};

fn globex() -> Account {
    Account {
        id: 7,
        name: "Globex".into(),
        environment: "prod-globex".into(),
        contact: Contact { name: "Hank".into(), email: "hank@globex.example".parse().unwrap() },
        failure_mails: true,
    }
}

/// A small sound catalogue, for tests that break one thing in it.
const ONE: &str = r#"
[[event]]
key = "flow_paused"
group = "Platform events"
title = "Flow paused"
description = "A flow is paused."
fields = [
  { name = "flow_id", type = "integer", sample = 5, description = "The ID of the flow" },
  { name = "flow_link", type = "url", derived = "https://{environment}.{platform_domain}/{flow_id}", description = "The flow" },
]
[event.mail]
subject = "flow {flow_id}"
headline = "flow {flow_id}"
summary = "Flow {flow_id} was paused."
preheader = "In {environment}."
button = { label = "Open flow {flow_id}", field = "flow_link" }
"#;

#[test]
fn each_sample_equals_the_reference_field_for_field_and_in_order() {
    let catalog = Catalog::builtin();
    for (key, printed) in reference::SAMPLES {
        let sample = catalog.get(key).unwrap().reference_sample();
        assert_eq!(serde_json::to_string_pretty(&sample).unwrap(), printed);
    }
}

#[test]
fn the_documented_events_open_their_groups_in_the_documented_order() {
    let catalog = Catalog::builtin();
    let mut documented = reference::SAMPLES.iter().map(|(key, _)| *key);
    for (title, count) in [("Platform events", 5), ("Knowledge connectors", 2)] {
        let group = catalog.groups().iter().find(|group| group.title == title).unwrap();
        let first = group.events.iter().take(count).map(|event_type| event_type.key.as_str());
        assert!(first.eq(documented.by_ref().take(count)), "{title}");
    }
}

#[test]
fn an_event_is_found_under_either_of_its_names() {
    let catalog = Catalog::builtin();
    for name in ["new_tenant_created", "tenant_created"] {
        assert_eq!(catalog.by_wire_or_key(name).unwrap().key, "tenant_created");
    }
    assert!(catalog.get("new_tenant_created").is_none());
}

#[test]
fn a_sample_for_another_account_carries_its_names_and_links() {
    let catalog = Catalog::builtin();
    let run_failed = catalog.get("run_failed").unwrap();
    let now = "2026-06-01T08:30:00.25Z".parse().unwrap();
    let sample = run_failed.sample(&globex(), None, now);
    assert_eq!(sample["account_id"], json!(7));
    assert_eq!(sample["account_name"], json!("Globex"));
    assert_eq!(sample["timestamp"], json!("2026-06-01T08:30:00Z"));
    assert_eq!(sample["admin_link"], json!("https://admin.prod-globex.pandium.com/runs/9876/show"));
    let known = run_failed.sample(&globex(), Some("globex.example"), now);
    assert_eq!(known["api_link"], json!("https://api.prod-globex.globex.example/v2/runs/9876"));
    assert!(sample.keys().eq(run_failed.reference_sample().keys()));
}

#[test]
fn an_environment_that_cannot_stand_in_a_host_leaves_the_samples_links_alone() {
    let account = Account { environment: "evil.example/".into(), ..globex() };
    let catalog = Catalog::builtin();
    let run_failed = catalog.get("run_failed").unwrap();
    let sample = run_failed.sample(&account, None, "2026-06-01T08:30:00Z".parse().unwrap());
    assert_eq!(sample["admin_link"], run_failed.reference_sample()["admin_link"]);
}

#[test]
fn every_schema_accepts_its_sample_and_nothing_more_or_less() {
    for event_type in Catalog::builtin().events() {
        let validator = jsonschema::draft202012::new(event_type.schema()).unwrap();
        let sample = Value::Object(event_type.reference_sample());
        assert!(validator.is_valid(&sample), "{}", event_type.key);
        let mut more = sample.clone();
        more["surprise"] = json!(1);
        assert!(!validator.is_valid(&more));
        for field in event_type.fields() {
            let mut less = sample.clone();
            less.as_object_mut().unwrap().shift_remove(&field.name);
            assert!(!validator.is_valid(&less), "{} without {}", event_type.key, field.name);
        }
    }
}

#[test]
fn a_schema_describes_every_field() {
    let catalog = Catalog::builtin();
    let schema = catalog.get("integration_created").unwrap().schema();
    assert_eq!(schema["properties"]["event_type"]["const"], json!("new_integration_created"));
    assert_eq!(schema["properties"]["timestamp"]["format"], json!("date-time"));
    assert_eq!(
        schema["properties"]["integration_id"],
        json!({ "type": "integer", "description": "The ID of the newly created integration", "examples": [42] })
    );
    assert_eq!(schema["additionalProperties"], json!(false));
}

#[test]
fn one_more_block_is_one_more_event_and_nothing_else_changes() {
    let before = Catalog::builtin();
    let catalog = Catalog::from_toml(&format!("{BUILTIN}\n{ONE}")).unwrap();
    let keys =
        |catalog: &Catalog| catalog.events().map(|event_type| event_type.key.clone()).collect::<Vec<_>>();
    assert!(keys(&before).iter().all(|key| keys(&catalog).contains(key)));
    assert_eq!(catalog.events().count(), before.events().count() + 1);
    let flow_paused = catalog.get("flow_paused").unwrap();
    assert_eq!(flow_paused.wire_name, "flow_paused");
    let sample = flow_paused.reference_sample();
    assert_eq!(sample["flow_link"], json!("https://prod-acme.pandium.com/5"));
    assert!(jsonschema::is_valid(flow_paused.schema(), &Value::Object(sample)));
}

#[test]
fn run_events_share_a_thread_that_can_stand_in_a_header() {
    let catalog = Catalog::builtin();
    let run_failed = catalog.get("run_failed").unwrap();
    let mut payload = run_failed.reference_sample();
    assert_eq!(run_failed.mail.thread_root(&payload).unwrap(), "run-9876.prod-acme");
    payload["environment"] = json!("a> b\r\nBcc:");
    assert_eq!(run_failed.mail.thread_root(&payload).unwrap(), "run-9876.a--b-Bcc-");
    let tenant_created = catalog.get("tenant_created").unwrap();
    assert_eq!(tenant_created.mail.thread_root(&tenant_created.reference_sample()), None);
}

#[test]
fn every_field_of_the_builtin_events_is_read_by_someone_in_the_mail() {
    for event_type in Catalog::builtin().events() {
        let mut named: Vec<&str> = event_type.mail.templates().flat_map(|(_, t)| t.fields()).collect();
        named.extend(event_type.mail.all_links().map(|link| link.field.as_str()));
        for field in event_type.fields().iter().skip(5) {
            assert!(named.contains(&field.name.as_str()), "{}.{}", event_type.key, field.name);
        }
    }
}
