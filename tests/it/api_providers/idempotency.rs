//! `Idempotency-Key` of ad-hoc sends: a program may repeat one, and nobody is told twice.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::app::event_request;
use crate::support::clock::minutes;
use crate::support::destinations::{Desk, PROVIDERS, request};
use crate::support::http::Answer as Answered;
use crate::support::receiver::Answer;
use crate::support::samples::sample;

pub const SEND: &str = "/api/v1/notifications/send";

/// A notification to these providers.
pub fn to(ids: &[&str]) -> Value {
    let notification =
        json!({ "title": "Alert: acceptance rate drop", "body": "0.04", "severity": "warning" });
    json!({ "providerIds": ids, "notification": notification })
}

async fn send(desk: &Desk, key: &str, body: &Value) -> Answered {
    let request = request("POST", SEND, Some(body)).bearer(&desk.token);
    desk.app.send(request.header("Idempotency-Key", key)).await
}

#[tokio::test]
async fn the_same_key_and_body_get_the_same_answer_and_nothing_is_sent_again() {
    let desk = Desk::of_admin().await;
    let (good, url) = desk.ok().await;
    let slack = desk.provider("slack", &json!({ "webhookUrl": url })).await;
    let (bad, url) = desk.receiver(vec![Answer::status(500, "no")]).await;
    let teams = desk.provider("teams", &json!({ "webhookUrl": url })).await;
    let body = to(&[&slack, &teams, "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"]);
    let turned = Value::Object(body.as_object().unwrap().clone().into_iter().rev().collect());

    let first = send(&desk, "k1", &body).await;
    // What is stored has changed in the meantime: the outcome has not.
    let pause = json!({ "enabled": false });
    desk.call("PATCH", &format!("{PROVIDERS}/{slack}"), Some(&pause)).await.has_status(200);
    let again = send(&desk, "k1", &turned).await;

    first.has_status(200);
    again.has_status(200);
    assert_eq!(first.json(), again.json());
    assert_eq!(first.json()["results"][0]["success"], true);
    assert_eq!((good.requests().len(), bad.requests().len(), desk.app.log().await.len()), (1, 1, 2));
    desk.app.finish().await;
}

#[tokio::test]
async fn of_many_repeats_at_once_one_is_sent_and_all_get_its_outcome() {
    let desk = Desk::of_admin().await;
    let (answer, gate) = Answer::status(200, "ok").held();
    let (receiver, url) = desk.receiver(vec![answer]).await;
    let slack = desk.provider("slack", &json!({ "webhookUrl": url })).await;
    let body = to(&[&slack]);

    let release = async {
        receiver.wait_for(1).await;
        gate.let_through();
    };
    let (answers, ()) = tokio::join!(join_all((0..20).map(|_| send(&desk, "k1", &body))), release);

    assert!(answers.iter().all(|answer| answer.status == 200 && answer.json() == answers[0].json()));
    assert_eq!((receiver.requests().len(), desk.app.log().await.len()), (1, 1));
    desk.app.finish().await;
}

#[tokio::test]
async fn another_body_under_the_same_key_is_a_conflict() {
    let desk = Desk::of_admin().await;
    let (receiver, url) = desk.ok().await;
    let slack = desk.provider("slack", &json!({ "webhookUrl": url })).await;
    send(&desk, "k1", &to(&[&slack])).await.has_status(200);
    let mut other = to(&[&slack]);
    other["notification"]["title"] = json!("Another");
    send(&desk, "k1", &other).await.error(409, "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(receiver.requests().len(), 1);
    desk.app.finish().await;
}

#[tokio::test]
async fn events_and_sends_have_their_keys_apart() {
    let desk = Desk::of_admin().await;
    let (receiver, url) = desk.ok().await;
    let slack = desk.provider("slack", &json!({ "webhookUrl": url })).await;
    let event = event_request(&sample("tenant_created")).bearer(&desk.token).header("Idempotency-Key", "k1");
    desk.app.send(event.clone()).await.has_status(202);
    send(&desk, "k1", &to(&[&slack])).await.has_status(200);
    desk.app.send(event).await.has_status(202);
    desk.app.dispatch.settled().await.unwrap();
    assert_eq!(receiver.requests().len(), 1);
    desk.app.finish().await;
}

#[tokio::test]
async fn a_key_is_used_up_by_a_send_and_by_nothing_else() {
    let desk = Desk::of_admin().await;
    let (receiver, url) = desk.ok().await;
    let slack = desk.provider("slack", &json!({ "webhookUrl": url })).await;
    let body = to(&[&slack]);
    for key in [String::new(), "k".repeat(256), "schlüssel".to_owned()] {
        send(&desk, &key, &body).await.error(400, "BAD_REQUEST");
    }
    send(&desk, "k1", &to(&[])).await.error(422, "VALIDATION_FAILED");

    send(&desk, "k1", &body).await.has_status(200);
    send(&desk, "k1", &body).await.has_status(200);
    assert_eq!(receiver.requests().len(), 1);
    desk.app.time.advance(minutes(24 * 60) + Duration::from_secs(1));
    send(&desk, "k1", &body).await.has_status(200);
    assert_eq!(receiver.requests().len(), 2);
    desk.app.finish().await;
}
