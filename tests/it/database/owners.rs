//! Whose a waiting row is, and what becomes of it when its owner is gone.

use std::collections::HashSet;
use std::sync::Arc;

use ringpost::db::Db;
use ringpost::domain::delivery::{DestinationAddress, OutboxMessage, State, Target};
use uuid::Uuid;

use super::rows::{accepted, end, entry, mail, now, opened, row};

fn ids(messages: &[OutboxMessage]) -> HashSet<Uuid> {
    messages.iter().map(|message| message.delivery.id).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_that_claim_at_once_take_each_row_once() {
    let (place, db) = opened().await;
    let rows = accepted(&db, entry(State::Pending, 200)).await;
    place.change("update deliveries set instance = null").await;
    let other = Db::open(place.url()).await.unwrap();
    let now = now().as_millisecond();
    let claim_all = |db: Db, name: &'static str| async move {
        let mut claimed = Vec::new();
        loop {
            let more = db.claim_unowned(name.into(), now, 7).await.unwrap();
            if more.is_empty() {
                return claimed;
            }
            claimed.extend(more);
        }
    };

    let (mine, theirs) =
        (tokio::spawn(claim_all(db.clone(), "me")), tokio::spawn(claim_all(other.clone(), "they")));
    let (mine, theirs) = (mine.await.unwrap(), theirs.await.unwrap());

    assert_eq!(mine.len() + theirs.len(), 200);
    let both: HashSet<Uuid> = ids(&mine).union(&ids(&theirs)).copied().collect();
    assert_eq!(both, rows.iter().map(|row| row.id).collect());
    assert!(mine.iter().chain(&theirs).all(|message| &*message.payload == "{\"run_id\":7}"));
    assert_eq!(row(&place, theirs.first().unwrap_or_else(|| &mine[0]).delivery.id).await.0, "pending");
    other.close().await;
    end(place, db).await;
}

#[tokio::test]
async fn a_lane_is_read_in_the_order_of_acceptance_and_by_its_owner_only() {
    let (place, db) = opened().await;
    let rows = accepted(&db, entry(State::Pending, 5)).await;
    let mut elsewhere = entry(State::Pending, 1);
    elsewhere.deliveries[0].target =
        Target::SharedWebhook { authority: "b.example".into(), label: "b".into() };
    accepted(&db, elsewhere).await;
    let now = now().as_millisecond();
    let lane = "hooks.acme.example";

    let waiting = db.waiting_in_lane("me", 100, lane, now, 3).await.unwrap();

    let in_order: Vec<Uuid> = waiting.iter().map(|message| message.delivery.id).collect();
    assert_eq!(in_order, rows[..3].iter().map(|row| row.id).collect::<Vec<_>>());
    // The clock was put back by an hour: what is owned was due when it became so.
    let an_hour_ago = db.waiting_in_lane("me", 100, lane, now - 3_600_000, 3).await.unwrap();
    assert_eq!(an_hour_ago.len(), 3);
    assert_eq!(db.waiting_in_lane("another", 100, lane, now, 3).await.unwrap().len(), 0);
    assert_eq!(db.waiting_in_lane("me", 101, lane, now, 3).await.unwrap().len(), 0);
    assert_eq!((db.pending(100).await.unwrap(), db.pending(4).await.unwrap()), (6, 4));
    end(place, db).await;
}

#[tokio::test]
async fn what_is_sent_without_an_attempt_is_unknown_and_a_mail_waits_again() {
    let (place, db) = opened().await;
    let me = Arc::<str>::from("me");
    let webhook = accepted(&db, entry(State::Sending, 1)).await.remove(0);
    let letter = accepted(&db, mail(State::Sending)).await.remove(0);
    let mut unsaved = mail(State::Sending);
    unsaved.deliveries[0].target = Target::Destination {
        id: None,
        address: DestinationAddress::Mail("ops@acme.example".parse().unwrap()),
    };
    let unsaved = accepted(&db, unsaved).await.remove(0);
    let kept = accepted(&db, entry(State::Sending, 1)).await.remove(0);
    let sending = HashSet::from_iter(db.sending_of("me").await.unwrap());
    assert_eq!(sending, HashSet::from([webhook.id, letter.id, unsaved.id, kept.id].map(|id| (id, 1))));
    let gone = vec![webhook.id, letter.id, unsaved.id];
    let now = now().as_millisecond();

    assert_eq!(db.interrupt(gone.clone(), "another".into(), now).await.unwrap(), 0);
    assert_eq!(db.interrupt(gone, me, now).await.unwrap(), 3);

    assert_eq!(row(&place, webhook.id).await, ("unknown".to_owned(), 1, None));
    assert_eq!(row(&place, letter.id).await, ("pending".to_owned(), 1, None));
    assert_eq!(row(&place, unsaved.id).await, ("unknown".to_owned(), 1, None));
    assert_eq!(db.sending_of("me").await.unwrap(), [(kept.id, 1)]);
    end(place, db).await;
}

#[tokio::test]
async fn rows_of_an_instance_that_is_silent_for_a_minute_are_free_and_it_learns_that() {
    let (place, db) = opened().await;
    let (me, now) = (Arc::<str>::from("me"), now().as_millisecond());
    let first = db.heartbeat(Arc::clone(&me), true).await.unwrap();
    assert!(!first.known);
    assert!(first.clock_offset_ms.unwrap().abs() < 1_000, "{first:?}");
    assert!(db.heartbeat(Arc::clone(&me), true).await.unwrap().known);
    let waits = accepted(&db, entry(State::Pending, 3)).await;
    let webhook = accepted(&db, entry(State::Sending, 1)).await.remove(0);
    let letter = accepted(&db, mail(State::Sending)).await.remove(0);
    place.change("update instances set seen_at = seen_at - 58000").await;
    assert_eq!(db.recover_abandoned(now).await.unwrap(), 0);

    place.change("update instances set seen_at = seen_at - 3000").await;
    assert_eq!(db.recover_abandoned(now).await.unwrap(), 5);

    for waiting in &waits {
        assert_eq!(row(&place, waiting.id).await, ("pending".to_owned(), 0, None));
    }
    assert_eq!(row(&place, webhook.id).await, ("unknown".to_owned(), 1, None));
    assert_eq!(row(&place, letter.id).await, ("pending".to_owned(), 1, None));
    assert!(!db.heartbeat(me, false).await.unwrap().known, "it was forgotten");
    assert_eq!(db.recover_abandoned(now).await.unwrap(), 0);
    end(place, db).await;
}

/// Silence is told by the database's clock: what an instance's own clock says does not matter.
#[tokio::test]
async fn a_clock_that_is_ahead_makes_nobody_silent() {
    let (place, db) = opened().await;
    let hour = 60 * 60 * 1_000;
    db.heartbeat("me".into(), true).await.unwrap();
    let sending = accepted(&db, entry(State::Sending, 1)).await.remove(0);

    assert_eq!(db.recover_abandoned(now().as_millisecond() + hour).await.unwrap(), 0);

    assert_eq!(row(&place, sending.id).await, ("sending".to_owned(), 1, Some("me".to_owned())));
    end(place, db).await;
}
