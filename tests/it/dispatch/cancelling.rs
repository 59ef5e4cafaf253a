//! Cancelling: what waits of one event ends as truly as it can be told, and everything else stays.

use std::time::Duration;

use jiff::Timestamp;
use ringpost::db::events::Entry;
use ringpost::domain::delivery::{Delivery, Reason, State, Target, Trigger};
use ringpost::domain::event::Event;
use ringpost::domain::route::Planned;
use uuid::Uuid;

use crate::support::app::{TestApp, spawn_app};
use crate::support::receiver::Receiver;

/// Writes an event down whose deliveries stand like this, each with so many attempts behind it.
async fn stored(app: &TestApp, ends: &[(State, u32, Option<Reason>)]) -> Uuid {
    let event = event(app);
    let delivery = |&(state, attempt, reason): &_| {
        let planned = Planned::from(Target::PrimaryContact("dana@acme.example".parse().unwrap()));
        let delivery = planned.into_delivery(app.clock.new_id(), &event, Trigger::Adhoc);
        // Nobody comes to send it in between.
        let due_at = event.accepted_at + Duration::from_hours(1);
        Delivery { state, attempt, reason, due_at, ..delivery }
    };
    let deliveries = ends.iter().map(delivery).collect();
    let event_id = event.id;
    app.db.accept(entry(event, deliveries)).await.unwrap();
    event_id
}

fn event(app: &TestApp) -> Event {
    Event {
        id: app.clock.new_id(),
        account_id: 100,
        key: "run_failed".to_owned(),
        payload: serde_json::Map::new(),
        accepted_at: app.clock.now(),
    }
}

fn entry(event: Event, deliveries: Vec<Delivery>) -> Entry {
    Entry {
        event,
        is_known: false,
        payload: "{}".into(),
        trigger: Trigger::Adhoc,
        nonce: None,
        idempotency: None,
        recovery: None,
        deliveries,
        instance: Some("somebody else".into()),
    }
}

#[tokio::test]
async fn what_waits_of_an_event_ends_by_what_is_known_of_it_and_nothing_else_changes() {
    let app = spawn_app().await;
    let waiting = (State::Pending, 0, None);
    let deferred = (State::Pending, 1, Some(Reason::SmtpDeferred));
    let unanswered = (State::Pending, 1, Some(Reason::NoAnswer));
    let interrupted = (State::Pending, 1, None);
    let ended = (State::Failed, 1, Some(Reason::SmtpRefused));
    let event = stored(&app, &[waiting, deferred, unanswered, interrupted, ended]).await;
    let other = stored(&app, &[ended]).await;

    assert_eq!(app.db.cancel_waiting(100, other, 7_000).await.unwrap(), 0);
    assert_eq!(app.db.cancel_waiting(200, event, 7_000).await.unwrap(), 0, "another account's");
    assert_eq!(app.db.cancel_waiting(100, event, 7_000).await.unwrap(), 4);
    assert_eq!(app.db.cancel_waiting(100, event, 8_000).await.unwrap(), 0, "once");

    let rows = app.db.deliveries_of(100, event).await.unwrap();
    let ends: Vec<_> = rows.iter().map(|row| (row.state, row.reason)).collect();
    assert_eq!(
        ends,
        [
            (State::Skipped, Some(Reason::Cancelled)),
            (State::Failed, Some(Reason::SmtpDeferred)),
            (State::Unknown, Some(Reason::NoAnswer)),
            (State::Unknown, Some(Reason::Interrupted)),
            (State::Failed, Some(Reason::SmtpRefused)),
        ]
    );
    let at: Vec<_> = rows.iter().map(|row| row.finished_at.map(Timestamp::as_millisecond)).collect();
    assert_eq!(at, [Some(7_000), Some(7_000), Some(7_000), Some(7_000), None]);
    app.finish().await;
}

#[tokio::test]
async fn a_test_whose_typed_url_nobody_knows_any_more_goes_nowhere_else() {
    let (app, saved) = (spawn_app().await, Receiver::ok().await);
    app.notify(Some(&saved.url("/saved")), "run_failed", true, "").await;
    let typed = saved.url("/typed");
    for (url, ended) in
        [(typed, (State::Skipped, Some(Reason::Cancelled))), (saved.url("/saved"), (State::Delivered, None))]
    {
        let event = event(&app);
        let target = Target::SharedWebhook { authority: url.authority(), label: url.label() };
        let delivery = Planned::from(target).into_delivery(app.clock.new_id(), &event, Trigger::Test);
        let (id, deliveries) = (event.id, vec![delivery]);
        // A process that has ended has left it to whoever comes next.
        app.db
            .accept(Entry { trigger: Trigger::Test, instance: None, ..entry(event, deliveries) })
            .await
            .unwrap();
        app.settled_log().await;
        let row = app.db.deliveries_of(100, id).await.unwrap().remove(0);
        assert_eq!((row.state, row.reason), ended);
    }
    assert_eq!(saved.requests().len(), 1);
    app.finish().await;
}
