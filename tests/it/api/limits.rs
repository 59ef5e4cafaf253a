//! Too many, too much, and a server that cannot take more.

use std::time::{Duration, Instant};

use ringpost::domain::role::Role;
use sqlx::{Connection as _, PgConnection, SqliteConnection};
use tokio_util::sync::CancellationToken;

use super::batch::{batch, keyed as with_key};
use crate::support::app::{event_request, spawn_app, start};
use crate::support::http::Request;
use crate::support::place::{Place, on_postgres};
use crate::support::samples::sample;

#[tokio::test]
async fn a_token_that_posts_too_fast_is_told_when_to_come_back_and_others_are_not() {
    let app = start().with("--rate-limit", "1/s").spawn().await;
    let (fast, other) = (app.token(Some(100), Role::Ingest).await, app.token(Some(100), Role::Ingest).await);
    let event = sample("tenant_created");
    let mut refused = None;
    // The burst is five: one more may be let through if a second passes meanwhile.
    for _ in 0..20 {
        let answer = app.post_event(&fast, &event).await;
        if answer.status == 429 {
            refused = Some(answer);
            break;
        }
        answer.has_status(202);
    }

    let refused = refused.expect("twenty posts within a few seconds were all let through");
    refused.error(429, "RATE_LIMITED");
    assert!(refused.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
    app.post_event(&other, &event).await.has_status(202);
    app.finish().await;
}

#[tokio::test]
async fn the_request_id_is_in_the_header_and_differs_between_requests() {
    let app = spawn_app().await;
    let first = app.send(Request::new("GET", "/api/v1/nothing")).await;
    let second = app.send(Request::new("GET", "/healthz")).await;
    first.error(404, "NOT_FOUND");
    let ids = [&first, &second].map(|answer| answer.header("x-request-id").unwrap().to_owned());
    assert_ne!(ids[0], ids[1]);
    app.finish().await;
}

#[tokio::test]
async fn health_is_open_and_readiness_follows_the_database_and_the_end() {
    let app = spawn_app().await;
    let mut browser = app.visitor(Role::Admin).await;
    assert_eq!(app.send(Request::new("GET", "/healthz")).await.json()["status"], "ok");
    let ready = app.send(Request::new("GET", "/readyz")).await;
    ready.has_status(200);
    assert_eq!((&ready.json()["database"], &ready.json()["dispatcher"]), (&"ok".into(), &"ok".into()));

    app.db.close().await;

    // What was asked a moment ago is not asked again.
    let broken = loop {
        let answer = app.send(Request::new("GET", "/readyz")).await;
        if answer.status == 503 {
            break answer.json();
        }
    };
    assert_eq!((&broken["status"], &broken["database"]), (&"failing".into(), &"failing".into()));
    assert!(broken["cause"].as_str().unwrap().starts_with("The database"), "{broken}");
    let answer = app.send(Request::new("GET", "/login")).await;
    answer.has_status(503).says("not available");
    assert!(answer.header("retry-after").is_some());
    // Of somebody who is signed in the session cannot be read, which is no defect of ours either.
    for path in ["/accounts", "/profile", "/accounts/100/deliveries"] {
        let answer = browser.get(path).await;
        answer.has_status(503).says("The database is not available");
        assert!(answer.header("retry-after").is_some(), "{path}");
    }
    browser.get("/api/v1/notifications/providers").await.error(503, "UNAVAILABLE");
    app.stop().await.clear().await;
}

#[tokio::test]
async fn a_draining_server_is_not_ready() {
    let app = spawn_app().await;
    let draining = app.ended_by(CancellationToken::new());
    draining.stop.cancel();
    let router = ringpost::server::router(&draining);
    let request = http::Request::get("/readyz").body(axum::body::Body::empty()).unwrap();

    let answer = tower::ServiceExt::oneshot(router, request).await.unwrap();

    assert_eq!(answer.status(), 503);
    app.finish().await;
}

/// Puts twenty thousand deliveries behind those that are there, all due in the far future.
async fn fill_the_queue(place: &Place) {
    const FILL: &str = "with recursive numbers (n) as (
           select 1 union all select n + 1 from numbers where n < 20000
         )
         insert into deliveries (id, account_id, event_id, event_key, channel, triggered_by, target, recipient,
           lane, state, detail, attempt, first_id, due_at, created_at)
         select 'waiting-' || cast(n as text), e.account_id, e.id, e.event_key, 'email', 'event', 'subscriber',
           'ops@acme.example', 'mail:', 'pending', '', 0, 'first', 9000000000000, e.created_at
         from numbers cross join (select id, account_id, event_key, created_at from events limit 1) as e";
    if on_postgres() {
        let mut connection = PgConnection::connect(place.url()).await.unwrap();
        sqlx::query(FILL).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    } else {
        let mut connection = SqliteConnection::connect(place.url()).await.unwrap();
        sqlx::query(FILL).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }
}

#[tokio::test]
async fn as_many_deliveries_wait_as_the_operator_lets_and_a_repeat_is_answered_all_the_same() {
    let app = start().with("--max-pending", "20000").spawn().await;
    let token = app.token(Some(100), Role::Ingest).await;
    let keyed = || event_request(&sample("run_failed")).bearer(&token).header("idempotency-key", "first");
    let first = app.send(keyed()).await;
    assert_eq!(first.status, 202);
    app.dispatch.settled().await.unwrap();

    fill_the_queue(&app.place).await;

    // The queue is counted every ten seconds.
    let begun = Instant::now();
    let refused = loop {
        let answer = app.post_event(&token, &sample("run_failed")).await;
        if answer.status != 202 {
            break answer;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "everything is still taken");
    };
    refused.error(503, "QUEUE_FULL");
    assert!(refused.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
    let again = app.send(keyed()).await;
    assert_eq!((again.status.as_u16(), &again.json()["id"]), (202, &first.json()["id"]));
    // So it is with a batch: refused as a whole, unless it holds such a repeat.
    app.send(batch(&token, &[sample("run_failed"), sample("run_failed")])).await.error(503, "QUEUE_FULL");
    let mixed =
        app.send(batch(&token, &[with_key(sample("run_failed"), "first"), sample("run_failed")])).await;
    let results = mixed.has_status(207).json()["results"].clone();
    assert_eq!(results[0]["event"]["id"], first.json()["id"]);
    assert_eq!(results[1]["error"]["code"], "QUEUE_FULL");
    app.finish_with_pending().await;
}
