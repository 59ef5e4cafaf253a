//! `Idempotency-Key`: a program may repeat a request without telling anybody twice.

use std::time::Duration;

use ringpost::domain::role::Role;
use serde_json::{Value, json};

use crate::support::app::{TestApp, event_request, spawn_app};
use crate::support::clock::minutes;
use crate::support::http::Answer;
use crate::support::samples::sample;

async fn post(app: &TestApp, token: &str, key: &str, event: &Value) -> Answer {
    app.send(event_request(event).bearer(token).header("Idempotency-Key", key)).await
}

#[tokio::test]
async fn the_same_key_and_value_get_the_same_answer_and_nothing_is_sent_again() {
    let app = spawn_app().await;
    let token = app.token(Some(100), Role::Ingest).await;
    let event = sample("tenant_created");
    let turned: Value = Value::Object(event.as_object().unwrap().clone().into_iter().rev().collect());

    let first = post(&app, &token, "k1", &event).await;
    let second = post(&app, &token, "k1", &turned).await;

    first.has_status(202);
    second.has_status(202);
    assert_eq!(first.json(), second.json());
    assert_eq!(app.settled_log().await.len(), 1);
    app.finish().await;
}

#[tokio::test]
async fn another_body_under_the_same_key_is_a_conflict() {
    let app = spawn_app().await;
    let token = app.token(Some(100), Role::Ingest).await;
    post(&app, &token, "k1", &sample("tenant_created")).await.has_status(202);

    let answer = post(&app, &token, "k1", &sample("tenant_archived")).await;

    answer.error(409, "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(app.settled_log().await.len(), 1);
    app.finish().await;
}

#[tokio::test]
async fn a_refused_body_does_not_use_its_key_up() {
    let app = spawn_app().await;
    let token = app.token(Some(100), Role::Ingest).await;
    let mut wrong = sample("tenant_created");
    wrong["tenant_id"] = json!("seven");

    post(&app, &token, "k1", &wrong).await.error(422, "VALIDATION_FAILED");

    post(&app, &token, "k1", &sample("tenant_created")).await.has_status(202);
    app.finish().await;
}

#[tokio::test]
async fn keys_belong_to_the_account_and_not_to_the_token() {
    let app = spawn_app().await;
    app.account(200, "Globex", "prod-globex", "kim@globex.example").await;
    let everywhere = app.token(None, Role::Ingest).await;
    let ours = app.token(Some(100), Role::Ingest).await;
    let mut theirs = sample("tenant_created");
    theirs["account_id"] = json!(200);

    let first = post(&app, &everywhere, "k1", &sample("tenant_created")).await;
    post(&app, &everywhere, "k1", &theirs).await.has_status(202);
    let repeated = post(&app, &ours, "k1", &sample("tenant_created")).await;

    assert_eq!(first.json(), repeated.json());
    app.finish().await;
}

#[tokio::test]
async fn a_key_is_free_again_after_a_day() {
    let app = spawn_app().await;
    let token = app.token(Some(100), Role::Ingest).await;
    post(&app, &token, "k1", &sample("tenant_created")).await.has_status(202);

    app.time.advance(minutes(24 * 60) + Duration::from_secs(1));

    post(&app, &token, "k1", &sample("tenant_archived")).await.has_status(202);
    app.finish().await;
}

#[tokio::test]
async fn of_many_repeats_at_once_one_is_accepted_and_all_get_its_answer() {
    let app = spawn_app().await;
    let token = app.token(Some(100), Role::Ingest).await;
    let event = sample("tenant_created");

    let posts = (0..16).map(|_| post(&app, &token, "k1", &event));
    let answers = futures_util::future::join_all(posts).await;

    assert!(answers.iter().all(|answer| answer.status == 202 && answer.json() == answers[0].json()));
    assert_eq!(app.settled_log().await.len(), 1);
    app.finish().await;
}

#[tokio::test]
async fn a_key_that_is_empty_or_too_long_is_refused() {
    let app = spawn_app().await;
    let token = app.token(Some(100), Role::Ingest).await;
    for key in [String::new(), "k".repeat(256)] {
        post(&app, &token, &key, &sample("tenant_created")).await.error(400, "BAD_REQUEST");
    }
    app.finish().await;
}
