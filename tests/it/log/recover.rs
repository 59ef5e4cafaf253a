//! Recover failed since…: what is counted is what is sent, never more at once than it may be, once, and it stops.

use ringpost::domain::clock::Clock;
use ringpost::domain::delivery::{Delivery, Reason, State, Trigger};
use ringpost::domain::role::Role;
use serde_json::{Value, json};

use crate::support::app::{TestApp, spawn_app, start};
use crate::support::destinations::request;
use crate::support::http;
use crate::support::receiver::{Answer, Door, Receiver};
use crate::support::samples::sample;

const RECOVER: &str = "/api/v1/deliveries/recover";

pub(super) async fn recover(app: &TestApp, body: &Value) -> http::Answer {
    let token = app.token(Some(100), Role::Admin).await;
    app.send(request("POST", RECOVER, Some(body)).bearer(&token)).await
}

pub(super) async fn recovery(app: &TestApp, id: &str) -> Value {
    let token = app.token(Some(100), Role::Viewer).await;
    let answer = app.send(request("GET", &format!("/api/v1/recoveries/{id}"), None).bearer(&token)).await;
    answer.has_status(200);
    answer.json()
}

/// A receiver with these answers that so many failed runs were posted to, one after the other.
pub(super) async fn told(app: &TestApp, answers: Vec<Answer>, events: usize) -> (Receiver, Vec<Delivery>) {
    let receiver = Receiver::start(Door::Plain, answers).await;
    app.notify(Some(&receiver.url("/hook")), "run_failed", true, "").await;
    let token = app.token(Some(100), Role::Ingest).await;
    for _ in 0..events {
        app.post_event(&token, &sample("run_failed")).await.has_status(202);
        app.dispatch.settled().await.unwrap();
    }
    (receiver, app.log().await)
}

pub(super) fn broken(times: usize) -> Vec<Answer> {
    (0..times).map(|_| Answer::status(500, "no")).collect()
}

/// The sends that repeat others.
pub(super) async fn resends(app: &TestApp) -> Vec<Delivery> {
    app.settled_log().await.into_iter().filter(|row| row.trigger == Trigger::Resend).collect()
}

#[tokio::test]
async fn what_failed_is_counted_then_sent_again_once_oldest_first() {
    let app = spawn_app().await;
    let answers = [broken(7), vec![Answer::status(200, "ok")]].concat();
    let (receiver, log) = told(&app, answers, 7).await;
    let failed: Vec<_> = log.iter().filter(|row| row.state == State::Failed).collect();

    let count = recover(&app, &json!({ "dry_run": true })).await;
    count.has_status(200);
    assert_eq!(count.json(), json!({ "total": 7, "to_send": 7, "skipped": 0, "unknown": 0, "expired": 0 }));
    assert_eq!(receiver.requests().len(), 7, "counting sends nothing");

    let begun = recover(&app, &json!({})).await;
    begun.has_status(202);
    let again = resends(&app).await;
    assert_eq!(again.len(), 7);
    assert!(
        again.iter().all(|row| row.state == State::Delivered && row.resent_by.as_deref() == Some("platform"))
    );
    let mut repeated: Vec<_> = again.iter().map(|row| row.resend_of.unwrap()).collect();
    repeated.sort();
    assert_eq!(repeated, failed.iter().map(|row| row.id).collect::<Vec<_>>());
    let end = recovery(&app, begun.json()["id"].as_str().unwrap()).await;
    assert_eq!((&end["state"], &end["message"]), (&json!("done"), &json!("Recovered 7 of 7.")));

    recover(&app, &json!({})).await.error(409, "NOTHING_TO_RECOVER");
    assert_eq!(receiver.requests().len(), 14);
    app.finish().await;
}

#[tokio::test]
async fn what_nobody_knows_of_is_never_part_of_it() {
    let app = spawn_app().await;
    let (receiver, log) = told(&app, vec![Answer::close(), Answer::status(500, "no")], 2).await;
    assert_eq!(log.iter().filter(|row| row.state == State::Unknown).count(), 1);

    let count = recover(&app, &json!({ "dry_run": true })).await.json();
    assert_eq!((&count["to_send"], &count["unknown"]), (&json!(1), &json!(1)));
    recover(&app, &json!({})).await.has_status(202);

    assert_eq!(resends(&app).await.len(), 1);
    assert_eq!(receiver.requests().len(), 3);
    app.finish().await;
}

#[tokio::test]
async fn a_receiver_that_is_still_broken_gets_five_and_no_more() {
    let app = spawn_app().await;
    let (receiver, _) = told(&app, broken(1), 12).await;

    let begun = recover(&app, &json!({})).await;
    begun.has_status(202);

    assert_eq!(resends(&app).await.len(), 5);
    assert_eq!(receiver.requests().len(), 17);
    let end = recovery(&app, begun.json()["id"].as_str().unwrap()).await;
    assert_eq!(end["state"], "failing");
    assert_eq!(
        end["message"],
        format!(
            "Stopped after 5 failures in a row at {}: 5 of 12 were sent. 5 failed again. 7 were not sent.",
            receiver.address
        )
    );
    app.finish().await;
}

#[tokio::test]
async fn what_is_switched_off_or_filtered_out_is_not_sent() {
    let app = spawn_app().await;
    let (receiver, _) = told(&app, broken(1), 2).await;
    app.notify(Some(&receiver.url("/hook")), "run_failed", false, "").await;
    let count = recover(&app, &json!({ "dry_run": true })).await.json();
    assert_eq!((&count["to_send"], &count["skipped"]), (&json!(0), &json!(2)));
    recover(&app, &json!({})).await.error(409, "NOTHING_TO_RECOVER");

    app.notify(Some(&receiver.url("/hook")), "run_failed", true, "").await;
    for other in [
        json!({ "event": "sync_failed" }),
        json!({ "channel": "email" }),
        json!({ "status": "expired" }),
        json!({ "since": "2126-01-01" }),
        json!({ "until": "2026-01-01T00:00:00Z" }),
    ] {
        recover(&app, &other).await.error(409, "NOTHING_TO_RECOVER");
    }
    for (wrong, field) in [
        (json!({ "event": "bogus" }), "event"),
        (json!({ "status": "unknown" }), "status"),
        (json!({ "since": "yesterday" }), "since"),
        (json!({ "destination": "7" }), "destination"),
        (json!({ "evnt": "run_failed" }), "evnt"),
    ] {
        let said = recover(&app, &wrong).await.error(422, "VALIDATION_FAILED");
        assert!(said["details"][field].is_string(), "{said}");
    }
    assert_eq!(receiver.requests().len(), 2);
    app.finish().await;
}

#[tokio::test]
async fn it_goes_on_after_a_restart_and_sends_nothing_twice() {
    let app = spawn_app().await;
    let (receiver, log) = told(&app, [broken(3), vec![Answer::status(200, "ok")]].concat(), 3).await;
    // As a process leaves it that dies between a send and its note: the first was sent again, the row knows of none.
    let id = Clock::system().new_id().to_string();
    app.place.change(&format!(
        "insert into recoveries (id, account_id, status, above, below, total, started_by, last_event, last_delivery,
           instance, created_at) values ('{id}', 100, 'failed', '', 'g', 3, 'dana@acme.example', '', '', 'gone', 0)"
    ))
    .await;
    app.dispatch.settled().await.unwrap();
    let again = resends(&app).await;
    assert_eq!(again.len(), 3);
    assert_eq!(receiver.requests().len(), 6);
    app.place
        .change(&format!(
            "update recoveries set finished_at = null, last_event = '', last_delivery = '' where id = '{id}'"
        ))
        .await;
    let place = app.stop().await;
    let app = start().at(&place).spawn().await;
    app.dispatch.settled().await.unwrap();
    assert_eq!((receiver.requests().len(), resends(&app).await.len()), (6, 3), "{log:?}");
    assert_eq!(recovery(&app, &id).await["message"], "Recovered 3 of 3.");
    app.finish().await;
}

#[tokio::test]
async fn one_goes_on_at_a_time_and_stopped_it_sends_nothing_that_had_not_begun() {
    let app = spawn_app().await;
    let (held, gate) = Answer::status(200, "ok").held();
    let (receiver, _) = told(&app, [broken(8), vec![held]].concat(), 8).await;
    let begun = recover(&app, &json!({})).await;
    begun.has_status(202);
    // Five are queued for a receiver of which nothing is known yet, and its lane begins with four at a time.
    receiver.wait_for(12).await;
    recover(&app, &json!({})).await.error(409, "RECOVERY_RUNNING");

    let mut admin = app.visitor(Role::Admin).await;
    let page = format!("/accounts/100/deliveries/recoveries/{}", begun.json()["id"].as_str().unwrap());
    admin.get(&page).await.says("Recovering").says("0 of 8 sent, 5 under way").says("After Stop");
    assert_eq!(admin.get("/accounts/100/deliveries/recover").await.leads_to(), page);
    let mut viewer = app.visitor(Role::Viewer).await;
    assert!(!viewer.get(&page).await.body.contains("/stop"));
    admin.post(&format!("{page}/stop"), &[]).await.leads_to();
    let stopped = "Stopped by admin@acme.example after";
    let moving = admin.get(&page).await;
    moving.says(&format!("{stopped} 0 of 8. 4 under way. 4 were not sent."));
    assert!(moving.body.contains("data-refresh"), "what is under way is still watched");
    gate.let_through();

    let again = resends(&app).await;
    let withdrawn: Vec<_> = again.iter().filter(|row| row.state != State::Delivered).collect();
    assert_eq!((again.len(), withdrawn.len(), receiver.requests().len()), (5, 1, 12));
    assert_eq!((withdrawn[0].state, withdrawn[0].reason), (State::Skipped, Some(Reason::RecoveryStopped)));
    let over = admin.get(&page).await;
    over.says(&format!("{stopped} 4 of 8. 4 were not sent."));
    assert!(!over.body.contains("data-refresh"));
    let delivery = format!("/accounts/100/deliveries/{}", withdrawn[0].id);
    admin.get(&delivery).await.says("the recovery that it was part of was stopped before its turn came");

    let rest = recover(&app, &json!({})).await;
    assert_eq!(resends(&app).await.len(), 9);
    assert_eq!(recovery(&app, rest.json()["id"].as_str().unwrap()).await["message"], "Recovered 4 of 4.");
    app.finish().await;
}

#[tokio::test]
async fn what_is_queued_while_somebody_stops_it_is_withdrawn_too() {
    let app = spawn_app().await;
    let (receiver, log) = told(&app, broken(1), 2).await;
    let failed = log.iter().find(|row| row.state == State::Failed).unwrap();
    // As an instance leaves it that queues a delivery just after the stop: waiting under its name.
    let (id, again) = (Clock::system().new_id().to_string(), Clock::system().new_id());
    app.place.change(&format!(
        "insert into recoveries (id, account_id, status, above, below, total, started_by, last_event, last_delivery,
           created_at, stopped_by, finished_at)
         values ('{id}', 100, 'failed', '', 'g', 2, 'dana@acme.example', '', '', 0, 'dana@acme.example', 1)"
    ))
    .await;
    app.place
        .change(&format!("insert into instances (id, seen_at) values ('other', {})", i64::MAX / 2))
        .await;
    app.place.change(&format!(
        "insert into deliveries (id, account_id, event_id, event_key, channel, triggered_by, target, recipient, lane,
           state, detail, attempt, instance, resend_of, resent_by, recovery, first_id, due_at, created_at)
         select '{again}', account_id, event_id, event_key, channel, 'resend', target, recipient, lane, 'pending', '',
           0, 'other', id, 'dana@acme.example', '{id}', first_id, due_at, created_at
         from deliveries where id = '{}'", failed.id
    ))
    .await;
    app.db.withdraw_from_stopped(id.clone(), app.clock.now_ms()).await.unwrap();
    assert_eq!(resends(&app).await[0].reason, Some(Reason::RecoveryStopped));
    assert_eq!(
        recovery(&app, &id).await["message"],
        "Stopped by dana@acme.example after 0 of 2. 2 were not sent."
    );
    assert_eq!(receiver.requests().len(), 2);
    app.finish().await;
}

#[tokio::test]
async fn the_page_counts_asks_and_starts() {
    let app = spawn_app().await;
    let (receiver, _) = told(&app, [broken(2), vec![Answer::status(200, "ok")]].concat(), 2).await;
    let mut admin = app.visitor(Role::Admin).await;
    let page = "/accounts/100/deliveries/recover";
    admin.get("/accounts/100/deliveries?status=failed").await.says("Recover");
    admin.get(page).await.says("Resend 2 failed?").says("2 deliveries").says("2 Run Failed");
    admin.get(&format!("{page}?since=tomorrow")).await.has_status(422).says("Failed since must be a moment");
    admin.post(page, &[("since", "tomorrow")]).await.has_status(422).says("must be a moment");
    admin.post(page, &[("event", "sync_failed")]).await.has_status(409).says("Nothing has failed");
    assert_eq!(receiver.requests().len(), 2);

    let leads_to = admin.post(page, &[("event", "run_failed"), ("since", "")]).await.leads_to().to_owned();
    app.dispatch.settled().await.unwrap();
    admin.get(&leads_to).await.says("Recovered 2 of 2.").says("Started by admin@acme.example");
    assert_eq!(receiver.requests().len(), 4);
    app.finish().await;
}
