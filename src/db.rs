//! What is kept: one SQL text, run natively on SQLite or PostgreSQL.
//!
//! The changes of the hot way all go through one connection that commits them in groups (see [`writer`]). Its
//! reads come from memory where they can (see [`snapshots`]) and have a pool; pages and searches have another.
//! Other writes are jobs of that one connection on SQLite; on PostgreSQL each is a transaction of its own. Nothing waits for ever: every call has a time limit, and a
//! connection that did not keep it is not used again. Times are Unix milliseconds, ids are text, JSON is text.

pub(crate) mod account_changes;
pub(crate) mod backup;
mod columns;
mod error;
#[cfg(feature = "fault-injection")]
mod faults;
mod last_results;
mod lease;
mod migrations;
mod open;
#[cfg(test)]
mod plan;
mod vacuum;
mod writer;

pub mod accounts;
pub(crate) mod attempts;
pub mod audit;
mod confirmations;
pub mod deliveries;
pub mod destinations;
pub mod events;
pub mod first_run;
mod first_steps;
pub(crate) mod health;
pub mod history;
pub mod instances;
pub mod invitations;
pub(crate) mod kept_forms;
pub mod meta;
pub mod outbox;
pub(crate) mod person_mails;
pub mod recoveries;
pub(crate) mod sealed;
pub mod second_factors;
pub mod sessions;
pub mod settings;
pub mod sign_in_links;
pub mod snapshots;
pub mod tokens;
pub mod users;

use std::path::PathBuf;
use std::sync::Arc;

use sqlx::{PgPool, SqlitePool};

pub use error::DbError;
pub(crate) use open::close_to_others;
pub use open::{Inspection, Lock, Schema, check_beside_server, inspect, lock, missing_file, without_servers};
use writer::Writer;

/// What a database function answers.
pub(crate) type DbResult<T> = Result<T, DbError>;

/// A handle on the database; clones share it.
#[derive(Clone)]
pub struct Db {
    engine: Arc<Engine>,
    snapshots: Arc<snapshots::Snapshots>,
}

enum Engine {
    Sqlite { hot: SqlitePool, pages: SqlitePool, writer: Writer, path: PathBuf },
    Postgres { hot: PgPool, pages: PgPool, writer: Writer },
}

/// Runs one query of the hot way against either engine: `read!(self, pool => query.fetch_all(pool))`.
macro_rules! read {
    ($db:expr, $connection:ident => $query:expr) => {
        $crate::db::leased!($db, hot, $crate::db::lease::HOT, $connection => $query)
    };
}

/// The same for what pages and searches read, on connections of their own: they never take the hot way's.
macro_rules! browse {
    ($db:expr, $connection:ident => $query:expr) => {
        $crate::db::leased!($db, pages, $crate::db::lease::PAGES, $connection => $query)
    };
}

macro_rules! leased {
    (of $pool:ident, $limit:expr, $connection:ident => $query:expr) => {{
        let mut lease = $crate::db::lease::Lease::of($pool, stringify!($pool)).await?;
        let answer = tokio::time::timeout($limit, {
            let $connection = lease.connection();
            $query
        })
        .await;
        lease.end(answer)
    }};
    ($db:expr, $pool:ident, $limit:expr, $connection:ident => $query:expr) => {
        match &*$db.engine {
            $crate::db::Engine::Sqlite { $pool, .. } => {
                $crate::db::leased!(of $pool, $limit, $connection => $query)
            }
            $crate::db::Engine::Postgres { $pool, .. } => {
                $crate::db::leased!(of $pool, $limit, $connection => $query)
            }
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
            $crate::db::Engine::Postgres { hot, .. } => {
                let mut lease = $crate::db::lease::Lease::of(hot, "hot").await?;
                let answer = tokio::time::timeout($crate::db::lease::WRITE, async {
                    let mut transaction = sqlx::Connection::begin(lease.connection()).await?;
                    let answer = {
                        let $tx = &mut *transaction;
                        let body: futures_util::future::BoxFuture<'_, $crate::db::DbResult<_>> =
                            Box::pin(async move { $body });
                        body.await?
                    };
                    transaction.commit().await?;
                    Ok(answer)
                })
                .await;
                lease.end(answer)
            }
        }
    };
}
pub(crate) use {browse, leased, read, write};

impl Db {
    /// The lock clause is the one difference between the two engines' SQL.
    fn skip_locked(&self) -> &'static str {
        match &*self.engine {
            Engine::Sqlite { .. } => "",
            Engine::Postgres { .. } => " for update of d skip locked",
        }
    }

    /// The database's own clock in Unix milliseconds, as SQL.
    fn clock_in_sql(&self) -> &'static str {
        match &*self.engine {
            Engine::Sqlite { .. } => "cast(unixepoch('subsec') * 1000 as integer)",
            Engine::Postgres { .. } => "cast(extract(epoch from clock_timestamp()) * 1000 as bigint)",
        }
    }

    fn writer(&self) -> &Writer {
        match &*self.engine {
            Engine::Sqlite { writer, .. } | Engine::Postgres { writer, .. } => writer,
        }
    }

    /// How safely a commit of the writer stands on the disk: SQLite's `synchronous` (2 is FULL), PostgreSQL's
    /// `synchronous_commit`.
    pub async fn durability(&self) -> DbResult<String> {
        self.writer().durability().await
    }

    /// Waits until the writer has ended. Before [`Db::close`] that must not happen.
    pub async fn writer_ended(&self) {
        self.writer().ended().await;
    }

    /// `true` where several machines may share the database.
    #[must_use]
    pub(crate) fn is_shared(&self) -> bool {
        matches!(&*self.engine, Engine::Postgres { .. })
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
            Engine::Sqlite { hot, pages, writer, .. } => {
                hot.close().await;
                pages.close().await;
                writer.close().await;
            }
            Engine::Postgres { hot, pages, writer } => {
                writer.close_in_time().await;
                lease::close_in_time(hot).await;
                lease::close_in_time(pages).await;
            }
        }
    }
}
