//! notification-rules-api.txt, as a client sees it that knows nothing else.

mod revisions;

use ringpost::domain::role::Role;
use serde_json::{Value, json};

use crate::support::app::{TestApp, spawn_app};
use crate::support::http::{Answer as Answered, Request};
use crate::support::receiver::{Answer, Receiver};

const RULES: &str = "/v1/organizations/org_100/knowledge/connectors/notifications";

async fn call(app: &TestApp, role: Role, method: &'static str, path: &str, body: Option<&Value>) -> Answered {
    let token = app.token(Some(100), role).await;
    let request = Request::new(method, path).bearer(&token);
    app.send(match body {
        Some(body) => request.body("application/json", body.to_string()),
        None => request,
    })
    .await
}

async fn put(app: &TestApp, rules: &Value) -> Answered {
    call(app, Role::Editor, "PUT", RULES, Some(&json!({ "notifications": rules }))).await
}

async fn get(app: &TestApp) -> Value {
    call(app, Role::Editor, "GET", RULES, None).await.json()
}

#[tokio::test]
async fn an_account_without_settings_has_no_rules() {
    let app = spawn_app().await;
    assert_eq!(get(&app).await, json!({ "notifications": [] }));
    app.finish().await;
}

#[tokio::test]
async fn what_was_put_is_answered_and_read_back() {
    let app = spawn_app().await;
    let rules = json!([
        { "type": "webhook", "url": "https://127.0.0.1/hooks/sync-events", "events": ["sync_succeeded", "sync_failed"] },
        { "type": "email", "email": "ops@acme.example", "events": ["tenant_created", "sync_failed"] },
        { "type": "email", "email": "oncall@acme.example", "events": ["sync_failed"] },
    ]);
    let answer = put(&app, &rules).await;
    answer.has_status(200);
    assert_eq!(answer.json(), json!({ "notifications": rules }));
    assert_eq!(get(&app).await, answer.json());

    let settings = app.db.settings(100).await.unwrap().unwrap();
    assert!(settings.event("sync_failed").send_webhook && !settings.event("run_failed").send_webhook);
    let list = settings.event("sync_failed").subscribers.to_string();
    assert_eq!(list, "ops@acme.example, oncall@acme.example");
    app.finish().await;
}

#[tokio::test]
async fn putting_what_was_read_changes_nothing() {
    let app = spawn_app().await;
    let url = crate::support::app::webhook_url("https://127.0.0.1/hook");
    app.notify(Some(&url), "run_failed", true, "a@x.example, b@x.example").await;
    app.notify(Some(&url), "tenant_created", false, "b@x.example, a@x.example").await;
    let before = app.db.settings(100).await.unwrap().unwrap().events;
    let read = get(&app).await;
    assert_eq!(call(&app, Role::Editor, "PUT", RULES, Some(&read)).await.json(), read);
    let after = app.db.settings(100).await.unwrap().unwrap().events;
    for (key, row) in before {
        assert_eq!(after[&key], row, "{key}");
    }
    app.finish().await;
}

#[tokio::test]
async fn toggles_without_a_url_survive_a_put() {
    let app = spawn_app().await;
    app.notify(None, "run_failed", true, "").await;
    put(&app, &json!([])).await.has_status(200);
    assert!(app.db.settings(100).await.unwrap().unwrap().event("run_failed").send_webhook);
    app.finish().await;
}

#[tokio::test]
async fn an_empty_list_empties_and_patch_is_an_alias() {
    let app = spawn_app().await;
    put(&app, &json!([{ "type": "webhook", "url": "https://127.0.0.1/", "events": [] }]))
        .await
        .has_status(200);
    let empty = json!({ "notifications": [] });
    let answer = call(&app, Role::Editor, "PATCH", RULES, Some(&empty)).await;
    answer.has_status(200);
    assert_eq!(answer.json(), empty);
    assert_eq!(get(&app).await, empty);
    app.finish().await;
}

#[tokio::test]
async fn the_primary_contact_is_dropped_and_duplicates_merge() {
    let app = spawn_app().await;
    let answer = put(
        &app,
        &json!([
            { "type": "email", "email": "Dana@acme.example", "events": ["run_failed"] },
            { "type": "email", "email": "ops@acme.example", "events": ["run_failed"] },
            { "type": "email", "email": "OPS@acme.example", "events": ["run_failed", "sync_failed"] },
        ]),
    )
    .await;
    let merged =
        json!([{ "type": "email", "email": "ops@acme.example", "events": ["run_failed", "sync_failed"] }]);
    assert_eq!(answer.json(), json!({ "notifications": merged }));
    app.finish().await;
}

#[tokio::test]
async fn two_different_urls_are_an_invalid_config() {
    let app = spawn_app().await;
    let rule = |url: &str, event: &str| json!({ "type": "webhook", "url": url, "events": [event] });
    let two = json!([rule("https://127.0.0.1/a", "run_failed"), rule("https://127.0.0.1/b", "run_failed")]);
    put(&app, &two).await.error(400, "CONNECTOR_INVALID_CONFIG");
    assert_eq!(get(&app).await, json!({ "notifications": [] }));
    let same = json!([rule("https://127.0.0.1/a", "run_failed"), rule("https://127.0.0.1/a", "sync_failed")]);
    let answer = put(&app, &same).await.json();
    assert_eq!(answer["notifications"][0]["events"], json!(["run_failed", "sync_failed"]));
    app.finish().await;
}

#[tokio::test]
async fn a_wrong_rule_is_a_422_that_names_the_field() {
    let app = spawn_app().await;
    let cases = [
        (json!({ "type": "pager" }), "notifications[0].type"),
        (json!({}), "notifications[0].type"),
        (json!({ "type": "webhook", "events": [] }), "notifications[0].url"),
        (json!({ "type": "webhook", "url": "ftp://a.example/", "events": [] }), "notifications[0].url"),
        (json!({ "type": "webhook", "url": "https://a.example/" }), "notifications[0].events"),
        (
            json!({ "type": "webhook", "url": "https://a.example/", "events": ["party"] }),
            "notifications[0].events",
        ),
        (
            json!({ "type": "webhook", "url": "https://a.example/", "events": [], "x": 1 }),
            "notifications[0].x",
        ),
        (json!({ "type": "email", "email": "ops", "events": ["run_failed"] }), "notifications[0].email"),
        (
            json!({ "type": "email", "email": "a@x.example, b@x.example", "events": ["run_failed"] }),
            "notifications[0].email",
        ),
        (json!({ "type": "email", "email": "ops@x.example", "events": [] }), "notifications[0].events"),
        (json!({ "type": "email", "email": "ops@x.example" }), "notifications[0].events"),
        (json!("webhook"), "notifications[0]"),
    ];
    for (rule, field) in cases {
        let error = put(&app, &json!([rule])).await.error(422, "VALIDATION_FAILED");
        assert!(error["details"][field].is_string(), "{field}: {error}");
    }
    let other = call(&app, Role::Editor, "PUT", RULES, Some(&json!({ "rules": [] }))).await;
    assert!(other.error(422, "VALIDATION_FAILED")["details"]["rules"].is_string());
    app.finish().await;
}

#[tokio::test]
async fn an_address_that_deliveries_will_not_reach_is_saved_with_a_warning() {
    let app = spawn_app().await;
    let answer = put(&app, &json!([{ "type": "webhook", "url": "http://10.0.0.7/", "events": [] }])).await;
    answer.has_status(200);
    assert!(answer.json()["warnings"][0].as_str().unwrap().contains("10.0.0.7"));
    assert_eq!(get(&app).await.get("warnings"), None);
    app.finish().await;
}

#[tokio::test]
async fn viewers_see_host_and_fingerprint_and_change_nothing() {
    let app = spawn_app().await;
    put(&app, &json!([{ "type": "webhook", "url": "https://127.0.0.1/h?token=t", "events": [] }]))
        .await
        .has_status(200);
    let seen = call(&app, Role::Viewer, "GET", RULES, None).await.json();
    let url = seen["notifications"][0]["url"].as_str().unwrap();
    assert!(url.starts_with("https://127.0.0.1/… (") && !url.contains("token"), "{url}");
    let body = json!({ "notifications": [] });
    call(&app, Role::Viewer, "PUT", RULES, Some(&body)).await.error(403, "FORBIDDEN");
    let test = json!({ "notification_type": "email" });
    call(&app, Role::Viewer, "POST", &format!("{RULES}/test"), Some(&test)).await.error(403, "FORBIDDEN");
    app.finish().await;
}

#[tokio::test]
async fn another_organization_and_a_path_of_another_form_are_not_there() {
    let app = spawn_app().await;
    app.account(200, "Globex", "prod-globex", "kim@globex.example").await;
    for id in ["org_200", "org_300", "100", "org_", "org_x", "acme"] {
        let path = format!("/v1/organizations/{id}/knowledge/connectors/notifications");
        call(&app, Role::Admin, "GET", &path, None).await.error(404, "NOT_FOUND");
    }
    call(&app, Role::Admin, "GET", &format!("{RULES}?x=1"), None).await.error(400, "INVALID_PARAMETER");
    call(&app, Role::Admin, "DELETE", RULES, None).await.error(405, "METHOD_NOT_ALLOWED");
    app.finish().await;
}

#[tokio::test]
async fn a_test_goes_to_the_url_or_to_the_saved_one() {
    let app = spawn_app().await;
    let (saved, typed) = (Receiver::ok().await, Receiver::ok().await);
    let test =
        async |body: Value| call(&app, Role::Editor, "POST", &format!("{RULES}/test"), Some(&body)).await;
    let none = test(json!({ "notification_type": "webhook" })).await.error(422, "VALIDATION_FAILED");
    assert!(none["details"]["url"].is_string());

    let rule = json!([{ "type": "webhook", "url": saved.url("/hook").expose(), "events": [] }]);
    put(&app, &rule).await.has_status(200);
    for url in [Some(typed.url("/t").expose().to_owned()), None] {
        let mut body = json!({ "notification_type": "webhook" });
        if let Some(url) = url {
            body["url"] = json!(url);
        }
        let answer = test(body).await;
        answer.has_status(200);
        assert_eq!(answer.json()["success"], true);
        assert!(answer.json()["message"].as_str().unwrap().contains("200"));
    }
    for receiver in [&typed, &saved] {
        let seen = receiver.requests();
        assert_eq!(seen.len(), 1);
        assert_eq!(seen[0].header("x-ringpost-event"), Some("sync_succeeded"));
        assert_eq!(seen[0].header("x-ringpost-test"), Some("true"));
    }
    app.finish().await;
}

#[tokio::test]
async fn a_test_that_failed_is_a_502_in_the_envelope() {
    let app = spawn_app().await;
    let broken = Receiver::answering(Answer::status(503, "")).await;
    let body = json!({ "notification_type": "webhook", "url": broken.url("/").expose() });
    let answer = call(&app, Role::Editor, "POST", &format!("{RULES}/test"), Some(&body)).await;
    let error = answer.error(502, "DELIVERY_FAILED");
    assert!(error["message"].as_str().unwrap().contains("503"), "{error}");
    let blocked = json!({ "notification_type": "webhook", "url": "http://169.254.169.254/latest" });
    call(&app, Role::Editor, "POST", &format!("{RULES}/test"), Some(&blocked))
        .await
        .error(502, "DELIVERY_FAILED");
    app.finish().await;
}

#[tokio::test]
async fn a_mail_test_goes_to_the_primary_contact() {
    let app = spawn_app().await;
    let body = json!({ "notification_type": "email" });
    let answer = call(&app, Role::Editor, "POST", &format!("{RULES}/test"), Some(&body)).await;
    answer.has_status(200);
    assert_eq!(answer.json()["success"], true);
    let log = app.log().await;
    assert_eq!((log.len(), log[0].target.recipient()), (1, "dana@acme.example"));
    for wrong in [
        json!({}),
        json!({ "notification_type": "pager" }),
        json!({ "notification_type": "webhook", "url": "x" }),
        json!({ "notification_type": "email", "x": 1 }),
    ] {
        let answer = call(&app, Role::Editor, "POST", &format!("{RULES}/test"), Some(&wrong)).await;
        answer.error(422, "VALIDATION_FAILED");
    }
    app.finish().await;
}
