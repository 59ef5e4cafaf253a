//! The link in subscribers' mails: opening it only asks, posting to it acts, and nobody has to sign in.

use ringpost::access::MayEdit;
use ringpost::actions::notifications::{self, NotificationsInput};
use ringpost::domain::delivery::Reason;
use ringpost::domain::role::Role;
use ringpost::domain::settings::EventSettings;
use ringpost::domain::values::EmailList;

use crate::support::app::{TestApp, spawn_app};
use crate::support::http::Request;
use crate::support::samples::sample;

fn link(app: &TestApp, address: &str) -> String {
    format!("/u/{}", app.sender.unsubscribe_links().sign(100, &address.parse().unwrap()))
}

async fn is_unsubscribed(app: &TestApp, address: &str) -> bool {
    app.db.settings(100).await.unwrap().unwrap().is_unsubscribed(&address.parse().unwrap())
}

#[tokio::test]
async fn opening_the_link_only_asks() {
    let app = spawn_app().await;
    let page = app.send(Request::new("GET", link(&app, "lee@acme.example"))).await;
    page.has_status(200).says("Stop these emails?").says("lee@acme.example").says("Acme Corp");
    assert!(!is_unsubscribed(&app, "lee@acme.example").await);
    app.finish().await;
}

#[tokio::test]
async fn posting_to_it_unsubscribes_without_a_session_as_mail_programs_do() {
    let app = spawn_app().await;
    app.notify(None, "run_failed", false, "Lee@acme.example, ops@acme.example").await;
    let one_click = Request::new("POST", link(&app, "Lee@acme.example"))
        .body("application/x-www-form-urlencoded", "List-Unsubscribe=One-Click");

    app.send(one_click.clone()).await.has_status(200).says("You are unsubscribed");
    app.send(one_click).await.has_status(200);

    assert!(is_unsubscribed(&app, "lee@acme.example").await);
    let token = app.token(Some(100), Role::Ingest).await;
    let answer = app.post_event(&token, &sample("run_failed")).await;
    assert_eq!(answer.json()["deliveries"], 2);
    let log = app.settled_log().await;
    let lee = log.iter().find(|row| row.target.recipient() == "Lee@acme.example").unwrap();
    assert_eq!((lee.state.as_str(), lee.reason.map(Reason::as_str)), ("skipped", Some("unsubscribed")));
    app.finish().await;
}

#[tokio::test]
async fn a_forged_link_is_not_found_and_does_nothing() {
    let app = spawn_app().await;
    let good = link(&app, "lee@acme.example");
    let other = link(&app, "ops@acme.example");
    let half = good.len() / 2;
    let spliced = format!("{}{}", &good[..half], &other[half..]);
    for path in [&good[..good.len() - 1], "/u/", "/u/forged", "/u/..%2f", &spliced] {
        for method in ["GET", "POST"] {
            app.send(Request::new(method, path)).await.has_status(404);
        }
    }
    assert!(
        !is_unsubscribed(&app, "lee@acme.example").await && !is_unsubscribed(&app, "ops@acme.example").await
    );
    app.finish().await;
}

#[tokio::test]
async fn unsubscribing_from_one_account_leaves_the_others() {
    let app = spawn_app().await;
    app.account(200, "Globex", "prod-globex", "kim@globex.example").await;
    app.send(Request::new("POST", link(&app, "lee@acme.example"))).await.has_status(200);
    let globex = app.db.settings(200).await.unwrap().unwrap();
    assert!(!globex.is_unsubscribed(&"lee@acme.example".parse().unwrap()));
    app.finish().await;
}

#[tokio::test]
async fn an_address_that_is_taken_off_and_added_anew_hears_again() {
    let app = spawn_app().await;
    let list = async |text: &str| {
        let list = EmailList::parse(text, &"dana@acme.example".parse().unwrap()).unwrap().list;
        let row = EventSettings { send_webhook: false, subscribers: list };
        let input = NotificationsInput { webhook: None, events: vec![("run_failed".to_owned(), row)] };
        let permit = app.permit::<MayEdit>(100).await;
        let before = notifications::load(&app, &permit).await.unwrap();
        notifications::save(&app, &permit, &before, input).await.unwrap();
    };
    list("lee@acme.example").await;
    app.send(Request::new("POST", link(&app, "lee@acme.example"))).await.has_status(200);
    list("lee@acme.example, ops@acme.example").await;
    assert!(is_unsubscribed(&app, "lee@acme.example").await, "saving a list again asks nobody");
    list("ops@acme.example").await;
    list("ops@acme.example, lee@acme.example").await;
    assert!(!is_unsubscribed(&app, "lee@acme.example").await);
    app.finish().await;
}
