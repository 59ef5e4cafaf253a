//! How much a batch may be, and what it costs.

use ringpost::domain::delivery::Reason;
use ringpost::domain::role::Role;
use serde_json::{Value, json};

use super::batch::{batch, keyed, stored, tenant};
use crate::support::app::{spawn_app, start};
use crate::support::http::Request;
use crate::support::place::Place;
use crate::support::program::{Serving, ringpost};
use crate::support::receiver::{Answer, Receiver};

#[tokio::test]
async fn a_thousand_events_fit_and_one_that_is_too_large_alone_is_too_large_among_others() {
    let app = spawn_app().await;
    let token = app.token(Some(100), Role::Ingest).await;
    let small: Vec<Value> = (0..1_000).map(|n| keyed(json!({"account_id": 100}), &n.to_string())).collect();
    let answer = app.send(batch(&token, &small)).await;
    assert_eq!(answer.has_status(207).json()["refused"], 1_000);
    let mut large = tenant(0);
    large["tenant_name"] = json!("x".repeat(64 * 1_024));

    let answer = app.send(batch(&token, &[large, tenant(1)])).await;

    assert_eq!(answer.has_status(207).json()["results"][0]["error"]["code"], "TOO_LARGE");
    app.dispatch.settled().await.unwrap();
    assert_eq!(stored(&app).await, [1]);
    app.finish().await;
}

#[tokio::test]
async fn every_event_of_a_batch_counts_against_the_tokens_rate() {
    let app = start().with("--rate-limit", "1/s").spawn().await;
    let token = app.token(Some(100), Role::Ingest).await;
    let events: Vec<Value> = (0..7).map(tenant).collect();

    // The burst is five.
    let error = app.send(batch(&token, &events)).await.error(422, "VALIDATION_FAILED");
    assert!(error["details"]["body"].as_str().unwrap().contains("at most 5 events"), "{error}");
    assert!(app.log().await.is_empty());
    let answer = app.send(batch(&token, &events[..5])).await;
    assert_eq!(answer.has_status(202).json()["accepted"], 5);
    let refused = app.send(batch(&token, &events[..5])).await;

    // The wait is for all five: sooner there is no place for them, and a try takes none.
    refused.error(429, "RATE_LIMITED");
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((3..=5).contains(&wait), "{wait}");
    let lines = events[..5].iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    let request = Request::new("POST", "/api/v1/events/batch").bearer(&token);
    let refused = app.send(request.body("application/x-ndjson", lines)).await;
    refused.error(429, "RATE_LIMITED");
    assert!(refused.header("retry-after").unwrap().parse::<u64>().unwrap() <= wait);
    let other = app.token(Some(100), Role::Ingest).await;
    app.send(batch(&other, &events[..5])).await.has_status(202);
    app.finish().await;
}

#[tokio::test]
async fn a_batch_fills_a_lane_to_its_limit_and_not_beyond() {
    let (answer, gate) = Answer::status(200, "ok").held();
    let (app, receiver) =
        (start().with("--max-pending-per-lane", "10").spawn().await, Receiver::answering(answer).await);
    app.notify(Some(&receiver.url("/hook")), "tenant_created", true, "").await;
    let token = app.token(Some(100), Role::Ingest).await;
    let events: Vec<Value> = (0..30).map(tenant).collect();

    app.send(batch(&token, &events)).await.has_status(202);

    let log = app.log().await;
    let refused =
        log.iter().filter(|row| row.reason == Some(Reason::QueueFull) && row.target.lane() != "mail:");
    // Four are begun at once.
    assert_eq!(refused.count(), 30 - 4 - 10);
    gate.let_through();
    app.finish().await;
}

#[tokio::test]
async fn a_batch_is_written_in_few_commits() {
    let place = Place::fresh().await;
    let account = ["account", "add", "--id", "100", "--name", "Acme Corp", "--environment", "prod-acme"];
    let contact = ["--contact-name", "Dana Ito", "--contact-email", "dana@acme.example"];
    ringpost(&place, &[&account[..], &contact[..]].concat(), "").await.done();
    let create = ["token", "create", "--account", "100", "--role", "ingest", "--name", "platform"];
    let token = ringpost(&place, &create, "").await.done();
    let create = ["token", "create", "--all-accounts", "--role", "viewer", "--name", "monitor"];
    let monitor = ringpost(&place, &create, "").await.done();
    let server = Serving::start(&place, &["--rate-limit", "off"]).await;
    let events: Vec<Value> = (0..500).map(tenant).collect();

    batch(token.trim(), &events).send(server.address).await.has_status(202);

    let metrics = Request::new("GET", "/metrics").bearer(monitor.trim()).send(server.address).await;
    let figure = |name: &str| {
        let line = metrics.body.lines().find(|line| line.starts_with(name)).unwrap();
        line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()
    };
    // One commit held more than 256 changes: all 500 events, and perhaps an outcome.
    let small = figure("ringpost_commit_orders_bucket{le=\"256\"}");
    assert_eq!(figure("ringpost_commit_orders_bucket{le=\"+Inf\"}") - small, 1, "{}", metrics.body);
    assert_eq!(figure("ringpost_events_accepted_total"), 500);
    server.kill().await;
    place.clear().await;
}
