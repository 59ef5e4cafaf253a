//! Crashes, ends and starts: nothing is lost, and no webhook is sent twice.

use std::time::Duration;

use ringpost::domain::delivery::{Channel, Reason, State};
use ringpost::domain::role::Role;

use crate::support::app::{event_request, spawn_app, start};
use crate::support::http::Request;
use crate::support::place::Place;
use crate::support::program::{Serving, ringpost};
use crate::support::receiver::{Answer, Receiver};
use crate::support::samples::sample;

const ALLOW: [&str; 2] = ["--allow-network", "127.0.0.0/8"];

/// Settings and a token, left behind by an app that has ended in order.
async fn prepared(receiver: &Receiver) -> (Place, String) {
    let app = spawn_app().await;
    app.notify(Some(&receiver.url("/hook")), "run_failed", true, "").await;
    let token = app.token(Some(100), Role::Ingest).await;
    (app.stop().await, token)
}

#[tokio::test]
async fn a_webhook_that_was_being_sent_when_the_server_was_killed_is_unknown_and_not_sent_again() {
    let receiver = Receiver::answering(Answer::silence()).await;
    let (place, token) = prepared(&receiver).await;
    let server = Serving::start(&place, &ALLOW).await;
    event_request(&sample("run_failed")).bearer(&token).send(server.address).await.has_status(202);
    receiver.wait_for(1).await;

    server.kill().await;

    // On PostgreSQL, the dead are only known by their silence.
    place.age_heartbeats().await;
    let app = start().at(&place).spawn().await;
    let log = app.settled_log().await;
    let webhook = log.iter().find(|row| row.target.channel() == Channel::Webhook).unwrap();
    assert_eq!(
        (webhook.state.as_str(), webhook.reason.map(Reason::as_str)),
        ("unknown", Some("interrupted"))
    );
    assert_eq!(receiver.requests().len(), 1);
    app.finish().await;
}

#[tokio::test]
async fn what_was_accepted_before_a_kill_is_sent_by_the_next_start() {
    let receiver = Receiver::answering(Answer::silence()).await;
    let (place, token) = prepared(&receiver).await;
    let server = Serving::start(&place, &ALLOW).await;
    for _ in 0..6 {
        event_request(&sample("run_failed")).bearer(&token).send(server.address).await.has_status(202);
    }
    receiver.wait_for(4).await;

    server.kill().await;

    // On PostgreSQL, the dead are only known by their silence.
    place.age_heartbeats().await;
    let app = start().with("--webhook-timeout", "1s").at(&place).spawn().await;
    let log = app.settled_log().await;
    let webhooks: Vec<_> = log.iter().filter(|row| row.target.channel() == Channel::Webhook).collect();
    let ended = |reason| webhooks.iter().filter(|row| row.reason.map(Reason::as_str) == Some(reason)).count();
    assert_eq!((webhooks.len(), ended("interrupted"), ended("no_answer")), (6, 4, 2));
    assert_eq!(receiver.requests().len(), 6);
    app.finish().await;
}

#[tokio::test]
async fn an_event_sent_from_a_shell_without_a_server_leaves_with_the_next_start() {
    let receiver = Receiver::ok().await;
    let (place, _) = prepared(&receiver).await;
    let sent = ringpost(&place, &["event", "send", "-"], &sample("run_failed").to_string()).await.done();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&sent).unwrap()["deliveries"], 2);
    assert_eq!(receiver.connections(), 0);

    let app = start().at(&place).spawn().await;

    assert_eq!(receiver.wait_for(1).await[0].body, sample("run_failed").to_string());
    app.finish().await;
}

#[tokio::test]
async fn an_end_in_order_waits_for_what_is_in_flight() {
    let receiver = Receiver::answering(Answer::status(200, "ok").after(Duration::from_millis(700))).await;
    let app = spawn_app().await;
    app.notify(Some(&receiver.url("/hook")), "run_failed", true, "").await;
    let token = app.token(Some(100), Role::Ingest).await;
    app.post_event(&token, &sample("run_failed")).await.has_status(202);
    receiver.wait_for(1).await;
    let address = app.address;

    let place = app.stop().await;

    assert!(tokio::net::TcpStream::connect(address).await.is_err());
    let app = start().at(&place).spawn().await;
    assert_eq!(app.in_state(State::Delivered).await, 2);
    assert_eq!(receiver.requests().len(), 1);
    app.finish().await;
}

#[tokio::test]
async fn sigterm_lets_a_delivery_end_and_exits_with_0() {
    let receiver = Receiver::answering(Answer::status(200, "ok").after(Duration::from_millis(700))).await;
    let (place, token) = prepared(&receiver).await;
    let server = Serving::start(&place, &ALLOW).await;
    event_request(&sample("run_failed")).bearer(&token).send(server.address).await.has_status(202);
    receiver.wait_for(1).await;

    assert_eq!(server.terminate().await, Some(0));

    let app = start().at(&place).spawn().await;
    assert_eq!(app.in_state(State::Delivered).await, 2);
    app.finish().await;
}

#[tokio::test]
async fn one_search_of_the_log_tells_a_deliverys_story() {
    let receiver = Receiver::ok().await;
    let (place, token) = prepared(&receiver).await;
    let server = Serving::start(&place, &[&ALLOW[..], &["--log", "debug"]].concat()).await;
    event_request(&sample("run_failed")).bearer(&token).send(server.address).await.has_status(202);
    let id = receiver.wait_for(1).await[0].header("x-ringpost-delivery").unwrap().to_owned();
    let said = server.said();

    assert_eq!(server.terminate().await, Some(0));

    let said = said.lock().unwrap().clone();
    let story: Vec<&str> = said.split("{\"timestamp\"").filter(|line| line.contains(&id)).collect();
    let (account, lane) = ("\"account\":100", format!("\"lane\":\"{}\"", receiver.address));
    for step in ["accepted", "begun", "tried"] {
        let told = story.iter().find(|line| line.contains(&format!("\"message\":\"{step}\""))).unwrap();
        assert!(told.contains(account) && told.contains(&lane), "{told}");
    }
    place.clear().await;
}

#[tokio::test]
async fn a_client_that_says_half_a_request_does_not_keep_the_server_from_ending() {
    let app = spawn_app().await;
    let mut idle = tokio::net::TcpStream::connect(app.address).await.unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut idle, b"GET /healthz HTTP/1.1\r\nHost:").await.unwrap();
    app.send(Request::new("GET", "/healthz")).await.has_status(200);

    let ended = tokio::time::timeout(Duration::from_secs(15), app.stop()).await;

    ended.expect("the server waits for half a request").clear().await;
}
