//! Databases that cannot be used, each refused with a sentence that says why and what to do.

mod accepting;
mod durability;
mod files;
mod lost;
mod owners;
mod rows;
mod time;
mod transitions;

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use ringpost::db;
use ringpost::domain::role::Role;
use sqlx::{Connection as _, SqliteConnection};

use crate::support::app::{spawn_app, start};
use crate::support::place::Place;
use crate::support::program::{as_nobody, give_to_nobody, ringpost};
use crate::support::receiver::Receiver;
use crate::support::samples::sample;

/// A place on SQLite with a database of ours in it, closed in order: of several connections that close at once, none
/// may have taken the log beside the file away, so that one does it alone.
async fn used() -> Place {
    let place = start().at(&Place::on_sqlite()).spawn().await.stop().await;
    let url = format!("sqlite://{}", file(&place).display());
    let mut last = SqliteConnection::connect(&url).await.unwrap();
    sqlx::query("pragma wal_checkpoint(truncate)").execute(&mut last).await.unwrap();
    last.close().await.unwrap();
    assert!(!place.folder().join("ringpost.db-wal").exists());
    place
}

fn file(place: &Place) -> std::path::PathBuf {
    place.folder().join("ringpost.db")
}

async fn refusal(place: &Place) -> String {
    start().at(place).try_spawn().await.err().expect("it was opened")
}

#[tokio::test]
async fn what_was_stored_is_there_after_a_restart() {
    let app = spawn_app().await;
    app.notify(None, "run_failed", true, "ops@acme.example").await;
    let place = app.stop().await;
    let app = start().at(&place).spawn().await;
    let settings = app.db.settings(100).await.unwrap().unwrap();
    assert_eq!(settings.event("run_failed").subscribers.to_string(), "ops@acme.example");
    app.finish().await;
}

#[tokio::test]
async fn a_file_or_folder_that_may_not_be_written_is_refused() {
    let place = used().await;
    let list = ["account", "list"];
    let allow = |path: &Path, mode| std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    give_to_nobody(place.folder());
    allow(&file(&place), 0o400);
    as_nobody(&place, &list).await.refused(1, "it is read-only: make the file and its folder writable");
    allow(&file(&place), 0o600);
    allow(place.folder(), 0o500);
    as_nobody(&place, &list).await.refused(1, "writ");
    allow(place.folder(), 0o700);
    for entry in std::fs::read_dir(place.folder()).unwrap() {
        allow(&entry.unwrap().path(), 0o600);
    }
    as_nobody(&place, &list).await.done();
}

#[tokio::test]
async fn a_damaged_file_and_one_that_is_no_database_are_refused() {
    let place = Place::on_sqlite();
    std::fs::write(file(&place), "Dear diary, ".repeat(1_000)).unwrap();
    assert!(refusal(&place).await.contains("it is not a SQLite database, or it is damaged"));

    let place = used().await;
    let mut bytes = std::fs::read(file(&place)).unwrap();
    bytes[100..4_096].fill(0xff);
    std::fs::write(file(&place), bytes).unwrap();
    let said = refusal(&place).await;
    assert!(said.contains("corrupt") || said.contains("damaged"), "{said}");
}

#[tokio::test]
async fn another_programs_database_is_refused_and_not_touched() {
    let place = Place::on_sqlite();
    let mut theirs = SqliteConnection::connect(&format!("{}?mode=rwc", place.url())).await.unwrap();
    sqlx::query("create table diary (entry text)").execute(&mut theirs).await.unwrap();
    theirs.close().await.unwrap();
    let before = std::fs::read(file(&place)).unwrap();

    assert!(refusal(&place).await.contains("another program’s database: choose another file"));

    assert_eq!(std::fs::read(file(&place)).unwrap(), before);
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused_by_an_older_program() {
    let place = used().await;
    let mut connection = SqliteConnection::connect(place.url()).await.unwrap();
    sqlx::query(
        "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
         values (9999, 'of tomorrow', true, x'00', 0)",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    connection.close().await.unwrap();

    let said = refusal(&place).await;

    assert!(said.contains("written by a newer Ringpost (migration 9999 is unknown here)"), "{said}");
}

#[tokio::test]
async fn a_second_server_is_kept_off_the_file_while_the_first_holds_its_lock() {
    let place = used().await;
    let first = db::lock(place.url()).unwrap();
    let said = db::lock(place.url()).unwrap_err().to_string();
    let pid = std::process::id();
    assert!(said.contains(&format!("is in use by another Ringpost (process {pid})")), "{said}");
    assert!(said.contains("--data-dir"), "{said}");
    drop(first);
    db::lock(place.url()).unwrap();
}

#[tokio::test]
async fn a_file_that_another_program_holds_locked_is_refused_with_that_reason() {
    let place = used().await;
    let mut holder = SqliteConnection::connect(place.url()).await.unwrap();
    sqlx::query("pragma locking_mode = exclusive").execute(&mut holder).await.unwrap();
    sqlx::query("begin exclusive").execute(&mut holder).await.unwrap();
    sqlx::query("delete from accounts").execute(&mut holder).await.unwrap();

    let said = refusal(&place).await;

    assert!(said.contains("another program holds it locked"), "{said}");
    drop(holder);
}

#[tokio::test]
async fn a_wrong_or_missing_key_file_is_refused_before_anything_is_lost() {
    let place = used().await;
    let key = place.folder().join("secret.key");
    let right = std::fs::read_to_string(&key).unwrap();
    assert_eq!(std::fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);

    std::fs::remove_file(&key).unwrap();
    let missing = refusal(&place).await;
    assert!(missing.contains("secret.key"), "{missing}");
    assert!(!key.exists(), "no new key is made where ciphertext exists");

    let other = used().await;
    std::fs::copy(other.folder().join("secret.key"), &key).unwrap();
    let wrong = refusal(&place).await;
    let id = right.split(':').next().unwrap();
    assert!(wrong.contains("does not fit this database") && wrong.contains(id), "{wrong}");

    std::fs::write(&key, right).unwrap();
    start().at(&place).spawn().await.finish().await;
}

/// A word that nobody knows is never taken for another: whoever has to mend the row is told which it is.
#[tokio::test]
async fn a_corrupt_row_is_an_error_that_names_it() {
    let app = start().at(&Place::on_sqlite()).spawn().await;
    let token = app.token(Some(100), Role::Ingest).await;
    app.post_event(&token, &sample("run_failed")).await.has_status(202);
    let id = app.settled_log().await[0].id.to_string();
    let mut connection = SqliteConnection::connect(app.place.url()).await.unwrap();
    for (damage, word) in [
        ("update deliveries set state = 'lost'", "“lost” is not one of pending, sending"),
        ("update deliveries set state = 'delivered', recipient = 'nobody'", "nobody"),
        ("update deliveries set recipient = 'dana@acme.example', status = 70000", "out of range"),
    ] {
        sqlx::query(damage).execute(&mut connection).await.unwrap();
        let error = app.db.delivery(100, &id).await.unwrap_err().to_string();
        assert!(error.contains(&format!("the row {id} is corrupt")) && error.contains(word), "{error}");
    }
    sqlx::query("update tokens set role = 'king'").execute(&mut connection).await.unwrap();
    let error = app.db.tokens(Some(100)).await.unwrap_err().to_string();
    assert!(error.contains(" is corrupt") && error.contains("“king” is not one of"), "{error}");
    connection.close().await.unwrap();
    app.finish_with_pending().await;
}

#[tokio::test]
async fn a_corrupt_row_that_waits_fails_and_holds_nobody_up() {
    let (app, receiver) = (start().at(&Place::on_sqlite()).spawn().await, Receiver::ok().await);
    app.notify(Some(&receiver.url("/hook")), "run_failed", true, "ops@acme.example").await;
    let place = app.stop().await;
    ringpost(&place, &["event", "send", "-"], &sample("run_failed").to_string()).await.done();
    let mut connection = SqliteConnection::connect(place.url()).await.unwrap();
    let damage = "update deliveries set triggered_by = 'chance' where target = 'primary_contact'";
    assert_eq!(sqlx::query(damage).execute(&mut connection).await.unwrap().rows_affected(), 1);

    let app = start().at(&place).spawn().await;
    app.dispatch.settled().await.unwrap();

    assert_eq!(receiver.requests().len(), 1);
    let ended: Vec<(String, String, Option<String>)> =
        sqlx::query_as("select target, state, reason from deliveries order by id")
            .fetch_all(&mut connection)
            .await
            .unwrap();
    let ended: Vec<_> = ended.iter().map(|(to, state, why)| (&**to, &**state, why.as_deref())).collect();
    assert_eq!(
        ended,
        [
            ("shared_webhook", "delivered", None),
            ("primary_contact", "failed", Some("not_composed")),
            ("subscriber", "delivered", Some("written_to_file")),
        ]
    );
    connection.close().await.unwrap();
    app.finish_with_pending().await;
}

#[tokio::test]
async fn an_address_that_is_no_database_is_refused_with_the_two_that_are() {
    let said = db::Db::open("mysql://localhost/ringpost").await.err().unwrap().to_string();
    assert!(said.contains("sqlite:// or postgres://"), "{said}");
}
