//! What has waited too long, and what has been kept long enough.

use crate::db::events::KEY_LIFE_MS;
use crate::db::{Db, DbResult, write};

/// How many deliveries expire in one transaction, so that nobody waits long behind it.
const EXPIRE_AT_ONCE: i64 = 1_000;
/// How many events are forgotten in one transaction, for the same reason.
const FORGET_AT_ONCE: i64 = 1_000;

/// Fails a batch of what has waited too long; never a mail.
pub(super) const EXPIRE: &str =
    "update deliveries set state = 'failed', reason = 'expired', finished_at = $2,
                       instance = null
                     where id in (
                       select id from deliveries
                       where state = 'pending' and channel <> 'email' and created_at < $1
                       order by created_at limit $3
                     ) and state = 'pending'";

/// Forgets a batch of events, and with them their deliveries.
pub(super) const FORGET: &str = "delete from events where id in (
                   select e.id from events e
                   where e.created_at < $1
                     and not exists (select 1 from deliveries d
                       where d.event_id = e.id and d.state in ('pending', 'sending'))
                   order by e.created_at limit $2
                 )";

impl Db {
    /// Fails what has waited since before `accepted_before`; never a mail, which has retries and an end of its
    /// own. Goes on until none is left, and answers how many there were.
    pub async fn expire_waiting(&self, accepted_before: i64, now: i64) -> DbResult<u64> {
        let mut count = 0;
        loop {
            let expired = write!(self, tx => {
                let done = sqlx::query(
                    EXPIRE,
                )
                .bind(accepted_before)
                .bind(now)
                .bind(EXPIRE_AT_ONCE)
                .execute(tx)
                .await?;
                Ok(done.rows_affected())
            })?;
            if expired == 0 {
                return Ok(count);
            }
            count += expired;
        }
    }

    /// Forgets events (and with them their settled deliveries) accepted before `oldest`, and idempotency keys
    /// whose day is over: one batch, answering how many rows went. The caller goes on until that is 0.
    pub async fn delete_older_than(&self, oldest: i64, now: i64) -> DbResult<u64> {
        write!(self, tx => {
            let events = sqlx::query(
                FORGET,
            )
            .bind(oldest)
            .bind(FORGET_AT_ONCE)
            .execute(&mut *tx)
            .await?;
            let keys = sqlx::query(
                "delete from idempotency_keys where (account_id, key) in (
                   select account_id, key from idempotency_keys where created_at <= $1
                   order by created_at limit $2
                 )",
            )
            .bind(now - KEY_LIFE_MS)
            .bind(FORGET_AT_ONCE)
            .execute(tx)
            .await?;
            Ok(events.rows_affected() + keys.rows_affected())
        })
    }
}
