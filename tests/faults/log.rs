//! The database as it stands, read past the program.

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{FromRow, PgPool, SqlitePool};

use super::place::{Place, on_postgres};

pub enum Log {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// An event as it is stored.
#[derive(Clone, Debug, FromRow)]
pub struct EventRow {
    pub id: String,
    pub account_id: i64,
    pub payload: String,
}

/// A delivery as it is stored.
#[derive(Clone, Debug, FromRow)]
pub struct DeliveryRow {
    pub id: String,
    pub event_id: String,
    pub channel: String,
    pub recipient: String,
    pub state: String,
    pub reason: Option<String>,
    pub status: Option<i64>,
    pub attempt: i64,
    /// Milliseconds from now until its next try.
    pub due_in: i64,
}

impl DeliveryRow {
    pub fn state_and_reason(&self) -> (&str, &str) {
        (&self.state, self.reason.as_deref().unwrap_or_default())
    }
}

const NOW_SQLITE: &str = "cast(unixepoch('subsec') * 1000 as integer)";
const NOW_POSTGRES: &str = "(extract(epoch from clock_timestamp()) * 1000)::bigint";

/// Runs one query on either engine.
macro_rules! on {
    ($log:expr, $pool:ident => $query:expr) => {
        match $log {
            Log::Sqlite($pool) => $query.await.unwrap(),
            Log::Postgres($pool) => $query.await.unwrap(),
        }
    };
}

impl Log {
    pub async fn open(place: &Place) -> Self {
        if on_postgres() {
            return Self::Postgres(PgPool::connect(&place.url).await.unwrap());
        }
        let options: SqliteConnectOptions = place.url.parse().unwrap();
        Self::Sqlite(SqlitePool::connect_with(options.read_only(true)).await.unwrap())
    }

    fn query(&self, text: &str) -> sqlx::AssertSqlSafe<String> {
        let now = if matches!(self, Self::Sqlite(_)) { NOW_SQLITE } else { NOW_POSTGRES };
        sqlx::AssertSqlSafe(text.replace("NOW", now))
    }

    /// How many deliveries are being sent, or wait and are due.
    pub async fn unsettled(&self) -> i64 {
        let query = self.query(
            "select count(*) from deliveries where state = 'sending' or (state = 'pending' and due_at <= NOW)",
        );
        on!(self, pool => sqlx::query_scalar(query).fetch_one(pool))
    }

    pub async fn events(&self) -> Vec<EventRow> {
        on!(self, pool => sqlx::query_as("select id, account_id, payload from events").fetch_all(pool))
    }

    pub async fn deliveries(&self) -> Vec<DeliveryRow> {
        let query = self.query(
            "select id, event_id, channel, recipient, state, reason, status, attempt, due_at - NOW as due_in
             from deliveries",
        );
        on!(self, pool => sqlx::query_as(query).fetch_all(pool))
    }

    pub async fn close(self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }
}
