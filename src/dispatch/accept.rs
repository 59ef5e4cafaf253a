//! Accepting an event: who gets it is decided, and all of it is on disk before anybody is told so.

mod batch;
mod capacity;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use uuid::Uuid;

use crate::db::DbResult;
use crate::db::destinations::DestinationRecord;
use crate::db::events::{AcceptOutcome, Entry, Idempotency};
use crate::db::snapshots::AccountSnapshot;
use crate::domain::delivery::{Delivery, OutboxMessage, Reason, State, Trigger};
use crate::domain::destination::Destination;
use crate::domain::event::Event;
use crate::domain::route::{Planned, route};
use crate::domain::values::EmailAddress;
use crate::error::{Error, Result};
use crate::send::SecretError;

use super::queue::{Admission, Place};
use super::registry::AttemptHandle;
use super::resend::not_written;
use super::scheduler::LaneKey;
use super::{Dispatcher, faults, metrics};
pub(crate) use batch::ArrivingEvent;
pub(crate) use capacity::has_room;

/// What is answered for an accepted event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The event's id; for a repeated request, the first one's.
    pub event_id: Uuid,
    /// How many deliveries are to be sent; skips are not counted.
    pub deliveries: i64,
}

/// A delivery that is committed as being sent: its place is taken, and the reconciler knows of it.
struct Reserved {
    place: Place,
    attempt: AttemptHandle,
}

/// What was decided about an event that is being written down.
struct Admitted {
    payload: Arc<str>,
    /// What waits is put into the queue once it is on disk.
    is_queued: bool,
    /// One for each delivery, in their order.
    reserved: Vec<Option<Reserved>>,
}

impl Dispatcher {
    /// Plans the deliveries of an event and writes it all down. When this answers, it is on disk. 409 if the
    /// idempotency key was used for another body, 503 while nothing can be accepted; a repeat of what was
    /// accepted before is answered all the same.
    #[tracing::instrument(name = "accept", skip_all, fields(event = %event.id, account = event.account_id))]
    pub async fn accept(
        &self,
        snapshot: &AccountSnapshot,
        event: Event,
        idempotency: Option<Idempotency>,
    ) -> Result<Receipt> {
        if let Err(refusal) = self.check_capacity() {
            return self.repeated(event.account_id, idempotency).await.unwrap_or(Err(refusal));
        }
        let entry = self.planned(snapshot, event, idempotency)?;
        let event_id = entry.event.id;
        if let Some(receipt) = faults::answered_early(&self.inner.db, &entry) {
            return Ok(receipt);
        }
        receipt(event_id, self.write_down(entry, true).await?)
    }

    /// An event with what it leads to.
    fn planned(
        &self,
        snapshot: &AccountSnapshot,
        event: Event,
        idempotency: Option<Idempotency>,
    ) -> Result<Entry> {
        let plan = route(&snapshot.settings, self.routed(snapshot)?, &event);
        let deliveries = self.deliveries(plan, &event, Trigger::Event);
        Ok(Entry { idempotency, ..self.entry(event, Trigger::Event, deliveries)? })
    }

    /// An account's destinations as routing sees them.
    pub(crate) fn routed<'a>(&self, snapshot: &'a AccountSnapshot) -> Result<&'a [Destination]> {
        snapshot.routed(|record| self.recipients(record)).map_err(Error::internal)
    }

    /// Who gets the mails of a destination. Without them nobody could be told that it was meant, so that an event
    /// is not accepted while they cannot be read.
    fn recipients(&self, record: &DestinationRecord) -> Result<Vec<EmailAddress>, SecretError> {
        if !record.kind.sends_mails() {
            return Ok(Vec::new());
        }
        let (account, id) = (record.account_id, record.id);
        let opened = self.inner.sender.open_destination(account, id, record.kind, &record.config);
        let opened =
            opened.inspect_err(|why| tracing::error!(account, id, %why, "a destination is unreadable"))?;
        Ok(opened.config.recipients().to_vec())
    }

    /// What a plan leads to, in its order.
    pub(super) fn deliveries(&self, plan: Vec<Planned>, event: &Event, trigger: Trigger) -> Vec<Delivery> {
        let id = || self.inner.clock.new_id();
        plan.into_iter().map(|planned| planned.into_delivery(id(), event, trigger)).collect()
    }

    /// An event as it enters the log, its payload made text once.
    pub(super) fn entry(&self, event: Event, trigger: Trigger, deliveries: Vec<Delivery>) -> Result<Entry> {
        let payload = serde_json::to_string(&event.payload).map_err(Error::internal)?;
        Ok(Entry {
            event,
            is_known: false,
            payload: payload.into(),
            trigger,
            nonce: None,
            idempotency: None,
            recovery: None,
            deliveries,
            instance: self.inner.instance.owner(),
        })
    }

    /// Commits an event and sees to its deliveries. It goes on when its caller has gone away: what may be on disk
    /// has to be sent. With `queued`, what waits is put into the queue; else that is the caller's affair.
    pub(super) async fn write_down(&self, entry: Entry, queued: bool) -> Result<AcceptOutcome> {
        let this = self.clone();
        let work = async move { this.commit(entry, queued).await };
        self.inner.tasks.spawn(work).await.map_err(Error::internal)?
    }

    async fn commit(&self, mut entry: Entry, queued: bool) -> Result<AcceptOutcome> {
        let admitted = self.admit(&mut entry, queued, &mut HashMap::new());
        let outcome = self.inner.db.accept(entry).await;
        let outcome = self.follow_up(admitted, outcome);
        self.pump();
        outcome
    }

    /// Sees to the deliveries of an event, once it is known what became of it.
    fn follow_up(&self, admitted: Admitted, outcome: DbResult<AcceptOutcome>) -> Result<AcceptOutcome> {
        let Admitted { payload, is_queued, mut reserved } = admitted;
        let deliveries = match &outcome {
            Ok(AcceptOutcome::New(deliveries)) => deliveries,
            nothing_new => {
                // Nothing was written, as far as anybody knows.
                if nothing_new.is_err() {
                    self.inner.is_sure.store(false, Ordering::Relaxed);
                }
                reserved.into_iter().flatten().for_each(|reserved| reserved.attempt.close());
                return outcome.map_err(not_written);
            }
        };
        note_accepted(deliveries);
        reserved.resize_with(deliveries.len(), || None);
        for (delivery, reserved) in deliveries.iter().zip(reserved) {
            let message = OutboxMessage { delivery: delivery.clone(), payload: Arc::clone(&payload) };
            match reserved {
                Some(Reserved { place, attempt }) => self.spawn_attempt(message.into(), place, attempt),
                None if is_queued && delivery.state == State::Pending => {
                    self.add_waiting(1);
                    self.inner.queue.push(message.into());
                }
                None => {}
            }
        }
        outcome.map_err(not_written)
    }

    /// Decides which deliveries are committed as being sent, which wait, and which find their lane full. `ahead`
    /// says how many of each lane are about to wait that the queue does not know of yet.
    fn admit(&self, entry: &mut Entry, queued: bool, ahead: &mut HashMap<LaneKey, usize>) -> Admitted {
        let payload = Arc::clone(&entry.payload);
        let Some(owner) = entry.instance.clone().filter(|_| queued) else {
            return Admitted { payload, is_queued: false, reserved: Vec::new() };
        };
        let (now, queue, registry) = (entry.event.accepted_at, &self.inner.queue, &self.inner.registry);
        let admit = |delivery: &mut Delivery| {
            if delivery.state != State::Pending {
                return None;
            }
            match queue.admit(delivery, ahead) {
                Admission::Send(place) => {
                    delivery.begin(now);
                    let attempt = registry.enter(delivery.id, Arc::clone(&owner));
                    Some(Reserved { place, attempt })
                }
                Admission::Wait => None,
                Admission::Full => {
                    (delivery.state, delivery.reason) = (State::Failed, Some(Reason::QueueFull));
                    delivery.finished_at = Some(now);
                    metrics::settled(delivery);
                    None
                }
            }
        };
        let reserved = entry.deliveries.iter_mut().map(admit).collect();
        Admitted { payload, is_queued: true, reserved }
    }
}

/// What is answered once it is known what became of an event.
fn receipt(event_id: Uuid, outcome: AcceptOutcome) -> Result<Receipt> {
    match outcome {
        AcceptOutcome::New(deliveries) => {
            metrics::event_accepted();
            let to_send = deliveries.iter().filter(|delivery| !delivery.state.is_final()).count();
            Ok(Receipt { event_id, deliveries: i64::try_from(to_send).unwrap_or(i64::MAX) })
        }
        AcceptOutcome::Before { event_id, deliveries } => Ok(Receipt { event_id, deliveries }),
        AcceptOutcome::KeyTaken => Err(key_taken()),
    }
}

pub(super) fn key_taken() -> Error {
    Error::Conflict {
        code: "IDEMPOTENCY_KEY_REUSED",
        message: "This Idempotency-Key was used for another body: use a new key.".to_owned(),
    }
}

/// The first line of each delivery's story in the log.
fn note_accepted(deliveries: &[Delivery]) {
    for delivery in deliveries {
        tracing::debug!(
            delivery = %delivery.id, account = delivery.account_id, lane = delivery.target.lane(),
            state = %delivery.state, "accepted",
        );
    }
}
