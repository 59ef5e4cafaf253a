//! A balancer sees that the server ends before the port closes.

use std::time::Duration;

use ringpost::domain::role::Role;
use tokio::net::TcpStream;

use crate::support::app::{event_request, start};
use crate::support::http::Request;
use crate::support::place::Place;
use crate::support::program::Serving;
use crate::support::samples::sample;

#[tokio::test]
async fn while_it_drains_readiness_says_no_and_what_comes_is_served() {
    let app = start().with("--drain", "1s").spawn().await;
    let token = app.token(Some(100), Role::Ingest).await;
    app.send(Request::new("GET", "/readyz")).await.has_status(200);

    app.stop.cancel();

    let ready = app.send(Request::new("GET", "/readyz")).await;
    ready.has_status(503);
    assert_eq!(ready.json()["status"], "draining");
    app.send(Request::new("GET", "/healthz")).await.has_status(200);
    app.send(event_request(&sample("tenant_created")).bearer(&token)).await.has_status(202);
    let address = app.address;
    app.finish().await;
    assert!(TcpStream::connect(address).await.is_err(), "the port is closed");
}

#[tokio::test]
async fn sigterm_leaves_the_port_open_for_as_long_as_it_was_told_and_ends_with_0() {
    let place = Place::fresh().await;
    let server = Serving::start(&place, &["--drain", "1s"]).await;
    server.signal("TERM").await;
    server.logs("the stop", |log| log.contains("stopping")).await;
    let ready = Request::new("GET", "/readyz").send(server.address).await;
    assert_eq!(ready.json()["status"], "draining");
    assert_eq!(server.ended(Duration::from_secs(30)).await, Some(0));
    place.clear().await;
}
