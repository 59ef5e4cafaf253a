//! Every refusal tells all that is wrong at once: in its sentence and field by field, never in a library's words.

use serde_json::{Value, json};

use crate::support::destinations::{Desk, PROVIDERS, WEBHOOKS, document, request};
use crate::support::samples::sample;

const RULES: &str = "/v1/organizations/org_100/knowledge/connectors/notifications";

/// What libraries say of their own accord.
const FOREIGN: [&str; 12] = [
    "expected",
    "invalid type",
    "line 1 column",
    "EOF",
    "relative URL",
    "IDN",
    "Missing separator",
    "Local part",
    "invalid digit",
    "missing field",
    "unknown variant",
    "Failed to",
];

/// A body with many faults, and the fields that are wrong in it.
fn faults(slack: &str) -> Vec<(&'static str, String, Value, Vec<&'static str>)> {
    let mut event = sample("run_failed");
    event["run_id"] = json!("9876");
    event["colour"] = json!("blue");
    event.as_object_mut().unwrap().remove("tenant_name");
    let rules = json!({ "notifications": [
        { "type": "", "url": "x", "events": ["party"] },
        { "type": "webhook", "url": "https://a.example:99999/", "events": ["run_failed", "ball"], "colour": 1 },
        { "type": "email", "email": "a b@acme.example", "events": [] },
        7,
    ] });
    let provider = json!({ "kind": "webhook", "name": "", "colour": 1, "enabled": "yes",
        "config": { "url": "https://[::g]/", "secret": "", "headers": { "Host": "x" } } });
    let emails = json!({ "kind": "ops_email", "name": "\u{7}",
        "config": { "fromEmail": "ops", "toEmails": [], "replyTo": 7, "colour": 1 } });
    let send = json!({ "providerIds": [slack, "x"], "colour": 1,
        "notification": { "title": "", "severity": "loud", "fields": [{ "label": 1 }], "sourceUrl": "x" } });
    let webhook = json!({ "data": { "type": "notification/webhooks", "colour": 1,
        "relationships": { "account": { "data": { "type": "cars", "id": "7" } } },
        "attributes": { "name": 7, "url": 7, "events": 7, "scopes": 7, "account_id": 200, "colour": 1 } } });
    let attributes = json!({ "data": { "type": "notification/webhooks",
        "attributes": { "name": "", "url": "http://a.example/", "events": ["party"], "scopes": { "colour": 1 } } } });
    let config = ["config.fromEmail", "config.toEmails", "config.replyTo", "config.colour"];
    vec![
        (
            "PUT",
            RULES.to_owned(),
            rules,
            vec![
                "notifications[0].type",
                "notifications[0].events",
                "notifications[1].url",
                "notifications[1].events",
                "notifications[1].colour",
                "notifications[2].email",
                "notifications[2].events",
                "notifications[3]",
            ],
        ),
        (
            "POST",
            format!("{RULES}/test"),
            json!({ "notification_type": "pager", "url": "ftp://x", "colour": 1 }),
            vec!["notification_type", "url", "colour"],
        ),
        (
            "POST",
            PROVIDERS.to_owned(),
            provider,
            vec!["name", "colour", "enabled", "config.url", "config.secret", "config.headers.Host"],
        ),
        ("POST", PROVIDERS.to_owned(), emails, [&["name"], &config[..]].concat()),
        (
            "POST",
            "/api/v1/notifications/send".to_owned(),
            send,
            vec![
                "providerIds",
                "colour",
                "notification.title",
                "notification.body",
                "notification.severity",
                "notification.fields[0].label",
                "notification.fields[0].value",
                "notification.sourceUrl",
            ],
        ),
        (
            "POST",
            WEBHOOKS.to_owned(),
            webhook,
            vec![
                "data.colour",
                "data.relationships.account.data.type",
                "data.relationships.account.data.id",
                "data.attributes.name",
                "data.attributes.url",
                "data.attributes.events",
                "data.attributes.scopes",
                "data.attributes.account_id",
                "data.attributes.colour",
            ],
        ),
        (
            "POST",
            WEBHOOKS.to_owned(),
            attributes,
            vec![
                "data.attributes.name",
                "data.attributes.url",
                "data.attributes.events",
                "data.attributes.scopes.colour",
            ],
        ),
        ("POST", "/api/v1/events".to_owned(), event, vec!["run_id", "tenant_name", "colour"]),
    ]
}

/// Bodies of which a part has the wrong shape, and another a wrong value: both are told at once.
fn shapes_and_values(slack: &str, webhook: &str) -> Vec<(&'static str, String, Value, Vec<&'static str>)> {
    let document = |attributes: Value, id: Option<&str>| {
        let mut data = json!({ "type": "notification/webhooks", "attributes": attributes });
        if let Some(id) = id {
            data["id"] = json!(id);
        }
        json!({ "data": data })
    };
    let rules = json!({ "colour": 1, "notifications": [
        { "type": "email", "email": "x", "events": ["party"] },
        { "type": "webhook", "url": "https://a.example/", "events": ["ball"] },
    ] });
    let of_rules = ["colour", "notifications[0].email", "notifications[0].events", "notifications[1].events"];
    let patch =
        json!({ "name": "", "enabled": "yes", "colour": 1, "config": { "webhookUrl": "x", "colour": 1 } });
    let wrong = json!({ "name": 7, "url": "http://a.example/", "events": ["party"], "scopes": { "colour": 1 }, "colour": 1 });
    let of_webhooks = [
        "data.attributes.name",
        "data.attributes.url",
        "data.attributes.events",
        "data.attributes.scopes.colour",
        "data.attributes.colour",
    ];
    vec![
        ("PUT", RULES.to_owned(), rules.clone(), of_rules.to_vec()),
        ("PATCH", RULES.to_owned(), rules, of_rules.to_vec()),
        (
            "PATCH",
            format!("{PROVIDERS}/{slack}"),
            patch,
            vec!["name", "enabled", "colour", "config.webhookUrl", "config.colour"],
        ),
        (
            "POST",
            PROVIDERS.to_owned(),
            json!({ "kind": "webhook", "config": { "url": "x" }, "enabled": 1 }),
            vec!["name", "enabled", "config.url"],
        ),
        ("POST", PROVIDERS.to_owned(), json!({ "kind": "slack", "name": "" }), vec!["name", "config"]),
        ("POST", WEBHOOKS.to_owned(), document(wrong.clone(), None), of_webhooks.to_vec()),
        (
            "POST",
            WEBHOOKS.to_owned(),
            document(json!({ "url": "x", "events": 7 }), None),
            vec!["data.attributes.name", "data.attributes.url", "data.attributes.events"],
        ),
        ("PATCH", format!("{WEBHOOKS}/{webhook}"), document(wrong, Some(webhook)), of_webhooks.to_vec()),
    ]
}

fn reads_well(text: &str) {
    assert!(text.ends_with('.') && !text.contains("..") && !text.contains(".:"), "{text}");
    for foreign in FOREIGN {
        assert!(!text.contains(foreign), "“{foreign}” is a library’s word: {text}");
    }
}

#[tokio::test]
async fn a_body_with_many_faults_is_told_all_of_them() {
    let desk = Desk::of_admin().await;
    let slack = desk.provider("slack", &json!({ "webhookUrl": "https://a.example/" })).await;
    let attributes = json!({ "name": "ingest", "url": "https://a.example/" });
    let webhook = desk.call("POST", WEBHOOKS, Some(&document(&attributes))).await.json();
    let webhook = webhook["data"]["id"].as_str().unwrap();
    for (method, path, body, fields) in [faults(&slack), shapes_and_values(&slack, webhook)].concat() {
        let answer = desk.call(method, &path, Some(&body)).await;
        let error = answer.error(422, "VALIDATION_FAILED");
        let details = error["details"].as_object().unwrap();
        let named: Vec<&str> = details.keys().map(String::as_str).collect();
        assert!(
            fields.iter().all(|field| named.contains(field)),
            "{path}: {fields:?} are not all in {error}"
        );
        let message = error["message"].as_str().unwrap();
        assert!(
            named.iter().all(|name| fields.iter().any(|field| name == field)),
            "{path}: what is told twice, or is not wrong, in {error}"
        );
        for field in fields {
            // The path, or the name that somebody made up: of a header, of a field of a scope.
            let own = ["config.headers.", "data.attributes.scopes."];
            let name = own.iter().find_map(|before| field.strip_prefix(before)).unwrap_or(field);
            assert!(message.contains(name), "{path}: {name} is not in: {message}");
            reads_well(details[field].as_str().unwrap());
        }
        reads_well(message);
    }
    desk.app.finish().await;
}

#[tokio::test]
async fn what_is_not_json_is_refused_by_its_place() {
    let desk = Desk::of_admin().await;
    for (body, told) in [
        ("{", "The body is not JSON: it ends before it is complete."),
        ("{\"a\": nope}", "The body is not JSON: look at line 1, column 8."),
        ("", "The body is not JSON: it ends before it is complete."),
    ] {
        for (method, path) in
            [("PUT", RULES), ("POST", PROVIDERS), ("POST", WEBHOOKS), ("POST", "/api/v1/events")]
        {
            let call = request(method, path, None).body("application/json", body).bearer(&desk.token);
            assert_eq!(desk.app.send(call).await.error(400, "MALFORMED_JSON")["message"], told, "{path}");
        }
    }
    desk.app.finish().await;
}
