//! Accepting an event: who gets it is decided, and all of it is on disk before anybody is told so.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde_json::Value;
use uuid::Uuid;

use crate::db::events::{AcceptOutcome, Entry, Idempotency};
use crate::domain::delivery::{Delivery, OutboxMessage, Trigger};
use crate::domain::event::Event;
use crate::domain::route::{Planned, route};
use crate::domain::settings::Settings;
use crate::error::{Error, Result};

use super::{Dispatcher, faults};

/// More waiting deliveries than this, and no further event is accepted.
const QUEUE: i64 = 100_000;
/// Less free disk than this, and no further event is accepted: room is kept to write down what happened.
const FREE_BYTES: u64 = 128 * 1_024 * 1_024;

/// What is answered for an accepted event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The event's id; for a repeated request, the first one's.
    pub event_id: Uuid,
    /// How many deliveries are to be sent; skips are not counted.
    pub deliveries: i64,
}

impl Dispatcher {
    /// Refuses work that could not be finished: 503 `QUEUE_FULL` or `STORAGE_FULL`.
    pub(crate) fn check_capacity(&self) -> Result<()> {
        let refuse = |code, message: &str, retry_after| {
            Err(Error::Unavailable { code, message: message.to_owned(), retry_after })
        };
        if self.inner.db.free_space().is_some_and(|free| free < FREE_BYTES) {
            return refuse("STORAGE_FULL", "Less than 128 MiB of disk is free: nothing is accepted.", 60);
        }
        if self.inner.load.waiting.load(Ordering::Relaxed) >= QUEUE {
            return refuse("QUEUE_FULL", "100,000 deliveries are waiting: nothing is accepted.", 10);
        }
        Ok(())
    }

    /// Plans the deliveries of an event and writes it all down. When this answers, it is on disk.
    /// 409 if the idempotency key was used for another body.
    #[tracing::instrument(name = "accept", skip_all, fields(event = %event.id, account = event.account_id))]
    pub async fn accept(
        &self,
        settings: &Settings,
        event: Event,
        idempotency: Option<Idempotency>,
    ) -> Result<Receipt> {
        self.check_capacity()?;
        let destinations = self.inner.db.routed_destinations(event.account_id).await?;
        let plan = route(settings, &destinations, &event);
        let deliveries = self.deliveries(plan, &event, Trigger::Event);
        let event_id = event.id;
        let payload: Arc<str> = Value::Object(event.payload.clone()).to_string().into();
        let entry = Entry {
            event,
            payload: Arc::clone(&payload),
            trigger: Trigger::Event,
            nonce: None,
            idempotency,
            deliveries,
            instance: self.inner.instance.as_str().into(),
        };
        if let Some(receipt) = faults::answered_early(&self.inner.db, &entry) {
            return Ok(receipt);
        }
        match self.inner.db.accept(entry).await? {
            AcceptOutcome::New(deliveries) => {
                let messages = messages(deliveries, &payload);
                note_accepted(&messages);
                let to_send = messages.iter().filter(|message| !message.delivery.state.is_final()).count();
                self.inner.load.add_waiting(to_send);
                for message in messages.into_iter().filter(|message| !message.delivery.state.is_final()) {
                    self.start(message);
                }
                Ok(Receipt { event_id, deliveries: i64::try_from(to_send).unwrap_or(i64::MAX) })
            }
            AcceptOutcome::Before { event_id, deliveries } => Ok(Receipt { event_id, deliveries }),
            AcceptOutcome::KeyTaken => Err(Error::Conflict {
                code: "IDEMPOTENCY_KEY_REUSED",
                message: "This Idempotency-Key was used for another body: use a new key.".to_owned(),
            }),
        }
    }

    /// What a plan leads to, in its order.
    pub(super) fn deliveries(&self, plan: Vec<Planned>, event: &Event, trigger: Trigger) -> Vec<Delivery> {
        let id = || self.inner.clock.new_id();
        plan.into_iter().map(|planned| planned.into_delivery(id(), event, trigger)).collect()
    }
}

/// The first line of each delivery's story in the log.
pub(super) fn note_accepted(messages: &[OutboxMessage]) {
    for OutboxMessage { delivery, .. } in messages {
        tracing::debug!(
            delivery = %delivery.id, account = delivery.account_id, lane = delivery.target.lane(),
            state = %delivery.state, "accepted",
        );
    }
}

pub(super) fn messages(deliveries: Vec<Delivery>, payload: &Arc<str>) -> Vec<OutboxMessage> {
    let message = |delivery| OutboxMessage { delivery, payload: Arc::clone(payload) };
    deliveries.into_iter().map(message).collect()
}
