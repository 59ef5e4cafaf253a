//! What a receiver does, and what becomes of the delivery. The sender's own tests have every variation.

use std::time::Duration;

use ringpost::domain::delivery::{Channel, Delivery, Reason};
use ringpost::domain::role::Role;

use crate::support::app::{TestApp, start};
use crate::support::clock::minutes;
use crate::support::receiver::{Answer, Receiver, Then};
use crate::support::samples::sample;

async fn app() -> TestApp {
    start().with("--webhook-timeout", "1s").spawn().await
}

/// Posts one event to a receiver; answers what the log says of the webhook.
async fn tried(app: &TestApp, receiver: &Receiver) -> Delivery {
    app.notify(Some(&receiver.url("/hook")), "run_failed", true, "").await;
    let token = app.token(Some(100), Role::Ingest).await;
    app.post_event(&token, &sample("run_failed")).await.has_status(202);
    app.settled_log().await.into_iter().rfind(|row| row.target.channel() == Channel::Webhook).unwrap()
}

fn ended(row: &Delivery) -> (&'static str, &'static str, Option<u16>) {
    (row.state.as_str(), row.reason.map(Reason::as_str).unwrap_or_default(), row.status)
}

#[tokio::test]
async fn any_2xx_is_delivered_and_any_other_status_failed() {
    for code in [200, 201, 204, 299] {
        let (app, receiver) = (app().await, Receiver::answering(Answer::status(code, "")).await);
        assert_eq!(ended(&tried(&app, &receiver).await), ("delivered", "", Some(code)));
        app.finish().await;
    }
    for code in [400, 404, 410, 429, 500, 503] {
        let (app, receiver) = (app().await, Receiver::answering(Answer::status(code, "no")).await);
        assert_eq!(ended(&tried(&app, &receiver).await), ("failed", "http_status", Some(code)));
        app.finish().await;
    }
}

#[tokio::test]
async fn a_redirect_is_a_failure_and_is_not_followed() {
    let (app, elsewhere) = (app().await, Receiver::ok().await);
    let to = format!("http://{}/other", elsewhere.address);
    let receiver = Receiver::answering(Answer::redirect(307, &to)).await;

    assert_eq!(ended(&tried(&app, &receiver).await), ("failed", "http_status", Some(307)));

    assert_eq!(elsewhere.connections(), 0);
    app.finish().await;
}

#[tokio::test]
async fn a_receiver_that_takes_the_request_and_says_nothing_leaves_the_outcome_unknown() {
    for answer in [Answer::silence(), Answer::close(), Answer::reset()] {
        let (app, receiver) = (app().await, Receiver::answering(answer).await);
        assert_eq!(ended(&tried(&app, &receiver).await), ("unknown", "no_answer", None));
        app.finish().await;
    }
}

#[tokio::test]
async fn nobody_listening_is_a_failure_in_which_nothing_was_sent() {
    let (app, receiver) = (app().await, Receiver::ok().await);
    let url = receiver.url("/hook");
    drop(receiver);

    app.notify(Some(&url), "run_failed", true, "").await;
    let token = app.token(Some(100), Role::Ingest).await;
    app.post_event(&token, &sample("run_failed")).await.has_status(202);
    let refused =
        app.settled_log().await.into_iter().find(|row| row.target.channel() == Channel::Webhook).unwrap();

    assert_eq!(ended(&refused), ("failed", "connect", None));
    app.finish().await;
}

#[tokio::test]
async fn an_answer_that_is_not_http_leaves_the_outcome_unknown() {
    let (app, receiver) = (app().await, Receiver::answering(Answer::raw("SSH-2.0\r\n", Then::Close)).await);
    assert_eq!(ended(&tried(&app, &receiver).await), ("unknown", "not_http", None));
    app.finish().await;
}

#[tokio::test]
async fn a_webhook_is_never_sent_again_by_itself() {
    let (app, receiver) = (app().await, Receiver::answering(Answer::status(500, "no")).await);
    let failed = tried(&app, &receiver).await;

    app.time.advance(minutes(48 * 60));
    // A later delivery shows that the dispatcher has gone round since.
    tried(&app, &receiver).await;

    assert_eq!(receiver.requests().len(), 2);
    assert_eq!(app.log().await.into_iter().find(|row| row.id == failed.id).unwrap().attempt, 1);
    app.finish().await;
}

#[tokio::test]
async fn what_left_and_came_back_is_kept() {
    let receiver =
        Receiver::answering(Answer::status(418, "short and stout").after(Duration::from_millis(20))).await;
    let app = app().await;
    let row = tried(&app, &receiver).await;

    let kept = app.db.transcript(100, &row.id.to_string()).await.unwrap().unwrap();

    let request = &receiver.requests()[0];
    assert_eq!(request.header("x-ringpost-delivery"), Some(row.id.to_string().as_str()));
    assert_eq!(request.header("user-agent"), Some(concat!("Ringpost/", env!("CARGO_PKG_VERSION"))));
    assert_eq!(request.header("x-ringpost-test"), None);
    assert!(kept.request_head.unwrap().contains(&row.id.to_string()));
    assert_eq!(kept.response_body.as_deref(), Some("short and stout"));
    assert!(kept.response_head.unwrap().starts_with("HTTP/1.1 418"));
    let body = request.body.clone();
    assert_eq!((kept.request_body, kept.payload), (None, body), "the payload is not stored twice");
    assert!(row.took.unwrap() >= Duration::from_millis(20));
    app.finish().await;
}
