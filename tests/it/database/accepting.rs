//! Accepting many at once: they share commits, and nothing else.

use std::path::Path;

use futures_util::future::join_all;
use ringpost::db::events::{AcceptOutcome, Entry};
use ringpost::db::{Db, DbError};
use ringpost::domain::delivery::State;
use sqlx::{Connection as _, PgConnection};
use uuid::Uuid;

use super::rows::{Held, end, entry, opened, with_key};
use crate::support::place::{Place, on_postgres};

/// Accepts all of them while writes are held up behind a first one, so that they are one group.
async fn accepted_together(
    place: &Place,
    db: &Db,
    entries: Vec<Entry>,
) -> Vec<Result<AcceptOutcome, DbError>> {
    let held = Held::up(place).await;
    let (waiting, first) = (db.clone(), with_key(entry(State::Pending, 1), "the first", "body"));
    let first = tokio::spawn(async move { waiting.accept(first).await });
    let all = join_all(entries.into_iter().map(|entry| db.accept(entry)));
    let (answers, ()) = tokio::join!(all, async {
        // All of them have been polled once by now, which puts them into the queue.
        tokio::task::yield_now().await;
        held.release().await;
    });
    first.await.unwrap().unwrap();
    answers
}

/// How many commits have written to the log: a frame that ends one says how large the file is then.
/// <https://www.sqlite.org/fileformat2.html#the_write_ahead_log>
fn commits_in_wal(database: &Path) -> usize {
    let bytes = std::fs::read(format!("{}-wal", database.display())).unwrap();
    let word = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    let frame = 24 + usize::try_from(word(8)).unwrap();
    let salt = (word(16), word(20));
    let frames = (32..bytes.len()).step_by(frame).filter(|at| at + frame <= bytes.len());
    frames.filter(|at| (word(at + 8), word(at + 12)) == salt && word(at + 4) > 0).count()
}

/// How many transactions have written the events.
async fn transactions(place: &Place) -> i64 {
    let mut connection = PgConnection::connect(place.url()).await.unwrap();
    sqlx::query_scalar("select count(distinct xmin::text) from events")
        .fetch_one(&mut connection)
        .await
        .unwrap()
}

#[tokio::test]
async fn many_that_are_accepted_at_once_share_a_few_commits() {
    let (place, db) = opened().await;
    let file = place.folder().join("ringpost.db");
    let before = if on_postgres() { 0 } else { commits_in_wal(&file) };
    let entries: Vec<Entry> = (0..300).map(|_| entry(State::Pending, 2)).collect();

    let answers = accepted_together(&place, &db, entries).await;

    assert!(answers.iter().all(|answer| matches!(answer, Ok(AcceptOutcome::New(_)))));
    assert_eq!((place.count("events").await, place.count("deliveries").await), (301, 601));
    let commits = if on_postgres() {
        usize::try_from(transactions(&place).await).unwrap()
    } else {
        commits_in_wal(&file) - before
    };
    assert!((1..=4).contains(&commits), "{commits}");
    end(place, db).await;
}

#[tokio::test]
async fn one_that_cannot_be_stored_takes_nothing_of_its_group_with_it() {
    let (place, db) = opened().await;
    let mut entries: Vec<Entry> = (0..40).map(|_| entry(State::Pending, 2)).collect();
    // No such account; a delivery whose id is there already.
    entries[7].event.account_id = 999;
    entries[30].deliveries[1].id = entries[3].deliveries[0].id;

    let answers = accepted_together(&place, &db, entries).await;

    let refused: Vec<usize> =
        answers.iter().enumerate().filter(|(_, answer)| answer.is_err()).map(|(at, _)| at).collect();
    assert_eq!(refused, [7, 30]);
    assert!(matches!(answers[7], Err(DbError::Other(_))), "{:?}", answers[7]);
    assert!(matches!(answers[30], Err(DbError::Unique(_))), "{:?}", answers[30]);
    assert_eq!((place.count("events").await, place.count("deliveries").await), (39, 77));
    end(place, db).await;
}

fn before(answer: &Result<AcceptOutcome, DbError>) -> Option<(Uuid, i64)> {
    match answer {
        Ok(AcceptOutcome::Before { event_id, deliveries }) => Some((*event_id, *deliveries)),
        _ => None,
    }
}

#[tokio::test]
async fn a_key_counts_once_within_a_group_and_later_and_is_free_again_after_a_day() {
    let (place, db) = opened().await;
    let entries = vec![
        with_key(entry(State::Pending, 3), "k", "body"),
        with_key(entry(State::Pending, 3), "k", "body"),
        with_key(entry(State::Pending, 3), "k", "another body"),
        with_key(entry(State::Pending, 1), "l", "body"),
        entry(State::Pending, 1),
    ];
    let first = entries[0].event.id;

    let answers = accepted_together(&place, &db, entries).await;

    assert!(matches!(answers[0], Ok(AcceptOutcome::New(_))), "{:?}", answers[0]);
    assert_eq!(before(&answers[1]), Some((first, 3)));
    assert!(matches!(answers[2], Ok(AcceptOutcome::KeyTaken)), "{:?}", answers[2]);
    assert!(answers[3..].iter().all(|answer| matches!(answer, Ok(AcceptOutcome::New(_)))));
    assert_eq!((place.count("events").await, place.count("deliveries").await), (4, 6));
    let repeated = db.accept(with_key(entry(State::Pending, 3), "k", "body")).await;
    assert_eq!(before(&repeated), Some((first, 3)));

    place.change("update idempotency_keys set created_at = created_at - 24 * 60 * 60 * 1000").await;
    let afresh = db.accept(with_key(entry(State::Pending, 3), "k", "another body")).await.unwrap();
    assert!(matches!(afresh, AcceptOutcome::New(_)), "{afresh:?}");
    end(place, db).await;
}

#[tokio::test]
async fn a_forms_nonce_counts_once_within_a_group_and_later() {
    let (place, db) = opened().await;
    let posted = || Entry { nonce: Some("n".to_owned()), ..entry(State::Sending, 2) };
    let entries = vec![posted(), posted(), entry(State::Pending, 1)];
    let first = entries[0].event.id;

    let answers = accepted_together(&place, &db, entries).await;

    assert!(matches!(answers[0], Ok(AcceptOutcome::New(_))), "{:?}", answers[0]);
    assert_eq!(before(&answers[1]), Some((first, 2)));
    assert!(matches!(answers[2], Ok(AcceptOutcome::New(_))), "{:?}", answers[2]);
    assert_eq!(before(&db.accept(posted()).await), Some((first, 2)));
    assert_eq!((place.count("events").await, place.count("deliveries").await), (3, 4));
    end(place, db).await;
}
