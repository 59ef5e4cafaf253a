//! What is kept: one SQL text, run natively on SQLite or PostgreSQL.
//!
//! Reads go to a pool. Writes on SQLite all go through one connection that commits them in groups
//! (see [`writer`]); on PostgreSQL each write is a transaction of its own. What the hot way reads comes from memory
//! (see [`snapshots`]). Times are Unix
//! milliseconds, ids are text, JSON is text.

mod columns;
mod error;
#[cfg(feature = "fault-injection")]
mod faults;
mod migrations;
mod open;
mod writer;

pub mod accounts;
pub mod deliveries;
pub mod destinations;
pub mod events;
pub mod first_run;
pub mod instances;
pub mod meta;
pub mod outbox;
pub mod sessions;
pub mod settings;
pub mod snapshots;
pub mod tokens;
pub mod users;

use std::path::PathBuf;
use std::sync::Arc;

use sqlx::{PgPool, SqlitePool};

pub use error::DbError;
pub use open::{Lock, lock};

/// What a database function answers.
pub(crate) type DbResult<T> = Result<T, DbError>;

/// A handle on the database; clones share it.
#[derive(Clone)]
pub struct Db {
    engine: Arc<Engine>,
    snapshots: Arc<snapshots::Snapshots>,
}

enum Engine {
    Sqlite { readers: SqlitePool, writer: writer::Writer, path: PathBuf },
    Postgres(PgPool),
}

/// Runs one body against either engine's pool: `read!(self, pool => query.fetch_all(pool))`.
macro_rules! read {
    ($db:expr, $pool:ident => $query:expr) => {
        match &*$db.engine {
            $crate::db::Engine::Sqlite { readers: $pool, .. } => $query.await,
            $crate::db::Engine::Postgres($pool) => $query.await,
        }
    };
}

/// Runs one body in a transaction of either engine; it is on disk when the value is answered.
macro_rules! write {
    ($db:expr, $tx:ident => $body:block) => {
        match &*$db.engine {
            $crate::db::Engine::Sqlite { writer, .. } => {
                writer.run(move |$tx| Box::pin(async move { $body })).await
            }
            $crate::db::Engine::Postgres(pool) => {
                let mut transaction = pool.begin().await?;
                let answer = {
                    let $tx = &mut *transaction;
                    let body: futures_util::future::BoxFuture<'_, $crate::db::DbResult<_>> =
                        Box::pin(async move { $body });
                    body.await?
                };
                transaction.commit().await?;
                Ok(answer)
            }
        }
    };
}
pub(crate) use {read, write};

impl Db {
    /// The lock clause is the one difference between the two engines' SQL.
    fn skip_locked(&self) -> &'static str {
        match &*self.engine {
            Engine::Sqlite { .. } => "",
            Engine::Postgres(_) => " for update of d skip locked",
        }
    }

    /// The database's own clock in Unix milliseconds, as SQL.
    fn clock_in_sql(&self) -> &'static str {
        match &*self.engine {
            Engine::Sqlite { .. } => "cast(unixepoch('subsec') * 1000 as integer)",
            Engine::Postgres(_) => "cast(extract(epoch from clock_timestamp()) * 1000 as bigint)",
        }
    }

    /// `true` where several machines may share the database.
    #[must_use]
    pub(crate) fn is_shared(&self) -> bool {
        matches!(&*self.engine, Engine::Postgres(_))
    }

    /// Free bytes where the database file lives; `None` on PostgreSQL, whose disk is its own concern.
    #[must_use]
    pub(crate) fn free_space(&self) -> Option<u64> {
        let Engine::Sqlite { path, .. } = &*self.engine else {
            return None;
        };
        let space = rustix::fs::statvfs(path).ok()?;
        Some(space.f_bavail.saturating_mul(space.f_frsize))
    }

    /// Lets running writes end, then closes every connection.
    pub async fn close(&self) {
        match &*self.engine {
            Engine::Sqlite { readers, writer, .. } => {
                readers.close().await;
                writer.close().await;
            }
            Engine::Postgres(pool) => pool.close().await,
        }
    }
}
