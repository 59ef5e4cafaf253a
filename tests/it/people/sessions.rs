//! How a session begins, and everything that ends it.

use ringpost::domain::role::Role;

use crate::support::app::{TestApp, spawn_app};
use crate::support::browser::Browser;
use crate::support::clock::minutes;
use crate::support::people::PASSWORD;
use crate::support::receiver::{Answer, Receiver};

const PAGE: &str = "/accounts/100/company";

async fn is_signed_in(browser: &mut Browser) -> bool {
    browser.get(PAGE).await.status == 200
}

async fn app_with_dana() -> TestApp {
    let app = spawn_app().await;
    app.person("dana@acme.example", Some((100, Role::Admin))).await;
    app
}

#[tokio::test]
async fn a_page_asks_to_sign_in_and_is_shown_afterwards() {
    let app = app_with_dana().await;
    let mut browser = app.browser();
    let to_login = browser.get("/accounts/100/deliveries?q=a%20b").await;
    assert_eq!(to_login.leads_to(), "/login?next=%2Faccounts%2F100%2Fdeliveries%3Fq%3Da%2520b");
    let form = browser.form(to_login.leads_to()).await;

    let form = form.with("email", "Dana@Acme.example").with("password", PASSWORD);
    let entered = browser.submit("/login", &form).await;

    assert_eq!(entered.leads_to(), "/accounts/100/deliveries?q=a%20b");
    browser.get(entered.leads_to()).await.has_status(200);
    app.finish().await;
}

#[tokio::test]
async fn nobody_is_led_to_another_site_after_signing_in() {
    let app = app_with_dana().await;
    for next in ["https://evil.example/", "//evil.example", "/\\evil.example"] {
        let mut browser = app.browser();
        let fields = [("email", "dana@acme.example"), ("password", PASSWORD), ("next", next)];
        assert_eq!(browser.post("/login", &fields).await.leads_to(), "/");
    }
    app.finish().await;
}

#[tokio::test]
async fn signing_out_ends_the_session_on_the_server() {
    let app = app_with_dana().await;
    let mut browser = app.signed_in("dana@acme.example").await;
    let mut stolen = Browser::with_session(app.address, browser.session().unwrap());
    assert!(is_signed_in(&mut stolen).await);

    assert_eq!(browser.post("/logout", &[]).await.leads_to(), "/login?bye=1");

    browser.get("/login?bye=1").await.says("You are signed out.");
    assert!(!is_signed_in(&mut stolen).await);
    app.finish().await;
}

#[tokio::test]
async fn each_sign_in_has_a_new_id_and_ends_the_session_before_it() {
    let app = app_with_dana().await;
    let mut browser = app.signed_in("dana@acme.example").await;
    let first = browser.session().unwrap().to_owned();

    browser.sign_in("dana@acme.example", PASSWORD).await.leads_to();

    assert_ne!(browser.session().unwrap(), first);
    assert!(is_signed_in(&mut browser).await);
    assert!(!is_signed_in(&mut Browser::with_session(app.address, &first)).await);
    app.finish().await;
}

#[tokio::test]
async fn a_session_id_that_somebody_planted_is_not_signed_in() {
    let app = app_with_dana().await;
    let planted = "AAAAAAAAAAAAAAAAAAAAAA";
    let mut browser = Browser::with_session(app.address, planted);
    browser.sign_in("dana@acme.example", PASSWORD).await.leads_to();
    assert_ne!(browser.session(), Some(planted));
    assert!(!is_signed_in(&mut Browser::with_session(app.address, planted)).await);
    app.finish().await;
}

#[tokio::test]
async fn a_new_password_ends_every_session_but_the_one_that_set_it() {
    let app = app_with_dana().await;
    let (mut here, mut there) =
        (app.signed_in("dana@acme.example").await, app.signed_in("dana@acme.example").await);
    let old = here.session().unwrap().to_owned();
    let new = "another long passphrase";

    let wrong = here.post("/profile/password", &[("current_password", "nope"), ("new_password", new)]).await;
    wrong.has_status(422).says("The current password is wrong");
    let done = here.post("/profile/password", &[("current_password", PASSWORD), ("new_password", new)]).await;

    assert_eq!(done.leads_to(), "/profile");
    here.get("/profile").await.says("Password changed. Other sessions have ended.");
    assert_ne!(here.session().unwrap(), old);
    assert!(!is_signed_in(&mut there).await);
    assert!(!is_signed_in(&mut Browser::with_session(app.address, &old)).await);
    assert_eq!(app.browser().sign_in("dana@acme.example", PASSWORD).await.status, 422);
    assert_eq!(app.browser().sign_in("dana@acme.example", new).await.status, 303);
    app.finish().await;
}

#[tokio::test]
async fn a_new_role_being_disabled_and_being_removed_end_the_persons_sessions() {
    let app = app_with_dana().await;
    let lee = app.person("lee@acme.example", Some((100, Role::Editor))).await;
    let mut admin = app.signed_in("dana@acme.example").await;
    app.operator("root@platform.example").await;
    let mut operator = app.signed_in("root@platform.example").await;
    let path = format!("/accounts/100/users/{lee}");
    for ending in ["role", "disable", "remove"] {
        let mut browser = app.signed_in("lee@acme.example").await;
        assert!(is_signed_in(&mut browser).await);
        match ending {
            "role" => admin.post(&path, &[("role", "viewer")]).await.leads_to().to_owned(),
            "disable" => {
                operator.post(&format!("/people/{lee}/disable"), &[]).await.leads_to();
                app.browser().sign_in("lee@acme.example", PASSWORD).await.has_status(422);
                operator.post(&format!("/people/{lee}/enable"), &[]).await.leads_to().to_owned()
            }
            _ => admin.post(&format!("{path}/remove"), &[]).await.leads_to().to_owned(),
        };
        assert!(!is_signed_in(&mut browser).await, "{ending}");
    }
    app.finish().await;
}

#[tokio::test]
async fn signing_out_everywhere_ends_all_sessions() {
    let app = app_with_dana().await;
    let (mut here, mut there) =
        (app.signed_in("dana@acme.example").await, app.signed_in("dana@acme.example").await);
    assert_eq!(here.post("/profile/sign-out-everywhere", &[]).await.leads_to(), "/login?bye=1");
    assert!(!is_signed_in(&mut here).await);
    assert!(!is_signed_in(&mut there).await);
    app.finish().await;
}

#[tokio::test]
async fn a_session_that_ends_while_its_request_is_under_way_does_not_come_back() {
    let (answer, gate) = Answer::status(200, "ok").held();
    let (app, receiver) = (app_with_dana().await, Receiver::answering(answer).await);
    let mut here = app.signed_in("dana@acme.example").await;
    let mut there = app.signed_in("dana@acme.example").await;
    let form = here.form("/accounts/100/notifications").await;
    let form = form.with("webhook_url", receiver.url("/hook").expose());
    // After a minute, a request writes down that the session was used.
    app.time.advance(minutes(2));
    let under_way = tokio::spawn(async move {
        let tested = here.submit("/accounts/100/notifications/test/run_failed/webhook", &form).await;
        (here, tested)
    });
    receiver.wait_for(1).await;
    there.post("/profile/sign-out-everywhere", &[]).await.leads_to();
    gate.let_through();
    let (mut here, tested) = under_way.await.unwrap();

    tested.has_status(200).says("Test webhook delivered.");
    assert_eq!(app.place.count("sessions where user_id is not null").await, 0);
    assert!(!is_signed_in(&mut here).await);
    app.finish().await;
}

#[tokio::test]
async fn an_idle_session_ends_after_an_hour_and_use_prolongs_it() {
    let app = app_with_dana().await;
    let mut browser = app.signed_in("dana@acme.example").await;
    for _ in 0..3 {
        app.time.advance(minutes(50));
        assert!(is_signed_in(&mut browser).await);
    }
    app.time.advance(minutes(61));
    assert!(!is_signed_in(&mut browser).await);
    app.finish().await;
}

#[tokio::test]
async fn however_busy_a_session_ends_after_twelve_hours() {
    let app = app_with_dana().await;
    let mut browser = app.signed_in("dana@acme.example").await;
    for _ in 0..14 {
        app.time.advance(minutes(50));
        assert!(is_signed_in(&mut browser).await);
    }
    app.time.advance(minutes(25));
    assert!(!is_signed_in(&mut browser).await);
    app.finish().await;
}

#[tokio::test]
async fn the_profile_lists_where_the_person_is_signed_in() {
    let app = app_with_dana().await;
    let mut browser = app.signed_in("dana@acme.example").await;
    app.signed_in("dana@acme.example").await;
    let page = browser.get("/profile").await;
    assert_eq!(page.body.matches("<td>127.0.0.1</td>").count(), 2, "{}", page.text());
    assert!(!page.body.contains(browser.session().unwrap()));
    app.finish().await;
}

#[tokio::test]
async fn nobody_can_be_signed_in_with_a_copy_of_the_table() {
    let app = app_with_dana().await;
    let browser = app.signed_in("dana@acme.example").await;
    let id = app.db.user_by_email("dana@acme.example").await.unwrap().unwrap().id;
    let stored = app.db.sessions_of(&id, app.clock.now_ms()).await.unwrap().remove(0);
    assert!(!format!("{stored:?}").contains(browser.session().unwrap()));
    assert!(!stored.data.contains(&id), "the data is sealed");
    assert!(!is_signed_in(&mut Browser::with_session(app.address, &stored.id)).await);
    app.finish().await;
}
