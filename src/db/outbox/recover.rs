//! What was left behind: by an attempt of ours that nobody knows any more, or by an instance that is gone.

use std::sync::Arc;

use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::{TOGETHER, places};
use crate::db::columns::UuidText;
use crate::db::{Db, DbResult, read, write};

/// An instance that has not been heard of for so long has died, in milliseconds.
const SILENT_MS: i64 = 60_000;
/// How many rows are freed in one transaction, so that nobody waits long behind it.
const AT_ONCE: i64 = 1_000;

/// A webhook may or may not have arrived, and is never sent again by itself; nor is the test of a destination's
/// mail that was never saved: nobody knows any more where it went.
pub(in crate::db) const NOT_AGAIN: &str =
    "(channel <> 'email' or (target = 'destination' and destination_id is null))";

/// What is being sent under a name.
pub(super) const SENDING_OF: &str =
    "select id, attempt from deliveries where state = 'sending' and instance = $1";

/// What waited under a name is free for everybody.
pub(super) const FREE_WAITING: &str = "update deliveries set instance = null
                     where id in (select id from deliveries
                       where state = 'pending' and instance = $1 limit $2)
                       and state = 'pending' and instance = $1";

/// Every name on a row that nobody has any more. Each step seeks the next name in the index, however many rows the
/// names have.
pub(super) const NAMES: [&str; 2] = [
    "with recursive names (name) as (
                   select min(instance) from deliveries where state = 'pending' and instance is not null
                   union all
                   select (select min(d.instance) from deliveries d
                     where d.state = 'pending' and d.instance is not null and d.instance > names.name)
                   from names where names.name is not null
                 )
                 select name from names where name is not null and name not in (select id from instances)",
    "with recursive names (name) as (
                   select min(instance) from deliveries where state = 'sending'
                   union all
                   select (select min(d.instance) from deliveries d
                     where d.state = 'sending' and d.instance > names.name)
                   from names where names.name is not null
                 )
                 select name from names where name is not null and name not in (select id from instances)",
];

impl Db {
    /// What is being sent under a name, with the attempt.
    pub async fn sending_of(&self, instance: &str) -> DbResult<Vec<(Uuid, u32)>> {
        let rows: Vec<(UuidText, i64)> = read!(self, pool => sqlx::query_as(
            SENDING_OF,
        )
        .bind(instance)
        .fetch_all(pool))?;
        Ok(rows
            .into_iter()
            .map(|(UuidText(id), attempt)| (id, u32::try_from(attempt).unwrap_or(0)))
            .collect())
    }

    /// Sets to rest what is being sent under a name and has no attempt any more: a webhook is unknown, a mail,
    /// which is at-least-once, waits again for whoever claims it. Answers how many there were.
    pub async fn interrupt(&self, ids: Vec<Uuid>, instance: Arc<str>, now: i64) -> DbResult<u64> {
        write!(self, tx => {
            let mut count = 0;
            for ids in ids.chunks(TOGETHER) {
                let places = places(3, ids.len());
                for change in [
                    format!(
                        "update deliveries set state = 'unknown', reason = 'interrupted', finished_at = $1,
                           instance = null
                         where state = 'sending' and instance = $2 and id in {places} and {NOT_AGAIN}"
                    ),
                    // What is still being sent is a mail.
                    format!(
                        "update deliveries set state = 'pending', due_at = $1, instance = null
                         where state = 'sending' and instance = $2 and id in {places}"
                    ),
                ] {
                    let mut query = sqlx::query(AssertSqlSafe(change)).bind(now).bind(&*instance);
                    for id in ids {
                        query = query.bind(id.to_string());
                    }
                    count += query.execute(&mut *tx).await?.rows_affected();
                }
            }
            Ok(count)
        })
    }

    /// Recovers what instances that are gone, or silent for a minute, have left: what they were sending as
    /// [`Db::interrupt`] does, what waited under their names is free for everybody. Answers how many rows.
    pub async fn recover_abandoned(&self, now: i64) -> DbResult<u64> {
        let mut count = 0;
        for instance in self.gone().await? {
            count += self.free(instance, now).await?;
        }
        Ok(count)
    }

    /// Forgets the silent, and answers every name on a row that nobody has any more.
    async fn gone(&self) -> DbResult<Vec<String>> {
        let forget = format!("delete from instances where seen_at < {} - {SILENT_MS}", self.clock_in_sql());
        write!(self, tx => {
            sqlx::query(AssertSqlSafe(forget)).execute(&mut *tx).await?;
            let mut gone = Vec::new();
            for names in NAMES {
                gone.extend(sqlx::query_scalar::<_, String>(names).fetch_all(&mut *tx).await?);
            }
            gone.sort_unstable();
            gone.dedup();
            Ok(gone)
        })
    }

    /// In batches, so that nobody waits long behind it.
    async fn free(&self, instance: String, now: i64) -> DbResult<u64> {
        let mut count = 0;
        loop {
            let instance = instance.clone();
            let freed = write!(self, tx => {
                let mut freed = 0;
                for change in [
                    format!(
                        "update deliveries set state = 'unknown', reason = 'interrupted', finished_at = $1,
                           instance = null
                         where id in (select id from deliveries
                           where state = 'sending' and instance = $2 and {NOT_AGAIN} limit $3)
                           and state = 'sending' and instance = $2"
                    ),
                    // The rest of what was being sent is mails; what waits is not late because of this.
                    format!(
                        "update deliveries set state = 'pending', due_at = $1, instance = null
                         where id in (select id from deliveries
                           where state = 'sending' and instance = $2 and not {NOT_AGAIN} limit $3)
                           and state = 'sending' and instance = $2"
                    ),
                ] {
                    let query = sqlx::query(AssertSqlSafe(change)).bind(now).bind(&instance).bind(AT_ONCE);
                    freed += query.execute(&mut *tx).await?.rows_affected();
                }
                let waiting = sqlx::query(
                    FREE_WAITING,
                );
                freed += waiting.bind(&instance).bind(AT_ONCE).execute(tx).await?.rows_affected();
                Ok(freed)
            })?;
            if freed == 0 {
                return Ok(count);
            }
            count += freed;
        }
    }
}
