//! Guessing is slow, and tells nothing.

use std::time::Duration;

use ringpost::domain::role::Role;

use crate::support::app::spawn_app;
use crate::support::clock::minutes;
use crate::support::people::PASSWORD;

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
    browser.post("/profile/password", &fields).await.has_status(422).says("Too many tries: wait 1 seconds");
    app.finish().await;
}
