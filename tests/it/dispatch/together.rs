//! Many at once: what was answered is on disk, and is sent once.

use std::collections::HashSet;

use futures_util::future::join_all;
use ringpost::domain::delivery::State;
use ringpost::domain::role::Role;
use serde_json::json;

use crate::support::app::spawn_app;
use crate::support::receiver::Receiver;
use crate::support::samples::sample;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_events_posted_at_once_are_all_on_disk_and_each_is_delivered_once() {
    let (app, receiver) = (spawn_app().await, Receiver::ok().await);
    app.notify(Some(&receiver.url("/hook")), "tenant_created", true, "").await;
    let token = app.token(Some(100), Role::Ingest).await;
    let posts = (0..64).map(|number| {
        let mut event = sample("tenant_created");
        event["tenant_id"] = json!(number);
        let (app, token) = (&app, &token);
        async move { app.post_event(token, &event).await }
    });

    let answers = join_all(posts).await;

    let mut ids = HashSet::new();
    for answer in &answers {
        answer.has_status(202);
        let id = answer.json()["id"].as_str().unwrap().to_owned();
        assert!(app.db.event_payload(100, &id).await.unwrap().is_some());
        ids.insert(id);
    }
    assert_eq!(ids.len(), 64);
    let log = app.settled_log().await;
    assert_eq!(log.len(), 128);
    assert!(log.iter().all(|row| row.state == State::Delivered && row.attempt == 1));
    let deliveries: HashSet<String> = receiver
        .requests()
        .iter()
        .map(|seen| seen.header("x-ringpost-delivery").unwrap().to_owned())
        .collect();
    assert_eq!((receiver.requests().len(), deliveries.len()), (64, 64));
    app.finish().await;
}
