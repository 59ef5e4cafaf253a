//! The outbox: what is tried is marked and settled, what waits is claimed, what was left behind is recovered.
//!
//! Every transition is guarded by the state, owner and attempt that it expects, so that a late worker
//! changes nothing.

mod cancel;
mod claim;
#[cfg(test)]
mod plans;
mod recover;
mod retention;

use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use crate::domain::delivery::{Delivery, Stages, Transcript};

pub(super) use recover::NOT_AGAIN;

use super::writer::{Order, PutBack, WriteAnswer};
use super::{Db, DbError, DbResult, read};

/// The `sending` mark: it is on disk before the first byte leaves.
#[derive(Clone, Debug)]
pub struct Start {
    /// Which delivery.
    pub id: Uuid,
    /// The attempt that begins: one more than the row's.
    pub attempt: u32,
    /// When it begins.
    pub at: Timestamp,
    /// Who sends it, whose it has to be.
    pub instance: Arc<str>,
}

/// How an attempt ended.
#[derive(Clone, Debug)]
pub struct Settlement {
    /// The delivery as it shall stand. A target that was dialled under another name is written down as such; one
    /// that waits for a retry has no owner any more.
    pub delivery: Delivery,
    /// The event's payload; a request body that equals it is not stored twice.
    pub payload: Arc<str>,
    /// What left and came back.
    pub transcript: Transcript,
    /// When each stage was over.
    pub stages: Stages,
    /// Who sent it, whose it has to be.
    pub instance: Arc<str>,
}

/// How many rows a statement names at most.
const TOGETHER: usize = 64;

/// `($3, $4, $5)`: so many places for values, the first of which has the number `first`.
fn places(first: usize, count: usize) -> String {
    let places: Vec<String> = (first..first + count).map(|number| format!("${number}")).collect();
    format!("({})", places.join(", "))
}

impl Settlement {
    /// How many bytes its texts have.
    pub(super) fn bytes(&self) -> usize {
        let Transcript { request_head, request_body, response_head, response_body } = &self.transcript;
        request_head.len() + request_body.len() + response_head.len() + response_body.len()
    }
}

/// When the oldest waiting webhook was accepted.
const OLDEST: &str = "select created_at from deliveries where state = 'pending' and channel <> 'email'
                      order by created_at limit 1";

/// One count for each index: with an owner, and without.
const PENDING: &str = "select (select count(*) from (select 1 from deliveries
                where state = 'pending' and instance is not null limit $1) as owned)
              + (select count(*) from (select 1 from deliveries
                where state = 'pending' and instance is null limit $1) as unowned)";

/// The same for what is due, and what is being sent.
const UNSETTLED: &str = "select (select count(*) from deliveries where state = 'sending' and instance is not null)
              + (select count(*) from deliveries
                where state = 'pending' and instance is not null and due_at <= $1)
              + (select count(*) from deliveries where state = 'pending' and instance is null and due_at <= $1)";

impl Db {
    /// Marks a delivery as `sending`. `false` if it no longer waits under our name.
    pub async fn start(&self, start: Start) -> DbResult<bool> {
        self.change(Order::Start(start)).await
    }

    /// Writes down how an attempt ended, and what left and came back. `false` if the row is no longer the one
    /// that was being sent: somebody else has settled it.
    pub async fn settle(&self, settlement: Settlement) -> DbResult<bool> {
        self.change(Order::Settle(Box::new(settlement))).await
    }

    /// Takes a `sending` mark back, where nothing has left: the delivery waits again under our name. `false` if
    /// it was not being sent.
    pub async fn put_back(&self, id: Uuid, attempt: u32, instance: Arc<str>) -> DbResult<bool> {
        self.change(Order::PutBack(PutBack { id, attempt, instance })).await
    }

    async fn change(&self, order: Order) -> DbResult<bool> {
        match self.writer().write(order).await? {
            WriteAnswer::Done(done) => Ok(done),
            WriteAnswer::Accepted(_) => Err(DbError::Unusable("a change was answered as an event".into())),
        }
    }

    /// How many deliveries wait, counted up to `most`.
    pub async fn pending(&self, most: i64) -> DbResult<i64> {
        let count: i64 = read!(self, pool => sqlx::query_scalar(
            PENDING,
        )
        .bind(most)
        .fetch_one(pool))?;
        Ok(count.min(most))
    }

    /// When the webhook was accepted that has waited the longest; mails wait for their next try by themselves.
    pub(crate) async fn oldest_waiting(&self) -> DbResult<Option<i64>> {
        Ok(read!(self, pool => sqlx::query_scalar(OLDEST).fetch_optional(pool))?)
    }

    /// How many deliveries are being sent, or wait and are due.
    pub async fn unsettled(&self, now: i64) -> DbResult<i64> {
        Ok(read!(self, pool => sqlx::query_scalar(
            UNSETTLED,
        )
        .bind(now)
        .fetch_one(pool))?)
    }
}
