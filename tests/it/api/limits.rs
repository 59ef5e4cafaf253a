//! Too many, too much, and a server that cannot take more.

use ringpost::domain::role::Role;
use tokio_util::sync::CancellationToken;

use crate::support::app::{spawn_app, start};
use crate::support::http::Request;
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
    assert_eq!(app.send(Request::new("GET", "/healthz")).await.json()["status"], "ok");
    let ready = app.send(Request::new("GET", "/readyz")).await;
    ready.has_status(200);
    assert_eq!((&ready.json()["database"], &ready.json()["dispatcher"]), (&"ok".into(), &"ok".into()));

    app.db.close().await;

    let broken = app.send(Request::new("GET", "/readyz")).await;
    broken.has_status(503);
    assert_eq!(broken.json()["database"], "failing");
    let answer = app.send(Request::new("GET", "/login")).await;
    answer.has_status(503).says("not available");
    app.stop().await.clear().await;
}

#[tokio::test]
async fn a_draining_server_is_not_ready() {
    let app = spawn_app().await;
    let mut draining = (*app).clone();
    draining.stop = CancellationToken::new();
    draining.stop.cancel();
    let router = ringpost::server::router(&draining);
    let request = http::Request::get("/readyz").body(axum::body::Body::empty()).unwrap();

    let answer = tower::ServiceExt::oneshot(router, request).await.unwrap();

    assert_eq!(answer.status(), 503);
    app.finish().await;
}
