//! A change acts at once where it was said, whatever was in memory before.

use std::time::Duration;

use ringpost::domain::delivery::{Delivery, Reason, State};
use ringpost::domain::role::Role;
use serde_json::{Value, json};

use crate::support::app::{TestApp, event_request, spawn_app};
use crate::support::browser::Browser;
use crate::support::destinations::{Desk, PROVIDERS};
use crate::support::http::{Answer, Request};
use crate::support::people::PASSWORD;
use crate::support::receiver::Receiver;
use crate::support::samples::sample;

/// Posts an event; answers what came of its deliveries.
async fn post(app: &TestApp, token: &str) -> Vec<Delivery> {
    let answer = app.post_event(token, &sample("run_failed")).await;
    answer.has_status(202);
    let id = answer.json()["id"].clone();
    let log = app.settled_log().await;
    log.into_iter().filter(|row| id == row.event_id.to_string()).collect()
}

/// The state and reason of the delivery to somewhere.
fn ended(rows: &[Delivery], kind: &str) -> Option<(State, Option<Reason>)> {
    let row = rows.iter().find(|row| row.target.kind().as_str() == kind)?;
    Some((row.state, row.reason))
}

const DELIVERED: Option<(State, Option<Reason>)> = Some((State::Delivered, None));

fn skipped(reason: Reason) -> Option<(State, Option<Reason>)> {
    Some((State::Skipped, Some(reason)))
}

/// An account with a destination for failed runs, which signs.
async fn with_destination() -> (Desk, Receiver, String) {
    let desk = Desk::of_admin().await;
    let (receiver, url) = desk.ok().await;
    desk.webhook(&json!({ "name": "a", "url": url, "secret": "s3cret", "events": ["run_failed"] })).await;
    let uuid = desk.app.db.destinations(100).await.unwrap().remove(0).uuid;
    let one = format!("{PROVIDERS}/{uuid}");
    (desk, receiver, one)
}

async fn patch(desk: &Desk, one: &str, change: &Value) {
    desk.call("PATCH", one, Some(change)).await.has_status(200);
}

#[tokio::test]
async fn a_pause_and_its_end() {
    let (desk, receiver, one) = with_destination().await;
    assert_eq!(ended(&post(&desk.app, &desk.token).await, "destination"), DELIVERED);
    patch(&desk, &one, &json!({ "enabled": false })).await;
    assert_eq!(ended(&post(&desk.app, &desk.token).await, "destination"), skipped(Reason::Paused));
    patch(&desk, &one, &json!({ "enabled": true })).await;
    assert_eq!(ended(&post(&desk.app, &desk.token).await, "destination"), DELIVERED);
    desk.call("DELETE", &one, None).await.has_status(204);
    assert_eq!(ended(&post(&desk.app, &desk.token).await, "destination"), None);
    assert_eq!(receiver.requests().len(), 2);
    desk.app.finish().await;
}

#[tokio::test]
async fn a_secret_that_is_revoked() {
    let (desk, receiver, one) = with_destination().await;
    post(&desk.app, &desk.token).await;
    patch(&desk, &one, &json!({ "config": { "secret": null } })).await;
    post(&desk.app, &desk.token).await;
    let seen = receiver.requests();
    let signed: Vec<bool> = seen.iter().map(|seen| seen.header("x-ringpost-signature").is_some()).collect();
    assert_eq!(signed, [true, false]);
    desk.app.finish().await;
}

#[tokio::test]
async fn a_toggle_a_url_and_an_unsubscription() {
    let (app, receiver) = (spawn_app().await, Receiver::ok().await);
    let token = app.token(Some(100), Role::Ingest).await;
    assert_eq!(ended(&post(&app, &token).await, "shared_webhook"), None);
    app.notify(Some(&receiver.url("/first")), "run_failed", true, "lee@acme.example").await;
    let rows = post(&app, &token).await;
    assert_eq!(ended(&rows, "shared_webhook"), DELIVERED);
    assert_eq!(ended(&rows, "subscriber"), Some((State::Delivered, Some(Reason::WrittenToFile))));

    app.notify(Some(&receiver.url("/second")), "run_failed", true, "lee@acme.example").await;
    post(&app, &token).await;
    let heads: Vec<String> = receiver.requests().into_iter().map(|seen| seen.head).collect();
    assert_eq!(heads.len(), 2);
    assert!(heads[0].starts_with("POST /first ") && heads[1].starts_with("POST /second "), "{heads:?}");

    app.notify(Some(&receiver.url("/second")), "run_failed", false, "lee@acme.example").await;
    assert_eq!(ended(&post(&app, &token).await, "shared_webhook"), skipped(Reason::ToggleOff));
    let signed = app.sender.unsubscribe_links().sign(100, &"lee@acme.example".parse().unwrap());
    app.send(Request::new("POST", format!("/u/{signed}"))).await.has_status(200);
    assert_eq!(ended(&post(&app, &token).await, "subscriber"), skipped(Reason::Unsubscribed));
    app.finish().await;
}

#[tokio::test]
async fn a_new_contact_and_a_new_name() {
    let app = spawn_app().await;
    let token = app.token(Some(100), Role::Ingest).await;
    post(&app, &token).await;
    let mut admin = app.visitor(Role::Admin).await;
    let form = admin.form("/accounts/100/company").await;
    let form = form.with("contact_email", "kim@acme.example").with("name", "Acme Limited");
    admin.submit("/accounts/100/company", &form).await.leads_to();
    let mut event = sample("run_failed");
    event.as_object_mut().unwrap().remove("account_name");
    let answer = app.post_event(&token, &event).await;
    answer.has_status(202);
    let log = app.settled_log().await;
    assert_eq!(log.last().unwrap().target.recipient(), "kim@acme.example");
    let id = answer.json()["id"].as_str().unwrap().to_owned();
    assert!(app.db.event_payload(100, &id).await.unwrap().unwrap().contains("Acme Limited"));
    app.finish().await;
}

#[tokio::test]
async fn a_token_that_is_revoked_or_ends() {
    let app = spawn_app().await;
    let (revoked, other) =
        (app.token(Some(100), Role::Ingest).await, app.token(Some(100), Role::Ingest).await);
    let event = sample("run_failed");
    app.post_event(&revoked, &event).await.has_status(202);
    app.post_event(&other, &event).await.has_status(202);
    // The newest comes first.
    let id = app.db.tokens(Some(100)).await.unwrap().remove(1).id;
    let mut admin = app.visitor(Role::Admin).await;
    admin.post(&format!("/accounts/100/tokens/{id}/revoke"), &[]).await.leads_to();
    app.post_event(&revoked, &event).await.error(401, "UNAUTHORIZED");
    app.post_event(&other, &event).await.has_status(202);
    app.finish().await;
}

/// A person may post events too, from a page.
async fn post_as(browser: &mut Browser) -> Answer {
    let request = event_request(&sample("run_failed")).header("X-Requested-With", "XMLHttpRequest");
    let request = request.header("Sec-Fetch-Site", "same-origin");
    browser.send(request).await
}

#[tokio::test]
async fn another_role_and_being_disabled() {
    let app = spawn_app().await;
    let lee = app.person("lee@acme.example", Some((100, Role::Admin))).await;
    let mut admin = app.visitor(Role::Admin).await;
    let path = format!("/accounts/100/users/{lee}");
    let mut browser = app.signed_in("lee@acme.example").await;
    post_as(&mut browser).await.has_status(202);

    admin.post(&path, &[("role", "viewer")]).await.leads_to();
    post_as(&mut browser).await.error(401, "UNAUTHORIZED");
    browser.sign_in("lee@acme.example", PASSWORD).await.leads_to();
    post_as(&mut browser).await.error(403, "FORBIDDEN");

    admin.post(&path, &[("role", "admin")]).await.leads_to();
    browser.sign_in("lee@acme.example", PASSWORD).await.leads_to();
    post_as(&mut browser).await.has_status(202);
    app.operator("root@platform.example").await;
    let mut operator = app.signed_in("root@platform.example").await;
    operator.post(&format!("/people/{lee}/disable"), &[]).await.leads_to();
    post_as(&mut browser).await.error(401, "UNAUTHORIZED");
    app.finish().await;
}

/// Memory does not hide when a token was used, and writing that down holds nobody up.
#[tokio::test]
async fn a_use_is_written_down_once_a_minute() {
    let app = spawn_app().await;
    let token = app.token(Some(100), Role::Ingest).await;
    let post = async || app.post_event(&token, &sample("run_failed")).await.has_status(202).status;
    let noted = async || app.db.tokens(Some(100)).await.unwrap()[0].last_used_at;
    post().await;
    let first = changed_from(None, &noted).await;
    app.time.advance(Duration::from_secs(59));
    post().await;
    app.time.advance(Duration::from_secs(1));
    post().await;
    let second = changed_from(first, &noted).await;
    assert!(second >= first.map(|first| first + 60_000), "{first:?} {second:?}");
    app.finish().await;
}

/// Asks until it is something else.
async fn changed_from(before: Option<i64>, ask: &impl AsyncFn() -> Option<i64>) -> Option<i64> {
    loop {
        let now = ask().await;
        if now != before {
            return now;
        }
    }
}
