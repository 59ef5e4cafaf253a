//! A test that outlives the page that asked for it: how far it is, and later what came of it; sent once.

use std::time::Duration;

use ringpost::domain::role::Role;

use super::SETTINGS;
use crate::support::app::{Start, start};
use crate::support::authority::Authority;
use crate::support::browser::{Browser, Form};
use crate::support::receiver::{Answer, Door, Gate, Receiver};
use crate::support::samples::sample;

const WEBHOOK: &str = "/accounts/100/notifications/test/run_failed/webhook";
const TAB: &str = "/accounts/100/destinations";

/// Pages that wait for nothing.
fn impatient() -> Start {
    start().patience(Duration::ZERO, Duration::from_secs(50)).with("--webhook-timeout", "60s")
}

async fn held() -> (Receiver, Gate) {
    let (answer, release) = Answer::status(200, "ok").held();
    (Receiver::answering(answer).await, release)
}

#[tokio::test]
async fn a_test_that_outlives_its_page_is_202_with_a_link_and_refresh_shows_the_end() {
    let (app, (receiver, gate)) = (impatient().spawn().await, held().await);
    let mut browser = app.visitor(Role::Editor).await;
    let form = browser.form(SETTINGS).await.with("webhook_url", receiver.url("/typed").expose());
    let form = form.with("subscribers.sync_failed", "not an address");

    let answer = browser.submit(WEBHOOK, &form).await;

    answer.has_status(202).says("The URL you tested is not saved yet.").says("Unsaved changes");
    let event_id = app.log().await[0].event_id;
    let log = format!("/accounts/100/deliveries?q={event_id}");
    assert!(answer.body.contains(&format!("href=\"{log}\"")));
    browser.get(&log).await.has_status(200).says("Run Failed").says("Sending");
    receiver.wait_for(1).await;

    let (path, pressed) = Form::refresh(&answer);
    assert_eq!(path, WEBHOOK);
    let going_on = browser.submit(&path, &pressed).await;
    going_on.has_status(202).says("Test webhook is being sent.").says("has not answered yet.");
    assert_eq!(Form::of(&going_on).get("subscribers.sync_failed"), Some("not an address"));

    gate.let_through();
    app.dispatch.settled().await.unwrap();
    let (path, pressed) = Form::refresh(&going_on);
    let ended = browser.submit(&path, &pressed).await;
    ended.has_status(200).says("Test webhook delivered.").says("answered 200 OK in");
    assert!(!ended.body.contains("name=\"refresh\""));
    assert_eq!(Form::of(&ended).get("subscribers.sync_failed"), Some("not an address"));

    // A reload repeats the first post.
    browser.submit(WEBHOOK, &form).await.has_status(200).says("Test webhook delivered.");
    assert_eq!((receiver.requests().len(), app.log().await.len()), (1, 1));
    app.finish().await;
}

#[tokio::test]
async fn a_page_that_is_sent_again_waits_for_the_first_ones_end() {
    let patience = Duration::from_secs(50);
    let app = start().patience(patience, patience).with("--webhook-timeout", "60s").spawn().await;
    let (receiver, gate) = held().await;
    let mut browser = app.visitor(Role::Editor).await;
    let form = browser.form(SETTINGS).await.with("webhook_url", receiver.url("/typed").expose());
    let mut again = Browser::with_session(app.address, browser.session().unwrap());
    let second = async {
        receiver.wait_for(1).await;
        tokio::join!(again.submit(WEBHOOK, &form), async { gate.let_through() }).0
    };
    let (first, second) = tokio::join!(browser.submit(WEBHOOK, &form), second);
    first.has_status(200).says("Test webhook delivered.");
    second.has_status(200).says("Test webhook delivered.");
    assert_eq!(receiver.requests().len(), 1);
    app.finish().await;
}

#[tokio::test]
async fn a_test_from_the_list_of_destinations_shows_how_far_it_is_and_then_its_end() {
    let authority = Authority::new();
    let (answer, gate) = Answer::status(200, "ok").held();
    let receiver = Receiver::start(Door::Tls(authority.serves(&["localhost"])), vec![answer]).await;
    let app = impatient().trusting(&authority).spawn().await;
    let mut admin = app.visitor(Role::Admin).await;
    let form = admin.form(&format!("{TAB}/new?kind=slack")).await;
    let form = form.with("name", "#ops").with("url", receiver.https("localhost").expose());

    // What is on screen, from the form.
    let typed = admin.submit(&format!("{TAB}/test"), &form).await;
    typed.has_status(202).says("What you tested is not saved yet.");
    receiver.wait_for(1).await;
    let (path, pressed) = Form::refresh(&typed);
    let going_on = admin.submit(&path, &pressed).await;
    going_on.has_status(202).says("Test Slack message is being sent.").says("localhost");
    assert_eq!(Form::of(&going_on).get("name"), Some("#ops"));

    // What is stored, from the list.
    admin.submit(TAB, &form).await.leads_to();
    let page = admin.get(TAB).await;
    let button = page.body.split('"').find(|path| path.starts_with(TAB) && path.ends_with("/test")).unwrap();
    let listed = admin.post(button, &[("nonce", "one")]).await;
    listed.has_status(202).says("#ops: Test Slack message is");
    receiver.wait_for(2).await;
    let (path, pressed) = Form::refresh(&listed);
    let asked = format!("{path}?refresh={}", pressed.get("refresh").unwrap());
    admin.get(&asked).await.has_status(200).says("#ops: Test Slack message is being sent.");

    gate.let_through();
    app.dispatch.settled().await.unwrap();
    let ended = admin.get(&asked).await;
    ended.has_status(200).says("#ops: Test Slack message delivered.");
    let (path, pressed) = Form::refresh(&going_on);
    admin.submit(&path, &pressed).await.has_status(200).says("Test Slack message delivered.");
    admin.post(button, &[("nonce", "one")]).await.leads_to();
    assert_eq!((receiver.requests().len(), app.log().await.len()), (2, 2));
    app.finish().await;
}

#[tokio::test]
async fn only_a_test_of_the_account_can_be_asked_about() {
    let (app, receiver) = (impatient().spawn().await, Receiver::ok().await);
    app.account(200, "Globex", "prod-globex", "kim@globex.example").await;
    let token = app.token(Some(100), Role::Admin).await;
    let posted =
        app.post_event(&token, &sample("run_failed")).await.json()["id"].as_str().unwrap().to_owned();
    app.operator("root@acme.example").await;
    let mut operator = app.signed_in("root@acme.example").await;
    let form = operator.form(SETTINGS).await.with("webhook_url", receiver.url("/typed").expose());
    operator.submit(WEBHOOK, &form).await;
    let tested = app.log().await.iter().find(|row| row.event_id.to_string() != posted).unwrap().event_id;

    for unknown in [posted.as_str(), "seven", "01969b3e-5c1e-7d1a-9a44-2f5d0b7e11aa"] {
        operator.submit(WEBHOOK, &form.clone().with("refresh", unknown)).await.has_status(404);
        operator.get(&format!("{TAB}?refresh={unknown}")).await.has_status(404);
    }
    operator.get(&format!("/accounts/200/destinations?refresh={tested}")).await.has_status(404);
    app.finish().await;
}

#[tokio::test]
async fn a_test_that_is_not_in_the_log_any_more_takes_nothing_typed_with_it() {
    let app = impatient().spawn().await;
    let mut admin = app.visitor(Role::Admin).await;
    let hook = "/accounts/100/destinations/new?kind=webhook";
    let gone = app.clock.new_id().to_string();
    for refreshed in [gone.as_str(), "no id"] {
        let form = admin.form(SETTINGS).await.with("subscribers.run_failed", "lee@acme.example");
        let answer = admin.submit(WEBHOOK, &form.with("refresh", refreshed)).await;
        answer.has_status(404).says("This test is not in the log any more.").says("Unsaved changes");
        assert_eq!(Form::of(&answer).get("subscribers.run_failed"), Some("lee@acme.example"));
        let form = admin.form(hook).await.with("name", "Billing").with("refresh", refreshed);
        let answer = admin.submit("/accounts/100/destinations/test", &form).await;
        answer.has_status(404).says("This test is not in the log any more.");
        assert_eq!(Form::of(&answer).get("name"), Some("Billing"));
    }
    assert!(app.log().await.is_empty());
    app.finish().await;
}

#[tokio::test]
async fn a_test_without_an_answer_is_amber_and_says_what_to_do() {
    let (app, receiver) =
        (start().with("--webhook-timeout", "1s").spawn().await, Receiver::answering(Answer::silence()).await);
    let mut browser = app.visitor(Role::Editor).await;
    let form = browser.form(SETTINGS).await.with("webhook_url", receiver.url("/typed").expose());
    let answer = browser.submit(WEBHOOK, &form).await;
    answer
        .has_status(200)
        .says("No answer to the test webhook.")
        .says("It may or may not have been processed");
    assert!(answer.body.contains("notice-warn") && !answer.body.contains("notice-bad"));
    app.finish().await;
}
