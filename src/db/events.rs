//! Accepting: an event, its deliveries and its idempotency key in one transaction.

use crate::domain::delivery::{Channel, Reason, State, Trigger};
use crate::domain::event::Event;

use super::{Db, Result, read, write};

/// A key stays taken for this long, in milliseconds.
pub(super) const KEY_LIFE_MS: i64 = 24 * 60 * 60 * 1_000;

/// A delivery about to be written down.
#[derive(Clone, Debug)]
pub struct NewDelivery {
    /// `UUIDv7`.
    pub id: String,
    /// How it leaves.
    pub channel: Channel,
    /// What sort of target: see [`target`].
    pub target: &'static str,
    /// The destination's row, for a destination.
    pub destination_id: Option<i64>,
    /// A mail address, or the visible part of a URL.
    pub recipient: String,
    /// Deliveries of one lane share the limit on requests to one host.
    pub lane: String,
    /// [`State::Pending`], [`State::Sending`] (by this instance, now) or [`State::Skipped`].
    pub state: State,
    /// Why it is skipped.
    pub reason: Option<Reason>,
    /// The unsaved URL or configuration that a test is sent to.
    pub sealed_target: Option<String>,
    /// The delivery that is sent again.
    pub resend_of: Option<String>,
    /// The first delivery's id of this event to this target: the `webhook-id` that receivers see.
    pub first_id: String,
}

/// The words of the `target` column.
pub mod target {
    /// The account's single webhook.
    pub const SHARED_WEBHOOK: &str = "shared_webhook";
    /// The primary contact.
    pub const PRIMARY_CONTACT: &str = "primary_contact";
    /// An address on the event's list.
    pub const SUBSCRIBER: &str = "subscriber";
    /// A named destination.
    pub const DESTINATION: &str = "destination";
}

/// What a caller sent to be able to repeat a request safely.
#[derive(Clone, Debug)]
pub struct Idempotency {
    /// The caller's key.
    pub key: String,
    /// SHA-256 of the body's JSON value, as hex.
    pub body_hash: String,
}

/// What became of an event that was to be accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AcceptOutcome {
    /// It is on disk, with its deliveries.
    New,
    /// The same request was accepted before, as this event with so many deliveries to be sent.
    Before {
        /// The event's id then.
        event_id: String,
        /// The number answered then.
        deliveries: i64,
    },
    /// The key was used for another body.
    KeyTaken,
}

/// How an event enters the log.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What happened.
    pub event: Event,
    /// Why it is sent.
    pub trigger: Trigger,
    /// Makes a form post count once, however often it is sent.
    pub nonce: Option<String>,
    /// Makes an API call count once.
    pub idempotency: Option<Idempotency>,
    /// Who sends the deliveries that begin as [`State::Sending`].
    pub instance: String,
}

/// Writes one delivery down; a macro because its executor is either engine's.
macro_rules! insert_delivery {
    ($tx:ident, $delivery:ident, $account_id:expr, $event_id:expr, $event_key:expr, $trigger:expr,
     $instance:expr, $now:expr) => {{
        let sending = $delivery.state == State::Sending;
        sqlx::query(
            "insert into deliveries (id, account_id, event_id, event_key, channel, triggered_by, target,
               destination_id, recipient, lane, state, reason, detail, attempt, instance, sealed_target,
               resend_of, first_id, due_at, created_at, sent_at, finished_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, '', $13, $14, $15, $16, $17, $18,
               $18, $19, $20)",
        )
        .bind($delivery.id)
        .bind($account_id)
        .bind($event_id)
        .bind($event_key)
        .bind($delivery.channel.as_str())
        .bind($trigger.as_str())
        .bind($delivery.target)
        .bind($delivery.destination_id)
        .bind($delivery.recipient)
        .bind($delivery.lane)
        .bind($delivery.state.as_str())
        .bind($delivery.reason.map(Reason::as_str))
        .bind(i64::from(sending))
        .bind(sending.then_some($instance))
        .bind($delivery.sealed_target)
        .bind($delivery.resend_of)
        .bind($delivery.first_id)
        .bind($now)
        .bind(sending.then_some($now))
        .bind(($delivery.state == State::Skipped).then_some($now))
        .execute(&mut *$tx)
        .await?;
    }};
}

impl Db {
    /// Writes down an event and its deliveries. When this answers, they are on disk.
    pub async fn accept(&self, entry: Entry, deliveries: Vec<NewDelivery>) -> Result<AcceptOutcome> {
        let Entry { event, trigger, nonce, idempotency, instance } = entry;
        let now = event.accepted_at.as_millisecond();
        let event_id = event.id.to_string();
        let payload = serde_json::Value::Object(event.payload).to_string();
        let to_send =
            i64::try_from(deliveries.iter().filter(|d| d.state != State::Skipped).count()).unwrap_or(0);
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
                    let (hash, event_id, deliveries): (String, String, i64) = sqlx::query_as(
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
            .bind(trigger.as_str())
            .bind(payload)
            .bind(&nonce)
            .bind(now)
            .execute(&mut *tx)
            .await?;
            if done.rows_affected() == 0 {
                let event_id: String =
                    sqlx::query_scalar("select id from events where account_id = $1 and nonce = $2")
                        .bind(event.account_id)
                        .bind(nonce)
                        .fetch_one(tx)
                        .await?;
                return Ok(AcceptOutcome::Before { event_id, deliveries: to_send });
            }
            for delivery in deliveries {
                insert_delivery!(tx, delivery, event.account_id, &event_id, &event.key, trigger, &instance, now);
            }
            Ok(AcceptOutcome::New)
        })
    }

    /// The payload of an event, as the JSON text that receivers get; `None` if the account has no such event.
    pub async fn event_payload(&self, account_id: i64, event_id: &str) -> Result<Option<String>> {
        Ok(read!(self, pool => sqlx::query_scalar(
            "select payload from events where account_id = $1 and id = $2",
        )
        .bind(account_id)
        .bind(event_id)
        .fetch_optional(pool))?)
    }
}
