use sqlx::{Connection as _, SqliteConnection};
use tempfile::TempDir;

use crate::domain::account::Contact;
use crate::domain::values::EmailAddress;

use super::*;

/// A database with account 100, in which nothing ages.
async fn db() -> (Db, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open(&url(&folder)).await.unwrap();
    let db = db.watching_changes(Clock::system().with_monotonic(|| Duration::from_hours(1)));
    db.create_account(account("Acme Corp"), 1).await.unwrap();
    (db, folder)
}

fn url(folder: &TempDir) -> String {
    format!("sqlite://{}", folder.path().join("ringpost.db").display())
}

fn account(name: &str) -> Account {
    let contact = Contact { name: "Dana Ito".to_owned(), email: address("dana@acme.example") };
    Account {
        id: 100,
        name: name.to_owned(),
        environment: "prod-acme".to_owned(),
        contact,
        failure_mails: true,
    }
}

fn address(text: &str) -> EmailAddress {
    text.parse().unwrap()
}

async fn name(db: &Db) -> String {
    db.snapshot(100).await.unwrap().unwrap().settings.account.name.clone()
}

/// The writer still does what was asked of it: what is then kept has to be what is then on disk.
#[tokio::test]
async fn a_write_whose_caller_has_gone_away_is_seen_once_it_is_committed() {
    let (db, folder) = db().await;
    let mut other = SqliteConnection::connect(&url(&folder)).await.unwrap();
    sqlx::query("begin immediate").execute(&mut other).await.unwrap();
    let mut given_up = Box::pin(db.update_account(None, account("Globex"), Vec::new(), 2));
    assert!(futures_util::poll!(&mut given_up).is_pending());
    drop(given_up);
    assert_eq!(name(&db).await, "Acme Corp");

    sqlx::query("rollback").execute(&mut other).await.unwrap();
    // The writer takes orders in turn: once it answers this one, it is done with the other.
    db.meta_once("turn", "over".to_owned()).await.unwrap();

    assert_eq!(name(&db).await, "Globex");
}

#[tokio::test]
async fn a_write_beside_us_is_not_seen_before_its_time_and_a_write_of_ours_at_once() {
    let (db, folder) = db().await;
    assert_eq!(name(&db).await, "Acme Corp");
    let mut other = SqliteConnection::connect(&url(&folder)).await.unwrap();
    sqlx::query("update accounts set name = 'Initech'").execute(&mut other).await.unwrap();
    assert_eq!(name(&db).await, "Acme Corp");
    db.unsubscribe(100, &address("lee@acme.example"), Vec::new(), 3).await.unwrap();
    assert_eq!(name(&db).await, "Initech");
    db.update_account(None, account("Globex"), Vec::new(), 4).await.unwrap();
    assert_eq!(name(&db).await, "Globex");
}

#[tokio::test]
async fn an_unknown_account_is_seen_as_soon_as_it_exists() {
    let (db, _folder) = db().await;
    assert!(db.snapshot(200).await.unwrap().is_none());
    db.create_account(Account { id: 200, ..account("Globex") }, 2).await.unwrap();
    assert_eq!(db.snapshot(200).await.unwrap().unwrap().settings.account.name, "Globex");
}

#[tokio::test]
async fn a_corrupt_row_is_named_and_hides_the_account_from_nobody() {
    let (db, folder) = db().await;
    let mut other = SqliteConnection::connect(&url(&folder)).await.unwrap();
    sqlx::query("insert into event_settings values (100, 'run_failed', true, 'nobody')")
        .execute(&mut other)
        .await
        .unwrap();
    let error = db.snapshot(100).await.unwrap_err().to_string();
    assert!(error.contains("the row 100, run_failed is corrupt"), "{error}");
    assert_eq!(db.known_account(100).await.unwrap().unwrap().name, "Acme Corp");
}

#[test]
fn a_use_is_noted_once_a_minute() {
    let token = LiveToken::new(TokenRecord { last_used_at: Some(1_000), ..record() });
    assert!(!token.is_use_to_be_noted(60_999, 60_000));
    assert!(token.is_use_to_be_noted(61_000, 60_000));
    assert!(!token.is_use_to_be_noted(61_000, 60_000));
    let never_used = LiveToken::new(record());
    assert!(never_used.is_use_to_be_noted(5, 60_000) && !never_used.is_use_to_be_noted(6, 60_000));
}

/// What is in memory outlives the moment at which it ends.
#[tokio::test]
async fn a_token_that_expires_is_refused_from_that_moment_on() {
    let (db, _folder) = db().await;
    db.create_token(TokenRecord { expires_at: Some(5_000), ..record() }).await.unwrap();
    assert!(db.live_token("hash", 4_999).await.unwrap().is_some());
    assert!(db.live_token("hash", 5_000).await.unwrap().is_none());
}

fn record() -> TokenRecord {
    TokenRecord {
        id: "id".to_owned(),
        account_id: Some(100),
        role: crate::domain::role::Role::Ingest,
        name: "platform".to_owned(),
        hash: "hash".to_owned(),
        prefix: "rp_".to_owned(),
        last4: "1234".to_owned(),
        created_by: "dana@acme.example".to_owned(),
        created_at: 1,
        last_used_at: None,
        expires_at: None,
        revoked_at: None,
    }
}
