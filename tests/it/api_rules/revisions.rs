//! `If-Match`: rules are replaced only by somebody who has seen them.

use ringpost::domain::role::Role;
use serde_json::json;

use super::{RULES, get};
use crate::support::app::spawn_app;
use crate::support::http::Request;

#[tokio::test]
async fn a_put_of_a_revision_that_is_over_replaces_nothing() {
    let app = spawn_app().await;
    let token = app.token(Some(100), Role::Editor).await;
    let rules = |address: &str| json!({ "notifications": [{ "type": "email", "email": address, "events": ["run_failed"] }] });
    let put = async |tag: Option<&str>, address: &str| {
        let request =
            Request::new("PUT", RULES).bearer(&token).body("application/json", rules(address).to_string());
        app.send(match tag {
            Some(tag) => request.header("If-Match", tag),
            None => request,
        })
        .await
    };
    let first = app.send(Request::new("GET", RULES).bearer(&token)).await;
    let seen = first.header("etag").unwrap().to_owned();
    let saved = put(Some(&seen), "a@acme.example").await;
    let now = saved.has_status(200).header("etag").unwrap().to_owned();
    assert_ne!(now, seen);

    put(Some(&seen), "b@acme.example").await.error(412, "PRECONDITION_FAILED");
    put(Some("W/\"1\", \"0\""), "b@acme.example").await.error(412, "PRECONDITION_FAILED");
    put(Some("41"), "b@acme.example").await.error(400, "BAD_REQUEST");
    assert_eq!(get(&app).await, rules("a@acme.example"));
    put(Some(&format!("\"0\", {now}")), "b@acme.example").await.has_status(200);
    put(Some("*"), "c@acme.example").await.has_status(200);
    put(None, "d@acme.example").await.has_status(200);
    assert_eq!(get(&app).await, rules("d@acme.example"));
    app.finish().await;
}

#[tokio::test]
async fn a_put_that_changes_nothing_keeps_the_revision() {
    let app = spawn_app().await;
    app.notify(None, "run_failed", true, "a@acme.example").await;
    let token = app.token(Some(100), Role::Editor).await;
    let read = app.send(Request::new("GET", RULES).bearer(&token)).await;
    let request = Request::new("PUT", RULES).bearer(&token).body("application/json", read.body.clone());
    let answer = app.send(request).await;
    assert_eq!(answer.header("etag"), read.header("etag"));
    app.finish().await;
}
