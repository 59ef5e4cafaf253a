//! A database of either engine, as far as the benchmark writes to it itself.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};

use crate::Result;

/// A connection for what no API can do: filling a log.
pub enum Database {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Database {
    pub async fn execute(&mut self, statement: &str) -> Result<()> {
        let query = AssertSqlSafe(statement.to_owned());
        match self {
            Self::Sqlite(connection) => sqlx::query(query).execute(connection).await.map(drop)?,
            Self::Postgres(connection) => sqlx::query(query).execute(connection).await.map(drop)?,
        }
        Ok(())
    }

    /// The one text that a query answers.
    pub async fn text(&mut self, query: &str) -> Result<String> {
        let query = AssertSqlSafe(query.to_owned());
        Ok(match self {
            Self::Sqlite(connection) => sqlx::query_scalar(query).fetch_one(connection).await?,
            Self::Postgres(connection) => sqlx::query_scalar(query).fetch_one(connection).await?,
        })
    }

    /// The columns of a table, in their order.
    pub async fn columns(&mut self, table: &str) -> Result<Vec<String>> {
        Ok(match self {
            Self::Sqlite(connection) => {
                let query = "select name from pragma_table_info($1) order by cid";
                sqlx::query_scalar(query).bind(table).fetch_all(connection).await?
            }
            Self::Postgres(connection) => {
                let query = "select column_name::text from information_schema.columns
                   where table_schema = current_schema() and table_name = $1 order by ordinal_position";
                sqlx::query_scalar(query).bind(table).fetch_all(connection).await?
            }
        })
    }

    /// Twelve hexadecimal digits of a number, as SQL.
    pub fn hex(&self, number: &str) -> String {
        match self {
            Self::Sqlite(_) => format!("printf('%012x', {number})"),
            Self::Postgres(_) => format!("lpad(to_hex({number}), 12, '0')"),
        }
    }

    /// What PostgreSQL does by itself in a log that grows: it notes what the tables hold and which pages are all
    /// visible. SQLite has no such thing.
    pub async fn settle(&mut self) -> Result<()> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(_) => self.execute("vacuum (analyze) events, deliveries").await,
        }
    }

    pub async fn close(self) -> Result<()> {
        match self {
            Self::Sqlite(connection) => connection.close().await?,
            Self::Postgres(connection) => connection.close().await?,
        }
        Ok(())
    }
}
