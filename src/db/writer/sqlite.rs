//! The writer's session with SQLite: one connection, for as long as the program runs.

use sqlx::SqliteConnection;

use crate::db::DbResult;
use crate::db::error::extended_code;

use super::Written;
use super::connection::{Transaction, WriterConnection};
use super::group::apply;
use super::jobs::{self, Job};
use super::order::{Fate, WaitingOrder};

pub(super) struct SqliteSession {
    connection: WriterConnection,
}

impl SqliteSession {
    pub fn new(connection: SqliteConnection) -> Self {
        Self { connection: WriterConnection::Sqlite(connection, Transaction::default()) }
    }

    /// Writes a group in one transaction.
    pub async fn write(&mut self, group: Vec<WaitingOrder>) -> Written {
        match self.transact(&group).await {
            Ok(fates) => Written::Done(group.into_iter().zip(fates).collect()),
            Err(error) => {
                end_on_lost_fsync(&error);
                // The transaction may or may not still be open; either way it must not leak into the next one.
                let _ = self.connection.rollback().await;
                Written::from_error(group, error)
            }
        }
    }

    async fn transact(&mut self, group: &[WaitingOrder]) -> sqlx::Result<Vec<Fate>> {
        self.connection.begin().await?;
        let fates = apply(&mut self.connection, group).await?;
        self.connection.commit().await?;
        Ok(fates)
    }

    pub async fn run(&mut self, jobs: Vec<Job>) {
        if let WriterConnection::Sqlite(connection, _) = &mut self.connection
            && !jobs.is_empty()
        {
            jobs::run(connection, jobs).await;
        }
    }

    pub async fn durability(&mut self) -> DbResult<String> {
        Ok(self.connection.durability().await?)
    }

    pub async fn close(self) {
        let _ = self.connection.close().await;
    }
}

/// After a failed fsync nobody knows what is on disk, and asking again would lie: only a restart, which
/// reads the file anew, tells. <https://www.sqlite.org/rescode.html#ioerr_fsync>
pub(super) fn end_on_lost_fsync(error: &sqlx::Error) {
    const IOERR_FSYNC: u32 = 1_034;
    const IOERR_DIR_FSYNC: u32 = 1_290;
    if let sqlx::Error::Database(inner) = error
        && let Some(IOERR_FSYNC | IOERR_DIR_FSYNC) = extended_code(inner.as_ref())
    {
        tracing::error!("fsync failed: what is on disk is uncertain, stopping");
        std::process::exit(1);
    }
}
