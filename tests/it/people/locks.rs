//! Guessing is slow, and tells nothing.

use std::time::Duration;

use ringpost::domain::role::Role;

use crate::support::app::{spawn_app, start};
use crate::support::browser::{Browser, Form};
use crate::support::clock::minutes;
use crate::support::people::PASSWORD;
use crate::support::place::Place;
use crate::support::program::{Serving, ringpost};
use crate::support::smtp::{SmtpServer, Taken};

#[tokio::test]
async fn a_wrong_password_an_unknown_address_and_a_disabled_person_read_the_same() {
    let app = spawn_app().await;
    app.person("dana@acme.example", Some((100, Role::Admin))).await;
    let lee = app.person("lee@acme.example", Some((100, Role::Viewer))).await;
    app.db.set_disabled(lee, true, app.clock.now_ms()).await.unwrap();
    let mut pages = Vec::new();
    for (email, password) in [
        ("dana@acme.example", "not the passphrase"),
        ("nobody@acme.example", PASSWORD),
        ("lee@acme.example", PASSWORD),
    ] {
        let answer = app.browser().sign_in(email, password).await;
        answer.has_status(422).says("The email address or the password is wrong");
        pages.push(answer.body.replace(email, "ADDRESS"));
    }
    assert!(pages.iter().all(|page| *page == pages[0]));
    app.finish().await;
}

#[tokio::test]
async fn after_three_wrong_passwords_even_the_right_one_waits_whether_anybody_is_called_so_or_not() {
    let app = spawn_app().await;
    app.person("dana@acme.example", Some((100, Role::Admin))).await;
    for email in ["dana@acme.example", "nobody@acme.example"] {
        for _ in 0..6 {
            app.browser().sign_in(email, "not the passphrase").await;
            app.time.advance(Duration::from_secs(5));
        }
        let answer = app.browser().sign_in(email, PASSWORD).await;
        answer.has_status(429).says("Too many tries: wait");
        assert!(answer.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
    }
    app.time.advance(minutes(1));
    app.browser().sign_in("dana@acme.example", PASSWORD).await.leads_to();
    app.finish().await;
}

#[tokio::test]
async fn a_new_password_from_an_operator_ends_the_wait_of_the_person_but_not_of_the_network() {
    let app = spawn_app().await;
    app.person("dana@acme.example", Some((100, Role::Admin))).await;
    let mut known = app.signed_in("dana@acme.example").await;
    known.post("/logout", &[]).await.leads_to();
    for _ in 0..3 {
        app.browser().sign_in("dana@acme.example", "not the passphrase").await.has_status(422);
        known.sign_in("dana@acme.example", "not the passphrase").await.has_status(422);
    }
    let promised = "A new password ends the wait: an operator makes one with `ringpost user reset-password`";
    app.browser().sign_in("dana@acme.example", PASSWORD).await.has_status(429).says(promised);
    known.sign_in("dana@acme.example", PASSWORD).await.has_status(429).says(promised);

    let reset = ["user", "reset-password", "dana@acme.example"];
    let made = ringpost(&app.place, &reset, "").await.done();
    app.browser().sign_in("dana@acme.example", made.trim()).await.leads_to();
    known.sign_in("dana@acme.example", made.trim()).await.leads_to();

    for number in 0..30 {
        app.browser().sign_in(&format!("guess{number}@acme.example"), PASSWORD).await;
    }
    let made = ringpost(&app.place, &reset, "").await.done();
    let refused = app.browser().sign_in("dana@acme.example", made.trim()).await;
    refused.has_status(429).says("Too many tries from your network address: wait");
    assert!(!Form::of(&refused).0.is_empty() && !refused.text().contains(promised));
    app.finish().await;
}

#[tokio::test]
async fn a_sign_in_that_has_to_wait_is_no_error_in_the_log() {
    let place = Place::fresh().await;
    let server = Serving::start(&place, &["--log", "info"]).await;
    let mut statuses = Vec::new();
    for _ in 0..4 {
        let tried = Browser::new(server.address).sign_in("dana@acme.example", "not the passphrase").await;
        statuses.push(tried.status.as_u16());
    }
    assert_eq!(statuses, [422, 422, 422, 429]);
    server.logs("the wait", |log| log.contains("a sign-in was not judged")).await;
    let said = server.said().lock().unwrap().clone();
    assert!(!said.contains("\"level\":\"ERROR\""), "{said}");
    server.terminate().await;
    place.clear().await;
}

#[tokio::test]
async fn an_international_address_is_the_same_in_either_form_at_every_door() {
    let mails = SmtpServer::friendly().await;
    let app = start().with("--smtp-url", &mails.url("smtp", "", "")).spawn().await;
    app.person("lee@xn--bcher-kva.example", Some((100, Role::Viewer))).await;
    for typed in ["Lee@Bücher.example", " lee@BÜCHER.example ", "lee@xn--bcher-kva.example"] {
        app.browser().sign_in(typed, PASSWORD).await.leads_to();
    }
    let mut sent = mails.log().mails.len();
    for typed in ["lee@bücher.example", "LEE@xn--bcher-kva.example"] {
        app.time.advance(minutes(4));
        app.browser().post("/login/forgotten", &[("email", typed)]).await.has_status(200);
        let has_link = |mail: &&Taken| mail.message.contains("/login/link/");
        mails.wait_until(|log| log.mails[sent..].iter().any(|mail| has_link(&mail))).await;
        sent = mails.log().mails.len();
    }
    ringpost(&app.place, &["user", "disable", "lee@bücher.example"], "").await.done();
    ringpost(&app.place, &["user", "enable", "lee@xn--bcher-kva.example"], "").await.done();
    // Whoever guesses in one form has guessed in the other.
    for _ in 0..3 {
        app.browser().sign_in("lee@bücher.example", "not the passphrase").await.has_status(422);
    }
    app.browser().sign_in("lee@xn--bcher-kva.example", PASSWORD).await.has_status(429);
    let mut admin = app.visitor(Role::Admin).await;
    let invited =
        admin.post("/accounts/100/users", &[("email", "lee@bücher.example"), ("role", "viewer")]).await;
    invited.has_status(422).says("is in this account already");
    app.stop().await.clear().await;
}

#[tokio::test]
async fn thirty_failures_from_one_address_end_the_trying_there_and_good_sign_ins_do_not_count() {
    let app = spawn_app().await;
    app.person("dana@acme.example", Some((100, Role::Admin))).await;
    for _ in 0..3 {
        app.browser().sign_in("dana@acme.example", PASSWORD).await.leads_to();
    }
    for number in 0..30 {
        let email = format!("guess{number}@acme.example");
        app.browser().sign_in(&email, PASSWORD).await.has_status(422);
    }

    let refused = app.browser().sign_in("dana@acme.example", PASSWORD).await;

    refused.has_status(429);
    app.time.advance(Duration::from_secs(5 * 60 + 1));
    app.browser().sign_in("dana@acme.example", PASSWORD).await.leads_to();
    app.finish().await;
}

#[tokio::test]
async fn an_open_session_cannot_guess_the_current_password_for_ever() {
    let app = spawn_app().await;
    let mut browser = app.visitor(Role::Viewer).await;
    let fields = [("current_password", "not the passphrase"), ("new_password", "another long passphrase")];
    for _ in 0..3 {
        browser.post("/profile/password", &fields).await.has_status(422).says("current password is wrong");
    }
    browser.post("/profile/password", &fields).await.has_status(422).says("Too many tries: wait 1 second");
    app.finish().await;
}
