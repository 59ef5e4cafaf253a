//! A change that another instance or a command makes beside a server: at once where PostgreSQL tells of it, and
//! within two seconds everywhere. The clock that counts them stands still until a test moves it.

use std::time::Duration;

use ringpost::domain::role::Role;
use sqlx::{Connection as _, PgConnection};

use crate::support::app::{TestApp, spawn_app, start};
use crate::support::place::{Place, on_postgres};
use crate::support::program::ringpost;
use crate::support::samples::sample;

/// Two seconds after it was said at the latest.
const LATEST: Duration = Duration::from_secs(2);
/// Far more than a notification takes; only a test that fails waits for so long.
const FOR_EVER: Duration = Duration::from_secs(20);

async fn status(app: &TestApp, token: &str) -> u16 {
    app.post_event(token, &sample("run_failed")).await.status.as_u16()
}

async fn first_token(app: &TestApp) -> String {
    app.db.tokens(Some(100)).await.unwrap().remove(0).id
}

/// Asks until somebody has told the app, which runs on between two questions.
async fn until(mut seen: impl AsyncFnMut() -> bool) {
    let asking = async {
        while !seen().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(FOR_EVER, asking).await.expect("nobody has told it");
}

async fn is_subscribed(app: &TestApp) -> bool {
    !app.db
        .snapshot(100)
        .await
        .unwrap()
        .unwrap()
        .settings
        .is_unsubscribed(&"lee@acme.example".parse().unwrap())
}

/// Two instances on one PostgreSQL.
async fn two() -> (TestApp, TestApp) {
    let here = spawn_app().await;
    let there = start().at(&here.place).spawn().await;
    (here, there)
}

async fn finish(here: TestApp, there: TestApp) {
    there.dispatch.settled().await.unwrap();
    there.stop().await;
    here.finish().await;
}

#[tokio::test]
async fn instances_on_postgres_tell_each_other() {
    if !on_postgres() {
        return;
    }
    let (here, there) = two().await;
    let token = here.token(Some(100), Role::Ingest).await;
    assert_eq!((status(&there, &token).await, is_subscribed(&there).await), (202, true));

    here.db.unsubscribe(100, &"lee@acme.example".parse().unwrap(), Vec::new(), 1).await.unwrap();
    until(async || !is_subscribed(&there).await).await;
    assert!(here.db.revoke_token(first_token(&here).await, Some(100), 1).await.unwrap());
    until(async || status(&there, &token).await == 401).await;
    finish(here, there).await;
}

#[tokio::test]
async fn a_command_tells_the_servers_on_postgres() {
    if !on_postgres() {
        return;
    }
    let app = spawn_app().await;
    let token = app.token(Some(100), Role::Ingest).await;
    assert_eq!(status(&app, &token).await, 202);
    let id = first_token(&app).await;
    ringpost(&app.place, &["token", "revoke", &id], "").await.done();
    until(async || status(&app, &token).await == 401).await;
    app.finish().await;
}

/// The one who listens on this database.
async fn listener(place: &Place) -> Option<i32> {
    let mut connection = PgConnection::connect(place.url()).await.unwrap();
    let pid = sqlx::query_scalar(
        "select pid from pg_stat_activity
         where datname = current_database() and query ilike 'listen%' and state = 'idle'",
    )
    .fetch_optional(&mut connection)
    .await
    .unwrap();
    connection.close().await.unwrap();
    pid
}

#[tokio::test]
async fn a_listener_that_was_cut_off_listens_again_and_what_it_missed_is_read_anew() {
    if !on_postgres() {
        return;
    }
    let app = spawn_app().await;
    until(async || listener(&app.place).await.is_some()).await;
    let first = listener(&app.place).await.unwrap();
    assert!(is_subscribed(&app).await);

    // Nobody is told of the second statement.
    app.place
        .restore(&format!(
            "select pg_terminate_backend({first});
             insert into unsubscribes (account_id, address, created_at) values (100, 'lee@acme.example', 1)"
        ))
        .await;
    until(async || !is_subscribed(&app).await).await;

    until(async || listener(&app.place).await.is_some_and(|pid| pid != first)).await;
    app.place.restore("delete from unsubscribes; select pg_notify('ringpost_changes', '100')").await;
    until(async || is_subscribed(&app).await).await;
    app.finish().await;
}

/// What only a newer version says is a reason to forget everything.
#[tokio::test]
async fn an_unknown_notification_is_taken_for_any_change() {
    if !on_postgres() {
        return;
    }
    let app = spawn_app().await;
    until(async || listener(&app.place).await.is_some()).await;
    assert!(is_subscribed(&app).await);
    app.place
        .restore(
            "insert into unsubscribes (account_id, address, created_at) values (100, 'lee@acme.example', 1);
             select pg_notify('ringpost_changes', 'weather')",
        )
        .await;
    until(async || !is_subscribed(&app).await).await;
    app.finish().await;
}

/// Whoever writes past all that is seen after two seconds, and not before: until then it is memory that answers.
#[tokio::test]
async fn what_nobody_tells_of_acts_within_two_seconds() {
    let app = spawn_app().await;
    let token = app.token(Some(100), Role::Ingest).await;
    if on_postgres() {
        // What it begins with is to forget.
        until(async || listener(&app.place).await.is_some()).await;
    }
    assert_eq!((status(&app, &token).await, is_subscribed(&app).await), (202, true));
    app.place
        .restore(
            "insert into unsubscribes (account_id, address, created_at) values (100, 'lee@acme.example', 1);
             update tokens set revoked_at = 1",
        )
        .await;

    app.time.advance(LATEST.saturating_sub(Duration::from_millis(1)));
    assert_eq!((status(&app, &token).await, is_subscribed(&app).await), (202, true));
    app.time.advance(Duration::from_millis(1));
    assert_eq!((status(&app, &token).await, is_subscribed(&app).await), (401, false));
    app.finish().await;
}
