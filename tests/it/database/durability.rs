//! What is answered is on disk: the settings that promise it are read back.

use ringpost::db::Db;

use super::rows::{accepted, end, entry, opened};
use crate::support::place::{Place, on_postgres};
use ringpost::domain::delivery::State;

#[tokio::test]
async fn the_writers_connection_waits_for_the_disk() {
    let (place, db) = opened().await;
    // The tests' own cluster says `off`, which a connection of ours overrides. 2 is FULL.
    assert_eq!(db.durability().await.unwrap(), if on_postgres() { "on" } else { "2" });
    accepted(&db, entry(State::Pending, 1)).await;
    assert_eq!(db.durability().await.unwrap(), if on_postgres() { "on" } else { "2" });
    end(place, db).await;
}

#[tokio::test]
async fn a_url_that_asks_for_less_is_refused_and_one_that_asks_for_more_is_obeyed() {
    let place = Place::fresh().await;
    if on_postgres() {
        let asking = |level| format!("{}?options=-c%20synchronous_commit%3D{level}", place.url());
        for level in ["off", "local", "OFF", "0", "false"] {
            let said = Db::open(&asking(level)).await.err().unwrap().to_string();
            assert!(said.contains(&format!("asks for synchronous_commit={level}")), "{said}");
        }
        let db = Db::open(&asking("remote_apply")).await.unwrap();
        assert_eq!(db.durability().await.unwrap(), "remote_apply");
        db.close().await;
    } else {
        // SQLite takes no options from a URL: this is a file's name.
        let db = Db::open(&format!("{}?synchronous=off", place.url())).await.unwrap();
        assert_eq!(db.durability().await.unwrap(), "2");
        db.close().await;
    }
    place.clear().await;
}

#[tokio::test]
async fn a_server_that_could_lose_what_it_confirmed_is_refused_until_somebody_accepts_that() {
    if !on_postgres() {
        return;
    }
    let place = Place::fresh().await;
    let name = place.url().rsplit('/').next().unwrap().to_owned();
    place.change(&format!("alter database {name} set ringpost.accept_loss = 'off'")).await;
    // The tests' own cluster runs without fsync.
    let said = Db::open(place.url()).await.err().unwrap().to_string();
    assert!(said.contains("fsync = off") && said.contains("set fsync = on in postgresql.conf"), "{said}");
    assert!(said.contains("ringpost.accept_loss"), "{said}");
    place.clear().await;
}

#[tokio::test]
async fn a_server_without_tls_is_refused_where_tls_is_asked_for_with_what_to_do() {
    if !on_postgres() {
        return;
    }
    let place = Place::fresh().await;
    for mode in ["require", "verify-full"] {
        let said = Db::open(&format!("{}?sslmode={mode}", place.url())).await.err().unwrap().to_string();
        assert!(said.contains("TLS") && said.contains("sslrootcert="), "{said}");
    }
    place.clear().await;
}
