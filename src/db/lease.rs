//! Connections of a pool, handed out for one call with a time limit. One whose call did not end is closed: nobody
//! knows what it is doing, and on a network that has fallen silent it would never say.

use std::time::{Duration, Instant};

use sqlx::pool::PoolConnection;
use sqlx::{Database, Pool};
use tokio::time::error::Elapsed;

use super::error::{Blame, timed_out};

/// A read of the hot way.
pub(super) const HOT: Duration = Duration::from_secs(5);
/// A read for a page.
pub(super) const PAGES: Duration = Duration::from_secs(10);
/// A whole transaction of the cold ways.
pub(super) const WRITE: Duration = Duration::from_secs(30);
/// A database that is away must not keep the program from ending.
const CLOSING: Duration = Duration::from_secs(5);

/// A connection that goes back to its pool if its call ended, and else is closed.
pub(super) struct Lease<DB: Database> {
    connection: PoolConnection<DB>,
    is_sound: bool,
}

/// Whether a call's failure says that its connection cannot be used any more.
pub(super) trait Failure: From<sqlx::Error> {
    fn breaks_connection(&self) -> bool;
}

impl Failure for sqlx::Error {
    fn breaks_connection(&self) -> bool {
        matches!(Blame::of(self), Blame::Connection)
    }
}

impl Failure for super::DbError {
    fn breaks_connection(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}

impl<DB: Database> Lease<DB> {
    /// Takes one out of a pool; the name is for the figures.
    pub async fn of(pool: &Pool<DB>, name: &'static str) -> sqlx::Result<Self> {
        let asked = Instant::now();
        let connection = pool.acquire().await;
        metrics::histogram!("ringpost_connection_wait_seconds", "pool" => name).record(asked.elapsed());
        Ok(Self { connection: connection?, is_sound: false })
    }

    pub fn connection(&mut self) -> &mut DB::Connection {
        &mut self.connection
    }

    /// Gives the connection back, and hands on what the call answered in time.
    pub fn end<T, E: Failure>(mut self, answer: Result<Result<T, E>, Elapsed>) -> Result<T, E> {
        let answer = answer.unwrap_or_else(|_| Err(timed_out().into()));
        self.is_sound = answer.as_ref().err().is_none_or(|error| !error.breaks_connection());
        answer
    }
}

impl<DB: Database> Drop for Lease<DB> {
    fn drop(&mut self) {
        if !self.is_sound {
            self.connection.close_on_drop();
        }
    }
}

/// Closes a pool whose database may be away.
pub(super) async fn close_in_time<DB: Database>(pool: &Pool<DB>) {
    let _ = tokio::time::timeout(CLOSING, pool.close()).await;
}
