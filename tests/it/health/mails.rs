//! The mail about webhooks that have failed for an hour: to the contact of their account, once a day.

use std::time::Duration;

use futures_util::future::join_all;
use ringpost::actions::health::tell_all;
use ringpost::domain::role::Role;

use crate::support::app::{Start, TestApp, start};
use crate::support::clock::{TestClock, minutes};
use crate::support::place::on_postgres;
use crate::support::receiver::{Answer, Receiver};
use crate::support::samples::sample;
use crate::support::smtp::SmtpServer;

/// A mail server, and a receiver that refuses everything.
struct Scene {
    mails: SmtpServer,
    receiver: Receiver,
}

impl Scene {
    async fn new() -> Self {
        let receiver = Receiver::answering(Answer::status(503, "no")).await;
        Self { mails: SmtpServer::friendly().await, receiver }
    }

    fn start(&self) -> Start {
        start().with("--smtp-url", &self.mails.url("smtp", "", ""))
    }

    /// Account 100 with the receiver's URL, to which an event was sent in vain.
    async fn failing(&self, app: &TestApp) {
        app.notify(Some(&self.receiver.url("/hook")), "run_failed", true, "").await;
        self.fail(app).await;
    }

    /// One more. Its mail is not what this is about.
    async fn fail(&self, app: &TestApp) {
        let token = app.token(Some(100), Role::Ingest).await;
        app.post_event(&token, &sample("run_failed")).await.has_status(202);
        app.dispatch.settled().await.unwrap();
    }

    fn told(&self) -> Vec<String> {
        let mails = self.mails.log().mails;
        let about = |mail: &crate::support::smtp::Taken| mail.header("Subject").unwrap().contains("failing");
        mails.iter().filter(|mail| about(mail)).map(|mail| mail.message.clone()).collect()
    }

    async fn wait_until_told(&self, times: usize) -> Vec<String> {
        let failing = |message: &str| message.contains("failing");
        let log = self
            .mails
            .wait_until(|log| {
                log.mails.iter().filter(|mail| failing(&mail.header("Subject").unwrap())).count() >= times
            })
            .await;
        assert!(!log.mails.is_empty());
        self.told()
    }
}

async fn waits(app: &TestApp) -> i64 {
    app.place.count("person_mails").await
}

#[tokio::test]
async fn the_contact_is_told_after_an_hour_and_then_once_a_day() {
    let scene = Scene::new().await;
    let app = scene.start().spawn().await;
    app.person("dana@acme.example", Some((100, Role::Admin))).await;
    scene.failing(&app).await;
    app.time.advance(minutes(59));
    assert_eq!(tell_all(&app).await.unwrap(), 0);
    app.time.advance(minutes(1));
    assert_eq!(tell_all(&app).await.unwrap(), 1);
    let told = scene.wait_until_told(1).await;
    let authority = scene.receiver.address;
    assert!(told[0].contains(&format!("Subject: [prod-acme] The webhook to {authority} has been failing")));
    let plain = told[0].replace("=\r\n", "").replace("\r\n", " ");
    assert!(
        plain.contains("deliveries?status=3Dfailed") || plain.contains("deliveries?status=failed"),
        "{plain}"
    );
    assert!(plain.contains("503 Service Unavailable") && plain.contains("at most once a day"), "{plain}");

    // It goes on failing, and a day is not over.
    for hours in [1, 22] {
        app.time.advance(minutes(hours * 60));
        scene.fail(&app).await;
        assert_eq!(tell_all(&app).await.unwrap(), 0);
    }
    app.time.advance(minutes(61));
    assert_eq!(tell_all(&app).await.unwrap(), 1);
    scene.wait_until_told(2).await;
    app.finish().await;
}

#[tokio::test]
async fn whoever_has_switched_it_off_is_not_told_and_the_history_says_who_did() {
    let scene = Scene::new().await;
    let app = scene.start().spawn().await;
    let mut admin = app.visitor(Role::Admin).await;
    let page = "/accounts/100/company";
    let form = admin.form(page).await;
    assert_eq!(form.get("failure_mails"), Some("on"));
    admin.submit(page, &form.without("failure_mails")).await.leads_to();
    assert_eq!(admin.form(page).await.get("failure_mails"), None);
    let history = admin.get("/accounts/100/history").await;
    history.says("Emails about failing webhooks").says("admin@acme.example");
    scene.failing(&app).await;
    app.time.advance(minutes(61));
    assert_eq!(tell_all(&app).await.unwrap(), 0);
    let mut admin = app.signed_in("admin@acme.example").await;

    // Reverted, it is on again; a form that has no such box leaves it so.
    let link = history.body.split("href=\"").find(|rest| rest.contains("/revert\"")).unwrap();
    let revert = link.split('"').next().unwrap();
    let form = admin.form(revert).await;
    admin.submit(revert, &form).await.leads_to();
    assert_eq!(admin.form(page).await.get("failure_mails"), Some("on"));
    let older = [("name", "Acme"), ("environment", "prod-acme"), ("contact_name", "Dana Ito")];
    let older = [&older[..], &[("contact_email", "dana@acme.example")]].concat();
    admin.post(page, &older).await.leads_to();
    assert_eq!(admin.form(page).await.get("failure_mails"), Some("on"));
    assert_eq!(tell_all(&app).await.unwrap(), 1);
    app.finish().await;
}

#[tokio::test]
async fn a_hundred_who_look_at_once_write_one_mail_and_so_do_two_servers() {
    let scene = Scene::new().await;
    let app = scene.start().spawn().await;
    scene.failing(&app).await;
    app.time.advance(minutes(61));
    let other = match on_postgres() {
        true => Some(scene.start().at(&app.place).clock(&app.time).spawn().await),
        false => None,
    };
    let both = [Some(&app), other.as_ref()];
    let looking = (0..100).filter_map(|number| both[number % 2]).map(|app| tell_all(app));
    let told: usize = join_all(looking).await.into_iter().map(Result::unwrap).sum();
    // The second server has looked when it started.
    assert!(told <= 1);
    scene.wait_until_told(1).await;
    while waits(&app).await > 0 {
        tokio::task::yield_now().await;
    }
    if let Some(other) = other {
        other.stop().await;
    }
    assert_eq!(scene.told().len(), 1);
    app.finish().await;
}

#[tokio::test]
async fn a_restart_tells_once_and_a_clock_that_went_back_tells_nobody_twice() {
    let scene = Scene::new().await;
    let app = scene.start().spawn().await;
    scene.failing(&app).await;
    let (time, place) = (app.time.clone(), app.stop().await);
    time.advance(minutes(61));
    for _ in 0..2 {
        // A server looks when it starts.
        let app = scene.start().at(&place).clock(&time).spawn().await;
        scene.wait_until_told(1).await;
        assert_eq!(tell_all(&app).await.unwrap(), 0);
        app.stop().await;
    }
    let now = ringpost::domain::clock::Clock::system().now_ms() + 61 * 60_000;
    let back = TestClock::at(now - 30 * 60_000);
    let app = scene.start().at(&place).clock(&back).spawn().await;
    scene.fail(&app).await;
    assert_eq!(tell_all(&app).await.unwrap(), 0);
    assert_eq!(scene.told().len(), 1);
    app.stop().await.clear().await;
}

#[tokio::test]
async fn what_cannot_be_written_down_is_told_when_it_can() {
    let scene = Scene::new().await;
    let app = scene.start().spawn().await;
    scene.failing(&app).await;
    app.time.advance(minutes(61));
    app.place.change("alter table person_mails rename to hidden").await;
    assert_eq!(tell_all(&app).await.unwrap(), 0);
    app.place.change("alter table hidden rename to person_mails").await;
    assert_eq!(app.place.count("accounts where failure_mailed_at is not null").await, 0);
    assert_eq!(tell_all(&app).await.unwrap(), 1);
    scene.wait_until_told(1).await;
    app.finish().await;
}

#[tokio::test]
async fn a_contact_without_a_login_is_led_to_no_page_that_asks_for_one() {
    let scene = Scene::new().await;
    let app = scene.start().spawn().await;
    scene.failing(&app).await;
    app.time.advance(minutes(61) + Duration::from_secs(1));
    assert_eq!(tell_all(&app).await.unwrap(), 1);
    let told = scene.wait_until_told(1).await;
    assert!(!told[0].contains("/accounts/100/deliveries"), "{}", told[0]);
    app.finish().await;
}
