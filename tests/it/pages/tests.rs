//! The test buttons: what is on screen goes out, nothing is saved, and the row says what came of it.

use ringpost::domain::delivery::Trigger;
use ringpost::domain::role::Role;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::SETTINGS;
use crate::support::app::{TestApp, spawn_app};
use crate::support::browser::{Browser, Form};
use crate::support::destinations::{Desk, WEBHOOKS, document};
use crate::support::receiver::{Answer, Receiver};

pub const WEBHOOK: &str = "/accounts/100/notifications/test/run_failed/webhook";
pub const EMAIL: &str = "/accounts/100/notifications/test/run_failed/email";

pub async fn editor_with_url(app: &TestApp, receiver: &Receiver) -> (Browser, Form) {
    let mut browser = app.visitor(Role::Editor).await;
    let form = browser.form(SETTINGS).await.with("webhook_url", receiver.url("/typed").expose());
    (browser, form)
}

#[tokio::test]
async fn a_test_webhook_goes_to_the_typed_url_and_saves_nothing() {
    let (app, receiver) = (spawn_app().await, Receiver::ok().await);
    let (mut browser, form) = editor_with_url(&app, &receiver).await;
    let form = form.with("subscribers.sync_failed", "not an address");

    let answer = browser.submit(WEBHOOK, &form).await;

    answer.has_status(200).says("Test webhook delivered.").says("answered 200 OK in");
    answer.says("The URL you tested is not saved yet.").says("Unsaved changes");
    assert_eq!(Form::of(&answer).get("subscribers.sync_failed"), Some("not an address"));
    let settings = app.db.settings(100).await.unwrap().unwrap();
    assert!(settings.webhook.is_none() && settings.events.is_empty());
    let request = receiver.wait_for(1).await.remove(0);
    assert_eq!(request.header("x-ringpost-test"), Some("true"));
    assert_eq!(request.header("x-ringpost-event"), Some("run_failed"));
    let body: Value = serde_json::from_str(&request.body).unwrap();
    assert_eq!((&body["account_id"], &body["account_name"]), (&100.into(), &"Acme Corp".into()));
    app.finish().await;
}

#[tokio::test]
async fn a_test_is_in_the_log_with_its_trigger_and_a_link_from_the_row() {
    let (app, receiver) = (spawn_app().await, Receiver::answering(Answer::status(500, "no")).await);
    let (mut browser, form) = editor_with_url(&app, &receiver).await;

    let answer = browser.submit(WEBHOOK, &form).await;

    answer.has_status(200).says("Test webhook was not delivered.").says("500 Internal Server Error");
    let log = app.log().await;
    assert_eq!((log.len(), log[0].trigger.as_str(), log[0].state.as_str()), (1, "test", "failed"));
    let path = format!("/accounts/100/deliveries/{}", log[0].id);
    assert!(answer.body.contains(&format!("href=\"{path}\"")));
    browser.get(&path).await.has_status(200).says("Test");
    app.finish().await;
}

#[tokio::test]
async fn two_presses_at_once_of_one_page_test_once() {
    let (app, receiver) = (spawn_app().await, Receiver::ok().await);
    let (browser, form) = editor_with_url(&app, &receiver).await;
    let id = browser.session().unwrap();
    let mut one = Browser::with_session(app.address, id);
    let mut two = Browser::with_session(app.address, id);
    let (first, second) = tokio::join!(one.submit(WEBHOOK, &form), two.submit(WEBHOOK, &form));
    first.has_status(200);
    second.has_status(200);
    app.dispatch.settled().await.unwrap();
    assert_eq!(receiver.requests().len(), 1);
    app.finish().await;
}

#[tokio::test]
async fn a_test_webhook_needs_a_url_and_a_good_one() {
    let app = spawn_app().await;
    let mut browser = app.visitor(Role::Editor).await;
    let form = browser.form(SETTINGS).await;
    let none = browser.submit(WEBHOOK, &form).await;
    none.has_status(422).says("Enter a Webhook URL to send a test webhook");
    let bad = browser.submit(WEBHOOK, &form.with("webhook_url", "ftp://hooks.acme.example/")).await;
    bad.has_status(422).says("Webhook URL");
    assert_eq!(Form::of(&bad).get("webhook_url"), Some("ftp://hooks.acme.example/"));
    assert!(app.log().await.is_empty());
    app.finish().await;
}

#[tokio::test]
async fn a_test_mail_goes_to_the_primary_contact_and_the_typed_subscribers() {
    let app = spawn_app().await;
    let mut browser = app.visitor(Role::Editor).await;
    let form =
        browser.form(SETTINGS).await.with("subscribers.run_failed", "ops@acme.example dana@acme.example");

    let answer = browser.submit(EMAIL, &form).await;

    answer
        .has_status(200)
        .says("No mail left this server.")
        .says("dana@acme.example")
        .says("ops@acme.example");
    let log = app.log().await;
    let recipients: Vec<_> = log.iter().map(|row| row.target.recipient()).collect();
    assert_eq!(recipients, ["dana@acme.example", "ops@acme.example"]);
    assert!(log.iter().all(|row| row.trigger == Trigger::Test));
    assert!(app.db.settings(100).await.unwrap().unwrap().events.is_empty());
    app.finish().await;
}

#[tokio::test]
async fn a_test_mail_leaves_out_who_has_unsubscribed_and_says_so() {
    let app = spawn_app().await;
    app.db.unsubscribe(100, &"lee@acme.example".parse().unwrap(), Vec::new(), 1).await.unwrap();
    let mut browser = app.visitor(Role::Editor).await;
    let form = browser.form(SETTINGS).await.with("subscribers.run_failed", "lee@acme.example");
    let answer = browser.submit(EMAIL, &form).await;
    let why = "lee@acme.example unsubscribed on 1 Jan 1970.";
    answer.has_status(200).says("No mail left this server.").says(why);
    app.finish().await;
}

#[tokio::test]
async fn a_bad_address_in_the_tested_row_refuses_the_test_and_in_another_row_does_not() {
    let app = spawn_app().await;
    let mut browser = app.visitor(Role::Editor).await;
    let form = browser.form(SETTINGS).await;

    let own = form.clone().with("subscribers.run_failed", "oncall@acme");
    browser.submit(EMAIL, &own).await.has_status(422).says("oncall@acme");
    assert!(app.log().await.is_empty());

    let other = form.with("subscribers.sync_failed", "oncall@acme");
    browser.submit(EMAIL, &other).await.has_status(200).says("No mail left this server.");
    app.finish().await;
}

#[tokio::test]
async fn a_bad_url_on_screen_refuses_the_mail_test_too() {
    let app = spawn_app().await;
    let mut browser = app.visitor(Role::Editor).await;
    let form = browser.form(SETTINGS).await.with("webhook_url", "ftp://hooks.acme.example/");
    browser.submit(EMAIL, &form).await.has_status(422).says("Webhook URL");
    assert!(app.log().await.is_empty());
    app.finish().await;
}

#[tokio::test]
async fn an_unknown_event_cannot_be_tested() {
    let app = spawn_app().await;
    let mut browser = app.visitor(Role::Editor).await;
    for path in ["party/webhook", "party/email"] {
        let path = format!("/accounts/100/notifications/test/{path}");
        browser.post(&path, &[]).await.has_status(404);
    }
    app.finish().await;
}

/// The steps of a test, each with its time left out.
fn steps(page: &crate::support::http::Answer) -> Vec<String> {
    let html = page.html();
    let lines = scraper::Selector::parse(".steps > li").unwrap();
    let part = scraper::Selector::parse("li > span:not(.ms)").unwrap();
    let words = |line: scraper::ElementRef| {
        line.select(&part)
            .flat_map(|part| part.text())
            .flat_map(str::split_whitespace)
            .collect::<Vec<_>>()
            .join(" ")
    };
    html.select(&lines).map(words).collect()
}

/// Something that answers a handshake in plain HTTP.
async fn speaks_no_tls() -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut hello = [0; 4_096];
        assert!(socket.read(&mut hello).await.unwrap() > 0);
        socket.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        // Until the other side has read it and hung up.
        while socket.read(&mut hello).await.is_ok_and(|read| read > 0) {}
    });
    address
}

#[tokio::test]
async fn a_test_tells_each_step_and_stops_at_the_first_that_failed() {
    let (app, receiver) = (spawn_app().await, Receiver::ok().await);
    let (mut browser, form) = editor_with_url(&app, &receiver).await;
    let good = browser.submit(WEBHOOK, &form).await;
    assert_eq!(steps(&good)[3..], ["TLS Not needed", "HTTP : passed 200 OK"]);
    assert!(good.body.contains("ms</span>"), "each has its time");

    // Each page has a nonce of its own: another press of it is another test.
    let on = |page: &crate::support::http::Answer, url: &str| Form::of(page).with("webhook_url", url);
    // A port that was free a moment ago: nobody listens there.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let closed = browser.submit(WEBHOOK, &on(&good, &format!("http://{nobody}/"))).await;
    closed.has_status(200).says("Test webhook was not delivered.").says("Check that the receiver is up.");
    assert_eq!(
        steps(&closed)[2..],
        ["Connect : failed connection refused", "TLS Not reached", "HTTP Not reached"]
    );

    let plain = browser.submit(WEBHOOK, &on(&closed, &format!("https://{}/", speaks_no_tls().await))).await;
    assert_eq!(
        steps(&plain)[3..],
        ["TLS : failed what answered there does not speak TLS", "HTTP Not reached"]
    );

    let blocked = browser.submit(WEBHOOK, &on(&plain, "http://10.0.0.1/")).await;
    assert!(steps(&blocked)[1].starts_with("Policy : failed"), "{:?}", steps(&blocked));
    app.finish().await;
}

#[tokio::test]
async fn the_address_that_is_shown_after_a_test_answers_a_get() {
    let desk = Desk::of_admin().await;
    let attributes = json!({ "name": "ingest", "url": "https://127.0.0.1:9/hook" });
    let made = desk.call("POST", WEBHOOKS, Some(&document(&attributes))).await;
    let id = made.has_status(201).json()["data"]["id"].as_str().unwrap().to_owned();
    let mut admin = desk.app.visitor(Role::Admin).await;
    for (path, page) in [
        ("notifications/test/run_failed/webhook".to_owned(), "notifications#event-run_failed".to_owned()),
        ("notifications/test/run_failed/email".to_owned(), "notifications#event-run_failed".to_owned()),
        ("destinations/test".to_owned(), "destinations/new".to_owned()),
        (format!("destinations/{id}/test"), "destinations".to_owned()),
        (format!("destinations/{id}/test/unsaved"), format!("destinations/{id}")),
        ("deliveries/resend".to_owned(), "deliveries".to_owned()),
    ] {
        let leads_to = admin.get(&format!("/accounts/100/{path}")).await.leads_to().to_owned();
        assert_eq!(leads_to, format!("/accounts/100/{page}"));
        // Browsers keep the part behind the # to themselves.
        admin.get(leads_to.split('#').next().unwrap()).await.has_status(200);
    }
    desk.app.finish().await;
}
