//! The database as it stands, read past the program.

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{PgPool, SqlitePool};

use super::place::{Place, on_postgres};

pub enum Log {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// An event as it is stored.
#[derive(Clone, Debug)]
pub struct EventRow {
    pub id: String,
    pub account_id: i64,
    pub payload: String,
}

/// A delivery as it is stored.
#[derive(Clone, Debug)]
pub struct DeliveryRow {
    pub id: String,
    pub event_id: String,
    pub channel: String,
    pub recipient: String,
    pub state: String,
    pub reason: Option<String>,
    pub status: Option<i64>,
    pub attempt: i64,
    pub due_at: i64,
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

    fn with_now(&self, text: &str) -> sqlx::AssertSqlSafe<String> {
        let now = if matches!(self, Self::Sqlite(_)) { NOW_SQLITE } else { NOW_POSTGRES };
        sqlx::AssertSqlSafe(text.replace("NOW", now))
    }

    /// The deliveries that are being sent or wait, but for mails whose next try is not due.
    pub async fn unsettled(&self) -> Vec<String> {
        let query = self.with_now(
            "select id from deliveries
             where state = 'sending' or (state = 'pending' and (due_at <= NOW or channel <> 'email'))",
        );
        on!(self, pool => sqlx::query_scalar(query).fetch_all(pool))
    }

    /// How many deliveries wait for their first try or are due again.
    pub async fn waiting(&self) -> i64 {
        let query =
            self.with_now("select count(*) from deliveries where state = 'pending' and due_at <= NOW");
        on!(self, pool => sqlx::query_scalar(query).fetch_one(pool))
    }

    /// The deliveries for which nobody is going to do anything: owned by an instance that is not listed.
    pub async fn orphans(&self) -> Vec<String> {
        let query = "select id from deliveries
             where state in ('pending', 'sending') and instance is not null
               and instance not in (select id from instances)";
        on!(self, pool => sqlx::query_scalar(query).fetch_all(pool))
    }

    /// The deliveries that wait or are being sent and have an owner.
    pub async fn owned(&self) -> Vec<String> {
        let query =
            "select id from deliveries where state in ('pending', 'sending') and instance is not null";
        on!(self, pool => sqlx::query_scalar(query).fetch_all(pool))
    }

    /// How many instances are listed as alive.
    pub async fn instances(&self) -> i64 {
        on!(self, pool => sqlx::query_scalar("select count(*) from instances").fetch_one(pool))
    }

    /// Unix milliseconds by the database's clock.
    pub async fn now(&self) -> i64 {
        let query = self.with_now("select NOW");
        on!(self, pool => sqlx::query_scalar(query).fetch_one(pool))
    }

    pub async fn events(&self) -> Vec<EventRow> {
        let rows: Vec<(String, i64, String)> =
            on!(self, pool => sqlx::query_as("select id, account_id, payload from events").fetch_all(pool));
        rows.into_iter().map(|(id, account_id, payload)| EventRow { id, account_id, payload }).collect()
    }

    pub async fn deliveries(&self) -> Vec<DeliveryRow> {
        type Columns = (String, String, String, String, String, Option<String>, Option<i64>, i64, i64);
        let rows: Vec<Columns> = on!(self, pool => sqlx::query_as(
            "select id, event_id, channel, recipient, state, reason, status, attempt, due_at from deliveries",
        )
        .fetch_all(pool));
        let row = |(id, event_id, channel, recipient, state, reason, status, attempt, due_at)| DeliveryRow {
            id,
            event_id,
            channel,
            recipient,
            state,
            reason,
            status,
            attempt,
            due_at,
        };
        rows.into_iter().map(row).collect()
    }

    pub async fn close(self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }
}
