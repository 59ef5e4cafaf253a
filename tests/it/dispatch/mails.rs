//! Mails to a server that is late, down or unwilling.

use ringpost::domain::delivery::{Delivery, Reason, State};
use ringpost::domain::role::Role;

use crate::support::app::{TestApp, event_request, spawn_app, start};
use crate::support::browser::Browser;
use crate::support::clock::minutes;
use crate::support::http::Request;
use crate::support::people::PASSWORD;
use crate::support::program::Serving;
use crate::support::samples::sample;
use crate::support::smtp::{Fault, Script, SmtpServer, Step};

async fn app(server: &SmtpServer) -> TestApp {
    start().with("--smtp-url", &server.url("smtp", "", "")).spawn().await
}

async fn post(app: &TestApp) {
    let token = app.token(Some(100), Role::Ingest).await;
    app.post_event(&token, &sample("run_failed")).await.has_status(202);
}

/// The only delivery, once it has been tried.
async fn only(app: &TestApp) -> Delivery {
    let mut log = app.settled_log().await;
    assert_eq!(log.len(), 1);
    log.remove(0)
}

#[tokio::test]
async fn a_deferred_mail_is_tried_after_1_5_15_and_30_minutes_then_hourly_and_fails_after_a_day() {
    let script = Script::default().always(Step::Rcpt, Fault::Say("451 4.3.0 try again later"));
    let server = SmtpServer::start(script).await;
    let app = app(&server).await;
    post(&app).await;
    for (tries, wait) in [1, 5, 15, 30, 60, 60].into_iter().enumerate() {
        let row = only(&app).await;
        assert_eq!((row.state.as_str(), row.reason.map(Reason::as_str)), ("pending", Some("smtp_deferred")));
        assert_eq!(row.attempt, u32::try_from(tries).unwrap() + 1);
        let until = row.due_at.as_millisecond() - app.clock.now_ms();
        assert!(((wait - 1) * 60_000 + 1..=wait * 60_000).contains(&until), "{wait} min, in {until} ms");
        app.time.advance(minutes(u64::try_from(wait).unwrap()));
    }
    only(&app).await;

    app.time.advance(minutes(24 * 60));

    let row = only(&app).await;
    assert_eq!(
        (row.state.as_str(), row.reason.map(Reason::as_str), row.status),
        ("failed", Some("smtp_deferred"), Some(451))
    );
    assert!(row.detail.contains("try again later"), "{}", row.detail);
    app.finish().await;
}

#[tokio::test]
async fn one_refused_recipient_stops_no_other_and_is_not_tried_again() {
    let script = Script::default().refuse("ops@acme.example", "550 5.1.1 no such user");
    let server = SmtpServer::start(script).await;
    let app = app(&server).await;
    app.notify(None, "run_failed", false, "ops@acme.example, lee@acme.example").await;
    post(&app).await;

    let log = app.settled_log().await;

    let ended: Vec<_> =
        log.iter().map(|row| (row.target.recipient(), row.state.as_str(), row.status)).collect();
    assert_eq!(ended[1], ("ops@acme.example", "failed", Some(550)));
    assert!(log[1].detail.contains("no such user"));
    assert!([0, 2].iter().all(|&row| log[row].state == State::Delivered), "{ended:?}");
    let mails = server.wait_for(2).await;
    assert!(mails.iter().all(|mail| mail.to.len() == 1), "one mail per recipient");
    app.finish().await;
}

#[tokio::test]
async fn a_refused_recipient_of_a_test_is_named_with_the_servers_code_in_the_row() {
    let script = Script::default().refuse("ops@acme.example", "550 5.1.1 no such user");
    let server = SmtpServer::start(script).await;
    let app = app(&server).await;
    let mut browser = app.visitor(Role::Editor).await;
    let form = browser.form("/accounts/100/notifications").await;
    let form = form.with("subscribers.run_failed", "ops@acme.example");

    let answer = browser.submit("/accounts/100/notifications/test/run_failed/email", &form).await;

    answer.has_status(200).says("Test email sent to 1 of 2.").says("ops@acme.example").says("550");
    let mails = server.wait_for(1).await;
    assert!(mails[0].header("Subject").unwrap().starts_with("[Test] "), "{:?}", mails[0].header("Subject"));
    assert_eq!(
        (mails[0].header("References"), mails[0].header("In-Reply-To")),
        (None, None),
        "no real thread"
    );
    app.finish().await;
}

#[tokio::test]
async fn who_signs_in_is_led_to_the_settings_and_a_subscriber_without_a_login_is_not() {
    let server = SmtpServer::friendly().await;
    let app = app(&server).await;
    app.person("lee@acme.example", Some((100, Role::Viewer))).await;
    app.person("eve@acme.example", None).await;
    app.notify(None, "run_failed", false, "lee@acme.example, eve@acme.example").await;
    post(&app).await;
    let mails = server.wait_for(3).await;
    let text = |address: &str| {
        let mail = mails.iter().find(|mail| mail.to == [address]).unwrap();
        mail.message.replace("=\r\n", "")
    };
    let settings = "Change who is notified";
    assert!(text("lee@acme.example").contains(settings));
    assert!(!text("eve@acme.example").contains(settings), "a person of another account");
    app.finish().await;
}

#[tokio::test]
async fn a_test_that_the_server_defers_is_told_at_once_and_not_tried_again() {
    let script = Script::default().always(Step::Mail, Fault::Say("421 4.3.2 not now"));
    let server = SmtpServer::start(script).await;
    let app = app(&server).await;
    let mut browser = app.visitor(Role::Editor).await;
    let form = browser.form("/accounts/100/notifications").await;
    let answer = browser.submit("/accounts/100/notifications/test/run_failed/email", &form).await;
    answer.has_status(200).says("Test email was not sent.");
    assert_eq!(only(&app).await.state, State::Failed);
    app.finish().await;
}

#[tokio::test]
async fn a_mail_server_in_trouble_degrades_readiness_and_takes_nothing_out_of_service() {
    let script = Script::default().always(Step::Greeting, Fault::SayAndClose("421 4.3.2 going down"));
    let server = SmtpServer::start(script).await;
    let app = app(&server).await;
    post(&app).await;
    assert_eq!(only(&app).await.state, State::Pending);
    let ready = app.send(Request::new("GET", "/readyz")).await;
    ready.has_status(200);
    assert!(ready.json()["mail"].as_str().unwrap().starts_with("degraded: "), "{}", ready.body);
    app.finish_with_pending().await;
}

#[tokio::test]
async fn a_mail_that_was_being_sent_when_the_server_was_killed_is_sent_again_under_the_same_id() {
    let prepared = spawn_app().await;
    let token = prepared.token(Some(100), Role::Ingest).await;
    let place = prepared.stop().await;
    let server = SmtpServer::start(Script::default().once(Step::Data, Fault::Hang)).await;
    let url = server.url("smtp", "", "");
    let running = Serving::start(&place, &["--smtp-url", &url]).await;
    event_request(&sample("run_failed")).bearer(&token).send(running.address).await.has_status(202);
    server.wait_until(|log| log.commands.iter().any(|(_, _, command)| command == "DATA")).await;

    running.kill().await;

    // On PostgreSQL, the dead are only known by their silence.
    place.age_heartbeats().await;
    let app = start().with("--smtp-url", &url).at(&place).spawn().await;
    let mails = server.wait_for(1).await;
    let row = only(&app).await;
    assert_eq!((row.state.as_str(), row.attempt), ("delivered", 2));
    assert!(mails[0].header("Message-ID").unwrap().contains(&row.id.to_string()));
    app.finish().await;
}

/// Its addresses were in memory only: nobody knows any more where it went, so it goes nowhere else.
#[tokio::test]
async fn a_test_of_unsaved_addresses_that_was_being_sent_when_the_server_was_killed_is_unknown() {
    let prepared = spawn_app().await;
    prepared.person("admin@acme.example", Some((100, Role::Admin))).await;
    let known = prepared.browser_of("admin@acme.example").await.cookie("ringpost-device").unwrap().to_owned();
    let place = prepared.stop().await;
    let server = SmtpServer::start(Script::default().once(Step::Data, Fault::Hang)).await;
    let url = server.url("smtp", "", "");
    let running = Serving::start(&place, &["--smtp-url", &url]).await;
    let mut admin = Browser::new(running.address);
    admin.keep("ringpost-device", &known);
    admin.sign_in("admin@acme.example", PASSWORD).await.leads_to();
    let form = admin.form("/accounts/100/destinations/new?kind=ops_email").await;
    let form = form.with("from", "ops@acme.example").with("to", "lee@acme.example");
    let pressed = tokio::spawn(async move { admin.submit("/accounts/100/destinations/test", &form).await });
    server.wait_until(|log| log.commands.iter().any(|(_, _, command)| command == "DATA")).await;

    pressed.abort();
    running.kill().await;

    // On PostgreSQL, the dead are only known by their silence.
    place.age_heartbeats().await;
    let app = start().with("--smtp-url", &url).at(&place).spawn().await;
    let row = only(&app).await;
    assert_eq!((row.state.as_str(), row.reason.map(Reason::as_str)), ("unknown", Some("interrupted")));
    assert_eq!((row.attempt, server.log().mails.len()), (1, 0));
    app.finish().await;
}

#[tokio::test]
async fn the_link_in_a_subscribers_mail_unsubscribes_and_the_primary_contact_has_none() {
    let server = SmtpServer::friendly().await;
    let app = app(&server).await;
    app.notify(None, "run_failed", false, "lee@acme.example").await;
    post(&app).await;
    let mails = server.wait_for(2).await;
    let to = |address: &str| mails.iter().find(|mail| mail.to == [address]).unwrap();
    assert_eq!(to("dana@acme.example").header("List-Unsubscribe"), None);
    assert_eq!(to("lee@acme.example").header("List-Unsubscribe-Post"), None, "only on https");
    let link = to("lee@acme.example").header("List-Unsubscribe").unwrap();
    let origin = format!("http://{}", app.address);
    let path = link.strip_prefix(&format!("<{origin}")).unwrap().strip_suffix('>').unwrap().to_owned();

    let asked = app.send(Request::new("GET", path.clone())).await.has_status(200).text();
    assert!(asked.contains("All event emails of") && asked.contains(": Run Failed"), "{asked}");
    app.send(Request::new("POST", path)).await.has_status(200);

    let settings = app.db.settings(100).await.unwrap().unwrap();
    assert!(settings.is_unsubscribed(&"lee@acme.example".parse().unwrap()));
    app.finish().await;
}
