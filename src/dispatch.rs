//! The dispatcher: accepts events into the outbox, and sends what waits there.
//!
//! An event is accepted in one commit with a row for each of its deliveries; whose receiver has a place free is
//! committed as `sending` and leaves at once, the others wait in memory for their turn. Network calls happen
//! between transactions, never inside. `sending` is on disk before the first byte leaves, so that after a crash
//! nobody has to guess what might have left, and an outcome is kept until it is stored.

mod accept;
mod attempt;
mod backoff;
mod faults;
mod immediate;
mod instance;
mod janitor;
mod metrics;
mod queue;
mod reconcile;
mod recoveries;
mod registry;
mod resend;
mod scheduler;
mod settings;
mod settle;
mod target;
mod upkeep;
mod waiters;
mod watchdog;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use accept::Receipt;
pub(crate) use accept::{ArrivingEvent, has_room};
pub use immediate::{Endpoint, Immediate, SendReport, Wait};
pub(crate) use recoveries::failing_receivers;
pub use settings::DispatchSettings;

use crate::db::Db;
use crate::domain::clock::Clock;
use crate::error::Result;
use crate::send::Sender;
use instance::Instance;
use queue::Queue;
use registry::Registry;
use waiters::Waiters;
use watchdog::Rounds;

/// Rows without an owner are looked for this often: a mail's retry may be due, or another machine has died.
const TICK: Duration = Duration::from_secs(1);
/// What is in flight when the stop was asked for may take this long; the rest is `unknown`.
const GRACE: Duration = Duration::from_secs(20);
/// An outcome that could not be stored for this long is told by readiness.
const UNSAVED_LIMIT: Duration = Duration::from_secs(5);

/// A handle on the dispatcher; clones share it.
#[derive(Clone)]
pub struct Dispatcher {
    inner: Arc<DispatcherInner>,
}

struct DispatcherInner {
    db: Db,
    sender: Sender,
    clock: Clock,
    settings: DispatchSettings,
    instance: Instance,
    queue: Queue,
    registry: Registry,
    waiters: Waiters,
    typed: immediate::TypedEndpoints,
    rounds: Arc<Rounds>,
    mail_trouble: settle::MailTrouble,
    /// About how many deliveries wait in the table: counted now and then, added to in between.
    waiting: AtomicI64,
    /// The database's clock minus ours, in milliseconds.
    clock_offset: AtomicI64,
    /// Whether memory knows of all rows that are ours.
    is_sure: AtomicBool,
    /// The loop is to look again.
    work: Notify,
    /// A delivery has been settled.
    settled: Notify,
    /// A recovery has begun.
    recovery: Notify,
    tasks: TaskTracker,
}

impl Dispatcher {
    /// A dispatcher that does nothing until [`Dispatcher::run`].
    #[must_use]
    pub fn new(db: Db, sender: Sender, clock: Clock, settings: DispatchSettings) -> Self {
        let (instance, queue) = (Instance::new(&clock, db.is_shared()), Queue::new(&settings));
        Self {
            inner: Arc::new(DispatcherInner {
                db,
                sender,
                clock,
                settings,
                instance,
                queue,
                registry: Registry::default(),
                waiters: Waiters::default(),
                typed: immediate::TypedEndpoints::default(),
                rounds: Rounds::new(),
                mail_trouble: settle::MailTrouble::default(),
                waiting: AtomicI64::new(0),
                clock_offset: AtomicI64::new(0),
                is_sure: AtomicBool::new(true),
                work: Notify::new(),
                settled: Notify::new(),
                recovery: Notify::new(),
                tasks: TaskTracker::new(),
            }),
        }
    }

    /// Enters the list of instances: before that, nothing is accepted.
    pub async fn enter(&self) {
        self.inner.instance.serve();
        if let Err(error) = self.list().await {
            tracing::error!(%error, "this instance could not be listed; it is tried again");
        }
    }

    /// Recovers what a predecessor left behind, then sends until `stop`, then lets what is in flight end. The loop
    /// waits for nothing but time: what needs the database is done beside it, so that a database that does not
    /// answer never looks like a loop that does not turn.
    pub async fn run(self, stop: CancellationToken) {
        let inner = &self.inner;
        inner.rounds.turned();
        if let Err(error) = watchdog::watch(&inner.rounds) {
            tracing::error!(%error, "there is no watchdog: the loop is not watched");
        }
        let janitor = tokio::spawn(self.clone().run_janitor(stop.clone()));
        let mut upkeep = Box::pin(self.upkeep());
        let mut recoveries = Box::pin(self.run_recoveries());
        while !stop.is_cancelled() {
            inner.rounds.turned();
            self.pump();
            let pause =
                inner.queue.wakes_at().map_or(TICK, |at| at.saturating_duration_since(Instant::now()));
            tokio::select! {
                () = inner.work.notified() => {}
                () = tokio::time::sleep(pause.min(TICK)) => {}
                () = &mut upkeep => {}
                () = &mut recoveries => {}
                () = stop.cancelled() => {}
            }
        }
        inner.queue.close();
        inner.rounds.end();
        drop((upkeep, recoveries));
        if let Err(error) = janitor.await {
            tracing::error!(%error, "the janitor ended badly");
        }
        inner.tasks.close();
        if tokio::time::timeout(GRACE, inner.tasks.wait()).await.is_err() {
            tracing::warn!("some deliveries were still being sent after {GRACE:?}: their outcome is unknown");
        }
    }

    /// Leaves the database in order once nobody posts events any more: what was in flight is `unknown`, what
    /// waits belongs to whoever comes next.
    pub async fn leave(&self) {
        let inner = &self.inner;
        let name = inner.instance.name();
        let recovered = async {
            inner.db.delete_instances(Some(name.to_string())).await?;
            if inner.db.is_shared() {
                return inner.db.recover_abandoned(self.now_ms()).await;
            }
            let sending = inner.db.sending_of(&name).await?.into_iter().map(|(id, _)| id).collect();
            inner.db.interrupt(sending, name, self.now_ms()).await
        };
        if let Err(error) = recovered.await {
            tracing::error!(%error, "what was in flight could not be recovered; the next start does it");
        }
    }

    /// Starts what may leave now. Whoever has put something into the queue, or has given a place back, calls this.
    fn pump(&self) {
        let now = Instant::now();
        while self.inner.registry.len() < self.most_attempts()
            && let Some(taken) = self.inner.queue.next(now)
        {
            self.begin(taken);
        }
        self.refill(false);
    }

    /// Attempts in memory, whose outcomes may still wait to be stored.
    fn most_attempts(&self) -> usize {
        4 * (self.inner.settings.max_in_flight + self.inner.settings.smtp_connections)
    }

    /// Waits until nothing is in flight, nothing is due and no recovery goes on, as seen at one moment.
    pub async fn settled(&self) -> Result<()> {
        loop {
            let news = self.inner.settled.notified();
            if self.inner.registry.len() == 0
                && !self.inner.db.has_open_recovery().await?
                && self.inner.db.unsettled(self.now_ms()).await? == 0
            {
                return Ok(());
            }
            // The tick covers work that another instance does.
            let _ = tokio::time::timeout(TICK, news).await;
        }
    }

    /// Whether work that is accepted now is seen to: the loop turns, and outcomes can be stored. A command leaves
    /// that to the server.
    #[must_use]
    pub(crate) fn is_alive(&self) -> bool {
        let instance = &self.inner.instance;
        !instance.is_serving()
            || instance.is_listed()
                && self.inner.rounds.is_turning()
                && self.inner.registry.unsaved().1 < UNSAVED_LIMIT
    }

    /// Whether the loop turns, or has ended in order.
    #[must_use]
    pub(crate) fn turns(&self) -> bool {
        self.inner.rounds.is_over() || self.inner.rounds.is_turning()
    }

    /// Whether outcomes are stored as they come.
    #[must_use]
    pub(crate) fn stores_outcomes(&self) -> bool {
        self.inner.registry.unsaved().1 < UNSAVED_LIMIT
    }

    /// How long the oldest webhook has been waiting.
    pub(crate) async fn oldest_waiting(&self) -> Result<Duration> {
        let since = self.inner.db.oldest_waiting().await?.map_or(0, |at| self.now_ms() - at);
        Ok(Duration::from_millis(u64::try_from(since).unwrap_or(0)))
    }

    /// Why mails are not leaving at the moment, if so.
    #[must_use]
    pub(crate) fn mail_trouble(&self) -> Option<String> {
        self.inner.mail_trouble.get()
    }

    /// The present moment by the database's clock, which all instances share, in Unix milliseconds.
    fn now_ms(&self) -> i64 {
        self.inner.clock.now_ms() + self.inner.clock_offset.load(Ordering::Relaxed)
    }
}
