//! A receiver in trouble is trouble for nobody else.

use std::time::Duration;

use ringpost::domain::delivery::State;
use ringpost::domain::role::Role;
use ringpost::vault::Cell;
use serde_json::json;

use crate::support::app::{spawn_app, start};
use crate::support::receiver::{Answer, Receiver};
use crate::support::samples::sample;

#[tokio::test]
async fn a_receiver_that_never_answers_is_sent_four_at_first_and_then_one_at_a_time() {
    let app = start().with("--webhook-timeout", "1s").spawn().await;
    let receiver = Receiver::answering(Answer::silence()).await;
    app.notify(Some(&receiver.url("/hook")), "run_failed", true, "").await;
    let token = app.token(Some(100), Role::Ingest).await;
    for _ in 0..6 {
        app.post_event(&token, &sample("run_failed")).await.has_status(202);
    }

    receiver.wait_for(4).await;
    assert_eq!(receiver.connections(), 4);
    receiver.wait_for(5).await;
    assert_eq!(receiver.connections(), 5, "it is probed by one request");
    receiver.wait_for(6).await;

    assert_eq!(app.settled_log().await.iter().filter(|row| row.state == State::Unknown).count(), 6);
    app.finish().await;
}

#[tokio::test]
async fn a_dead_receiver_with_a_long_queue_does_not_hold_others_up() {
    let app = spawn_app().await;
    app.account(200, "Globex", "prod-globex", "kim@globex.example").await;
    let (dead, alive) = (Receiver::answering(Answer::silence()).await, Receiver::ok().await);
    app.notify(Some(&dead.url("/hook")), "run_failed", true, "").await;
    let everywhere = app.token(None, Role::Ingest).await;
    for _ in 0..20 {
        app.post_event(&everywhere, &sample("run_failed")).await.has_status(202);
    }
    dead.wait_for(4).await;
    save_for_globex(&app, &alive).await;
    let mut theirs = sample("run_failed");
    theirs["account_id"] = json!(200);
    theirs["environment"] = json!("prod-globex");

    app.post_event(&everywhere, &theirs).await.has_status(202);

    // The dead receiver keeps its requests for fifteen seconds; this one must not wait for them.
    let arrived = tokio::time::timeout(Duration::from_secs(5), alive.wait_for(1)).await;
    assert_eq!(arrived.expect("held up").len(), 1);
    assert_eq!(dead.requests().len(), 4);
    app.finish_with_pending().await;
}

async fn save_for_globex(app: &crate::support::app::TestApp, receiver: &Receiver) {
    use ringpost::db::settings::{SealedWebhook, SettingsChange};
    use ringpost::domain::settings::{EventSettings, SharedWebhook};
    let url = receiver.url("/globex");
    let seen = SharedWebhook { authority: url.authority(), label: url.label() };
    let sealed =
        SealedWebhook { url: app.vault.seal(Cell::SettingsUrl(200), &url.expose().into()).unwrap(), seen };
    let row = EventSettings { send_webhook: true, ..EventSettings::default() };
    let events = vec![("run_failed".to_owned(), row)];
    let change = SettingsChange { webhook: Some(sealed), events, ..SettingsChange::default() };
    assert!(app.db.save_settings(200, change, Vec::new(), 1).await.unwrap());
}
