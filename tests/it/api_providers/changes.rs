//! Creating, changing and deleting.

use serde_json::{Value, json};

use crate::support::destinations::{Desk, PROVIDERS, keys, request};
use crate::support::program::ringpost;

const RECORD: [&str; 6] = ["id", "kind", "name", "enabled", "createdAt", "updatedAt"];

#[tokio::test]
async fn creating_answers_the_record_without_its_config() {
    let desk = Desk::of_admin().await;
    let (_receiver, url) = desk.ok().await;
    let body = json!({ "kind": "webhook", "name": " Alerts ", "config": { "url": url }, "enabled": false });
    let created = desk.call("POST", PROVIDERS, Some(&body)).await;
    created.has_status(201);
    let record = created.json();
    assert_eq!(keys(&record), RECORD);
    assert_eq!((&record["name"], &record["enabled"]), (&json!("Alerts"), &json!(false)));
    desk.app.finish().await;
}

#[tokio::test]
async fn an_address_that_deliveries_will_not_reach_is_saved_with_a_warning() {
    let desk = Desk::of_admin().await;
    let body = json!({ "kind": "webhook", "name": "x", "config": { "url": "https://10.0.0.7/" } });
    let created = desk.call("POST", PROVIDERS, Some(&body)).await;
    created.has_status(201);
    assert!(created.json()["warnings"][0].as_str().unwrap().contains("10.0.0.7"));
    desk.app.finish().await;
}

#[tokio::test]
async fn an_unknown_kind_and_broken_json_are_400() {
    let desk = Desk::of_admin().await;
    for kind in ["Slack", "pager", "SLACK"] {
        let body = json!({ "kind": kind, "name": "x", "config": {} });
        let error = desk.call("POST", PROVIDERS, Some(&body)).await.error(400, "UNKNOWN_KIND");
        assert!(error["details"]["kind"].as_str().unwrap().contains("ops_email"));
    }
    let broken = request("POST", PROVIDERS, None).body("application/json", "{").bearer(&desk.token);
    desk.app.send(broken).await.error(400, "MALFORMED_JSON");
    desk.app.finish().await;
}

#[tokio::test]
async fn an_account_has_100_destinations_at_most_however_many_come_at_once() {
    let desk = Desk::of_admin().await;
    let body = json!({ "kind": "slack", "name": "x", "config": { "webhookUrl": "https://a.invalid/" } });
    for _ in 0..95 {
        desk.call("POST", PROVIDERS, Some(&body)).await.has_status(201);
    }

    let answers =
        futures_util::future::join_all((0..10).map(|_| desk.call("POST", PROVIDERS, Some(&body)))).await;

    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 5);
    let listed = desk.get(PROVIDERS).await.json()["data"].as_array().unwrap().len();
    assert_eq!(listed, 100);
    let refused = desk.call("POST", PROVIDERS, Some(&body)).await.error(422, "VALIDATION_FAILED");
    assert!(refused["details"]["name"].as_str().unwrap().contains("Delete one first"), "{refused}");
    let file = "version = 1\n[[destination]]\nkind = \"slack\"\nname = \"y\"\nevents = []\nconfig.webhookUrl = \"https://a.invalid/\"\n";
    let command = ["settings", "import", "--account", "100", "-"];
    ringpost(&desk.app.place, &command, file).await.refused(1, "the most that there can be");
    desk.app.finish().await;
}

#[tokio::test]
async fn a_wrong_field_is_a_422_that_names_it() {
    let desk = Desk::of_admin().await;
    let good = json!({ "kind": "slack", "name": "x", "config": { "webhookUrl": "https://a.example/" } });
    let with = |pointer: &str, value: Value| {
        let mut body = good.clone();
        match pointer.rsplit_once('/') {
            Some((parent, name)) if !parent.is_empty() => body.pointer_mut(parent).unwrap()[name] = value,
            _ => body[pointer.trim_start_matches('/')] = value,
        }
        body
    };
    let cases = [
        (with("/config/webhookUrl", json!("http://a.example/")), "config.webhookUrl"),
        (with("/config/webhookUrl", json!("••••••••")), "config.webhookUrl"),
        (with("/config/colour", json!("blue")), "config.colour"),
        (with("/config", json!("x")), "config"),
        (with("/name", json!("")), "name"),
        (with("/name", json!("x".repeat(121))), "name"),
        (with("/name", json!(7)), "name"),
        (with("/enabled", json!("yes")), "enabled"),
        (with("/colour", json!("blue")), "colour"),
        (json!({ "kind": "slack", "name": "x" }), "config"),
        (json!({ "name": "x", "config": {} }), "kind"),
        (json!([]), "body"),
    ];
    for (body, field) in cases {
        let error = desk.call("POST", PROVIDERS, Some(&body)).await.error(422, "VALIDATION_FAILED");
        assert!(error["details"][field].is_string(), "{field}: {error}");
    }
    assert_eq!(desk.get(PROVIDERS).await.json()["data"], json!([]));
    desk.app.finish().await;
}

#[tokio::test]
async fn a_patch_changes_what_it_names_and_ignores_placeholders() {
    let desk = Desk::of_admin().await;
    let (receiver, url) = desk.ok().await;
    let headers = json!({ "X-Token": "abc", "X-Other": "1" });
    let id = desk.provider("webhook", &json!({ "url": url, "secret": "s3cret", "headers": headers })).await;
    let one = format!("{PROVIDERS}/{id}");
    let patch = json!({
        "name": "Renamed",
        "config": { "url": "••••••••", "headers": { "x-token": "••••••••", "X-Other": null, "X-New": "2" } },
    });
    let patched = desk.call("PATCH", &one, Some(&patch)).await;
    patched.has_status(200);
    assert_eq!(keys(&patched.json()), RECORD);
    assert_eq!(patched.json()["name"], "Renamed");

    desk.call("POST", &format!("{one}/test"), None).await.has_status(200);
    let seen = receiver.wait_for(1).await.remove(0);
    assert_eq!((seen.header("x-token"), seen.header("x-new")), (Some("abc"), Some("2")));
    assert_eq!(seen.header("x-other"), None);
    assert!(seen.header("x-ringpost-signature").unwrap().starts_with("sha256="));

    desk.call("PATCH", &one, Some(&json!({ "config": { "secret": null } }))).await.has_status(200);
    desk.call("POST", &format!("{one}/test"), None).await.has_status(200);
    assert_eq!(receiver.wait_for(2).await.remove(1).header("x-ringpost-signature"), None);
    desk.app.finish().await;
}

#[tokio::test]
async fn a_patch_is_checked_again() {
    let desk = Desk::of_admin().await;
    let id = desk.provider("slack", &json!({ "webhookUrl": "https://a.example/" })).await;
    let one = format!("{PROVIDERS}/{id}");
    for (patch, field) in [
        (json!({ "config": { "webhookUrl": "http://a.example/" } }), "config.webhookUrl"),
        (json!({ "config": { "webhookUrl": null } }), "config.webhookUrl"),
        (json!({ "kind": "teams" }), "kind"),
        (json!({ "name": "" }), "name"),
    ] {
        let error = desk.call("PATCH", &one, Some(&patch)).await.error(422, "VALIDATION_FAILED");
        assert!(error["details"][field].is_string(), "{error}");
    }
    desk.app.finish().await;
}

#[tokio::test]
async fn two_patches_at_once_both_count() {
    let desk = Desk::of_admin().await;
    let id = desk.provider("webhook", &json!({ "url": "https://127.0.0.1/" })).await;
    let one = format!("{PROVIDERS}/{id}");
    let patches: Vec<Value> =
        (0..8).map(|n| json!({ "config": { "headers": { format!("X-{n}"): "v" } } })).collect();
    let calls = patches.iter().map(|patch| desk.call("PATCH", &one, Some(patch)));
    for answer in futures_util::future::join_all(calls).await {
        answer.has_status(200);
    }
    let shown = desk.get(&one).await.json();
    assert_eq!(shown["config"]["headers"].as_object().unwrap().len(), 8, "{shown}");
    desk.app.finish().await;
}

#[tokio::test]
async fn a_deleted_provider_is_gone() {
    let desk = Desk::of_admin().await;
    let id = desk.provider("slack", &json!({ "webhookUrl": "https://a.example/" })).await;
    let one = format!("{PROVIDERS}/{id}");
    let deleted = desk.call("DELETE", &one, None).await;
    deleted.has_status(204);
    assert_eq!(deleted.body, "");
    desk.get(&one).await.error(404, "NOT_FOUND");
    desk.app.finish().await;
}
