//! `POST /api/v1/deliveries/{id}/resend`: what may be sent again, where it goes, and who is told.

use futures_util::future::join_all;
use ringpost::domain::delivery::{Delivery, Reason, State, Trigger};
use ringpost::domain::role::Role;
use serde_json::{Value, json};

use crate::support::app::{TestApp, spawn_app, start};
use crate::support::destinations::{Desk, request};
use crate::support::http;
use crate::support::receiver::{Answer, Door, Gate, Receiver};
use crate::support::samples::sample;

const REFUSED: &str = "NOT_RESENDABLE";

/// Posts a failed run and waits for what becomes of it.
pub async fn happen(app: &TestApp) -> Vec<Delivery> {
    let token = app.token(Some(100), Role::Ingest).await;
    app.post_event(&token, &sample("run_failed")).await.has_status(202);
    app.settled_log().await
}

/// A receiver with these answers that a failed run was posted to, and the log then.
async fn told(app: &TestApp, answers: Vec<Answer>) -> (Receiver, Vec<Delivery>) {
    let receiver = Receiver::start(Door::Plain, answers).await;
    app.notify(Some(&receiver.url("/hook")), "run_failed", true, "").await;
    let log = happen(app).await;
    (receiver, log)
}

pub async fn resend(app: &TestApp, delivery: &Delivery, body: Option<&Value>) -> http::Answer {
    let token = app.token(Some(100), Role::Admin).await;
    let path = format!("/api/v1/deliveries/{}/resend", delivery.id);
    app.send(request("POST", &path, body).bearer(&token)).await
}

/// The delivery that a resend was answered with, once it has ended.
async fn ended(app: &TestApp, answer: &http::Answer) -> Delivery {
    answer.has_status(202);
    let id = answer.json()["id"].as_str().unwrap().to_owned();
    app.dispatch.settled().await.unwrap();
    app.db.delivery(100, &id).await.unwrap().unwrap()
}

#[tokio::test]
async fn what_failed_is_sent_again_as_a_new_delivery_that_receivers_can_tell_is_a_repeat() {
    let app = spawn_app().await;
    let (receiver, log) = told(&app, vec![Answer::status(500, "no"), Answer::status(200, "ok")]).await;

    let answer = resend(&app, &log[0], None).await;
    let again = ended(&app, &answer).await;

    let body = answer.json();
    assert_eq!(body["resend_of"], log[0].id.to_string());
    assert_eq!(body["webhook_id"], log[0].id.to_string());
    assert_eq!((&body["trigger"], &body["resent_by"]), (&json!("resend"), &json!("platform")));
    assert_eq!((again.state, again.trigger, again.attempt), (State::Delivered, Trigger::Resend, 1));
    assert_eq!((again.event_id, again.first_id), (log[0].event_id, log[0].id));
    let [first, second] = &receiver.requests()[..] else { panic!("two requests") };
    assert_eq!(first.header("webhook-id"), second.header("webhook-id"));
    assert_eq!(first.body, second.body);
    assert_eq!(second.header("x-ringpost-delivery"), Some(&*again.id.to_string()));
    // The first one stays as it was.
    assert_eq!(app.db.delivery(100, &log[0].id.to_string()).await.unwrap().unwrap(), log[0]);
    app.finish().await;
}

#[tokio::test]
async fn only_the_last_failed_send_of_a_chain_is_sent_again() {
    let app = spawn_app().await;
    let answers = [500, 502, 200].map(|code| Answer::status(code, ""));
    let (receiver, log) = told(&app, answers.into()).await;
    let second = ended(&app, &resend(&app, &log[0], None).await).await;
    assert_eq!((second.state, second.status), (State::Failed, Some(502)));

    let said = resend(&app, &log[0], None).await.error(409, REFUSED);
    assert_eq!(said["message"], "This delivery was sent again already: look at its last send.");

    let third = ended(&app, &resend(&app, &second, None).await).await;
    assert_eq!(
        (third.state, third.resend_of, third.first_id),
        (State::Delivered, Some(second.id), log[0].id)
    );
    resend(&app, &third, None).await.error(409, REFUSED);
    resend(&app, &second, None).await.error(409, REFUSED);
    assert_eq!(receiver.requests().len(), 3);
    app.finish().await;
}

#[tokio::test]
async fn what_arrived_was_skipped_or_was_a_test_is_not_sent_again() {
    let app = spawn_app().await;
    let (receiver, _) = told(&app, vec![Answer::status(200, "ok"), Answer::status(500, "no")]).await;
    app.notify(Some(&receiver.url("/hook")), "sync_failed", false, "").await;
    let token = app.token(Some(100), Role::Ingest).await;
    app.post_event(&token, &sample("sync_failed")).await.has_status(202);
    let path = "/v1/organizations/org_100/knowledge/connectors/notifications/test";
    let token = app.token(Some(100), Role::Admin).await;
    let body = json!({ "notification_type": "webhook" });
    app.send(request("POST", path, Some(&body)).bearer(&token)).await.has_status(502);
    for row in app.settled_log().await {
        let said = resend(&app, &row, Some(&json!({ "checked": true }))).await.error(409, REFUSED);
        let why = said["message"].as_str().unwrap().to_owned();
        match (row.trigger, row.state) {
            (Trigger::Test, _) => assert!(why.starts_with("This was a test"), "{why}"),
            (_, State::Skipped) => assert!(why.starts_with("This delivery was skipped"), "{why}"),
            _ if row.reason == Some(Reason::WrittenToFile) => {
                assert!(why.contains("nobody received it"), "{why}");
            }
            _ => assert!(why.starts_with("This delivery has arrived"), "{why}"),
        }
    }
    assert_eq!(receiver.requests().len(), 2);
    app.finish().await;
}

#[tokio::test]
async fn what_nobody_knows_of_is_sent_again_once_somebody_has_looked() {
    let app = spawn_app().await;
    let (receiver, log) = told(&app, vec![Answer::close(), Answer::status(200, "ok")]).await;
    assert_eq!(log[0].state, State::Unknown);
    for body in [None, Some(&json!({})), Some(&json!({ "checked": false }))] {
        let said = resend(&app, &log[0], body).await.error(422, "VALIDATION_FAILED");
        assert_eq!(said["details"]["checked"], "Tick the box when you have looked.");
    }
    let wrong = resend(&app, &log[0], Some(&json!({ "checked": "yes", "sure": 1 }))).await;
    let said = wrong.error(422, "VALIDATION_FAILED");
    assert!(said["details"]["checked"].is_string() && said["details"]["sure"].is_string(), "{said}");
    assert_eq!(receiver.requests().len(), 1);

    let again = ended(&app, &resend(&app, &log[0], Some(&json!({ "checked": true }))).await).await;

    assert_eq!(again.state, State::Delivered);
    app.finish().await;
}

#[tokio::test]
async fn a_resend_goes_where_the_settings_lead_now() {
    let app = spawn_app().await;
    let (old, log) = told(&app, vec![Answer::status(500, "no")]).await;
    let new = Receiver::ok().await;
    app.notify(Some(&new.url("/other")), "run_failed", true, "").await;

    let again = ended(&app, &resend(&app, &log[0], None).await).await;

    assert_eq!((again.state, old.requests().len(), new.requests().len()), (State::Delivered, 1, 1));
    assert_eq!(again.target.addressee(), new.address.to_string());
    app.finish().await;
}

#[tokio::test]
async fn a_resend_that_toggle_or_removal_forbids_is_skipped_and_may_be_asked_for_again() {
    let app = spawn_app().await;
    let (receiver, log) = told(&app, vec![Answer::status(500, "no"), Answer::status(200, "ok")]).await;
    let url = receiver.url("/hook");
    for (webhook, toggle, reason) in [(Some(&url), false, "toggle_off"), (None, true, "deleted")] {
        app.notify(webhook, "run_failed", toggle, "").await;
        let answer = resend(&app, &log[0], None).await;
        let body = answer.has_status(202).json();
        assert_eq!((&body["state"], &body["reason"]), (&json!("skipped"), &json!(reason)));
    }
    assert_eq!(receiver.requests().len(), 1);

    app.notify(Some(&url), "run_failed", true, "").await;
    assert_eq!(ended(&app, &resend(&app, &log[0], None).await).await.state, State::Delivered);
    app.finish().await;
}

#[tokio::test]
async fn a_resend_to_a_paused_destination_is_skipped() {
    let desk = Desk::of_admin().await;
    let (receiver, url) = desk.receiver(vec![Answer::status(500, "no"), Answer::status(200, "ok")]).await;
    let attributes = json!({ "name": "hook", "url": url, "events": ["run_failed"] });
    desk.webhook(&attributes).await;
    let log = happen(&desk.app).await;
    let failed = log.iter().find(|row| row.state == State::Failed).unwrap();
    let providers = desk.get("/api/v1/notifications/providers").await.json();
    let path = format!("/api/v1/notifications/providers/{}", providers["data"][0]["id"].as_str().unwrap());
    desk.call("PATCH", &path, Some(&json!({ "enabled": false }))).await.has_status(200);
    let body = resend(&desk.app, failed, None).await.has_status(202).json();
    assert_eq!((&body["state"], &body["reason"]), (&json!("skipped"), &json!("paused")));

    desk.call("PATCH", &path, Some(&json!({ "enabled": true }))).await.has_status(200);
    let again = ended(&desk.app, &resend(&desk.app, failed, None).await).await;

    assert_eq!(again.state, State::Delivered);
    let [first, second] = &receiver.requests()[..] else { panic!("two requests") };
    assert_eq!(first.header("webhook-id"), second.header("webhook-id"));
    desk.app.finish().await;
}

#[tokio::test]
async fn of_many_who_ask_at_once_one_is_heard() {
    let app = spawn_app().await;
    let (receiver, log) = told(&app, vec![Answer::status(500, "no"), Answer::status(200, "ok")]).await;
    let token = app.token(Some(100), Role::Admin).await;
    let path = format!("/api/v1/deliveries/{}/resend", log[0].id);
    let ask = || app.send(request("POST", &path, None).bearer(&token));

    let answers = join_all((0..8).map(|_| ask())).await;

    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [202, 409, 409, 409, 409, 409, 409, 409]);
    app.dispatch.settled().await.unwrap();
    assert_eq!(receiver.requests().len(), 2);
    app.finish().await;
}

#[tokio::test]
async fn a_resend_waits_for_a_place_of_its_lane_like_everything_else() {
    let gate = Gate::shut();
    let app = start().with("--max-per-lane", "1").spawn().await;
    let answers = vec![Answer::status(500, "no"), Answer::status(200, "ok").behind(&gate)];
    let (receiver, log) = told(&app, answers).await;
    let token = app.token(Some(100), Role::Ingest).await;
    app.post_event(&token, &sample("run_failed")).await.has_status(202);
    receiver.wait_for(2).await;

    let answer = resend(&app, &log[0], None).await;

    assert_eq!(answer.has_status(202).json()["state"], "pending");
    resend(&app, &log[0], None).await.error(409, REFUSED);
    assert_eq!(receiver.requests().len(), 2);
    gate.let_through();
    assert_eq!(ended(&app, &answer).await.state, State::Delivered);
    app.finish().await;
}

#[tokio::test]
async fn the_detail_tells_every_send_and_how_far_each_came() {
    let app = spawn_app().await;
    let (_receiver, log) = told(&app, vec![Answer::status(500, "no"), Answer::status(200, "ok")]).await;
    let again = ended(&app, &resend(&app, &log[0], None).await).await;
    let token = app.token(Some(100), Role::Viewer).await;
    let path = format!("/api/v1/deliveries/{}", log[0].id);

    let detail = app.send(request("GET", &path, None).bearer(&token)).await;

    let detail = detail.has_status(200).json();
    assert_eq!((&detail["state"], &detail["status"]), (&json!("failed"), &json!(500)));
    let sends: Vec<&Value> = detail["sends"].as_array().unwrap().iter().map(|send| &send["id"]).collect();
    assert_eq!(sends, [&json!(log[0].id.to_string()), &json!(again.id.to_string())]);
    assert!(detail["response"]["body"] == "no" && detail["stages"]["sent"].is_number(), "{detail}");
    assert_eq!(detail["request"]["body"], sample("run_failed").to_string());
    app.finish().await;
}
