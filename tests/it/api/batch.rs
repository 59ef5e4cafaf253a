//! `POST /api/v1/events/batch`: each event for itself, all of them at once.

use std::collections::HashSet;

use ringpost::domain::delivery::State;
use ringpost::domain::role::Role;
use serde_json::{Value, json};

use crate::support::app::{TestApp, spawn_app};
use crate::support::http::{Answer as Answered, Request};
use crate::support::receiver::Receiver;
use crate::support::samples::sample;

const BATCH: &str = "/api/v1/events/batch";
const NDJSON: &str = "application/x-ndjson";

pub(super) fn batch(token: &str, events: &[Value]) -> Request {
    Request::new("POST", BATCH).body("application/json", json!(events).to_string()).bearer(token)
}

/// The event with a tenant of this number.
pub(super) fn tenant(number: usize) -> Value {
    let mut event = sample("tenant_created");
    event["tenant_id"] = json!(number);
    event
}

pub(super) fn keyed(mut event: Value, key: &str) -> Value {
    event["idempotency_key"] = json!(key);
    event
}

/// The numbers of the tenants whose events are stored, in the order of their ids.
pub(super) async fn stored(app: &TestApp) -> Vec<usize> {
    let mut ids: Vec<String> = app.log().await.iter().map(|row| row.event_id.to_string()).collect();
    ids.dedup();
    let mut tenants = Vec::new();
    for id in ids {
        let payload = app.db.event_payload(100, &id).await.unwrap().unwrap();
        let payload: Value = serde_json::from_str(&payload).unwrap();
        assert!(payload.get("idempotency_key").is_none(), "{payload}");
        tenants.push(usize::try_from(payload["tenant_id"].as_u64().unwrap()).unwrap());
    }
    tenants
}

fn event_id(answer: &Answered, index: usize) -> String {
    answer.json()["results"][index]["event"]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_batch_is_accepted_in_its_order_with_a_result_for_each_event() {
    let (app, receiver) = (spawn_app().await, Receiver::ok().await);
    app.notify(Some(&receiver.url("/hook")), "tenant_created", true, "").await;
    let token = app.token(Some(100), Role::Ingest).await;
    let events: Vec<Value> = (0..40).map(tenant).collect();

    let answer = app.send(batch(&token, &events)).await;

    answer.has_status(202);
    let body = answer.json();
    assert_eq!((&body["accepted"], &body["refused"]), (&json!(40), &json!(0)));
    for (index, result) in body["results"].as_array().unwrap().iter().enumerate() {
        assert_eq!(result["index"], index);
        assert_eq!(
            (&result["event"]["event_type"], &result["event"]["deliveries"]),
            (&json!("tenant_created"), &json!(2))
        );
    }
    receiver.wait_for(40).await;
    app.dispatch.settled().await.unwrap();
    assert_eq!(stored(&app).await, (0..40).collect::<Vec<_>>());
    assert_eq!(app.in_state(State::Delivered).await, 80);
    app.finish().await;
}

#[tokio::test]
async fn one_bad_event_loses_none_of_the_others_and_every_fault_is_named_by_index_and_field() {
    let app = spawn_app().await;
    app.account(200, "Globex", "prod-globex", "kim@globex.example").await;
    let token = app.token(Some(100), Role::Ingest).await;
    let mut wrong = tenant(1);
    wrong["tenant_id"] = json!("one");
    wrong["colour"] = json!("blue");
    wrong["idempotency_key"] = json!("käse");
    let (mut theirs, mut nobodys) = (tenant(2), tenant(3));
    theirs["account_id"] = json!(200);
    nobodys["account_id"] = json!(300);
    let events = [tenant(0), wrong, theirs, nobodys, json!("an event"), tenant(5)];

    let answer = app.send(batch(&token, &events)).await;

    answer.has_status(207);
    let body = answer.json();
    assert_eq!((&body["accepted"], &body["refused"]), (&json!(2), &json!(4)));
    let error = |index: usize| body["results"][index]["error"].clone();
    let fields: Vec<String> = error(1)["details"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(fields, ["tenant_id", "colour", "idempotency_key"]);
    assert_eq!((&error(1)["code"], &error(1)["status"]), (&json!("VALIDATION_FAILED"), &json!(422)));
    assert_eq!((&error(2)["status"], error(2)), (&json!(404), error(3)));
    assert!(error(4)["details"]["body"].is_string(), "{body}");
    app.dispatch.settled().await.unwrap();
    assert_eq!(stored(&app).await, [0, 5]);
    app.finish().await;
}

#[tokio::test]
async fn lines_are_events_and_a_line_that_is_none_is_refused_alone() {
    let app = spawn_app().await;
    let token = app.token(Some(100), Role::Ingest).await;
    let body = format!("{}\r\n\n{{\"event_type\":\n{}\n{{a}}", tenant(0), tenant(2));
    let lines = |body: &str| Request::new("POST", BATCH).body(NDJSON, body.to_owned()).bearer(&token);

    let answer = app.send(lines(&body)).await;

    answer.has_status(207);
    let results = answer.json()["results"].clone();
    assert_eq!(results.as_array().unwrap().len(), 4);
    let error =
        |index: usize| (results[index]["error"]["code"].clone(), results[index]["error"]["message"].clone());
    let malformed = |message: &str| (json!("MALFORMED_JSON"), json!(message));
    // The blank line counts, as it does for an editor.
    assert_eq!(error(1), malformed("Line 3 is not JSON: it ends before it is complete."));
    assert_eq!(error(3), malformed("Line 5 is not JSON: look at column 2."));
    assert!(results[0]["event"]["id"].is_string() && results[2]["event"]["id"].is_string(), "{results}");
    app.dispatch.settled().await.unwrap();
    assert_eq!(stored(&app).await, [0, 2]);
    app.send(lines(&tenant(3).to_string())).await.has_status(202);
    app.finish().await;
}

#[tokio::test]
async fn a_batch_that_is_sent_again_whole_or_in_part_accepts_no_event_twice() {
    let app = spawn_app().await;
    let token = app.token(Some(100), Role::Ingest).await;
    let events = [keyed(tenant(0), "a"), keyed(tenant(1), "b"), keyed(tenant(1), "b"), keyed(tenant(2), "a")];

    let first = app.send(batch(&token, &events)).await;
    let again = app.send(batch(&token, &events)).await;
    let part = app.send(batch(&token, &events[1..2])).await;
    let alone = crate::support::app::event_request(&tenant(0)).header("Idempotency-Key", "a");
    let alone = app.send(alone.bearer(&token)).await;

    assert_eq!(first.has_status(207).json(), again.has_status(207).json());
    assert_eq!(event_id(&first, 1), event_id(&first, 2));
    assert_eq!(first.json()["results"][3]["error"]["code"], "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(event_id(part.has_status(202), 0), event_id(&first, 1));
    assert_eq!(alone.json()["id"], event_id(&first, 0));
    app.dispatch.settled().await.unwrap();
    assert_eq!(stored(&app).await, [0, 1]);
    app.finish().await;
}

#[tokio::test]
async fn of_a_hundred_batches_at_once_each_event_is_accepted_once() {
    let app = spawn_app().await;
    let token = app.token(Some(100), Role::Ingest).await;
    let events: Vec<Value> = (0..5).map(|n| keyed(tenant(n), &format!("k{n}"))).collect();

    let answers = (0..100).map(|_| app.send(batch(&token, &events)));
    let answers = futures_util::future::join_all(answers).await;

    let ids: HashSet<Vec<String>> =
        answers.iter().map(|answer| (0..5).map(|n| event_id(answer.has_status(202), n)).collect()).collect();
    assert_eq!(ids.len(), 1);
    app.dispatch.settled().await.unwrap();
    assert_eq!(stored(&app).await.len(), 5);
    app.finish().await;
}

#[tokio::test]
async fn what_is_no_batch_is_refused_as_a_whole_and_stores_nothing() {
    let app = spawn_app().await;
    let token = app.token(Some(100), Role::Ingest).await;
    let events = |count: usize| json!(vec![json!({}); count]).to_string();
    let cases = [
        ("application/json", "{}".to_owned(), 422, "VALIDATION_FAILED"),
        ("application/json", "[]".to_owned(), 422, "VALIDATION_FAILED"),
        (NDJSON, "\n \n".to_owned(), 422, "VALIDATION_FAILED"),
        ("application/json", events(1_001), 422, "VALIDATION_FAILED"),
        (NDJSON, "{}\n".repeat(1_001), 422, "VALIDATION_FAILED"),
        ("application/json", format!("[{}", tenant(0)), 400, "MALFORMED_JSON"),
        ("application/json", format!("[{}]{}", tenant(0), " ".repeat(1_024 * 1_024)), 413, "TOO_LARGE"),
        (NDJSON, " ".repeat(1_024 * 1_024 + 1), 413, "TOO_LARGE"),
        ("text/plain", format!("[{}]", tenant(0)), 415, "UNSUPPORTED_MEDIA_TYPE"),
    ];
    for (kind, body, status, code) in cases {
        let error = app.send(Request::new("POST", BATCH).body(kind, body).bearer(&token)).await;
        let error = error.error(status, code);
        assert_eq!(error["details"].get("body").is_some(), status == 422, "{error}");
    }
    let keyed = batch(&token, &[tenant(0)]).header("Idempotency-Key", "k");
    let error = app.send(keyed).await.error(400, "BAD_REQUEST");
    assert!(error["message"].as_str().unwrap().contains("idempotency_key"), "{error}");
    for role in [Role::Viewer, Role::Editor] {
        let token = app.token(Some(100), role).await;
        app.send(batch(&token, &[tenant(0)])).await.error(403, "FORBIDDEN");
    }
    assert!(app.log().await.is_empty());
    app.finish().await;
}

#[tokio::test]
async fn a_token_for_all_accounts_posts_for_several_in_one_batch() {
    let app = spawn_app().await;
    app.account(200, "Globex", "prod-globex", "kim@globex.example").await;
    let token = app.token(None, Role::Ingest).await;
    let mut theirs = tenant(1);
    theirs
        .as_object_mut()
        .unwrap()
        .retain(|name, _| !["environment", "account_name"].contains(&name.as_str()));
    theirs["account_id"] = json!(200);

    let answer = app.send(batch(&token, &[tenant(0), theirs])).await;

    let id = event_id(answer.has_status(202), 1);
    let payload = app.db.event_payload(200, &id).await.unwrap().unwrap();
    assert_eq!(serde_json::from_str::<Value>(&payload).unwrap()["account_name"], "Globex");
    app.finish().await;
}
