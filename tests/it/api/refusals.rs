//! What is refused, with which words, and always in the envelope.

use ringpost::domain::role::Role;
use serde_json::json;

use crate::support::app::{event_request, spawn_app};
use crate::support::http::Request;
use crate::support::samples::sample;

#[tokio::test]
async fn a_refused_event_names_every_field_that_is_wrong() {
    let app = spawn_app().await;
    let token = app.token(Some(100), Role::Ingest).await;
    let mut event = sample("tenant_created");
    event["tenant_id"] = json!("seven");
    event["timestamp"] = json!("yesterday");
    event["colour"] = json!("blue");
    event.as_object_mut().unwrap().remove("tenant_name");

    let error = app.post_event(&token, &event).await.error(422, "VALIDATION_FAILED");

    let fields: Vec<&String> = error["details"].as_object().unwrap().keys().collect();
    assert_eq!(fields, ["timestamp", "tenant_id", "tenant_name", "colour"]);
    assert!(app.log().await.is_empty());
    app.finish().await;
}

#[tokio::test]
async fn an_event_without_a_type_or_an_account_is_told_so() {
    let app = spawn_app().await;
    let token = app.token(Some(100), Role::Ingest).await;
    let cases = [
        (json!({}), "account_id"),
        (json!({"account_id": "100"}), "account_id"),
        (json!({"account_id": null}), "account_id"),
        (json!({"account_id": 100}), "event_type"),
        (json!({"account_id": 100, "event_type": "party"}), "event_type"),
        (json!([]), "body"),
    ];
    for (event, field) in cases {
        let error = app.post_event(&token, &event).await.error(422, "VALIDATION_FAILED");
        assert!(error["details"][field].is_string(), "{event}: {error}");
    }
    app.finish().await;
}

#[tokio::test]
async fn another_accounts_event_and_an_unknown_accounts_event_read_the_same() {
    let app = spawn_app().await;
    app.account(200, "Globex", "prod-globex", "kim@globex.example").await;
    let ours = app.token(Some(100), Role::Ingest).await;
    let mut messages = Vec::new();
    for id in [200, 300] {
        let mut event = sample("tenant_created");
        event["account_id"] = json!(id);
        messages.push(app.post_event(&ours, &event).await.error(404, "NOT_FOUND")["message"].clone());
    }
    assert_eq!(messages[0], messages[1]);
    app.finish().await;
}

#[tokio::test]
async fn without_a_live_token_nothing_is_said_but_401() {
    let app = spawn_app().await;
    let revoked = app.token(Some(100), Role::Ingest).await;
    let id = app.db.tokens(Some(100)).await.unwrap().remove(0).id;
    app.db.revoke_token(id, None, 1).await.unwrap();
    let event = event_request(&sample("tenant_created"));
    let requests = [
        event.clone(),
        event.clone().bearer(&revoked),
        event.clone().bearer("rp_nonsense"),
        event.clone().header("Authorization", "Basic ZGFuYTpwYXNz"),
        Request::new("POST", "/api/v1/events?token=rp_nonsense").body("application/json", "{}"),
    ];
    for request in requests {
        let answer = app.send(request).await;
        answer.error(401, "UNAUTHORIZED");
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    }
    app.finish().await;
}

#[tokio::test]
async fn viewers_and_editors_cannot_post_events_and_admins_can() {
    let app = spawn_app().await;
    for role in [Role::Viewer, Role::Editor] {
        let token = app.token(Some(100), role).await;
        let error = app.post_event(&token, &sample("tenant_created")).await.error(403, "FORBIDDEN");
        assert_eq!(error["message"], "This needs the ingest or admin role.");
    }
    let token = app.token(Some(100), Role::Admin).await;
    app.post_event(&token, &sample("tenant_created")).await.has_status(202);
    app.finish().await;
}

#[tokio::test]
async fn a_body_that_is_not_json_is_malformed_and_another_type_is_unsupported() {
    let app = spawn_app().await;
    let token = app.token(Some(100), Role::Ingest).await;
    let post = |kind: &str, body: &str| {
        Request::new("POST", "/api/v1/events").body(kind, body.to_owned()).bearer(&token)
    };
    for body in ["", "{", "{\"a\":1} trailing", "not json"] {
        app.send(post("application/json", body)).await.error(400, "MALFORMED_JSON");
    }
    for kind in ["text/plain", "application/x-www-form-urlencoded", "application/jsonx"] {
        app.send(post(kind, "{}")).await.error(415, "UNSUPPORTED_MEDIA_TYPE");
    }
    let body = sample("tenant_created").to_string();
    app.send(post("Application/JSON; charset=utf-8", &body)).await.has_status(202);
    app.finish().await;
}

#[tokio::test]
async fn an_event_of_64_kib_is_read_and_one_byte_more_is_too_large() {
    let app = spawn_app().await;
    let token = app.token(Some(100), Role::Ingest).await;
    let mut body = sample("tenant_created").to_string();
    body.push_str(&" ".repeat(64 * 1_024 - body.len()));
    let post =
        |body: String| Request::new("POST", "/api/v1/events").body("application/json", body).bearer(&token);

    app.send(post(body.clone())).await.has_status(202);
    for extra in [1, 1_024, 2 * 1_024 * 1_024] {
        app.send(post(format!("{body}{}", " ".repeat(extra)))).await.error(413, "TOO_LARGE");
    }
    app.finish().await;
}

#[tokio::test]
async fn wrong_methods_and_unknown_paths_under_the_apis_are_refused_in_the_envelope() {
    let app = spawn_app().await;
    for method in ["PUT", "DELETE", "PATCH"] {
        let answer = app.send(Request::new(method, "/api/v1/events")).await;
        answer.error(405, "METHOD_NOT_ALLOWED");
        assert_eq!(answer.header("allow"), Some("POST,GET,HEAD"));
    }
    for path in ["/api/", "/api/v1", "/api/v1/nothing", "/v1/", "/v1/organizations"] {
        for method in ["GET", "POST"] {
            app.send(Request::new(method, path)).await.error(404, "NOT_FOUND");
        }
    }
    app.finish().await;
}
