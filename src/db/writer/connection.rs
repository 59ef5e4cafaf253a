//! The writer's connection, to either engine.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Connection as _, FromRow, PgConnection, SqliteConnection};

use crate::db::error::timed_out;

use super::statement::{Frame, Places, StatementTemplate, Value};

/// How long PostgreSQL may take for one call: a little longer than its own limits, which end a statement more
/// gently.
pub(super) const LIMIT: Duration = Duration::from_secs(6);

pub(super) enum WriterConnection {
    /// With what the next statement brings along of its transaction.
    Sqlite(SqliteConnection, Transaction),
    Postgres(PgConnection),
}

/// How far a transaction on SQLite has come.
#[derive(Default)]
pub(super) struct Transaction {
    next: Frame,
    /// A statement has begun it, and none has committed it.
    is_open: bool,
}

/// Makes a query of a text and its values; a macro because a query belongs to one engine.
macro_rules! bound {
    ($query:expr, $values:expr) => {{
        let mut query = $query;
        for value in $values {
            query = match value {
                Value::Text(text) => query.bind(text),
                Value::Shared(text) => query.bind(text),
                Value::Word(word) => query.bind(word),
                Value::Int(number) => query.bind(number),
            };
        }
        query
    }};
}

impl WriterConnection {
    /// Begins a transaction; on SQLite with the first statement of it.
    pub async fn begin(&mut self) -> sqlx::Result<()> {
        match self {
            Self::Sqlite(_, transaction) => {
                *transaction = Transaction { next: Frame { begins: true, commits: false }, is_open: false };
                Ok(())
            }
            Self::Postgres(postgres) => within(sqlx::raw_sql("begin").execute(postgres)).await.map(drop),
        }
    }

    /// The next statement is the last of its transaction, and on SQLite commits it. PostgreSQL's commit stays a
    /// message of its own: if its answer is lost, nobody has to ask what else was in it.
    pub fn commit_with_next(&mut self) {
        match self {
            Self::Sqlite(_, transaction) => transaction.next.commits = true,
            Self::Postgres(_) => {}
        }
    }

    /// Commits, unless the last statement has.
    pub async fn commit(&mut self) -> sqlx::Result<()> {
        let is_open = match self {
            Self::Sqlite(_, transaction) => std::mem::take(transaction).is_open,
            Self::Postgres(_) => true,
        };
        if is_open { self.run("commit").await } else { Ok(()) }
    }

    pub async fn rollback(&mut self) -> sqlx::Result<()> {
        self.run("rollback").await
    }

    pub async fn run(&mut self, sql: &'static str) -> sqlx::Result<()> {
        match self {
            Self::Sqlite(sqlite, _) => sqlx::query(sql).execute(sqlite).await.map(drop),
            // In one message, so that a proxy can tell a commit when it sees one.
            Self::Postgres(postgres) => within(sqlx::raw_sql(sql).execute(postgres)).await.map(drop),
        }
    }

    /// Runs a statement over so many rows.
    pub async fn execute(
        &mut self,
        template: &StatementTemplate,
        rows: usize,
        values: Vec<Value>,
    ) -> sqlx::Result<()> {
        let sql = self.text(template, rows);
        match self {
            Self::Sqlite(sqlite, _) => bound!(sqlx::query(sql), values).execute(sqlite).await.map(drop),
            Self::Postgres(postgres) => {
                within(bound!(sqlx::query(sql), values).execute(postgres)).await.map(drop)
            }
        }
    }

    /// The same, answering the rows that it returns.
    pub async fn fetch<T>(
        &mut self,
        template: &StatementTemplate,
        rows: usize,
        values: Vec<Value>,
    ) -> sqlx::Result<Vec<T>>
    where
        T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        let sql = self.text(template, rows);
        match self {
            Self::Sqlite(sqlite, _) => bound!(sqlx::query_as(sql), values).fetch_all(sqlite).await,
            Self::Postgres(postgres) => within(bound!(sqlx::query_as(sql), values).fetch_all(postgres)).await,
        }
    }

    /// How safely a commit stands on the disk, in the engine's own word.
    pub async fn durability(&mut self) -> sqlx::Result<String> {
        match self {
            Self::Sqlite(sqlite, _) => {
                let level: i64 = sqlx::query_scalar("pragma synchronous").fetch_one(sqlite).await?;
                Ok(level.to_string())
            }
            Self::Postgres(postgres) => {
                let setting = sqlx::query_scalar("select current_setting('synchronous_commit')");
                within(setting.fetch_one(postgres)).await
            }
        }
    }

    pub async fn close(self) -> sqlx::Result<()> {
        match self {
            Self::Sqlite(sqlite, _) => sqlite.close().await,
            Self::Postgres(postgres) => within(postgres.close()).await,
        }
    }

    fn text(&mut self, template: &StatementTemplate, rows: usize) -> AssertSqlSafe<Arc<str>> {
        let places = match self {
            Self::Sqlite(_, transaction) => {
                let frame = std::mem::take(&mut transaction.next);
                transaction.is_open = !frame.commits;
                Places::Plain(frame)
            }
            Self::Postgres(_) => Places::Numbered,
        };
        AssertSqlSafe(template.text(places, rows))
    }
}

async fn within<T>(call: impl Future<Output = sqlx::Result<T>>) -> sqlx::Result<T> {
    tokio::time::timeout(LIMIT, call).await.unwrap_or_else(|_| Err(timed_out()))
}
