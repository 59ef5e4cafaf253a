//! Who is told, and who is not.

use ringpost::domain::delivery::{Channel, Reason, State};
use ringpost::domain::role::Role;

use crate::support::app::{TestApp, spawn_app};
use crate::support::receiver::Receiver;
use crate::support::samples::sample;

/// Posts a failed run; answers each recipient of it with the state of the delivery.
async fn told(app: &TestApp) -> Vec<(String, State)> {
    let token = app.token(Some(100), Role::Ingest).await;
    app.post_event(&token, &sample("run_failed")).await.has_status(202);
    app.settled_log().await.into_iter().map(|row| (row.target.recipient().to_owned(), row.state)).collect()
}

fn pairs(told: &[(String, State)]) -> Vec<(&str, &str)> {
    told.iter().map(|(recipient, state)| (recipient.as_str(), state.as_str())).collect()
}

#[tokio::test]
async fn a_toggle_off_sends_no_webhook_and_the_log_says_why() {
    let (app, receiver) = (spawn_app().await, Receiver::ok().await);
    app.notify(Some(&receiver.url("/hook")), "run_failed", false, "").await;

    told(&app).await;

    assert_eq!(receiver.connections(), 0);
    let log = app.log().await;
    let row = log.iter().find(|row| row.target.channel() == Channel::Webhook).unwrap();
    assert_eq!((row.state.as_str(), row.reason.map(Reason::as_str)), ("skipped", Some("toggle_off")));
    app.finish().await;
}

#[tokio::test]
async fn a_toggle_is_for_its_own_event_only() {
    let (app, receiver) = (spawn_app().await, Receiver::ok().await);
    app.notify(Some(&receiver.url("/hook")), "sync_failed", true, "").await;
    told(&app).await;
    assert_eq!(receiver.connections(), 0);
    app.finish().await;
}

#[tokio::test]
async fn the_primary_contact_is_always_told_even_with_no_settings_at_all() {
    let app = spawn_app().await;
    assert_eq!(pairs(&told(&app).await), [("dana@acme.example", "delivered")]);
    app.finish().await;
}

#[tokio::test]
async fn each_subscriber_gets_a_mail_of_their_own() {
    let app = spawn_app().await;
    app.notify(None, "run_failed", false, "ops@acme.example, lee@acme.example").await;
    let told = told(&app).await;
    assert_eq!(
        pairs(&told),
        [
            ("dana@acme.example", "delivered"),
            ("ops@acme.example", "delivered"),
            ("lee@acme.example", "delivered"),
        ]
    );
    app.finish().await;
}

#[tokio::test]
async fn a_subscriber_who_becomes_the_primary_contact_gets_one_mail() {
    let app = spawn_app().await;
    app.notify(None, "run_failed", false, "lee@acme.example").await;
    let mut account = app.db.account(100).await.unwrap().unwrap();
    account.contact.email = "Lee@Acme.example".parse().unwrap();
    app.db.update_account(None, account, Vec::new(), 1).await.unwrap();

    assert_eq!(told(&app).await.len(), 1);
    app.finish().await;
}

#[tokio::test]
async fn a_url_that_was_taken_away_is_not_called_any_more() {
    let (app, receiver) = (spawn_app().await, Receiver::ok().await);
    app.notify(Some(&receiver.url("/hook")), "run_failed", true, "").await;
    app.notify(None, "run_failed", true, "").await;
    assert_eq!(pairs(&told(&app).await), [("dana@acme.example", "delivered")]);
    assert_eq!(receiver.connections(), 0);
    app.finish().await;
}

#[tokio::test]
async fn the_log_never_holds_the_path_or_query_of_the_webhook() {
    let (app, receiver) = (spawn_app().await, Receiver::ok().await);
    app.notify(Some(&receiver.url("/hook/t0k3n?key=s3cr3t")), "run_failed", true, "").await;
    told(&app).await;

    let request = &receiver.requests()[0];
    assert!(request.head.starts_with("POST /hook/t0k3n?key=s3cr3t "), "{}", request.head);
    let row = app.log().await.into_iter().find(|row| row.target.channel() == Channel::Webhook).unwrap();
    let transcript = app.db.transcript(100, &row.id.to_string()).await.unwrap().unwrap();
    let kept = format!("{row:?} {transcript:?}");
    assert!(!kept.contains("t0k3n") && !kept.contains("s3cr3t"), "{kept}");
    assert!(row.target.recipient().starts_with(&format!("http://{}", receiver.address)), "{row:?}");
    app.finish().await;
}
