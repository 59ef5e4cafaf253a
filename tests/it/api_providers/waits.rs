//! Sends that nobody answers in time: the documented failure, and nothing that leaves behind it.

use std::time::Duration;

use ringpost::domain::delivery::{Delivery, Reason, State};
use ringpost::domain::role::Role;
use serde_json::json;

use super::idempotency::{SEND, to};
use crate::support::app::start;
use crate::support::destinations::{Desk, PROVIDERS, WEBHOOKS};
use crate::support::http::Request;
use crate::support::receiver::{Answer, Gate, Receiver};
use crate::support::smtp::{Fault, Script, SmtpServer, Step};

const RULES_TEST: &str = "/v1/organizations/org_100/knowledge/connectors/notifications/test";
const LONG: &str = "60s";

/// A desk at which endpoints wait for so long, and each receiver is asked for one thing at a time.
async fn desk(endpoint: Duration) -> Desk {
    let start = start().patience(Duration::ZERO, endpoint);
    Desk::of(start.with("--webhook-timeout", LONG).with("--max-per-lane", "1")).await
}

async fn held(desk: &Desk) -> (Receiver, String, Gate) {
    let (answer, gate) = Answer::status(200, "ok").held();
    let (receiver, url) = desk.receiver(vec![answer]).await;
    (receiver, url, gate)
}

/// Takes both places that a receiver has for tests, by the page's button.
async fn occupy(desk: &Desk, receiver: &Receiver) {
    let mut admin = desk.app.visitor(Role::Admin).await;
    let page = admin.get("/accounts/100/destinations").await;
    let is_test = |path: &&str| path.starts_with("/accounts/100/destinations/") && path.ends_with("/test");
    let button = page.body.split('"').find(is_test).unwrap();
    for nonce in ["one", "two"] {
        admin.post(button, &[("nonce", nonce)]).await.has_status(202);
    }
    receiver.wait_for(2).await;
}

fn end(row: &Delivery) -> (State, Option<Reason>) {
    (row.state, row.reason)
}

const CANCELLED: (State, Option<Reason>) = (State::Skipped, Some(Reason::Cancelled));

#[tokio::test]
async fn what_has_not_started_when_its_failure_is_told_is_cancelled_and_never_sent() {
    let desk = desk(Duration::ZERO).await;
    let (receiver, url, gate) = held(&desk).await;
    let slack = desk.provider("slack", &json!({ "webhookUrl": url })).await;
    occupy(&desk, &receiver).await;

    let test = desk.call("POST", &format!("{PROVIDERS}/{slack}/test"), None).await;
    let send = desk.call("POST", SEND, Some(&to(&[&slack]))).await;

    let error = "Slack was not asked in time: nothing was sent";
    test.has_status(502);
    assert_eq!(test.json(), json!({ "success": false, "error": error }));
    send.has_status(502);
    let result = json!({ "providerId": slack, "kind": "slack", "success": false, "error": error });
    assert_eq!(send.json(), json!({ "results": [result] }));
    let log = desk.app.log().await;
    let ends: Vec<_> = log.iter().map(end).collect();
    assert_eq!(ends, [(State::Sending, None), (State::Sending, None), CANCELLED, CANCELLED]);
    assert!(log[2].finished_at.is_some() && log[2].sent_at.is_none());

    gate.let_through();
    desk.app.dispatch.settled().await.unwrap();
    // Whatever waited in memory has had its turn by now.
    desk.call("POST", &format!("{PROVIDERS}/{slack}/test"), None).await;
    let ends: Vec<_> = desk.app.settled_log().await.iter().take(4).map(end).collect();
    assert_eq!(ends, [(State::Delivered, None), (State::Delivered, None), CANCELLED, CANCELLED]);
    let bodies: Vec<String> = receiver.requests().into_iter().map(|request| request.body).collect();
    assert!(!bodies.iter().any(|body| body.contains("acceptance rate drop")), "{bodies:?}");
    desk.app.finish().await;
}

#[tokio::test]
async fn what_is_being_sent_is_told_as_such_and_goes_on() {
    let desk = desk(Duration::from_secs(2)).await;
    let (webhook, url, first) = held(&desk).await;
    let resource = desk.webhook(&json!({ "name": "ingest", "url": url, "events": ["run_failed"] })).await;
    let (slack, url, second) = held(&desk).await;
    let provider = desk.provider("slack", &json!({ "webhookUrl": url })).await;
    let (ad_hoc, url, third) = held(&desk).await;
    let other = desk.provider("teams", &json!({ "webhookUrl": url })).await;
    let (answer, fourth) = Answer::status(200, "ok").held();
    let plain = Receiver::answering(answer).await;

    let (path, test) = (
        format!("{WEBHOOKS}/test/{}", resource["id"].as_str().unwrap()),
        format!("{PROVIDERS}/{provider}/test"),
    );
    let body = to(&[&other]);
    let rules = json!({ "notification_type": "webhook", "url": plain.url("/typed").expose() });
    let rules =
        Request::new("POST", RULES_TEST).bearer(&desk.token).body("application/json", rules.to_string());
    let (told, tested, ad_hoc_sent, by_rules) = tokio::join!(
        desk.call("POST", &path, None),
        desk.call("POST", &test, None),
        desk.call("POST", SEND, Some(&body)),
        desk.app.send(rules),
    );

    told.has_status(200);
    let port = webhook.address.port();
    let message = format!("localhost:{port} was still being asked after 2 s: look at the log.");
    assert_eq!(told.json(), json!({ "success": false, "message": message }));
    tested.has_status(502);
    let error = "Slack was still being asked after 2 s: look at the log";
    assert_eq!(tested.json(), json!({ "success": false, "error": error }));
    ad_hoc_sent.has_status(502);
    assert_eq!(
        ad_hoc_sent.json()["results"][0]["error"],
        "Teams was still being asked after 2 s: look at the log"
    );
    let error = by_rules.error(502, "DELIVERY_FAILED");
    assert!(error["message"].as_str().unwrap().ends_with("still being asked after 2 s: look at the log."));

    for gate in [first, second, third, fourth] {
        gate.let_through();
    }
    assert!(desk.app.settled_log().await.iter().all(|row| row.state == State::Delivered));
    for receiver in [webhook, slack, ad_hoc, plain] {
        assert_eq!(receiver.requests().len(), 1);
    }
    desk.app.finish().await;
}

#[tokio::test]
async fn a_notification_that_the_mail_server_defers_is_not_tried_again_behind_the_failure() {
    let server = SmtpServer::start(Script::default().once(Step::Mail, Fault::Say("451 4.3.2 not now"))).await;
    let desk = Desk::of(start().with("--smtp-url", &server.url("smtp", "", ""))).await;
    let config = json!({ "fromEmail": "ops@acme.example", "toEmails": ["lee@acme.example"] });
    let mails = desk.provider("ops_email", &config).await;

    let answer = desk.call("POST", SEND, Some(&to(&[&mails]))).await;

    answer.has_status(502);
    let error = answer.json()["results"][0]["error"].as_str().unwrap().to_owned();
    assert!(error.contains("451"), "{error}");
    let log = desk.app.log().await;
    assert_eq!(log.iter().map(end).collect::<Vec<_>>(), [(State::Failed, Some(Reason::SmtpDeferred))]);
    desk.app.time.advance(Duration::from_mins(5));
    // It would have been due by now, and would leave before this one.
    desk.call("POST", SEND, Some(&to(&[&mails]))).await.has_status(200);
    assert_eq!(server.log().mails.len(), 1);
    desk.app.finish().await;
}

#[tokio::test]
async fn of_several_mails_those_that_have_not_started_are_cancelled() {
    // Nobody greets: one connection is open for the first mail, for as long as the server likes.
    let gate = Gate::shut();
    let server =
        SmtpServer::start(Script::default().always(Step::Greeting, Fault::Behind(gate.clone()))).await;
    let start = start().with("--smtp-url", &server.url("smtp", "", "")).with("--smtp-connections", "1");
    let desk = Desk::of(start.patience(Duration::ZERO, Duration::from_secs(2))).await;
    let many = json!(["a@acme.example", "b@acme.example", "c@acme.example"]);
    let mails =
        desk.provider("ops_email", &json!({ "fromEmail": "ops@acme.example", "toEmails": many })).await;

    desk.call("POST", SEND, Some(&to(&[&mails]))).await.has_status(502);
    gate.let_through();

    let ends: Vec<_> = desk.app.settled_log().await.iter().map(end).collect();
    assert_eq!(ends, [(State::Delivered, None), CANCELLED, CANCELLED]);
    assert_eq!(server.log().mails.len(), 1);
    desk.app.finish().await;
}

#[tokio::test]
async fn a_mail_that_is_deferred_after_its_failure_was_told_is_not_tried_again() {
    let gate = Gate::shut();
    let script = Script::default().once(Step::Greeting, Fault::Behind(gate.clone()));
    let server = SmtpServer::start(script.once(Step::Mail, Fault::Say("451 4.3.2 not now"))).await;
    let start = start().with("--smtp-url", &server.url("smtp", "", ""));
    let desk = Desk::of(start.patience(Duration::ZERO, Duration::from_secs(2))).await;
    let config = json!({ "fromEmail": "ops@acme.example", "toEmails": ["lee@acme.example"] });
    let mails = desk.provider("ops_email", &config).await;

    let answer = desk.call("POST", SEND, Some(&to(&[&mails]))).await;

    let error = answer.json()["results"][0]["error"].as_str().unwrap().to_owned();
    assert!(error.ends_with("was still being asked after 2 s: look at the log"), "{error}");
    gate.let_through();
    let log = desk.app.settled_log().await;
    assert_eq!(log.iter().map(end).collect::<Vec<_>>(), [(State::Failed, Some(Reason::SmtpDeferred))]);
    desk.app.finish().await;
}
