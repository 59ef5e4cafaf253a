//! Moves what was written from the WAL into the file, beside the writer.
//!
//! Left to itself, SQLite does it in the commit that finds the WAL long enough, and everybody waits behind that
//! commit for tens of milliseconds. A passive checkpoint holds up neither readers nor the writer.

use std::time::Duration;

use sqlx::SqlitePool;

/// How often. The WAL is short then, and what is written again and again is moved once.
const EVERY: Duration = Duration::from_millis(500);

/// Goes on until the pool is closed.
pub(super) fn run(pool: SqlitePool) {
    tokio::spawn(async move {
        while !pool.is_closed() {
            tokio::time::sleep(EVERY).await;
            // One that cannot be made now is made the next time, at the latest by the writer.
            if let Err(error) = sqlx::query("pragma wal_checkpoint(passive)").execute(&pool).await {
                tracing::debug!(%error, "the WAL was not moved");
            }
        }
    });
}
