//! `POST /api/v1/events`: what is accepted, stored and sent.

use ringpost::domain::delivery::{Reason, State, Trigger};
use ringpost::domain::role::Role;
use serde_json::{Value, json};

use crate::support::app::{spawn_app, start};
use crate::support::receiver::Receiver;
use crate::support::samples::{self, sample};

#[tokio::test]
async fn an_event_is_accepted_with_a_row_for_each_of_its_deliveries() {
    let (app, receiver) = (spawn_app().await, Receiver::ok().await);
    app.notify(Some(&receiver.url("/hook")), "run_failed", true, "ops@acme.example").await;
    let token = app.token(Some(100), Role::Ingest).await;

    let answer = app.post_event(&token, &sample("run_failed")).await;

    answer.has_status(202);
    let body = answer.json();
    assert_eq!((&body["event_type"], &body["deliveries"]), (&json!("run_failed"), &json!(3)));
    let id = body["id"].as_str().unwrap();
    let payload = app.db.event_payload(100, id).await.unwrap().unwrap();
    assert_eq!(payload, sample("run_failed").to_string());
    let log = app.settled_log().await;
    let told: Vec<_> = log.iter().map(|row| (row.target.kind().as_str(), row.state.as_str())).collect();
    assert_eq!(
        told,
        [("shared_webhook", "delivered"), ("primary_contact", "delivered"), ("subscriber", "delivered"),]
    );
    assert!(log.iter().all(|row| row.event_id.to_string() == id && row.trigger == Trigger::Event));
    app.finish().await;
}

#[tokio::test]
async fn the_answer_counts_what_is_to_be_sent_and_not_what_is_skipped() {
    let (app, receiver) = (spawn_app().await, Receiver::ok().await);
    app.notify(Some(&receiver.url("/hook")), "run_failed", false, "ops@acme.example, lee@acme.example").await;
    app.db.unsubscribe(100, &"lee@acme.example".parse().unwrap(), Vec::new(), 1).await.unwrap();
    let token = app.token(Some(100), Role::Ingest).await;

    let answer = app.post_event(&token, &sample("run_failed")).await;

    assert_eq!(answer.json()["deliveries"], 2);
    let skipped: Vec<_> = app
        .settled_log()
        .await
        .into_iter()
        .filter(|row| row.state == State::Skipped)
        .map(|row| row.reason)
        .collect();
    assert_eq!(skipped, [Some(Reason::ToggleOff), Some(Reason::Unsubscribed)]);
    app.finish().await;
}

#[tokio::test]
async fn every_event_reaches_the_receiver_with_exactly_its_documented_fields_in_order() {
    let (app, receiver) = (spawn_app().await, Receiver::ok().await);
    let token = app.token(Some(100), Role::Ingest).await;
    for (sent, (key, payload)) in samples::all().into_iter().enumerate() {
        app.notify(Some(&receiver.url("/hook")), key, true, "").await;
        app.post_event(&token, &payload).await.has_status(202);
        let request = receiver.wait_for(sent + 1).await.pop().unwrap();
        assert_eq!(request.body, payload.to_string(), "{key}");
        assert_eq!(request.header("x-ringpost-event"), Some(key));
        assert_eq!(request.header("content-type"), Some("application/json"));
    }
    app.finish().await;
}

#[tokio::test]
async fn the_key_and_the_wire_name_are_both_accepted_and_the_wire_name_is_sent() {
    let (app, receiver) = (spawn_app().await, Receiver::ok().await);
    app.notify(Some(&receiver.url("/hook")), "tenant_created", true, "").await;
    let token = app.token(Some(100), Role::Ingest).await;
    for (posted, name) in ["tenant_created", "new_tenant_created"].into_iter().enumerate() {
        let mut event = sample("tenant_created");
        event["event_type"] = json!(name);
        let answer = app.post_event(&token, &event).await;
        assert_eq!(answer.json()["event_type"], "tenant_created");
        let request = receiver.wait_for(posted + 1).await.pop().unwrap();
        let body: Value = serde_json::from_str(&request.body).unwrap();
        assert_eq!(body["event_type"], "new_tenant_created");
    }
    app.finish().await;
}

#[tokio::test]
async fn what_the_account_knows_may_be_left_out_and_null_counts_as_left_out() {
    let app = spawn_app().await;
    let token = app.token(Some(100), Role::Ingest).await;
    let event = json!({
        "event_type": "integration_created", "account_id": 100, "environment": null, "timestamp": null,
        "integration_id": 42, "integration_name": "Shopify Integration",
    });

    let answer = app.post_event(&token, &event).await;

    answer.has_status(202);
    let id = answer.json()["id"].as_str().unwrap().to_owned();
    let stored: Value =
        serde_json::from_str(&app.db.event_payload(100, &id).await.unwrap().unwrap()).unwrap();
    assert_eq!((&stored["environment"], &stored["account_name"]), (&json!("prod-acme"), &json!("Acme Corp")));
    assert!(stored["timestamp"].as_str().unwrap().ends_with('Z'));
    app.finish().await;
}

#[tokio::test]
async fn a_time_with_an_offset_is_turned_into_utc() {
    let app = spawn_app().await;
    let token = app.token(Some(100), Role::Ingest).await;
    let mut event = sample("tenant_archived");
    event["timestamp"] = json!("2026-05-04T14:00:00+02:00");

    let answer = app.post_event(&token, &event).await;

    let id = answer.json()["id"].as_str().unwrap().to_owned();
    let stored = app.db.event_payload(100, &id).await.unwrap().unwrap();
    assert_eq!(stored, sample("tenant_archived").to_string());
    app.finish().await;
}

#[tokio::test]
async fn the_platforms_domain_builds_the_links_of_a_failed_run() {
    let app = start().with("--platform-domain", "pandium.com").spawn().await;
    let token = app.token(Some(100), Role::Ingest).await;
    let mut event = sample("run_failed");
    event.as_object_mut().unwrap().retain(|name, _| !name.ends_with("_link"));

    let answer = app.post_event(&token, &event).await;

    let id = answer.json()["id"].as_str().unwrap().to_owned();
    let stored = app.db.event_payload(100, &id).await.unwrap().unwrap();
    assert_eq!(stored, sample("run_failed").to_string());
    app.finish().await;
}
