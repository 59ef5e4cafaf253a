//! Every transition is guarded by the state, attempt and owner that it expects.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use ringpost::db::outbox::Settlement;
use ringpost::domain::delivery::{Delivery, Reason, Stages, State, Target};

use super::rows::{accepted, end, entry, now, opened, row, settlement_of, start_of};
use crate::support::place::{Place, on_postgres};

fn standing(state: &str, attempt: i64, owner: Option<&str>) -> (String, i64, Option<String>) {
    (state.to_owned(), attempt, owner.map(ToOwned::to_owned))
}

#[tokio::test]
async fn a_start_needs_the_owner_the_attempt_and_a_row_that_waits() {
    let (place, db) = opened().await;
    let id = accepted(&db, entry(State::Pending, 1)).await[0].id;
    assert_eq!(row(&place, id).await, standing("pending", 0, Some("me")));
    for wrong in [start_of(id, 1, "another"), start_of(id, 2, "me"), start_of(id, 0, "me")] {
        assert!(!db.start(wrong).await.unwrap());
    }
    assert_eq!(row(&place, id).await, standing("pending", 0, Some("me")));

    assert!(db.start(start_of(id, 1, "me")).await.unwrap());

    assert_eq!(row(&place, id).await, standing("sending", 1, Some("me")));
    assert!(!db.start(start_of(id, 1, "me")).await.unwrap(), "twice");
    assert!(!db.start(start_of(id, 2, "me")).await.unwrap(), "it does not wait");
    end(place, db).await;
}

#[tokio::test]
async fn of_several_starts_of_one_row_at_once_one_succeeds() {
    let (place, db) = opened().await;
    let rows = accepted(&db, entry(State::Pending, 20)).await;
    let starts = rows.iter().flat_map(|row| [row.id; 3]).map(|id| db.start(start_of(id, 1, "me")));

    let begun: Vec<bool> = join_all(starts).await.into_iter().map(Result::unwrap).collect();

    assert_eq!(begun.iter().filter(|begun| **begun).count(), 20);
    assert!(begun.chunks(3).all(|row| row.iter().filter(|begun| **begun).count() == 1), "{begun:?}");
    end(place, db).await;
}

#[tokio::test]
async fn a_mark_is_taken_back_only_by_who_set_it() {
    let (place, db) = opened().await;
    let (me, id) = (Arc::<str>::from("me"), accepted(&db, entry(State::Sending, 1)).await[0].id);
    assert!(!db.put_back(id, 1, "another".into()).await.unwrap());
    assert!(!db.put_back(id, 2, Arc::clone(&me)).await.unwrap());
    assert_eq!(row(&place, id).await, standing("sending", 1, Some("me")));

    assert!(db.put_back(id, 1, Arc::clone(&me)).await.unwrap());

    assert_eq!(row(&place, id).await, standing("pending", 0, Some("me")));
    assert!(!db.put_back(id, 1, me).await.unwrap(), "twice");
    assert!(db.start(start_of(id, 1, "me")).await.unwrap(), "it waits under the same name");
    end(place, db).await;
}

#[tokio::test]
async fn an_outcome_needs_the_owner_the_attempt_and_a_row_that_is_being_sent() {
    let (place, db) = opened().await;
    let sent = accepted(&db, entry(State::Sending, 1)).await.remove(0);
    let of_attempt = |attempt| Delivery { attempt, ..sent.clone() };
    for wrong in [
        settlement_of(&sent, "another"),
        settlement_of(&of_attempt(2), "me"),
        settlement_of(&of_attempt(0), "me"),
    ] {
        assert!(!db.settle(wrong).await.unwrap());
    }
    assert_eq!(row(&place, sent.id).await, standing("sending", 1, Some("me")));

    assert!(db.settle(settlement_of(&sent, "me")).await.unwrap());

    assert_eq!(row(&place, sent.id).await, standing("delivered", 1, None));
    assert!(!db.settle(settlement_of(&sent, "me")).await.unwrap(), "twice");
    let waits = accepted(&db, entry(State::Pending, 1)).await.remove(0);
    assert!(!db.settle(settlement_of(&waits, "me")).await.unwrap(), "it was not begun");
    end(place, db).await;
}

#[tokio::test]
async fn an_outcome_names_who_was_dialled_and_what_was_said() {
    let (place, db) = opened().await;
    let sent = accepted(&db, entry(State::Sending, 1)).await.remove(0);
    let mut settlement = settlement_of(&sent, "me");
    settlement.delivery.target = Target::SharedWebhook {
        authority: "new.acme.example".to_owned(),
        label: "https://new.acme.example/…".to_owned(),
    };
    settlement.transcript.response_body = "fine".to_owned();
    let micros = |micros| Some(Duration::from_micros(micros));
    settlement.stages = Stages {
        resolved: micros(1),
        allowed: micros(2),
        connected: micros(3),
        secured: micros(4),
        certificate_until: Some(now()),
        sent: micros(5),
        first_byte: micros(6),
        done: micros(7),
    };
    let expected = settlement.delivery.clone();
    let until = settlement.stages.certificate_until.unwrap().as_millisecond();

    assert!(db.settle(settlement).await.unwrap());

    let id = sent.id.to_string();
    assert_eq!(db.delivery(100, &id).await.unwrap(), Some(expected));
    let kept = db.transcript(100, &id).await.unwrap().unwrap();
    assert_eq!(kept.request_head.as_deref(), Some("POST / HTTP/1.1"));
    assert_eq!((kept.request_body, kept.response_body.as_deref()), (None, Some("fine")));
    assert_eq!(stages(&place, &id).await, [1, 2, 3, 4, 5, 6, 7, until]);
    end(place, db).await;
}

async fn stages(place: &Place, id: &str) -> [i64; 8] {
    use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};
    type Row = (i64, i64, i64, i64, i64, i64, i64, i64);
    let sql = AssertSqlSafe(format!(
        "select resolve_us, policy_us, connect_us, tls_us, sent_us, first_byte_us, done_us, certificate_until
         from deliveries where id = '{id}'"
    ));
    let row: Row = if on_postgres() {
        let mut connection = PgConnection::connect(place.url()).await.unwrap();
        sqlx::query_as(sql).fetch_one(&mut connection).await.unwrap()
    } else {
        let mut connection = SqliteConnection::connect(place.url()).await.unwrap();
        sqlx::query_as(sql).fetch_one(&mut connection).await.unwrap()
    };
    [row.0, row.1, row.2, row.3, row.4, row.5, row.6, row.7]
}

#[tokio::test]
async fn a_retry_waits_without_an_owner_for_whoever_comes_first() {
    let (place, db) = opened().await;
    let sent = accepted(&db, entry(State::Sending, 1)).await.remove(0);
    let again = now() + Duration::from_mins(1);
    let mut settlement: Settlement = settlement_of(&sent, "me");
    settlement.delivery.state = State::Pending;
    settlement.delivery.reason = Some(Reason::SmtpDeferred);
    settlement.delivery.finished_at = None;
    settlement.delivery.due_at = again;

    assert!(db.settle(settlement).await.unwrap());

    assert_eq!(row(&place, sent.id).await, standing("pending", 1, None));
    let due = again.as_millisecond();
    assert!(db.claim_unowned("me".into(), due - 1, 10).await.unwrap().is_empty(), "it is not due");
    let claimed = db.claim_unowned("another".into(), due, 10).await.unwrap();
    assert_eq!(claimed.len(), 1);
    assert_eq!(row(&place, sent.id).await, standing("pending", 1, Some("another")));
    assert!(db.start(start_of(sent.id, 2, "another")).await.unwrap());
    end(place, db).await;
}

#[tokio::test]
async fn outcomes_of_a_hundred_rows_at_once_each_reach_their_own() {
    let (place, db) = opened().await;
    let sent = accepted(&db, entry(State::Sending, 100)).await;
    let settle = |(number, delivery): (usize, &Delivery)| {
        let mut settlement = settlement_of(delivery, "me");
        settlement.delivery.detail = format!("number {number}");
        db.settle(settlement)
    };

    let done = join_all(sent.iter().enumerate().map(settle)).await;

    assert!(done.into_iter().all(Result::unwrap));
    for (number, delivery) in sent.iter().enumerate() {
        let row = db.delivery(100, &delivery.id.to_string()).await.unwrap().unwrap();
        assert_eq!((row.state, row.detail), (State::Delivered, format!("number {number}")));
    }
    end(place, db).await;
}
