//! Who is running against this database, by its own clock: instances' clocks may differ.

use std::sync::Arc;

use crate::domain::clock::Clock;

use super::{Db, DbResult, read, write};

/// What became of an instance's sign of life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// Our row was there. For one that does not enter, anything else means that it was silent for so long that
    /// others have taken what was its own.
    pub known: bool,
    /// The database's clock minus this machine's; 0 on SQLite, where it is the same. `None` where the answer took
    /// too long to tell.
    pub clock_offset_ms: Option<i64>,
}

/// An answer that took longer says nothing about a clock.
const TELLING_MS: i64 = 1_000;

impl Db {
    /// Notes that `instance` is alive. One that `enters` is listed; one that is not listed any more stays so, since
    /// what was its own is others' by now.
    pub async fn heartbeat(&self, instance: Arc<str>, enters: bool) -> DbResult<Heartbeat> {
        let now = self.clock_in_sql();
        let refresh = format!("update instances set seen_at = {now} where id = $1");
        let enter = format!("insert into instances (id, seen_at) values ($1, {now})");
        let clock = format!("select {now}");
        let asked = Clock::system().now_ms();
        let (known, database): (bool, i64) = write!(self, tx => {
            let done = sqlx::query(sqlx::AssertSqlSafe(refresh)).bind(&*instance).execute(&mut *tx).await?;
            let known = done.rows_affected() == 1;
            if !known && enters {
                sqlx::query(sqlx::AssertSqlSafe(enter)).bind(&*instance).execute(&mut *tx).await?;
            }
            Ok((known, sqlx::query_scalar(sqlx::AssertSqlSafe(clock)).fetch_one(tx).await?))
        })?;
        // The database looked at its clock at some moment in between.
        let answered = Clock::system().now_ms();
        let here = asked.midpoint(answered);
        let offset = if self.is_shared() { database - here } else { 0 };
        let clock_offset_ms = (answered - asked < TELLING_MS).then_some(offset);
        Ok(Heartbeat { known, clock_offset_ms })
    }

    /// The database's clock minus this machine's, in milliseconds; 0 on SQLite, where it is the same.
    pub(crate) async fn clock_offset_ms(&self) -> DbResult<i64> {
        if !self.is_shared() {
            return Ok(0);
        }
        let clock = format!("select {}", self.clock_in_sql());
        let asked = Clock::system().now_ms();
        let database: i64 =
            read!(self, pool => sqlx::query_scalar(sqlx::AssertSqlSafe(clock)).fetch_one(pool))?;
        Ok(database - asked.midpoint(Clock::system().now_ms()))
    }

    /// Forgets one instance, or all of them: whoever holds the only lock knows that nobody else is alive.
    pub(crate) async fn delete_instances(&self, only: Option<String>) -> DbResult<()> {
        write!(self, tx => {
            sqlx::query("delete from instances where $1 is null or id = $1").bind(only).execute(tx).await?;
            Ok(())
        })
    }
}
