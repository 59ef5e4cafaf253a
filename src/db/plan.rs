//! How SQLite would run a statement, for tests that hold the hot ones to their indexes.

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, Row as _, SqliteConnection};

use super::Db;

/// An empty database, as it is and with the statistics of a nearly empty one stored in it, opened again.
pub(super) async fn databases() -> Vec<(tempfile::TempDir, SqliteConnection)> {
    let mut made = Vec::new();
    for with_statistics in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("ringpost.db").display());
        Db::open(&url).await.unwrap().close().await;
        if with_statistics {
            let mut connection = SqliteConnection::connect(&url).await.unwrap();
            let rows = "insert into accounts (id, name, environment, contact_name, contact_email, created_at,
                          updated_at)
                        values (1, '', '', '', '', 0, 0);
                 insert into instances (id, seen_at) values ('me', 0); analyze;";
            connection.execute(rows).await.unwrap();
            let stored: i64 = sqlx::query_scalar("select count(*) from sqlite_stat1")
                .fetch_one(&mut connection)
                .await
                .unwrap();
            assert!(stored > 0);
            connection.close().await.unwrap();
            Db::open(&url).await.unwrap().close().await;
        }
        made.push((folder, SqliteConnection::connect(&url).await.unwrap()));
    }
    made
}

/// The steps of a statement. None may read a table of the log from end to end, nor all that an account has in it.
pub(super) async fn steps(connection: &mut SqliteConnection, sql: &str) -> Vec<String> {
    let rows = connection.fetch_all(AssertSqlSafe(format!("explain query plan {sql}"))).await.unwrap();
    let steps: Vec<String> = rows.iter().map(|row| row.get("detail")).collect();
    // What was made on the way is read once, under its own name, however it is called.
    let is_made = |step: &str| {
        let name = step.strip_prefix("SCAN ").unwrap_or_default();
        let count = |wanted: String| steps.iter().filter(|step| **step == wanted).count();
        count(format!("CO-ROUTINE {name}")) >= count(step.to_owned())
    };
    let reads_all = |step: &String| {
        ["SCAN deliveries", "SCAN d", "SCAN events", "SCAN e", "SCAN idempotency_keys"].iter().any(|scan| {
            (step == scan && !is_made(step))
                || step.starts_with(&format!("{scan} USING INDEX sqlite_autoindex"))
        })
    };
    assert!(!steps.iter().any(reads_all), "{sql}: {steps:?}");
    let reads_account = |step: &String| {
        let is_of_log =
            ["deliveries_", "events_"].iter().any(|index| step.contains(&format!("INDEX {index}")));
        is_of_log && step.ends_with("(account_id=?)")
    };
    assert!(!steps.iter().any(reads_account), "{sql}: {steps:?}");
    assert!(!steps.iter().any(|step| step.contains("AUTOMATIC")), "{sql}: {steps:?}");
    steps
}

/// Fails unless a step of the statement uses each of these indexes.
pub(super) async fn uses(connection: &mut SqliteConnection, sql: &str, indexes: &[&str]) {
    let steps = steps(connection, sql).await;
    for index in indexes {
        assert!(steps.iter().any(|step| step.contains(index)), "{index} is not used by {sql}: {steps:?}");
    }
}
