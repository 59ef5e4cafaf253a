//! Sends that somebody waits for: tests and ad-hoc notifications, through the same attempt as every delivery.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use crate::db::events::{AcceptOutcome, Entry};
use crate::domain::delivery::{Delivery, OutboxMessage, State, Trigger};
use crate::domain::destination::DestinationConfig;
use crate::domain::event::Event;
use crate::domain::route::Planned;
use crate::domain::values::WebhookUrl;
use crate::error::{Error, Result};

use super::Dispatcher;
use super::queue::Waiting;

/// Where a test goes whose values are not saved. It is handed over in memory and never written down.
#[derive(Clone)]
pub enum Endpoint {
    /// The shared webhook's URL, as it is on screen.
    Url(WebhookUrl),
    /// A destination's configuration, as it is on screen.
    Destination(DestinationConfig),
}

/// What is sent while somebody waits.
pub struct Immediate {
    /// The sample, or the notification.
    pub event: Event,
    /// Where to.
    pub targets: Vec<Planned>,
    /// [`Trigger::Test`] or [`Trigger::Adhoc`].
    pub trigger: Trigger,
    /// For a test of values that are not saved.
    pub endpoint: Option<Endpoint>,
    /// Makes one press of the button one send, however often the browser repeats the post.
    pub nonce: Option<String>,
}

/// The end of a delivery, once it is seen.
type End = oneshot::Receiver<Delivery>;

impl Dispatcher {
    /// Sends, and waits for the outcomes for as long as `patience`; the answer has the order of the targets. What
    /// has not come to its end by then is answered as it stands, and goes on. A nonce that was seen before
    /// sends nothing and answers what has come of it so far.
    pub(crate) async fn send_now(&self, immediate: Immediate, patience: Duration) -> Result<Vec<Delivery>> {
        let deadline = Instant::now() + patience;
        self.check_capacity()?;
        let Immediate { event, targets, trigger, endpoint, nonce } = immediate;
        let account_id = event.account_id;
        let deliveries = self.deliveries(targets, &event, trigger);
        let event_id = event.id;
        let entry = self.entry(event, trigger, deliveries)?;
        let ends = self.ends(&entry.deliveries);
        let payload = Arc::clone(&entry.payload);
        match self.write_down(Entry { nonce, ..entry }, false).await {
            Ok(AcceptOutcome::New(deliveries)) => {
                self.enqueue(&deliveries, &payload, trigger, endpoint.map(Arc::new));
                let rows = seen(deliveries, ends, deadline).await;
                self.as_they_stand(account_id, event_id, rows).await
            }
            Ok(AcceptOutcome::Before { event_id, .. }) => {
                self.forget(ends);
                Ok(self.inner.db.deliveries_of(account_id, event_id).await?)
            }
            Ok(AcceptOutcome::KeyTaken) => {
                self.forget(ends);
                Err(Error::internal("a send without an idempotency key had one"))
            }
            Err(error) => {
                self.forget(ends);
                Err(error)
            }
        }
    }

    fn ends(&self, deliveries: &[Delivery]) -> Vec<(Uuid, Option<End>)> {
        let wait = |delivery: &Delivery| {
            let is_sent = delivery.state == State::Pending;
            (delivery.id, is_sent.then(|| self.inner.waiters.wait_for(delivery.id)))
        };
        deliveries.iter().map(wait).collect()
    }

    fn forget(&self, ends: Vec<(Uuid, Option<End>)>) {
        for (id, _) in ends {
            self.inner.waiters.forget(id);
        }
    }

    /// Tests go first, since a person waits; a notification takes its turn like an event.
    fn enqueue(
        &self,
        deliveries: &[Delivery],
        payload: &Arc<str>,
        trigger: Trigger,
        endpoint: Option<Arc<Endpoint>>,
    ) {
        for delivery in deliveries.iter().filter(|delivery| delivery.state == State::Pending) {
            let message = OutboxMessage { delivery: delivery.clone(), payload: Arc::clone(payload) };
            let waiting = Waiting { message, endpoint: endpoint.clone() };
            if trigger == Trigger::Test {
                self.inner.queue.push_test(waiting);
            } else {
                self.inner.queue.push(waiting);
            }
        }
        self.pump();
    }

    /// What was not seen to end is read.
    async fn as_they_stand(
        &self,
        account_id: i64,
        event_id: Uuid,
        mut rows: Vec<Delivery>,
    ) -> Result<Vec<Delivery>> {
        if rows.iter().all(|row| row.state.is_final()) {
            return Ok(rows);
        }
        let stored = self.inner.db.deliveries_of(account_id, event_id).await?;
        for row in rows.iter_mut().filter(|row| !row.state.is_final()) {
            if let Some(found) = stored.iter().find(|found| found.id == row.id) {
                row.clone_from(found);
            }
        }
        Ok(rows)
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
