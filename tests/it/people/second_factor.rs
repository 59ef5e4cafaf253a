//! The second factor: turned on, asked for, used once, lost and removed.

use std::time::Duration;

use ringpost::db::audit::AuditFilter;
use ringpost::domain::role::Role;

use crate::support::app::{TestApp, spawn_app, start};
use crate::support::browser::Browser;
use crate::support::clock::minutes;
use crate::support::people::PASSWORD;
use crate::support::program::ringpost;
use crate::support::second_factor::{PAGE, Phone, turn_on};
use crate::support::smtp::SmtpServer;

const EMAIL: &str = "lee@acme.example";

async fn app_with_lee() -> (TestApp, Browser) {
    let app = spawn_app().await;
    app.person(EMAIL, Some((100, Role::Viewer))).await;
    let browser = app.signed_in(EMAIL).await;
    (app, browser)
}

async fn is_in(browser: &mut Browser) -> bool {
    browser.get("/profile").await.status == 200
}

#[tokio::test]
async fn with_it_a_password_alone_opens_nothing() {
    let (app, mut lee) = app_with_lee().await;
    let mut other = app.signed_in(EMAIL).await;
    let (phone, _) = turn_on(&app, &mut lee).await;
    assert!(is_in(&mut lee).await && !is_in(&mut other).await, "what began without it has ended");

    let mut browser = app.browser();
    let fields = [("email", EMAIL), ("password", PASSWORD), ("next", "/accounts/100/deliveries")];
    assert_eq!(browser.post("/login", &fields).await.leads_to(), "/login/code");
    assert!(!is_in(&mut browser).await);
    browser.get("/accounts/100/company").await.leads_to();
    browser.get("/api/v1/event-types").await.error(401, "UNAUTHORIZED");
    browser.get("/login/code").await.has_status(200).says(EMAIL);
    browser.post("/login/code", &[("code", "000000")]).await.has_status(422).says("That code is not right");
    let code = phone.next(&app);
    let entered = browser.post("/login/code", &[("code", &code)]).await;

    assert_eq!(entered.leads_to(), "/accounts/100/deliveries");
    assert!(is_in(&mut browser).await);
    app.finish().await;
}

#[tokio::test]
async fn a_code_works_once_even_for_two_at_once() {
    let (app, mut lee) = app_with_lee().await;
    let (phone, _) = turn_on(&app, &mut lee).await;
    let (mut one, mut two) = (app.browser(), app.browser());
    one.sign_in(EMAIL, PASSWORD).await.leads_to();
    two.sign_in(EMAIL, PASSWORD).await.leads_to();
    // The one that turned it on is used too.
    one.post("/login/code", &[("code", &phone.first)]).await.has_status(422).says("was used before");
    let code = phone.next(&app);
    let fields = [("code", code.as_str())];
    let (first, second) = tokio::join!(one.post("/login/code", &fields), two.post("/login/code", &fields));
    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 422]);
    app.finish().await;
}

#[tokio::test]
async fn each_recovery_code_works_once_and_the_profile_counts_them() {
    let (app, mut lee) = app_with_lee().await;
    let (_, codes) = turn_on(&app, &mut lee).await;
    let mut browser = app.browser();
    browser.sign_in(EMAIL, PASSWORD).await.leads_to();
    browser.post("/login/code", &[("recovery", &codes[3].to_uppercase())]).await.leads_to();
    browser.get("/profile").await.says("9 of 10 left");
    browser.sign_in(EMAIL, PASSWORD).await.leads_to();
    let again = browser.post("/login/code", &[("recovery", &codes[3])]).await;
    again.has_status(422).says("This recovery code was used before");
    browser.post("/login/code", &[("recovery", "aaaaa-aaaaa")]).await.has_status(422).says("not one of your");
    app.finish().await;
}

#[tokio::test]
async fn codes_cannot_be_guessed_for_ever_and_the_wait_for_one_ends() {
    let (app, mut lee) = app_with_lee().await;
    let (phone, _) = turn_on(&app, &mut lee).await;
    let mut browser = app.browser();
    browser.sign_in(EMAIL, PASSWORD).await.leads_to();
    for _ in 0..6 {
        browser.post("/login/code", &[("code", "000000")]).await.has_status(422);
        app.time.advance(Duration::from_secs(5));
    }
    let code = phone.code(app.clock.now_ms());
    let locked = browser.post("/login/code", &[("code", &code)]).await;
    locked.has_status(422).says("Too many tries: wait");
    app.time.advance(minutes(11));
    assert_eq!(browser.get("/login/code").await.leads_to(), "/login");
    let late = phone.code(app.clock.now_ms());
    assert_eq!(browser.post("/login/code", &[("code", &late)]).await.leads_to(), "/login");
    assert!(!is_in(&mut browser).await);
    app.finish().await;
}

#[tokio::test]
async fn a_new_password_ends_the_wait_for_a_code() {
    let (app, mut lee) = app_with_lee().await;
    let (phone, _) = turn_on(&app, &mut lee).await;
    let mut thief = app.browser();
    thief.sign_in(EMAIL, PASSWORD).await.leads_to();
    let change = [("current_password", PASSWORD), ("new_password", "another long passphrase")];
    lee.post("/profile/password", &change).await.leads_to();
    let code = phone.next(&app);
    assert_eq!(thief.post("/login/code", &[("code", &code)]).await.leads_to(), "/login");
    assert!(!is_in(&mut thief).await);
    app.finish().await;
}

#[tokio::test]
async fn a_sign_in_link_is_no_way_around_it() {
    let (app, mut lee) = app_with_lee().await;
    let (phone, _) = turn_on(&app, &mut lee).await;
    let printed = ringpost(&app.place, &["user", "sign-in-link", EMAIL], "").await.done();
    let path = printed.trim().strip_prefix("http://127.0.0.1:8080").unwrap();
    let mut browser = app.browser();
    assert_eq!(browser.post(path, &[]).await.leads_to(), "/login/code");
    assert!(!is_in(&mut browser).await);
    let code = phone.next(&app);
    browser.post("/login/code", &[("code", &code)]).await.leads_to();
    assert_eq!(browser.get("/profile").await.leads_to(), "/profile/new-password");
    app.finish().await;
}

#[tokio::test]
async fn turning_it_on_takes_the_password_and_a_code_of_this_key() {
    let (app, mut lee) = app_with_lee().await;
    let phone = Phone::of(&lee.get(PAGE).await);
    assert_eq!(phone.key, Phone::of(&lee.get(PAGE).await).key, "a reload shows the same key");
    let code = phone.code(app.clock.now_ms());
    let wrong = lee.post(PAGE, &[("code", &code), ("current_password", "not the passphrase")]).await;
    wrong.has_status(422).says("The current password is wrong");
    let wrong = lee.post(PAGE, &[("code", "12"), ("current_password", PASSWORD)]).await;
    wrong.has_status(422).says("That code is not right");
    assert!(lee.get("/profile").await.text().contains("Turn on a second factor"));
    app.finish().await;
}

#[tokio::test]
async fn its_owner_removes_it_with_password_and_code_and_is_told_by_mail() {
    let mails = SmtpServer::friendly().await;
    let app = start().with("--smtp-url", &mails.url("smtp", "", "")).spawn().await;
    app.person(EMAIL, Some((100, Role::Viewer))).await;
    let mut lee = app.signed_in(EMAIL).await;
    let (phone, _) = turn_on(&app, &mut lee).await;
    let remove = format!("{PAGE}/remove");
    lee.get(&remove).await.has_status(200);
    let code = phone.next(&app);
    for fields in [
        [("current_password", "not the passphrase"), ("code", code.as_str())],
        [("current_password", PASSWORD), ("code", "000000")],
    ] {
        lee.post(&remove, &fields).await.has_status(422);
    }
    let done = lee.post(&remove, &[("current_password", PASSWORD), ("code", &code)]).await;
    assert_eq!(done.leads_to(), "/profile");
    lee.get("/profile").await.says("Second factor removed.");
    app.signed_in(EMAIL).await;
    let subjects: Vec<String> =
        mails.wait_for(2).await.iter().map(|mail| mail.header("Subject").unwrap()).collect();
    assert!(subjects.iter().any(|subject| subject.contains("A second factor was turned on")), "{subjects:?}");
    assert!(
        subjects.iter().any(|subject| subject.contains("Your second factor was removed")),
        "{subjects:?}"
    );
    app.finish().await;
}

#[tokio::test]
async fn an_operator_takes_a_lost_one_away_on_the_page_and_from_a_shell() {
    let (app, mut lee) = app_with_lee().await;
    app.operator("root@platform.example").await;
    let mut operator = app.signed_in("root@platform.example").await;
    let id = app.db.user_by_email(EMAIL).await.unwrap().unwrap().id;
    turn_on(&app, &mut lee).await;
    operator.get(&format!("/people/{id}")).await.says("Remove the second factor");
    operator.post(&format!("/people/{id}/reset-2fa"), &[]).await.leads_to();
    assert!(!is_in(&mut lee).await);
    let mut lee = app.signed_in(EMAIL).await;
    assert!(is_in(&mut lee).await);

    turn_on(&app, &mut lee).await;
    ringpost(&app.place, &["user", "reset-2fa", EMAIL], "").await.done();
    assert!(!is_in(&mut lee).await);
    ringpost(&app.place, &["user", "reset-2fa", EMAIL], "").await.refused(1, "has no second factor");
    let again = operator.post(&format!("/people/{id}/reset-2fa"), &[]).await;
    again.has_status(422).says("has no second factor");
    app.finish().await;
}

#[tokio::test]
async fn who_must_have_one_does_nothing_before() {
    for (demand, viewer, admin, operator) in [
        ("off", false, false, false),
        ("operators", false, false, true),
        ("admins", false, true, true),
        ("all", true, true, true),
    ] {
        let app = start().with("--require-2fa", demand).spawn().await;
        app.operator("operator@acme.example").await;
        app.person("admin@acme.example", Some((100, Role::Admin))).await;
        app.person("viewer@acme.example", Some((100, Role::Viewer))).await;
        for (who, is_demanded) in [("viewer", viewer), ("admin", admin), ("operator", operator)] {
            let mut browser = app.signed_in(&format!("{who}@acme.example")).await;
            let page = browser.get("/accounts/100/company").await;
            if !is_demanded {
                page.has_status(200);
                continue;
            }
            assert_eq!(page.leads_to(), PAGE, "{demand} {who}");
            browser.get("/api/v1/event-types").await.error(403, "SIGN_IN_UNFINISHED");
            let page = browser.get(PAGE).await;
            page.has_status(200).says("This server demands a second factor of you");
            let code = Phone::of(&page).code(app.clock.now_ms());
            browser.post(PAGE, &[("code", &code)]).await.leads_to();
            browser.get("/accounts/100/company").await.has_status(200);
        }
        app.finish().await;
    }
}

#[tokio::test]
async fn nothing_of_it_can_be_read_where_it_is_kept() {
    let (app, mut lee) = app_with_lee().await;
    let (_, codes) = turn_on(&app, &mut lee).await;
    lee.post("/profile/second-factor/remove", &[("current_password", PASSWORD), ("recovery", &codes[0])])
        .await
        .leads_to();
    let (again, more) = turn_on(&app, &mut lee).await;
    let log = app.db.audit(&AuditFilter::default(), 100).await.unwrap();
    for told in ["second_factor_set", "recovery_code_used", "second_factor_removed"] {
        assert!(log.iter().any(|line| line.action.as_str() == told && line.object == EMAIL), "{log:?}");
    }
    let (written, mut secrets) = (format!("{log:?}"), codes.iter().chain(&more));
    assert!(secrets.all(|secret| !written.contains(secret)), "{written}");
    let id = app.db.user_by_email(EMAIL).await.unwrap().unwrap().id;
    let (key, codes) = (&again.key, more);
    let stored = app.db.second_factor(&id).await.unwrap().unwrap();
    let kept = format!("{stored:?}");
    assert!(!kept.contains(&key.replace(' ', "")) && codes.iter().all(|code| !kept.contains(code)), "{kept}");
    app.finish().await;
}
