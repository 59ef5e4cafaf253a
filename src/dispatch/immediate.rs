//! Sends that somebody waits for: tests and ad-hoc notifications, through the same attempt as every delivery.

mod outcome;
mod typed;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tracing::Instrument as _;
use uuid::Uuid;

use crate::db::events::{AcceptOutcome, Entry, Idempotency};
use crate::domain::delivery::{Delivery, OutboxMessage, State, Trigger};
use crate::domain::destination::DestinationConfig;
use crate::domain::event::Event;
use crate::domain::route::Planned;
use crate::domain::values::WebhookUrl;
use crate::error::{Error, Result};

use super::Dispatcher;
use super::accept::key_taken;
use super::queue::Waiting;
use outcome::End;
pub(super) use typed::TypedEndpoints;

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
    /// Makes an API call one send, however often it is repeated.
    pub idempotency: Option<Idempotency>,
}

/// How long somebody waits for a send, and what becomes of what is left then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// A person reads how far it has come by then; it goes on.
    ThenGoesOn(Duration),
    /// A program reads that it failed: what has not begun by then never does.
    ThenCancels(Duration),
}

impl Wait {
    /// For how long.
    #[must_use]
    pub fn time(self) -> Duration {
        match self {
            Self::ThenGoesOn(time) | Self::ThenCancels(time) => time,
        }
    }
}

/// What a send has come to, or how far.
#[derive(Clone, Debug)]
pub struct SendReport {
    /// The event that it is in the log; for a repeat, the first one's.
    pub event_id: Uuid,
    /// Its deliveries, in the order of the targets.
    pub deliveries: Vec<Delivery>,
}

impl SendReport {
    /// Whether all of it has come to its end.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.deliveries.iter().all(|delivery| delivery.state.is_final())
    }
}

/// A send that is on disk, with the ends that are waited for.
struct AcceptedSend {
    report: SendReport,
    ends: Vec<(Uuid, Option<End>)>,
}

impl Dispatcher {
    /// Sends, and answers what has come of it when all of it was tried or the time is up. A nonce or an idempotency
    /// key that was seen before sends nothing and waits for what was sent then. It goes on when its caller goes
    /// away: what a program waits for is cancelled in time all the same.
    pub(crate) async fn send_now(&self, immediate: Immediate, wait: Wait) -> Result<SendReport> {
        let this = self.clone();
        let work = async move { this.send_and_wait(immediate, wait).await };
        tokio::spawn(work.in_current_span()).await.map_err(Error::internal)?
    }

    async fn send_and_wait(&self, immediate: Immediate, wait: Wait) -> Result<SendReport> {
        let deadline = Instant::now() + wait.time();
        let account_id = immediate.event.account_id;
        let accepted = self.accept_now(immediate).await?;
        let report = self.outcome(account_id, accepted, deadline).await?;
        match wait {
            Wait::ThenGoesOn(_) => Ok(report),
            Wait::ThenCancels(_) => self.give_up(account_id, report).await,
        }
    }

    /// Commits the send and puts it into the queue, or finds the one that it repeats.
    async fn accept_now(&self, immediate: Immediate) -> Result<AcceptedSend> {
        let Immediate { event, targets, trigger, endpoint, nonce, idempotency } = immediate;
        let account_id = event.account_id;
        if let Err(refusal) = self.check_capacity() {
            let before = self.repeated(account_id, idempotency).await.unwrap_or(Err(refusal))?;
            return self.accepted_before(account_id, before.event_id).await;
        }
        let deliveries = self.deliveries(targets, &event, trigger);
        let event_id = event.id;
        let entry = self.entry(event, trigger, deliveries)?;
        let endpoint = endpoint.map(Arc::new);
        if let Some(endpoint) = &endpoint {
            self.inner.typed.note(&entry.deliveries, endpoint);
        }
        let ends = self.ends(&entry.deliveries);
        let payload = Arc::clone(&entry.payload);
        let accepted = self.write_down(Entry { nonce, idempotency, ..entry }, false).await;
        if let Ok(AcceptOutcome::New(deliveries)) = accepted {
            self.enqueue(&deliveries, &payload, trigger, endpoint);
            return Ok(AcceptedSend { report: SendReport { event_id, deliveries }, ends });
        }
        for (id, _) in &ends {
            self.inner.waiters.forget(*id);
        }
        match accepted? {
            AcceptOutcome::Before { event_id, .. } => self.accepted_before(account_id, event_id).await,
            AcceptOutcome::KeyTaken => Err(key_taken()),
            AcceptOutcome::New(_) => Err(Error::internal("a send was new, and then it was not")),
        }
    }

    async fn accepted_before(&self, account_id: i64, event_id: Uuid) -> Result<AcceptedSend> {
        let deliveries = self.inner.db.deliveries_of(account_id, event_id).await?;
        let ends = self.ends(&deliveries);
        Ok(AcceptedSend { report: SendReport { event_id, deliveries }, ends })
    }

    /// Tests go first, since a person waits; a notification takes its turn like an event. A command leaves both to a
    /// server.
    fn enqueue(
        &self,
        deliveries: &[Delivery],
        payload: &Arc<str>,
        trigger: Trigger,
        endpoint: Option<Arc<Endpoint>>,
    ) {
        if !self.inner.instance.is_serving() {
            return;
        }
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
}
