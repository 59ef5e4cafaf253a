//! What has waited too long, and what has been kept long enough.

use jiff::Timestamp;
use ringpost::domain::delivery::{Reason, State};

use super::rows::{accepted, end, entry, mail, now, opened, row, with_key};

#[tokio::test]
async fn what_waited_too_long_expires_except_mails() {
    let (place, db) = opened().await;
    let old = accepted(&db, entry(State::Pending, 1_500)).await;
    let letter = accepted(&db, mail(State::Pending)).await.remove(0);
    let sending = accepted(&db, entry(State::Sending, 1)).await.remove(0);
    place.change("update deliveries set created_at = created_at - 100000").await;
    let young = accepted(&db, entry(State::Pending, 1)).await.remove(0);
    let now = now().as_millisecond();

    assert_eq!(db.expire_waiting(now - 50_000, now).await.unwrap(), 1_500);

    let expired = db.delivery(100, &old[0].id.to_string()).await.unwrap().unwrap();
    assert_eq!((expired.state, expired.reason), (State::Failed, Some(Reason::Expired)));
    assert_eq!(expired.finished_at.map(Timestamp::as_millisecond), Some(now));
    assert_eq!(row(&place, letter.id).await.0, "pending");
    assert_eq!(row(&place, sending.id).await.0, "sending");
    assert_eq!(row(&place, young.id).await.0, "pending");
    assert_eq!(db.expire_waiting(now - 50_000, now).await.unwrap(), 0);
    end(place, db).await;
}

#[tokio::test]
async fn retention_goes_on_until_nothing_old_is_left_and_spares_what_is_not_settled() {
    let (place, db) = opened().await;
    for number in 0..2_300 {
        let old = with_key(entry(State::Delivered, 2), &number.to_string(), "body");
        db.accept(old).await.unwrap();
    }
    let waits = accepted(&db, entry(State::Pending, 1)).await.remove(0);
    let day = 24 * 60 * 60 * 1_000;
    place.change(&format!("update events set created_at = created_at - 2 * {day}")).await;
    place.change(&format!("update idempotency_keys set created_at = created_at - {day}")).await;
    accepted(&db, entry(State::Delivered, 1)).await;
    let now = now().as_millisecond();

    let mut batches = 0;
    while db.delete_older_than(now - day, now).await.unwrap() > 0 {
        batches += 1;
    }

    assert!(batches >= 3, "{batches}: others can write in between");
    assert_eq!((place.count("events").await, place.count("deliveries").await), (2, 2));
    assert_eq!(place.count("idempotency_keys").await, 0);
    assert_eq!(row(&place, waits.id).await.0, "pending");
    end(place, db).await;
}
