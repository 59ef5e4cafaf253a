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

/// The steps of a statement. None may read a table of the log from end to end.
pub(super) async fn steps(connection: &mut SqliteConnection, sql: &str) -> Vec<String> {
    let rows = connection.fetch_all(AssertSqlSafe(format!("explain query plan {sql}"))).await.unwrap();
    let steps: Vec<String> = rows.iter().map(|row| row.get("detail")).collect();
    let reads_all = |step: &String| {
        ["SCAN deliveries", "SCAN d", "SCAN events", "SCAN e", "SCAN idempotency_keys"]
            .iter()
            .any(|scan| step == scan || step.starts_with(&format!("{scan} USING INDEX sqlite_autoindex")))
    };
    assert!(!steps.iter().any(reads_all), "{sql}: {steps:?}");
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
