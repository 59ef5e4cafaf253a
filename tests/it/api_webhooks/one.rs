//! One webhook, the events, the test, and who may.

use ringpost::domain::catalog::Catalog;
use ringpost::domain::role::Role;
use serde_json::json;

use crate::support::destinations::{Desk, PROVIDERS, WEBHOOKS, document, request};
use crate::support::receiver::Answer;

#[tokio::test]
async fn one_webhook_comes_with_its_account_if_asked() {
    let desk = Desk::of_admin().await;
    let id = desk.webhook(&json!({ "name": "a", "url": "https://a.example/" })).await["id"].clone();
    let one = format!("{WEBHOOKS}/{}", id.as_str().unwrap());
    let plain = desk.get(&one).await.json();
    assert_eq!((&plain["data"]["id"], plain.get("included")), (&id, None));
    let full = desk.get(&format!("{one}?included=account&fields[notification/webhooks]=name")).await.json();
    assert_eq!(full["included"][0]["attributes"]["environment"], "prod-acme");
    assert_eq!(full["data"]["attributes"], json!({ "name": "a" }));
    desk.get(&format!("{one}?sort=name")).await.error(400, "INVALID_PARAMETER");
    desk.app.finish().await;
}

#[tokio::test]
async fn the_events_are_those_of_the_catalogue() {
    let desk = Desk::of_admin().await;
    let events = desk.call_as(Role::Viewer, "GET", &format!("{WEBHOOKS}/events"), None).await.json();
    let keys: Vec<&str> =
        events["data"].as_array().unwrap().iter().map(|event| event["id"].as_str().unwrap()).collect();
    assert_eq!(keys.len(), Catalog::builtin().events().count());
    assert!(keys.contains(&"integration_created") && keys.contains(&"sync_failed"));
    desk.app.finish().await;
}

#[tokio::test]
async fn a_test_is_always_200_and_its_message_has_the_status() {
    let desk = Desk::of_admin().await;
    let answers = vec![Answer::status(200, "ok"), Answer::status(500, "no")];
    let (receiver, url) = desk.receiver(answers).await;
    let events = json!(["tenant_created"]);
    let id = desk.webhook(&json!({ "name": "a", "url": url, "events": events })).await["id"].clone();
    let test = format!("{WEBHOOKS}/test/{}", id.as_str().unwrap());
    for (success, status) in [(true, "200"), (false, "500")] {
        let answer = desk.call("POST", &test, None).await;
        answer.has_status(200);
        let body = answer.json();
        assert_eq!(body.as_object().unwrap().keys().collect::<Vec<_>>(), ["success", "message"]);
        assert_eq!(body["success"], success);
        assert!(body["message"].as_str().unwrap().contains(status), "{body}");
    }
    let seen = receiver.requests().remove(0);
    assert_eq!(
        (seen.header("x-ringpost-event"), seen.header("x-ringpost-test")),
        (Some("tenant_created"), Some("true"))
    );
    desk.app.finish().await;
}

#[tokio::test]
async fn viewers_and_editors_read_and_only_admins_do_more() {
    let desk = Desk::of_admin().await;
    let id = desk.webhook(&json!({ "name": "a", "url": "https://a.example/" })).await["id"].clone();
    let one = format!("{WEBHOOKS}/{}", id.as_str().unwrap());
    let test = format!("{WEBHOOKS}/test/{}", id.as_str().unwrap());
    let body = document(&json!({}));
    for role in [Role::Viewer, Role::Editor] {
        desk.call_as(role, "GET", &one, None).await.has_status(200);
        for (method, path) in [("POST", WEBHOOKS), ("PATCH", &one), ("DELETE", &one), ("POST", &test)] {
            desk.call_as(role, method, path, Some(&body)).await.error(403, "FORBIDDEN");
        }
    }
    desk.app.finish().await;
}

#[tokio::test]
async fn what_is_not_this_accounts_webhook_is_not_there() {
    let desk = Desk::of_admin().await;
    desk.app.account(200, "Globex", "prod-globex", "kim@globex.example").await;
    let stranger = desk.app.token(Some(200), Role::Admin).await;
    let id = desk.webhook(&json!({ "name": "a", "url": "https://a.example/" })).await["id"].clone();
    let uuid = desk.provider("slack", &json!({ "webhookUrl": "https://s.example/" })).await;
    // The Slack destination's integer id is the next one.
    let slack = (id.as_str().unwrap().parse::<i64>().unwrap() + 1).to_string();
    desk.get(&format!("{PROVIDERS}/{uuid}")).await.has_status(200);
    for (token, id) in [
        (&stranger, id.as_str().unwrap()),
        (&desk.token, &slack),
        (&desk.token, "x"),
        (&desk.token, "-1"),
        (&desk.token, "99999999999999999999"),
    ] {
        for (method, path) in [
            ("GET", format!("{WEBHOOKS}/{id}")),
            ("PATCH", format!("{WEBHOOKS}/{id}")),
            ("DELETE", format!("{WEBHOOKS}/{id}")),
            ("POST", format!("{WEBHOOKS}/test/{id}")),
        ] {
            let call = request(method, &path, Some(&document(&json!({})))).bearer(token);
            desk.app.send(call).await.error(404, "NOT_FOUND");
        }
    }
    desk.app.finish().await;
}

#[tokio::test]
async fn a_token_of_all_accounts_says_which_one_it_means() {
    let desk = Desk::of_admin().await;
    let everywhere = desk.app.token(None, Role::Admin).await;
    let call = || request("GET", WEBHOOKS, None).bearer(&everywhere);
    desk.app.send(call()).await.error(422, "VALIDATION_FAILED");
    desk.app.send(call().header("X-Tenant-Id", "acme")).await.error(422, "VALIDATION_FAILED");
    desk.app.send(call().header("X-Tenant-Id", "300")).await.error(404, "NOT_FOUND");
    desk.app.send(call().header("X-Tenant-Id", "org_100")).await.has_status(200);
    desk.app.finish().await;
}
