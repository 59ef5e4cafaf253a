//! One attempt: find out where to, send, write down what came of it.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tracing::Instrument as _;

use crate::db::outbox::Start;
use crate::db::snapshots::AccountSnapshot;
use crate::domain::delivery::{Channel, OutboxMessage, Outcome, Reason, State, Verdict};
use crate::send::Progress;

use super::backoff::Backoff;
use super::queue::{Place, Taken, Waiting};
use super::registry::AttemptHandle;
use super::{Dispatcher, Endpoint, faults, metrics};

impl Dispatcher {
    /// Begins the attempt of a message whose turn has come. A copy of one that is under way gives its place back.
    pub(super) fn begin(&self, taken: Taken) {
        let Taken { waiting, place } = taken;
        let (id, name) = (waiting.message.delivery.id, self.inner.instance.name());
        if let Some(entry) = self.inner.registry.enter_once(id, name) {
            self.spawn_attempt(waiting, place, entry);
        }
    }

    /// The same for one that is entered already.
    pub(super) fn spawn_attempt(&self, waiting: Waiting, place: Place, entry: AttemptHandle) {
        let delivery = &waiting.message.delivery;
        // Whoever happens to give this attempt its turn has nothing to do with it: another delivery, or a request.
        let span = tracing::info_span!(parent: None, "attempt", delivery = %delivery.id, account = delivery.account_id,
            lane = delivery.target.lane());
        let this = self.clone();
        let attempt = async move {
            tracing::debug!("begun");
            let id = waiting.message.delivery.id;
            if let Some((message, outcome, entry)) = this.attempt(waiting, place, entry).await {
                this.settle(message, outcome, entry).await;
            } else {
                this.inner.waiters.forget(id);
            }
            this.inner.settled.notify_waiters();
            this.pump();
        };
        self.inner.tasks.spawn(attempt.instrument(span));
    }

    /// Sends, and gives the place back as soon as the network has answered. `None` if the row is not ours to
    /// send any more, or the process is ending: then nothing has left.
    async fn attempt(
        &self,
        waiting: Waiting,
        place: Place,
        entry: AttemptHandle,
    ) -> Option<(OutboxMessage, Outcome, AttemptHandle)> {
        let Waiting { mut message, endpoint } = waiting;
        // What was read from the table may be a copy of what is about to have its turn.
        let endpoint = endpoint.or_else(|| self.inner.typed.of(message.delivery.id));
        let Some(snapshot) = self.ready(&mut message, &entry).await else {
            entry.close();
            return None;
        };
        let sending =
            self.send_or_give_up(&mut message, endpoint.as_deref(), snapshot.as_deref(), &entry.progress);
        // The largest of all futures: it is in memory for as long as the network takes, and only then.
        let outcome = survive(&entry.progress, Box::pin(sending)).await;
        place.finish(&outcome);
        self.pump();
        // Its lane may have been paused: the loop has to know until when.
        if outcome.verdict != Verdict::Delivered {
            self.inner.work.notify_one();
        }
        Some((message, outcome, entry))
    }

    /// Reads what is saved of the account and marks the row as `sending`, in this order: a database that does not
    /// answer before the first byte is no outcome of a delivery. A row that says `sending` already is put back
    /// when its account cannot be read.
    async fn ready(
        &self,
        message: &mut OutboxMessage,
        entry: &AttemptHandle,
    ) -> Option<Option<Arc<AccountSnapshot>>> {
        let (inner, mut backoff) = (&self.inner, Backoff::default());
        loop {
            let read = inner.db.snapshot(message.delivery.account_id).await;
            let marked = match &read {
                Ok(_) if message.delivery.state == State::Sending => Ok(true),
                Ok(_) => self.mark(message, entry).await,
                Err(_) if message.delivery.state == State::Sending => {
                    self.put_back(message, entry).await.map(|_| false)
                }
                Err(_) => Ok(false),
            };
            match (read, marked) {
                (Ok(snapshot), Ok(true)) => return Some(snapshot),
                (Ok(_), Ok(false)) => return None,
                (Err(error), _) | (_, Err(error)) => {
                    tracing::warn!(%error, "the database does not answer: the delivery waits");
                }
            }
            if inner.tasks.is_closed() {
                return None;
            }
            backoff.pause().await;
        }
    }

    /// `false` if the row is not ours to send any more.
    async fn mark(&self, message: &mut OutboxMessage, entry: &AttemptHandle) -> crate::db::DbResult<bool> {
        let mut begun = message.delivery.clone();
        begun.begin(self.inner.clock.now());
        let start = Start {
            id: begun.id,
            attempt: begun.attempt,
            at: self.inner.clock.now(),
            instance: Arc::clone(&entry.instance),
        };
        let is_ours = self.inner.db.start(start).await?;
        message.delivery = begun;
        Ok(is_ours)
    }

    async fn put_back(
        &self,
        message: &mut OutboxMessage,
        entry: &AttemptHandle,
    ) -> crate::db::DbResult<bool> {
        let delivery = &mut message.delivery;
        let is_ours =
            self.inner.db.put_back(delivery.id, delivery.attempt, Arc::clone(&entry.instance)).await?;
        (delivery.state, delivery.attempt) = (State::Pending, delivery.attempt.saturating_sub(1));
        Ok(is_ours)
    }

    async fn send_or_give_up(
        &self,
        message: &mut OutboxMessage,
        endpoint: Option<&Endpoint>,
        snapshot: Option<&AccountSnapshot>,
        progress: &Progress,
    ) -> Outcome {
        let (delivery, now) = (&message.delivery, self.inner.clock.now());
        if delivery.target.channel() != Channel::Email && delivery.age(now) > self.inner.settings.expire_after
        {
            return Outcome::new(Verdict::Failed(Reason::Expired), "");
        }
        // The account was deleted, and its rows with it.
        let Some(snapshot) = snapshot else {
            return Outcome::new(Verdict::Skipped(Reason::Deleted), "");
        };
        metrics::waited(delivery, now);
        let began = tokio::time::Instant::now();
        let marked = faults::Marked::of(&self.inner.db, message);
        let sent = marked.around(self.send(message, endpoint, snapshot, progress)).await;
        metrics::attempt_took(&message.delivery, began.elapsed());
        sent.unwrap_or_else(|outcome| outcome)
    }
}

/// What a send comes to, also when it panics: nobody knows what had left by then.
async fn survive(progress: &Progress, sending: impl Future<Output = Outcome>) -> Outcome {
    match AssertUnwindSafe(sending).catch_unwind().await {
        Ok(outcome) => outcome,
        Err(_) => {
            tracing::error!("an attempt panicked");
            let verdict = if progress.may_have_left() {
                Verdict::Unknown(Reason::Interrupted)
            } else {
                Verdict::Failed(Reason::NotComposed)
            };
            Outcome { took: Duration::ZERO, ..Outcome::new(verdict, "a defect of Ringpost") }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_an_outcome_unknown_only_if_a_byte_may_have_left() {
        let progress = Progress::default();
        let before = survive(&progress, async { panic!("before") }).await;
        assert_eq!(before.verdict, Verdict::Failed(Reason::NotComposed));
        progress.leaves();
        let after = survive(&progress, async { panic!("after") }).await;
        assert_eq!(after.verdict, Verdict::Unknown(Reason::Interrupted));
    }
}
