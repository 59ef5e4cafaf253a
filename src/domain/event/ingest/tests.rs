use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::Map;

use super::*;
use crate::domain::account::Contact;
use crate::domain::field_errors::FieldError;

static CATALOG: LazyLock<Catalog> = LazyLock::new(Catalog::builtin);

const DOMAIN: Option<&str> = Some("pandium.com");
const LINKS: [&str; 4] = ["admin_link", "api_link", "api_status_link", "api_triggers_link"];

fn acme() -> Account {
    Account {
        id: 100,
        name: "Acme Corp".into(),
        environment: "prod-acme".into(),
        contact: Contact { name: "Dana Ito".into(), email: "dana@acme.example".parse().unwrap() },
        failure_mails: true,
    }
}

fn post(body: Value, platform_domain: Option<&str>) -> Result<ValidEvent, FieldErrors> {
    let now = "2026-05-04T12:00:00.75Z".parse().unwrap();
    parse(&CATALOG, body, &acme(), platform_domain, now)
}

fn sample(key: &str) -> Payload {
    CATALOG.get(key).unwrap().reference_sample()
}

/// A sample with some fields set, or left out where the value is null.
fn changed(key: &str, changes: &Value) -> Value {
    let mut payload = sample(key);
    for (name, value) in changes.as_object().unwrap() {
        payload.insert(name.clone(), value.clone());
    }
    Value::Object(payload)
}

fn details(body: Value, platform_domain: Option<&str>) -> Vec<(String, String)> {
    let errors = post(body, platform_domain).expect_err("a refusal");
    errors.iter().map(|error| (error.path.clone(), error.sentence())).collect()
}

#[test]
fn every_sample_is_accepted_as_it_is() {
    for event_type in CATALOG.events() {
        let payload = event_type.reference_sample();
        let accepted = post(Value::Object(payload.clone()), None).unwrap();
        assert_eq!(accepted.key, event_type.key);
        assert!(accepted.payload.iter().eq(payload.iter()));
    }
}

#[test]
fn either_name_is_accepted_and_the_wire_name_is_sent() {
    for name in ["tenant_created", "new_tenant_created"] {
        let accepted = post(changed("tenant_created", &json!({ "event_type": name })), None).unwrap();
        assert_eq!(accepted.key, "tenant_created");
        assert_eq!(accepted.payload["event_type"], "new_tenant_created");
    }
}

#[test]
fn what_the_account_and_the_clock_know_may_be_left_out() {
    let known = json!({ "environment": null, "account_name": null, "timestamp": null });
    let accepted = post(changed("tenant_archived", &known), None).unwrap();
    assert!(accepted.payload.iter().eq(sample("tenant_archived").iter()));
}

#[test]
fn what_the_event_says_of_itself_wins_over_the_account() {
    let said = json!({ "environment": "stage", "account_name": "Acme GmbH" });
    let accepted = post(changed("tenant_archived", &said), None).unwrap();
    assert_eq!(accepted.payload["environment"], "stage");
    assert_eq!(accepted.payload["account_name"], "Acme GmbH");
}

#[test]
fn a_time_with_an_offset_is_turned_into_utc() {
    for (posted, kept) in [
        ("2026-05-04T14:00:00+02:00", "2026-05-04T12:00:00Z"),
        ("2026-05-04T14:00:00.125+02:00", "2026-05-04T12:00:00.125Z"),
        ("2026-05-04T12:00:00Z", "2026-05-04T12:00:00Z"),
    ] {
        let accepted = post(changed("tenant_archived", &json!({ "timestamp": posted })), None).unwrap();
        assert_eq!(accepted.payload["timestamp"], kept);
    }
    for posted in ["yesterday", "2026-05-04", "2026-05-04T12:00:00", "-000001-01-01T00:00:00Z"] {
        let details = details(changed("tenant_archived", &json!({ "timestamp": posted })), None);
        assert_eq!(details[0].0, "timestamp");
        assert!(details[0].1.contains("must be an RFC 3339 time like 2026-05-04T12:00:00Z"));
    }
}

#[test]
fn links_are_built_where_the_platform_is_known_and_demanded_where_it_is_not() {
    let without = changed(
        "run_failed",
        &json!({ "api_link": null, "admin_link": null, "api_status_link": null, "api_triggers_link": null }),
    );
    let accepted = post(without.clone(), DOMAIN).unwrap();
    assert!(accepted.payload.iter().eq(sample("run_failed").iter()));
    let refused = details(without, None);
    let names: Vec<&str> = refused.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, LINKS);
    assert!(refused[0].1.contains("admin_link is missing: add it as a string with an address"));
}

#[test]
fn a_given_link_is_kept() {
    let own = json!({ "admin_link": "https://runs.acme.example/9876" });
    let accepted = post(changed("run_failed", &own), DOMAIN).unwrap();
    assert_eq!(accepted.payload["admin_link"], own["admin_link"]);
}

#[test]
fn a_value_cannot_choose_the_host_of_a_built_link() {
    let evil = changed("run_failed", &json!({ "environment": "evil.example/", "admin_link": null }));
    let details = details(evil, DOMAIN);
    assert_eq!(details.len(), 1);
    assert!(details[0].1.contains("admin_link is missing and cannot be built"));
}

#[test]
fn a_link_that_could_not_be_built_is_not_blamed_for_the_field_it_needs() {
    let body = changed("run_failed", &json!({ "run_id": null, "admin_link": null }));
    assert_eq!(
        details(body, DOMAIN),
        [("run_id".to_owned(), "run_id is missing: add it as an integer".to_owned())]
    );
}

#[test]
fn all_faults_are_named_at_once_in_the_payloads_order() {
    let body = changed(
        "tenant_created",
        &json!({
            "surprise": true, "integration_name": 7, "tenant_id": "789", "integration_id": null,
            "account_id": 101, "timestamp": "soon",
        }),
    );
    let invalid = post(body, None).unwrap_err();
    assert_eq!(invalid.summary().matches("; ").count(), 5, "{}", invalid.summary());
    let sentences: Vec<String> = invalid.iter().map(FieldError::sentence).collect();
    assert_eq!(
        sentences,
        [
            "account_id must be 100, not 101",
            "timestamp must be an RFC 3339 time like 2026-05-04T12:00:00Z, not “soon”",
            "tenant_id must be an integer, not a string",
            "integration_id is missing: add it as an integer",
            "integration_name must be a string, not a number",
            "surprise is not a field of tenant_created: remove it or correct its name",
        ]
    );
}

#[test]
fn an_integer_is_written_as_one_and_fits_64_bits() {
    for (value, said) in [
        (json!(1.0), "not 1.0"),
        (json!(1.5), "not 1.5"),
        (json!(1e300), "not 1e+300"),
        (json!(u64::MAX), "not 18446744073709551615"),
        (json!(true), "not a boolean"),
        (json!("1"), "not a string"),
        (json!([1]), "not an array"),
        (json!({}), "not an object"),
    ] {
        let details = details(changed("tenant_created", &json!({ "tenant_id": value })), None);
        assert_eq!(details.len(), 1, "{details:?}");
        assert!(details[0].1.starts_with("tenant_id must be an integer"), "{details:?}");
        assert!(details[0].1.ends_with(said), "{details:?}");
    }
    for value in [i64::MIN, i64::MAX] {
        assert!(post(changed("tenant_created", &json!({ "tenant_id": value })), None).is_ok());
    }
}

#[test]
fn an_event_type_that_is_missing_unknown_or_no_name_is_refused_with_the_list() {
    for (event_type, said) in [
        (json!(null), "event_type is missing: use one of integration_created, tenant_created, "),
        (json!("run\nfinished"), "event_type: “run finished” is not known: use one of "),
        (json!(5), "event_type must be a string, not a number"),
    ] {
        let details = details(changed("run_failed", &json!({ "event_type": event_type })), None);
        assert_eq!(details.len(), 1);
        assert!(details[0].1.starts_with(said), "{details:?}");
    }
}

#[test]
fn something_else_than_an_object_is_refused() {
    let invalid = post(json!([1]), None).unwrap_err();
    assert_eq!(invalid.summary(), "event must be a JSON object, not an array.");
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        Just(json!("2026-05-04T14:00:00+02:00")),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::vec(("[a-z]{1,4}", inner), 0..3)
                .prop_map(|entries| Value::Object(entries.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// A sample, shuffled, with a few of its fields (or others) set to anything.
fn any_body() -> impl Strategy<Value = Value> {
    let keys: Vec<String> = CATALOG.events().map(|event_type| event_type.key.clone()).collect();
    let entries = prop::sample::select(keys)
        .prop_map(|key| sample(&key).into_iter().collect::<Vec<(String, Value)>>())
        .prop_shuffle();
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any_value()), 0..3);
    (entries, changes, prop::option::of(("[a-z_]{1,9}", any_value()))).prop_map(
        |(mut entries, changes, extra)| {
            for (index, value) in changes {
                let place = index.index(entries.len());
                entries[place].1 = value;
            }
            entries.extend(extra);
            Value::Object(entries.into_iter().collect())
        },
    )
}

proptest! {
    #[test]
    fn anything_may_be_posted(body in any_value(), domain in any::<bool>()) {
        prop_assert!(post(body, domain.then_some("pandium.com")).is_err());
    }

    #[test]
    fn what_is_accepted_fits_the_published_schema_in_the_catalogues_order(body in any_body(), domain in any::<bool>()) {
        match post(body, domain.then_some("pandium.com")) {
            Ok(accepted) => {
                let event_type = CATALOG.get(&accepted.key).unwrap();
                prop_assert!(accepted.payload.keys().eq(event_type.fields().iter().map(|field| &field.name)));
                prop_assert!(jsonschema::is_valid(event_type.schema(), &Value::Object(accepted.payload)));
            }
            Err(invalid) => prop_assert!(!invalid.is_empty()),
        }
    }
}
