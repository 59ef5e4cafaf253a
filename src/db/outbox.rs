//! The outbox: what is tried is marked and settled, what waits is claimed, what was left behind is recovered.
//!
//! Every transition is guarded by the state, owner and attempt that it expects, so that a late worker
//! changes nothing.

mod cancel;
mod claim;
mod recover;
mod retention;

use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use crate::domain::delivery::{Delivery, Stages, Transcript};

use super::{Db, DbResult, read, write};

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

/// Something, unless it is empty.
fn kept(text: impl Into<Option<String>>) -> Option<String> {
    text.into().filter(|text| !text.is_empty())
}

fn micros(stage: Option<std::time::Duration>) -> Option<i64> {
    stage.map(|stage| i64::try_from(stage.as_micros()).unwrap_or(i64::MAX))
}

impl Db {
    /// Marks a delivery as `sending`. `false` if it no longer waits under our name.
    pub async fn start(&self, start: Start) -> DbResult<bool> {
        write!(self, tx => {
            let done = sqlx::query(
                "update deliveries set state = 'sending', attempt = $2, sent_at = $3
                 where id = $1 and state = 'pending' and attempt = $2 - 1 and instance = $4",
            )
            .bind(start.id.to_string())
            .bind(i64::from(start.attempt))
            .bind(start.at.as_millisecond())
            .bind(&*start.instance)
            .execute(tx)
            .await?;
            Ok(done.rows_affected() == 1)
        })
    }

    /// Writes down how an attempt ended, and what left and came back. `false` if the row is no longer the one
    /// that was being sent: somebody else has settled it.
    pub async fn settle(&self, settlement: Settlement) -> DbResult<bool> {
        let Settlement { delivery, payload, transcript, stages, instance } = settlement;
        // A payload that was sent as it is stands in its event's row, and is not stored twice.
        let request_body = kept(transcript.request_body).filter(|body| **body != *payload);
        let took_ms = delivery.took.map(|took| i64::try_from(took.as_millis()).unwrap_or(i64::MAX));
        write!(self, tx => {
            let done = sqlx::query(
                "update deliveries set state = $4, reason = $5, status = $6, detail = $7, took_ms = $8,
                   due_at = $9, finished_at = $10, recipient = $11, lane = $12, request_head = $13,
                   request_body = $14, response_head = $15, response_body = $16, resolve_us = $17,
                   policy_us = $18, connect_us = $19, tls_us = $20, sent_us = $21, first_byte_us = $22,
                   done_us = $23, certificate_until = $24, instance = null
                 where id = $1 and state = 'sending' and attempt = $2 and instance = $3",
            )
            .bind(delivery.id.to_string())
            .bind(i64::from(delivery.attempt))
            .bind(&*instance)
            .bind(delivery.state)
            .bind(delivery.reason)
            .bind(delivery.status.map(i64::from))
            .bind(&delivery.detail)
            .bind(took_ms)
            .bind(delivery.due_at.as_millisecond())
            .bind(delivery.finished_at.map(Timestamp::as_millisecond))
            .bind(delivery.target.recipient())
            .bind(delivery.target.lane())
            .bind(kept(transcript.request_head))
            .bind(request_body)
            .bind(kept(transcript.response_head))
            .bind(kept(transcript.response_body))
            .bind(micros(stages.resolved))
            .bind(micros(stages.allowed))
            .bind(micros(stages.connected))
            .bind(micros(stages.secured))
            .bind(micros(stages.sent))
            .bind(micros(stages.first_byte))
            .bind(micros(stages.done))
            .bind(stages.certificate_until.map(Timestamp::as_millisecond))
            .execute(tx)
            .await?;
            Ok(done.rows_affected() == 1)
        })
    }

    /// Takes a `sending` mark back, where nothing has left: the delivery waits again under our name. `false` if
    /// it was not being sent.
    pub async fn put_back(&self, id: Uuid, attempt: u32, instance: Arc<str>) -> DbResult<bool> {
        write!(self, tx => {
            let done = sqlx::query(
                "update deliveries set state = 'pending', attempt = attempt - 1
                 where id = $1 and state = 'sending' and attempt = $2 and instance = $3",
            )
            .bind(id.to_string())
            .bind(i64::from(attempt))
            .bind(&*instance)
            .execute(tx)
            .await?;
            Ok(done.rows_affected() == 1)
        })
    }

    /// How many deliveries wait, counted up to `most`.
    pub async fn pending(&self, most: i64) -> DbResult<i64> {
        // One count for each index: with an owner, and without.
        let count: i64 = read!(self, pool => sqlx::query_scalar(
            "select (select count(*) from (select 1 from deliveries
                where state = 'pending' and instance is not null limit $1) as owned)
              + (select count(*) from (select 1 from deliveries
                where state = 'pending' and instance is null limit $1) as unowned)",
        )
        .bind(most)
        .fetch_one(pool))?;
        Ok(count.min(most))
    }

    /// How many deliveries are being sent, or wait and are due.
    pub async fn unsettled(&self, now: i64) -> DbResult<i64> {
        Ok(read!(self, pool => sqlx::query_scalar(
            "select (select count(*) from deliveries where state = 'sending' and instance is not null)
              + (select count(*) from deliveries
                where state = 'pending' and instance is not null and due_at <= $1)
              + (select count(*) from deliveries where state = 'pending' and instance is null and due_at <= $1)",
        )
        .bind(now)
        .fetch_one(pool))?)
    }
}
