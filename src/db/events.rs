//! Accepting: an event, its deliveries and its idempotency key in one transaction.

use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use crate::domain::delivery::{Delivery, Trigger};
use crate::domain::event::Event;

use super::columns::UuidText;
use super::{Db, DbResult, read, write};

/// A key stays taken for this long, in milliseconds.
pub(super) const KEY_LIFE_MS: i64 = 24 * 60 * 60 * 1_000;

/// What a caller sent to be able to repeat a request safely.
#[derive(Clone, Debug)]
pub struct Idempotency {
    /// The caller's key.
    pub key: String,
    /// SHA-256 of the body's JSON value, as hex.
    pub body_hash: String,
}

/// What became of an event that was to be accepted.
#[derive(Clone, Debug)]
pub enum AcceptOutcome {
    /// It is on disk, with these deliveries in the order in which they were planned.
    New(Vec<Delivery>),
    /// The same request was accepted before, as this event with so many deliveries to be sent.
    Before {
        /// The event's id then.
        event_id: Uuid,
        /// The number answered then.
        deliveries: i64,
    },
    /// The key was used for another body.
    KeyTaken,
}

/// How an event enters the log.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What happened. Its fields are of no interest here any more: `payload` says them.
    pub event: Event,
    /// The payload's JSON text, made once and shared by the event's deliveries.
    pub payload: Arc<str>,
    /// Why it is sent.
    pub trigger: Trigger,
    /// Makes a form post count once, however often it is sent.
    pub nonce: Option<String>,
    /// Makes an API call count once.
    pub idempotency: Option<Idempotency>,
    /// Pending ones wait in the memory of [`Entry::instance`], sending ones are begun by it.
    pub deliveries: Vec<Delivery>,
    /// Who sends what is to be sent.
    pub instance: Arc<str>,
}

/// Writes one delivery down; a macro because its executor is either engine's.
macro_rules! insert_delivery {
    ($tx:ident, $delivery:expr, $instance:expr) => {{
        let delivery: &Delivery = $delivery;
        sqlx::query(
            "insert into deliveries (id, account_id, event_id, event_key, channel, triggered_by, target,
               destination_id, recipient, lane, state, reason, detail, attempt, instance, resend_of, first_id,
               due_at, created_at, sent_at, finished_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
               $20, $21)",
        )
        .bind(delivery.id.to_string())
        .bind(delivery.account_id)
        .bind(delivery.event_id.to_string())
        .bind(&delivery.event_key)
        .bind(delivery.target.channel())
        .bind(delivery.trigger)
        .bind(delivery.target.kind())
        .bind(delivery.target.destination_id())
        .bind(delivery.target.recipient())
        .bind(delivery.target.lane())
        .bind(delivery.state)
        .bind(delivery.reason)
        .bind(&delivery.detail)
        .bind(i64::from(delivery.attempt))
        .bind((!delivery.state.is_final()).then_some($instance))
        .bind(delivery.resend_of.map(|id| id.to_string()))
        .bind(delivery.first_id.to_string())
        .bind(delivery.due_at.as_millisecond())
        .bind(delivery.created_at.as_millisecond())
        .bind(delivery.sent_at.map(Timestamp::as_millisecond))
        .bind(delivery.finished_at.map(Timestamp::as_millisecond))
        .execute(&mut *$tx)
        .await?;
    }};
}

impl Db {
    /// Writes down an event and its deliveries. When this answers, they are on disk.
    pub async fn accept(&self, entry: Entry) -> DbResult<AcceptOutcome> {
        let Entry { event, payload, trigger, nonce, idempotency, deliveries, instance } = entry;
        let now = event.accepted_at.as_millisecond();
        let event_id = event.id.to_string();
        let to_send = i64::try_from(deliveries.iter().filter(|d| !d.state.is_final()).count()).unwrap_or(0);
        write!(self, tx => {
            if let Some(Idempotency { key, body_hash }) = idempotency {
                sqlx::query("delete from idempotency_keys where account_id = $1 and key = $2 and created_at <= $3")
                    .bind(event.account_id)
                    .bind(&key)
                    .bind(now - KEY_LIFE_MS)
                    .execute(&mut *tx)
                    .await?;
                let done = sqlx::query(
                    "insert into idempotency_keys (account_id, key, body_hash, event_id, deliveries, created_at)
                     values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
                )
                .bind(event.account_id)
                .bind(&key)
                .bind(&body_hash)
                .bind(&event_id)
                .bind(to_send)
                .bind(now)
                .execute(&mut *tx)
                .await?;
                if done.rows_affected() == 0 {
                    let (hash, UuidText(event_id), deliveries): (String, UuidText, i64) = sqlx::query_as(
                        "select body_hash, event_id, deliveries from idempotency_keys
                         where account_id = $1 and key = $2",
                    )
                    .bind(event.account_id)
                    .bind(&key)
                    .fetch_one(tx)
                    .await?;
                    return Ok(if hash == body_hash {
                        AcceptOutcome::Before { event_id, deliveries }
                    } else {
                        AcceptOutcome::KeyTaken
                    });
                }
            }
            let done = sqlx::query(
                "insert into events (id, account_id, event_key, triggered_by, payload, nonce, created_at)
                 values ($1, $2, $3, $4, $5, $6, $7) on conflict (account_id, nonce) do nothing",
            )
            .bind(&event_id)
            .bind(event.account_id)
            .bind(&event.key)
            .bind(trigger)
            .bind(&*payload)
            .bind(&nonce)
            .bind(now)
            .execute(&mut *tx)
            .await?;
            if done.rows_affected() == 0 {
                let UuidText(event_id) =
                    sqlx::query_scalar("select id from events where account_id = $1 and nonce = $2")
                        .bind(event.account_id)
                        .bind(nonce)
                        .fetch_one(tx)
                        .await?;
                return Ok(AcceptOutcome::Before { event_id, deliveries: to_send });
            }
            for delivery in &deliveries {
                insert_delivery!(tx, delivery, &*instance);
            }
            Ok(AcceptOutcome::New(deliveries))
        })
    }

    /// What is answered to a repeat of a request that was accepted; `None` if the key is free.
    pub(crate) async fn accepted_before(
        &self,
        account_id: i64,
        idempotency: &Idempotency,
        now: i64,
    ) -> DbResult<Option<AcceptOutcome>> {
        let found: Option<(String, UuidText, i64)> = read!(self, pool => sqlx::query_as(
            "select body_hash, event_id, deliveries from idempotency_keys
             where account_id = $1 and key = $2 and created_at > $3",
        )
        .bind(account_id)
        .bind(&idempotency.key)
        .bind(now - KEY_LIFE_MS)
        .fetch_optional(pool))?;
        Ok(found.map(|(hash, UuidText(event_id), deliveries)| {
            if hash == idempotency.body_hash {
                AcceptOutcome::Before { event_id, deliveries }
            } else {
                AcceptOutcome::KeyTaken
            }
        }))
    }

    /// When the oldest event of the log was accepted.
    pub(crate) async fn oldest_event_at(&self) -> DbResult<Option<i64>> {
        Ok(read!(self, pool => sqlx::query_scalar("select min(created_at) from events").fetch_one(pool))?)
    }

    /// The payload of an event, as the JSON text that receivers get; `None` if the account has no such event.
    pub async fn event_payload(&self, account_id: i64, event_id: &str) -> DbResult<Option<String>> {
        Ok(read!(self, pool => sqlx::query_scalar(
            "select payload from events where account_id = $1 and id = $2",
        )
        .bind(account_id)
        .bind(event_id)
        .fetch_optional(pool))?)
    }
}
