//! Pages that look again by themselves: they keep no session alive, and take nothing that was left to be said.

use ringpost::domain::delivery::Channel;
use ringpost::domain::role::Role;

use crate::support::app::spawn_app;
use crate::support::clock::minutes;
use crate::support::http::Request;
use crate::support::receiver::{Answer, Door, Receiver};

const LOG: &str = "/accounts/100/deliveries";

fn look() -> Request {
    Request::new("GET", LOG).header("X-Watching", "1")
}

#[tokio::test]
async fn what_was_left_to_be_said_waits_for_the_reader() {
    let app = spawn_app().await;
    let receiver = Receiver::start(Door::Plain, vec![Answer::status(500, "no")]).await;
    app.notify(Some(&receiver.url("/hook")), "run_failed", true, "").await;
    let first = super::resend::happen(&app).await.remove(0);
    let mut admin = app.visitor(Role::Admin).await;
    let leads_to = admin.post(&format!("{LOG}/{}/resend", first.id), &[]).await.leads_to().to_owned();
    let seen = admin.send(look()).await;
    seen.has_status(200);
    assert!(!seen.body.contains("Sent again."));
    admin.get(&leads_to).await.says("Sent again. This is the new delivery.");
    app.finish().await;
}

#[tokio::test]
async fn a_page_that_nobody_looks_at_does_not_keep_anybody_signed_in() {
    let app = spawn_app().await;
    let mut viewer = app.visitor(Role::Viewer).await;
    viewer.get(LOG).await.has_status(200);
    for _ in 0..5 {
        app.time.advance(minutes(11));
        viewer.send(look()).await.has_status(200);
    }
    app.time.advance(minutes(11));
    assert!(viewer.send(look()).await.leads_to().starts_with("/login"));
    app.finish().await;
}

#[tokio::test]
async fn refresh_is_offered_only_while_something_is_under_way_and_its_page_may_ask() {
    let app = spawn_app().await;
    let (held, gate) = Answer::status(200, "ok").held();
    let receiver = Receiver::start(Door::Plain, vec![held]).await;
    app.notify(Some(&receiver.url("/hook")), "run_failed", true, "").await;
    let token = app.token(Some(100), Role::Ingest).await;
    let posted = app.post_event(&token, &crate::support::samples::sample("run_failed")).await;
    receiver.wait_for(1).await;
    let event = posted.json()["id"].as_str().unwrap().to_owned();
    let row = app.log().await.into_iter().find(|row| row.target.channel() == Channel::Webhook).unwrap();
    let pages = [LOG.to_owned(), format!("/accounts/100/events/{event}"), format!("{LOG}/{}", row.id)];
    let mut viewer = app.visitor(Role::Viewer).await;
    for page in &pages {
        let answer = viewer.get(page).await;
        assert!(answer.body.contains("data-refresh"), "{page}");
        let policy = answer.header("content-security-policy").unwrap();
        assert!(
            policy.contains("connect-src 'self'") && policy.starts_with("default-src 'none'"),
            "{policy}"
        );
    }
    gate.let_through();
    app.dispatch.settled().await.unwrap();
    for page in &pages {
        assert!(!viewer.get(page).await.body.contains("data-refresh"), "{page}");
    }
    let elsewhere = viewer.get("/accounts/100/company").await;
    assert!(!elsewhere.header("content-security-policy").unwrap().contains("connect-src"));
    app.finish().await;
}
