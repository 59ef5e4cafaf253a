//! The outbox: what waits is claimed, what was tried is settled, what was left behind is set to rest.
//!
//! Every transition is guarded by the state and attempt that it expects, so that a late worker
//! changes nothing.

use std::collections::HashMap;

use sqlx::FromRow;

use crate::domain::delivery::{Outcome, Reason, State};

use super::events::KEY_LIFE_MS;
use super::{Db, Result, read, write};

/// The lane of every mail: one server takes them all. No host is called like this.
pub const MAIL_LANE: &str = "mail:";
/// How many lanes one claim looks at; the next claim goes on behind them.
const LANES_AT_ONCE: i64 = 64;
/// How many events are forgotten in one transaction, so that nobody waits long behind it.
const FORGET_AT_ONCE: i64 = 500;

/// A delivery that this instance has marked as `sending`, with all that is needed to send it.
#[derive(Clone, Debug, FromRow)]
pub struct Claimed {
    /// `UUIDv7`.
    pub id: String,
    /// Whose it is.
    pub account_id: i64,
    /// What happened.
    pub event_id: String,
    /// The catalogue's key.
    pub event_key: String,
    /// The channel's word.
    pub channel: String,
    /// The trigger's word.
    pub triggered_by: String,
    /// See [`super::events::target`].
    pub target: String,
    /// The destination's row, for a destination.
    pub destination_id: Option<i64>,
    /// A mail address, or the visible part of a URL.
    pub recipient: String,
    /// What it shares the limit on requests with.
    pub lane: String,
    /// The unsaved URL or configuration that a test is sent to.
    pub sealed_target: Option<String>,
    /// The `webhook-id`.
    pub first_id: String,
    /// Which try this is; the first is 1.
    pub attempt: i64,
    /// When it was accepted.
    pub created_at: i64,
    /// The event's payload.
    pub payload: String,
}

/// What one round of claiming found.
#[derive(Clone, Debug, Default)]
pub struct Claims {
    /// What is to be sent.
    pub rows: Vec<Claimed>,
    /// The lane behind which the next round begins.
    pub next: String,
    /// Whether there are lanes that this round has not looked at.
    pub more: bool,
}

/// How much more may be in flight: overall for HTTP and for mail, and per lane.
#[derive(Clone, Debug, Default)]
pub struct Capacity {
    /// Free places for HTTP requests.
    pub http: usize,
    /// Free places for mails.
    pub mail: usize,
    /// Requests that one host may have at once.
    pub per_host: usize,
    /// What is in flight now, by lane.
    pub in_flight: HashMap<String, usize>,
}

impl Capacity {
    fn of(&self, lane: &str) -> usize {
        if lane == MAIL_LANE {
            return self.mail;
        }
        let busy = self.in_flight.get(lane).copied().unwrap_or_default();
        self.per_host.saturating_sub(busy).min(self.http)
    }

    fn take(&mut self, lane: &str, taken: usize) {
        if lane == MAIL_LANE {
            self.mail = self.mail.saturating_sub(taken);
        } else {
            self.http = self.http.saturating_sub(taken);
        }
    }
}

impl Db {
    /// Marks what is due as `sending`, as far as there is room, lane by lane behind `after`, so that a
    /// dead receiver with a long queue holds nobody else up.
    pub async fn claim(
        &self,
        instance: String,
        now: i64,
        after: String,
        mut capacity: Capacity,
    ) -> Result<Claims> {
        let select = format!(
            "select d.id, d.account_id, d.event_id, d.event_key, d.channel, d.triggered_by, d.target,
               d.destination_id, d.recipient, d.lane, d.sealed_target, d.first_id, d.attempt + 1 as attempt,
               d.created_at, e.payload
             from deliveries d join events e on e.id = d.event_id
             where d.state = 'pending' and d.lane = $1 and d.due_at <= $2
             order by d.due_at, d.id limit $3{}",
            self.skip_locked()
        );
        write!(self, tx => {
            let mut claims = Claims::default();
            let mut lanes = Vec::new();
            if capacity.http > 0 {
                // Each step seeks the next lane in the index, however many rows the lanes hold.
                lanes = sqlx::query_scalar(
                    "with recursive lanes (lane) as (
                       select min(lane) from deliveries where state = 'pending' and lane > $1
                       union all
                       select (select min(d.lane) from deliveries d
                         where d.state = 'pending' and d.lane > lanes.lane)
                       from lanes where lanes.lane is not null
                     )
                     select lane from lanes where lane is not null limit $2",
                )
                .bind(&after)
                .bind(LANES_AT_ONCE)
                .fetch_all(&mut *tx)
                .await?;
                let full_page = i64::try_from(lanes.len()) == Ok(LANES_AT_ONCE);
                claims.next = lanes.last().filter(|_| full_page).cloned().unwrap_or_default();
                // A round that began in the middle has not seen the lanes before it.
                claims.more = full_page || !after.is_empty();
                lanes.retain(|lane| lane != MAIL_LANE);
            }
            // Mail has places of its own, and must not wait behind hosts that have none.
            lanes.insert(0, MAIL_LANE.to_owned());
            let mut previous = after;
            for lane in lanes {
                if capacity.http == 0 && lane != MAIL_LANE {
                    // No place is left for this lane: the next round begins with it.
                    claims.next = previous;
                    claims.more = false;
                    break;
                }
                let rows: Vec<Claimed> = sqlx::query_as(sqlx::AssertSqlSafe(select.clone()))
                    .bind(&lane)
                    .bind(now)
                    .bind(i64::try_from(capacity.of(&lane)).unwrap_or(i64::MAX))
                    .fetch_all(&mut *tx)
                    .await?;
                capacity.take(&lane, rows.len());
                claims.rows.extend(rows);
                if lane != MAIL_LANE {
                    previous = lane;
                }
            }
            for row in &claims.rows {
                sqlx::query(
                    "update deliveries set state = 'sending', attempt = $2, instance = $3, sent_at = $4
                     where id = $1 and state = 'pending'",
                )
                .bind(&row.id)
                .bind(row.attempt)
                .bind(&instance)
                .bind(now)
                .execute(&mut *tx)
                .await?;
            }
            Ok(claims)
        })
    }

    /// Writes down how an attempt ended. With `retry_at`, the delivery waits again. `false` if the row is
    /// no longer the one that was being sent.
    pub async fn settle(
        &self,
        id: String,
        attempt: i64,
        outcome: Outcome,
        retry_at: Option<i64>,
        now: i64,
    ) -> Result<bool> {
        let (final_state, reason) = outcome.final_state();
        let state = if retry_at.is_some() { State::Pending } else { final_state };
        let finished_at = retry_at.is_none().then_some(now);
        let took_ms = i64::try_from(outcome.took.as_millis()).unwrap_or(i64::MAX);
        write!(self, tx => {
            // The URL of a test is a secret that nothing needs once it has been tried.
            let done = sqlx::query(
                "update deliveries set state = $3, reason = $4, status = $5, detail = $6, took_ms = $7,
                   due_at = coalesce($8, due_at), finished_at = $9, request_head = $10, request_body = $11,
                   response_head = $12, response_body = $13, instance = null, sealed_target = null
                 where id = $1 and state = 'sending' and attempt = $2",
            )
            .bind(id)
            .bind(attempt)
            .bind(state.as_str())
            .bind(reason.map(Reason::as_str))
            .bind(outcome.status.map(i64::from))
            .bind(outcome.detail)
            .bind(took_ms)
            .bind(retry_at)
            .bind(finished_at)
            .bind(outcome.transcript.request_head)
            .bind(outcome.transcript.request_body)
            .bind(outcome.transcript.response_head)
            .bind(outcome.transcript.response_body)
            .execute(tx)
            .await?;
            Ok(done.rows_affected() == 1)
        })
    }

    /// Sets to rest what instances that are gone were sending: a webhook may or may not have arrived and
    /// is never sent again by itself; a mail is at-least-once and goes back into the queue.
    pub async fn recover_abandoned(&self, now: i64) -> Result<()> {
        write!(self, tx => {
            sqlx::query(
                "update deliveries set state = 'unknown', reason = 'interrupted', finished_at = $1,
                   instance = null, sealed_target = null
                 where state = 'sending' and channel <> 'email'
                   and instance not in (select id from instances)",
            )
            .bind(now)
            .execute(&mut *tx)
            .await?;
            sqlx::query(
                "update deliveries set state = 'pending', due_at = $1, instance = null
                 where state = 'sending' and channel = 'email'
                   and instance not in (select id from instances)",
            )
            .bind(now)
            .execute(tx)
            .await?;
            Ok(())
        })
    }

    /// Forgets one instance, or all of them: whoever holds the only lock knows that nobody else is alive.
    pub async fn delete_instances(&self, only: Option<String>) -> Result<()> {
        write!(self, tx => {
            sqlx::query("delete from instances where $1 is null or id = $1").bind(only).execute(tx).await?;
            Ok(())
        })
    }

    /// How many deliveries wait, counted up to `most`.
    pub async fn pending(&self, most: i64) -> Result<i64> {
        Ok(read!(self, pool => sqlx::query_scalar(
            "select count(*) from (select 1 from deliveries where state = 'pending' limit $1) as waiting",
        )
        .bind(most)
        .fetch_one(pool))?)
    }

    /// How many deliveries are being sent, or wait and are due.
    pub async fn unsettled(&self, now: i64) -> Result<i64> {
        Ok(read!(self, pool => sqlx::query_scalar(
            "select count(*) from deliveries
             where state = 'sending' or (state = 'pending' and due_at <= $1)",
        )
        .bind(now)
        .fetch_one(pool))?)
    }

    /// Forgets events (and with them their settled deliveries) accepted before `oldest`, a bounded number
    /// at a time, and idempotency keys whose day is over.
    pub async fn delete_older_than(&self, oldest: i64, now: i64) -> Result<()> {
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
