//! What becomes of a send that somebody waits for: seen to end, or told to have failed and cancelled.

use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use crate::dispatch::backoff::Backoff;
use crate::dispatch::{Dispatcher, TICK, metrics};
use crate::domain::delivery::{Delivery, Reason, State};
use crate::error::Result;

use super::{AcceptedSend, SendReport};

/// What a delivery's try has come to, once it is seen.
pub(super) type End = oneshot::Receiver<Delivery>;

impl Dispatcher {
    /// Waits for what is still to be tried; asked before the tries begin, so that none is missed.
    pub(super) fn ends(&self, deliveries: &[Delivery]) -> Vec<(Uuid, Option<End>)> {
        let end = |delivery: &Delivery| {
            (delivery.id, is_to_be_tried(delivery).then(|| self.inner.waiters.wait_for(delivery.id)))
        };
        deliveries.iter().map(end).collect()
    }

    /// The deliveries once all of them were tried, or as they stand when the time is up.
    pub(super) async fn outcome(
        &self,
        account_id: i64,
        accepted: AcceptedSend,
        deadline: Instant,
    ) -> Result<SendReport> {
        let AcceptedSend { mut report, mut ends } = accepted;
        loop {
            // Another instance may be the one that sees the end, so the table is looked at now and then.
            let rows = seen(report.deliveries, ends, deadline.min(Instant::now() + TICK)).await;
            if !rows.iter().any(is_to_be_tried) {
                return Ok(SendReport { deliveries: rows, ..report });
            }
            report.deliveries = self.inner.db.deliveries_of(account_id, report.event_id).await?;
            if Instant::now() >= deadline || !report.deliveries.iter().any(is_to_be_tried) {
                return Ok(report);
            }
            ends = self.ends(&report.deliveries);
        }
    }

    /// Ends what waits and leaves what is being sent its one try: whoever asked is told now that it failed.
    pub(super) async fn give_up(&self, account_id: i64, report: SendReport) -> Result<SendReport> {
        let open: Vec<Uuid> =
            report.deliveries.iter().filter(|row| !row.state.is_final()).map(|row| row.id).collect();
        if open.is_empty() {
            return Ok(report);
        }
        // Before the rows are ended: a try that fails from here on ends its own.
        for id in &open {
            self.inner.waiters.give_up(*id);
        }
        self.cancel(account_id, report.event_id).await;
        for id in open.iter().filter(|id| !self.inner.registry.contains(**id)) {
            self.inner.waiters.forget(*id);
        }
        let deliveries = self.inner.db.deliveries_of(account_id, report.event_id).await?;
        let ended = deliveries.iter().filter(|row| open.contains(&row.id));
        ended.filter(|row| row.reason == Some(Reason::Cancelled)).for_each(metrics::settled);
        Ok(SendReport { deliveries, ..report })
    }

    /// Ends what waits of an event; tried until it is done, because somebody is told so.
    pub(in crate::dispatch) async fn cancel(&self, account_id: i64, event_id: Uuid) {
        let mut backoff = Backoff::default();
        loop {
            match self.inner.db.cancel_waiting(account_id, event_id, self.now_ms()).await {
                Ok(_) => return self.inner.settled.notify_waiters(),
                Err(error) => tracing::error!(%error, event = %event_id, "could not be cancelled yet"),
            }
            if self.inner.tasks.is_closed() {
                return;
            }
            backoff.pause().await;
        }
    }
}

/// Whether its first try is still to come, or under way; a mail that waits for another has nothing to show soon.
fn is_to_be_tried(row: &Delivery) -> bool {
    match row.state {
        State::Pending => row.attempt == 0,
        State::Sending => true,
        State::Delivered | State::Failed | State::Unknown | State::Skipped => false,
    }
}

/// The deliveries, with the ends that were seen before the deadline.
async fn seen(mut rows: Vec<Delivery>, ends: Vec<(Uuid, Option<End>)>, deadline: Instant) -> Vec<Delivery> {
    for (row, (_, end)) in rows.iter_mut().zip(ends) {
        if let Some(end) = end
            && let Ok(Ok(ended)) = timeout_at(deadline, end).await
        {
            *row = ended;
        }
    }
    rows
}
