//! The outbox: what waits is claimed, what was tried is settled, what was left behind is recovered.
//!
//! Every transition is guarded by the state and attempt that it expects, so that a late worker
//! changes nothing.

mod claim;

use jiff::Timestamp;

use crate::domain::delivery::{OutboxMessage, Transcript};

pub use claim::{Capacity, Claims};

use super::events::KEY_LIFE_MS;
use super::{Db, DbResult, read, write};

/// How many events are forgotten in one transaction, so that nobody waits long behind it.
const FORGET_AT_ONCE: i64 = 500;

impl Db {
    /// Writes down how an attempt ended, and what left and came back. `false` if the row is no longer the one
    /// that was being sent.
    pub(crate) async fn settle(&self, message: &OutboxMessage, transcript: Transcript) -> DbResult<bool> {
        let delivery = message.delivery.clone();
        let kept = |text: String| Some(text).filter(|text| !text.is_empty());
        // A payload that was sent as it is stands in its event's row, and is not stored twice.
        let request_body = kept(transcript.request_body).filter(|body| **body != *message.payload);
        let took_ms = delivery.took.map(|took| i64::try_from(took.as_millis()).unwrap_or(i64::MAX));
        write!(self, tx => {
            let done = sqlx::query(
                "update deliveries set state = $3, reason = $4, status = $5, detail = $6, took_ms = $7,
                   due_at = $8, finished_at = $9, request_head = $10, request_body = $11,
                   response_head = $12, response_body = $13, instance = null
                 where id = $1 and state = 'sending' and attempt = $2",
            )
            .bind(delivery.id.to_string())
            .bind(i64::from(delivery.attempt))
            .bind(delivery.state)
            .bind(delivery.reason)
            .bind(delivery.status.map(i64::from))
            .bind(delivery.detail)
            .bind(took_ms)
            .bind(delivery.due_at.as_millisecond())
            .bind(delivery.finished_at.map(Timestamp::as_millisecond))
            .bind(kept(transcript.request_head))
            .bind(request_body)
            .bind(kept(transcript.response_head))
            .bind(kept(transcript.response_body))
            .execute(tx)
            .await?;
            Ok(done.rows_affected() == 1)
        })
    }

    /// Recovers what instances that are gone were sending. A webhook may or may not have arrived and is never
    /// sent again by itself; a mail is at-least-once and goes back into the queue, unless it was a test of
    /// values that were never saved: nobody knows any more where it went.
    pub(crate) async fn recover_abandoned(&self, now: i64) -> DbResult<()> {
        write!(self, tx => {
            sqlx::query(
                "update deliveries set state = 'unknown', reason = 'interrupted', finished_at = $1,
                   instance = null
                 where state = 'sending'
                   and (channel <> 'email' or (target = 'destination' and destination_id is null))
                   and instance not in (select id from instances)",
            )
            .bind(now)
            .execute(&mut *tx)
            .await?;
            // What is still being sent by nobody is a mail.
            sqlx::query(
                "update deliveries set state = 'pending', due_at = $1, instance = null
                 where state = 'sending' and instance not in (select id from instances)",
            )
            .bind(now)
            .execute(tx)
            .await?;
            Ok(())
        })
    }

    /// Forgets one instance, or all of them: whoever holds the only lock knows that nobody else is alive.
    pub(crate) async fn delete_instances(&self, only: Option<String>) -> DbResult<()> {
        write!(self, tx => {
            sqlx::query("delete from instances where $1 is null or id = $1").bind(only).execute(tx).await?;
            Ok(())
        })
    }

    /// How many deliveries wait, counted up to `most`.
    pub async fn pending(&self, most: i64) -> DbResult<i64> {
        Ok(read!(self, pool => sqlx::query_scalar(
            "select count(*) from (select 1 from deliveries where state = 'pending' limit $1) as waiting",
        )
        .bind(most)
        .fetch_one(pool))?)
    }

    /// How many deliveries are being sent, or wait and are due.
    pub async fn unsettled(&self, now: i64) -> DbResult<i64> {
        Ok(read!(self, pool => sqlx::query_scalar(
            "select count(*) from deliveries
             where state = 'sending' or (state = 'pending' and due_at <= $1)",
        )
        .bind(now)
        .fetch_one(pool))?)
    }

    /// Forgets events (and with them their settled deliveries) accepted before `oldest`, a bounded number
    /// at a time, and idempotency keys whose day is over.
    pub(crate) async fn delete_older_than(&self, oldest: i64, now: i64) -> DbResult<()> {
        write!(self, tx => {
            sqlx::query(
                "delete from events where id in (
                   select e.id from events e
                   where e.created_at < $1
                     and not exists (select 1 from deliveries d
                       where d.event_id = e.id and d.state in ('pending', 'sending'))
                   order by e.created_at limit $2
                 )",
            )
            .bind(oldest)
            .bind(FORGET_AT_ONCE)
            .execute(&mut *tx)
            .await?;
            sqlx::query("delete from idempotency_keys where created_at <= $1")
                .bind(now - KEY_LIFE_MS)
                .execute(tx)
                .await?;
            Ok(())
        })
    }
}
