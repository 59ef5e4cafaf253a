//! Accepting: an event, its deliveries and its idempotency key in one transaction.

use std::sync::Arc;

use uuid::Uuid;

use crate::domain::delivery::{Delivery, Trigger};
use crate::domain::event::Event;

use super::columns::UuidText;
use super::writer::{Order, WriteAnswer};
use super::{Db, DbError, DbResult, read};

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
    /// The event is in the log already: only its deliveries are new.
    pub is_known: bool,
    /// The payload's JSON text, made once and shared by the event's deliveries.
    pub payload: Arc<str>,
    /// Why it is sent.
    pub trigger: Trigger,
    /// Makes a form post count once, however often it is sent.
    pub nonce: Option<String>,
    /// Makes an API call count once.
    pub idempotency: Option<Idempotency>,
    /// The recovery that sends it again.
    pub recovery: Option<String>,
    /// Pending ones wait in the memory of [`Entry::instance`], sending ones are begun by it.
    pub deliveries: Vec<Delivery>,
    /// Who sends what is to be sent: nobody yet, where no server is behind this process.
    pub instance: Option<Arc<str>>,
}

impl Db {
    /// Writes down an event and its deliveries. When this answers, they are on disk.
    pub async fn accept(&self, entry: Entry) -> DbResult<AcceptOutcome> {
        accepted(self.writer().write(Order::Accept(Box::new(entry))).await)
    }

    /// Writes down many events, in as few transactions as can be. One that is refused takes no other with it.
    pub(crate) async fn accept_all(&self, entries: Vec<Entry>) -> Vec<DbResult<AcceptOutcome>> {
        let orders = entries.into_iter().map(|entry| Order::Accept(Box::new(entry))).collect();
        self.writer().write_all(orders).await.into_iter().map(accepted).collect()
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

    /// When the newest event of the log was accepted.
    pub(crate) async fn newest_event_at(&self) -> DbResult<Option<i64>> {
        Ok(read!(self, pool => sqlx::query_scalar("select max(created_at) from events").fetch_one(pool))?)
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

fn accepted(answer: DbResult<WriteAnswer>) -> DbResult<AcceptOutcome> {
    match answer? {
        WriteAnswer::Accepted(outcome) => Ok(outcome),
        WriteAnswer::Done(_) => Err(DbError::Unusable("an event was answered as a change".into())),
    }
}
