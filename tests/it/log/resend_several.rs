//! Several at once: by a list of ids for programs, by ticks on the page for people.

use ringpost::domain::delivery::{State, Trigger};
use ringpost::domain::role::Role;
use serde_json::{Value, json};

use crate::support::app::{TestApp, spawn_app};
use crate::support::destinations::request;
use crate::support::http;
use crate::support::receiver::{Answer, Door, Receiver};
use crate::support::samples::sample;

const PATH: &str = "/api/v1/deliveries/resend";

/// A receiver that refuses so many failed runs, one after the other, and takes the next; the ids of the failed ones.
async fn told(app: &TestApp, events: usize) -> (Receiver, Vec<String>) {
    let answers = [vec![Answer::status(500, "no"); events], vec![Answer::status(200, "ok")]].concat();
    let receiver = Receiver::start(Door::Plain, answers).await;
    app.notify(Some(&receiver.url("/hook")), "run_failed", true, "").await;
    let token = app.token(Some(100), Role::Ingest).await;
    for _ in 0..events {
        app.post_event(&token, &sample("run_failed")).await.has_status(202);
    }
    let failed = app.settled_log().await.into_iter().filter(|row| row.state == State::Failed);
    (receiver, failed.map(|row| row.id.to_string()).collect())
}

async fn resend(app: &TestApp, body: &Value) -> http::Answer {
    let token = app.token(Some(100), Role::Admin).await;
    app.send(request("POST", PATH, Some(body)).bearer(&token)).await
}

#[tokio::test]
async fn a_hundred_are_sent_again_once_and_each_is_told() {
    let app = spawn_app().await;
    let (receiver, mut ids) = told(&app, 100).await;
    assert_eq!(ids.len(), 100);
    let delivered = app.log().await.into_iter().find(|row| row.state == State::Delivered).unwrap();
    ids.extend([ids[0].clone(), delivered.id.to_string(), "none".to_owned()]);

    let answer = resend(&app, &json!({ "ids": ids })).await;

    answer.has_status(202);
    let results = answer.json()["results"].as_array().unwrap().clone();
    assert_eq!(results.len(), 102, "what is named twice counts once");
    for (result, id) in results.iter().take(100).zip(&ids) {
        assert_eq!((&result["id"], &result["delivery"]["resend_of"]), (&json!(id), &json!(id)));
        assert!(result["error"].is_null());
    }
    assert_eq!(results[100]["error"]["code"], "NOT_RESENDABLE");
    assert_eq!(results[101]["error"]["code"], "NOT_FOUND");
    app.dispatch.settled().await.unwrap();
    assert_eq!(receiver.requests().len(), 200);

    let again = resend(&app, &json!({ "ids": ids })).await.json();
    assert!(
        again["results"].as_array().unwrap().iter().all(|result| result["delivery"].is_null()),
        "{again}"
    );
    let sent = app.settled_log().await.into_iter().filter(|row| row.trigger == Trigger::Resend).count();
    assert_eq!((sent, receiver.requests().len()), (100, 200));
    app.finish().await;
}

#[tokio::test]
async fn what_is_no_list_of_ids_is_refused_by_name() {
    let app = spawn_app().await;
    let many: Vec<String> = (0..501).map(|number| number.to_string()).collect();
    for body in [
        json!({}),
        json!({ "ids": [] }),
        json!({ "ids": [1] }),
        json!({ "ids": many }),
        json!({ "ids": "x" }),
    ] {
        let said = resend(&app, &body).await.error(422, "VALIDATION_FAILED");
        assert!(said["details"]["ids"].is_string(), "{said}");
    }
    app.finish().await;
}

#[tokio::test]
async fn what_is_ticked_on_the_log_is_asked_about_and_sent_again() {
    let app = spawn_app().await;
    let (receiver, ids) = told(&app, 3).await;
    let log = "/accounts/100/deliveries";
    let mut viewer = app.visitor(Role::Viewer).await;
    assert!(!viewer.get(log).await.body.contains("resend."), "a viewer has no boxes");
    let mut admin = app.visitor(Role::Admin).await;
    let page = admin.get(&format!("{log}?status=failed")).await;
    page.says("Select all 3 failed").says("Resend selected");
    assert_eq!((page.body.matches("name=\"resend.").count(), page.body.matches(" checked>").count()), (3, 0));
    let all = admin.get(&format!("{log}?status=failed&select=failed")).await;
    assert_eq!(all.body.matches(" checked>").count(), 3, "the link comes back with all ticked");

    let names: Vec<String> = ids.iter().take(2).map(|id| format!("resend.{id}")).collect();
    let mut fields: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "on")).collect();
    fields.push(("query", "status=failed"));
    let resend = format!("{log}/resend");
    let asked = admin.post(&resend, &fields).await;
    asked.has_status(200).says("Resend 2 deliveries").says("2 deliveries").says("Resend 2");
    assert_eq!(receiver.requests().len(), 3, "asking sends nothing");

    fields.push(("confirm", "on"));
    assert_eq!(admin.post(&resend, &fields).await.leads_to(), format!("{log}?status=failed"));
    app.dispatch.settled().await.unwrap();
    admin.get(log).await.says("2 deliveries sent again.");
    assert_eq!(receiver.requests().len(), 5);
    let resends = app.log().await.into_iter().filter(|row| row.trigger == Trigger::Resend);
    assert!(resends.into_iter().all(|row| row.resent_by.as_deref() == Some("admin@acme.example")));

    // The same page once more, as a second tab sends it.
    admin.post(&resend, &fields).await.leads_to();
    admin.get(log).await.says("2 deliveries not sent again.").says("was sent again already");
    admin.post(&resend, &fields[..2]).await.has_status(200).says("2 deliveries cannot be sent again");
    assert_eq!(receiver.requests().len(), 5);
    app.finish().await;
}

#[tokio::test]
async fn nothing_ticked_means_everything_that_has_failed_of_the_filters() {
    let app = spawn_app().await;
    let mut admin = app.visitor(Role::Admin).await;
    let fields = [("query", "status=failed"), ("recover", "event=run_failed&since=2026-05-04")];
    let page = admin.post("/accounts/100/deliveries/resend", &fields).await;
    assert_eq!(page.leads_to(), "/accounts/100/deliveries/recover?event=run_failed&since=2026-05-04");
    // Wherever a form says that it came from, it leads to a page of this account.
    let forged = [("recover", "//elsewhere.example/?x")];
    let page = admin.post("/accounts/100/deliveries/resend", &forged).await;
    assert!(page.leads_to().starts_with("/accounts/100/deliveries/recover?"), "{}", page.leads_to());
    app.finish().await;
}

#[tokio::test]
async fn more_than_can_be_ticked_leads_to_the_recovery_which_has_no_limit() {
    let app = spawn_app().await;
    let mut admin = app.visitor(Role::Admin).await;
    let names: Vec<String> = (0..501).map(|_| format!("resend.{}", app.clock.new_id())).collect();
    let fields: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "on")).collect();
    let leads_to = admin.post("/accounts/100/deliveries/resend", &fields).await.leads_to().to_owned();
    admin.get(&leads_to).await.says("At most 500 are sent again at once.").says("Recover failed deliveries");
    app.finish().await;
}
