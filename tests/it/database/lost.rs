//! A commit whose answer was lost: what stands there is answered, what does not is tried again. On PostgreSQL
//! through a proxy; SQLite has nothing between.

use std::net::ToSocketAddrs as _;
use std::time::{Duration, Instant};

use ringpost::db::events::AcceptOutcome;
use ringpost::db::{Db, DbError};
use ringpost::domain::delivery::State;

use super::rows::{accepted, end, entry, row, settlement_of, start_of, with_account, with_key};
use crate::support::place::{Place, on_postgres};
use crate::support::proxy::Proxy;

/// A database behind a proxy; `None` on SQLite.
async fn behind_proxy() -> Option<(Place, Db, Proxy)> {
    if !on_postgres() {
        return None;
    }
    let place = Place::fresh().await;
    with_account(&place).await.close().await;
    let mut url = url::Url::parse(place.url()).unwrap();
    let server = (url.host_str().unwrap(), url.port().unwrap_or(5432));
    let proxy = Proxy::before(server.to_socket_addrs().unwrap().next().unwrap()).await;
    url.set_host(Some("127.0.0.1")).unwrap();
    url.set_port(Some(proxy.address.port())).unwrap();
    let db = Db::open(url.as_str()).await.unwrap();
    Some((place, db, proxy))
}

#[tokio::test]
async fn an_event_whose_commit_was_not_answered_is_accepted_once() {
    let Some((place, db, proxy)) = behind_proxy().await else { return };
    proxy.lose_answer_of_commit(1);
    let entry = with_key(entry(State::Pending, 2), "k", "body");

    let (answer, ()) = tokio::join!(db.accept(entry), proxy.answer_lost());

    let AcceptOutcome::New(deliveries) = answer.unwrap() else { panic!("it is new") };
    assert_eq!(deliveries.len(), 2);
    assert_eq!((place.count("events").await, place.count("deliveries").await), (1, 2));
    end(place, db).await;
}

#[tokio::test]
async fn a_start_whose_commit_was_not_answered_is_begun_once() {
    let Some((place, db, proxy)) = behind_proxy().await else { return };
    let id = accepted(&db, entry(State::Pending, 1)).await[0].id;
    proxy.lose_answer_of_commit(1);

    let (begun, ()) = tokio::join!(db.start(start_of(id, 1, "me")), proxy.answer_lost());

    assert!(begun.unwrap());
    assert_eq!(row(&place, id).await, ("sending".to_owned(), 1, Some("me".to_owned())));
    assert!(!db.start(start_of(id, 1, "me")).await.unwrap());
    end(place, db).await;
}

#[tokio::test]
async fn an_outcome_whose_commit_was_not_answered_is_stored_once() {
    let Some((place, db, proxy)) = behind_proxy().await else { return };
    let sent = accepted(&db, entry(State::Sending, 1)).await.remove(0);
    proxy.lose_answer_of_commit(1);

    let (stored, ()) = tokio::join!(db.settle(settlement_of(&sent, "me")), proxy.answer_lost());

    assert!(stored.unwrap());
    assert_eq!(row(&place, sent.id).await, ("delivered".to_owned(), 1, None));
    end(place, db).await;
}

/// The server is away for a while; whoever waits gets an answer when it is back, and nothing happens twice.
#[tokio::test]
async fn what_waits_while_the_database_is_away_is_written_when_it_is_back() {
    let Some((place, db, proxy)) = behind_proxy().await else { return };
    accepted(&db, entry(State::Pending, 1)).await;
    proxy.close();
    let waiting = db.clone();
    let waiting = tokio::spawn(async move { waiting.accept(entry(State::Pending, 1)).await });
    tokio::task::yield_now().await;
    proxy.open();

    assert!(matches!(waiting.await.unwrap().unwrap(), AcceptOutcome::New(_)));
    assert_eq!(place.count("events").await, 2);
    end(place, db).await;
}

/// A connection that says nothing any more is found out, thrown away and replaced.
#[tokio::test]
async fn a_silent_connection_holds_nobody_up_for_ever() {
    let Some((place, db, proxy)) = behind_proxy().await else { return };
    let sent = accepted(&db, entry(State::Sending, 1)).await.remove(0);
    proxy.silence();
    let asked = Instant::now();
    let settling = db.clone();
    let settlement = settlement_of(&sent, "me");
    let settling = tokio::spawn(async move { settling.settle(settlement).await });

    let read = db.unsettled(0).await;

    assert!(matches!(read, Err(DbError::Unavailable(_))), "{read:?}");
    assert!(asked.elapsed() < Duration::from_secs(12), "{:?}", asked.elapsed());
    proxy.resume();
    assert!(settling.await.unwrap().unwrap());
    assert_eq!(row(&place, sent.id).await, ("delivered".to_owned(), 1, None));
    assert_eq!(db.unsettled(i64::MAX).await.unwrap(), 0);
    proxy.cut();
    end(place, db).await;
}
