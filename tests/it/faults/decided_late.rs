//! What is decided when a delivery leaves, and not when its event is accepted: where to, with which secret, and
//! whether at all. And what the log says of it.

use ringpost::domain::delivery::{Channel, Delivery, Reason};
use ringpost::domain::role::Role;
use serde_json::json;

use crate::support::app::{TestApp, spawn_app, start};
use crate::support::authority::self_signed;
use crate::support::clock::minutes;
use crate::support::destinations::{Desk, PROVIDERS, request};
use crate::support::place::Place;
use crate::support::receiver::{Answer, Gate, Receiver, url};
use crate::support::samples::sample;
use crate::support::smtp::{Fault, Script, SmtpServer, Step};

use super::table::Visitor;

/// What one lane has on its way at first.
const FIRST: usize = 4;

fn ended(row: &Delivery) -> (&str, &str) {
    (row.state.as_str(), row.reason.map(Reason::as_str).unwrap_or_default())
}

fn webhooks(log: Vec<Delivery>) -> Vec<Delivery> {
    log.into_iter().filter(|row| row.target.channel() == Channel::Webhook).collect()
}

/// Posts until one delivery waits behind those that the receiver keeps.
async fn one_waits(app: &TestApp, receiver: &Receiver) {
    let token = app.token(Some(100), Role::Ingest).await;
    for _ in 0..=FIRST {
        app.post_event(&token, &sample("run_failed")).await.has_status(202);
    }
    receiver.wait_for(FIRST).await;
}

#[tokio::test]
async fn the_log_names_the_receiver_that_answered_after_the_url_was_changed() {
    let gate = Gate::shut();
    let old = Receiver::answering(Answer::status(200, "ok").behind(&gate)).await;
    let (app, new) = (spawn_app().await, Receiver::ok().await);
    app.notify(Some(&old.url("/hook")), "run_failed", true, "").await;
    one_waits(&app, &old).await;

    app.notify(Some(&new.url("/hook")), "run_failed", true, "").await;
    gate.let_through();

    let rows = webhooks(app.settled_log().await);
    assert_eq!((old.requests().len(), new.requests().len()), (FIRST, 1));
    for (number, row) in rows.iter().enumerate() {
        let receiver = if number < FIRST { &old } else { &new };
        assert_eq!(
            (ended(row), row.target.recipient()),
            (("delivered", ""), &*receiver.url("/hook").label())
        );
    }
    let sent_to_new = new.requests()[0].header("x-ringpost-delivery").unwrap().to_owned();
    assert_eq!(sent_to_new, rows[FIRST].id.to_string());
    app.finish().await;
}

#[tokio::test]
async fn a_url_that_is_taken_away_meanwhile_is_not_called() {
    let gate = Gate::shut();
    let receiver = Receiver::answering(Answer::status(200, "ok").behind(&gate)).await;
    let app = spawn_app().await;
    app.notify(Some(&receiver.url("/hook")), "run_failed", true, "").await;
    one_waits(&app, &receiver).await;

    app.notify(None, "run_failed", true, "").await;
    gate.let_through();

    let rows = webhooks(app.settled_log().await);
    assert_eq!((ended(&rows[FIRST]), receiver.requests().len()), (("skipped", "deleted"), FIRST));
    app.finish().await;
}

#[tokio::test]
async fn a_destination_that_is_paused_or_deleted_meanwhile_is_not_called() {
    for (method, body, reason) in
        [("PATCH", Some(json!({ "enabled": false })), "paused"), ("DELETE", None, "deleted")]
    {
        let (desk, gate) = (Desk::of_admin().await, Gate::shut());
        let (receiver, url) = desk.receiver(vec![Answer::status(200, "ok").behind(&gate)]).await;
        desk.webhook(&json!({ "name": "a", "url": url, "events": ["run_failed"] })).await;
        one_waits(&desk.app, &receiver).await;

        let id = desk.get(PROVIDERS).await.json()["data"][0]["id"].as_str().unwrap().to_owned();
        let path = format!("{PROVIDERS}/{id}");
        let changed = desk.app.send(request(method, &path, body.as_ref()).bearer(&desk.token)).await;
        assert!(changed.status.is_success(), "{}", changed.body);
        gate.let_through();

        let rows = webhooks(desk.app.settled_log().await);
        assert_eq!((ended(&rows[FIRST]), receiver.requests().len()), (("skipped", reason), FIRST));
        assert!(rows[..FIRST].iter().all(|row| ended(row) == ("delivered", "")), "{rows:#?}");
        desk.app.finish().await;
    }
}

#[tokio::test]
async fn a_mail_that_waits_for_its_retry_does_not_leave_once_its_reader_has_unsubscribed() {
    let script = Script::default().always(Step::Rcpt, Fault::Say("451 4.3.0 try again later"));
    let server = SmtpServer::start(script).await;
    let app = start().with("--smtp-url", &server.url("smtp", "", "")).spawn().await;
    app.notify(None, "run_failed", false, "lee@acme.example").await;
    let token = app.token(Some(100), Role::Ingest).await;
    app.post_event(&token, &sample("run_failed")).await.has_status(202);
    let asked = |address: &str| {
        let commands = server.log().commands;
        commands.iter().filter(|(_, _, line)| line.starts_with("RCPT") && line.contains(address)).count()
    };
    let log = app.settled_log().await;
    assert!(log.iter().all(|row| ended(row) == ("pending", "smtp_deferred")), "{log:#?}");
    assert_eq!((asked("dana@"), asked("lee@")), (1, 1));

    app.db
        .unsubscribe(100, &"lee@acme.example".parse().unwrap(), Vec::new(), app.clock.now_ms())
        .await
        .unwrap();
    app.time.advance(minutes(1));

    let log = app.settled_log().await;
    let of = |address| log.iter().find(|row| row.target.recipient() == address).unwrap();
    assert_eq!(ended(of("lee@acme.example")), ("skipped", "unsubscribed"));
    assert_eq!(ended(of("dana@acme.example")), ("pending", "smtp_deferred"));
    assert_eq!((asked("dana@"), asked("lee@")), (2, 1), "who has unsubscribed is not even asked for");
    app.finish_with_pending().await;
}

/// Bytes of a sealed value are turned over where it lies.
async fn damage(place: &Place, table: &str, column: &str) {
    let text = format!("{column} = substr({column}, 1, length({column}) - 12) || 'AAAABBBBCCCC'");
    assert_eq!(Visitor::to(place).await.run(&format!("update {table} set {text}")).await, 1);
}

#[tokio::test]
async fn a_shared_url_that_cannot_be_decrypted_is_failed_secret_unreadable_and_mails_leave() {
    let (app, receiver) = (spawn_app().await, Receiver::ok().await);
    app.notify(Some(&receiver.url("/hook")), "run_failed", true, "").await;
    let token = app.token(Some(100), Role::Ingest).await;
    let place = app.stop().await;
    damage(&place, "notification_settings", "webhook_url").await;
    let app = start().at(&place).spawn().await;

    app.post_event(&token, &sample("run_failed")).await.has_status(202);

    let log = app.settled_log().await;
    let (webhook, mail) =
        (&webhooks(log.clone())[0], log.iter().find(|row| row.target.channel() == Channel::Email));
    assert_eq!(ended(webhook), ("failed", "secret_unreadable"));
    assert_eq!(mail.unwrap().state.as_str(), "delivered");
    assert_eq!(receiver.connections(), 0);
    app.finish().await;
}

#[tokio::test]
async fn a_destination_that_cannot_be_decrypted_is_failed_secret_unreadable_and_never_sent_unsigned() {
    let desk = Desk::of_admin().await;
    let (receiver, url) = desk.ok().await;
    desk.webhook(&json!({ "name": "a", "url": url, "events": ["run_failed"], "secret": "s3cr3t" })).await;
    let place = desk.app.stop().await;
    damage(&place, "destinations", "config").await;
    let app = start().at(&place).spawn().await;
    let token = app.token(Some(100), Role::Ingest).await;

    app.post_event(&token, &sample("run_failed")).await.has_status(202);

    let rows = webhooks(app.settled_log().await);
    assert_eq!((ended(&rows[0]), receiver.connections()), (("failed", "secret_unreadable"), 0));
    app.finish().await;
}

#[tokio::test]
async fn a_name_without_an_address_and_a_certificate_of_nobody_are_dns_and_tls_in_the_log() {
    let stranger = Receiver::tls(self_signed(&["localhost"])).await;
    for (to, reason) in [(url("https://nowhere.invalid/hook"), "dns"), (stranger.https("localhost"), "tls")] {
        let app = spawn_app().await;
        app.notify(Some(&to), "run_failed", true, "").await;
        let token = app.token(Some(100), Role::Ingest).await;
        app.post_event(&token, &sample("run_failed")).await.has_status(202);
        let rows = webhooks(app.settled_log().await);
        assert_eq!((ended(&rows[0]), rows[0].status), (("failed", reason), None));
        assert!(!rows[0].detail.is_empty(), "the log says why");
        app.finish().await;
    }
    assert!(stranger.requests().is_empty());
}
