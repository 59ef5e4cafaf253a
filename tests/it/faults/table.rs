//! The deliveries as they are stored, read past the program.

use std::time::{Duration, Instant};

use sqlx::postgres::PgConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _};

use crate::support::place::Place;

/// How long anything may take to show in the table.
const PATIENCE: Duration = Duration::from_mins(1);
/// Another process's table gives no signal.
const LOOK_EVERY: Duration = Duration::from_millis(20);

#[derive(Clone, Debug)]
pub struct Row {
    pub id: String,
    pub channel: String,
    pub state: String,
    pub reason: String,
    pub status: Option<i64>,
    pub attempt: i64,
    pub instance: Option<String>,
}

impl Row {
    pub fn is_settled(&self) -> bool {
        !matches!(self.state.as_str(), "pending" | "sending")
    }

    pub fn ended(&self) -> (&str, &str) {
        (&self.state, &self.reason)
    }
}

/// A connection of somebody else's.
pub enum Visitor {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

macro_rules! on {
    ($visitor:expr, $connection:ident => $query:expr) => {
        match $visitor {
            Visitor::Sqlite($connection) => $query.await,
            Visitor::Postgres($connection) => $query.await,
        }
    };
}

impl Visitor {
    pub async fn to(place: &Place) -> Self {
        if place.url().starts_with("postgres") {
            return Self::Postgres(PgConnection::connect(place.url()).await.unwrap());
        }
        let options: SqliteConnectOptions = place.url().parse().unwrap();
        // The server is writing too.
        Self::Sqlite(options.busy_timeout(PATIENCE).connect().await.unwrap())
    }

    /// Runs a statement; answers how many rows it has changed.
    pub async fn run(&mut self, statement: &str) -> u64 {
        let statement = AssertSqlSafe(statement.to_owned());
        on!(self, connection => async { connection.execute(statement).await.map(|done| done.rows_affected()) }).unwrap()
    }

    pub async fn count(&mut self, from: &str) -> i64 {
        let query = AssertSqlSafe(format!("select count(*) from {from}"));
        on!(self, connection => sqlx::query_scalar(query).fetch_one(connection)).unwrap()
    }

    pub async fn texts(&mut self, query: &str) -> Vec<String> {
        let query = AssertSqlSafe(query.to_owned());
        on!(self, connection => sqlx::query_scalar(query).fetch_all(connection)).unwrap()
    }

    /// Every delivery, in the order of their ids.
    pub async fn rows(&mut self) -> Vec<Row> {
        type Columns = (String, String, String, Option<String>, Option<i64>, i64, Option<String>);
        let query = "select id, channel, state, reason, status, attempt, instance
                     from deliveries order by id";
        let rows: Vec<Columns> =
            on!(self, connection => sqlx::query_as(query).fetch_all(connection)).unwrap();
        rows.into_iter()
            .map(|(id, channel, state, reason, status, attempt, instance)| Row {
                id,
                channel,
                state,
                reason: reason.unwrap_or_default(),
                status,
                attempt,
                instance,
            })
            .collect()
    }

    /// Waits until the deliveries look like this.
    pub async fn until(&mut self, what: &str, wanted: impl Fn(&[Row]) -> bool) -> Vec<Row> {
        let began = Instant::now();
        loop {
            let rows = self.rows().await;
            if wanted(&rows) {
                return rows;
            }
            assert!(began.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}: {rows:#?}");
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Waits until there are this many, and none is waiting or being sent.
    pub async fn settled(&mut self, deliveries: usize) -> Vec<Row> {
        self.until("everything is settled", |rows| {
            rows.len() == deliveries && rows.iter().all(Row::is_settled)
        })
        .await
    }
}

/// The rows of a channel.
pub fn of<'a>(rows: &'a [Row], channel: &str) -> Vec<&'a Row> {
    rows.iter().filter(|row| row.channel == channel).collect()
}
