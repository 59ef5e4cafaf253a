//! The dispatcher: accepts events into the outbox, and sends what waits there.
//!
//! Network calls happen between transactions, never inside. `sending` is on disk before the first byte
//! leaves, so that after a crash nobody has to guess what might have left.

mod accept;
mod attempt;
mod faults;
mod immediate;
mod janitor;
mod load;
mod scheduler;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use accept::Receipt;
pub use immediate::{Endpoint, Immediate};

use crate::db::Db;
use crate::db::outbox::Start;
use crate::domain::clock::Clock;
use crate::domain::delivery::{OutboxMessage, State};
use crate::error::Result;
use crate::send::Sender;
use load::Load;

/// Without news, the outbox is looked at this often: a mail's retry may be due, or another machine may
/// have accepted an event.
const TICK: Duration = Duration::from_secs(1);
/// What is in flight when the stop was asked for may take this long; the rest is `unknown`.
const GRACE: Duration = Duration::from_secs(20);
/// A dispatcher that has not looked for this long is stuck.
const HEARTBEAT_LIMIT_MS: i64 = 10_000;

/// A handle on the dispatcher; clones share it.
#[derive(Clone)]
pub struct Dispatcher {
    inner: Arc<DispatcherInner>,
}

struct DispatcherInner {
    db: Db,
    sender: Sender,
    clock: Clock,
    /// Marks the rows that this process is sending.
    instance: String,
    load: Load,
    /// Somebody has put something into the outbox, or a place has become free.
    work: Notify,
    /// A delivery has been settled.
    settled: Notify,
    tasks: TaskTracker,
    heartbeat: AtomicI64,
    retention: Duration,
}

impl Dispatcher {
    /// A dispatcher that does nothing until [`Dispatcher::run`].
    #[must_use]
    pub fn new(db: Db, sender: Sender, clock: Clock, retention: Duration) -> Self {
        let instance = clock.new_id().to_string();
        let heartbeat = AtomicI64::new(clock.now_ms());
        let (work, settled) = (Notify::new(), Notify::new());
        let (load, tasks) = (Load::default(), TaskTracker::new());
        Self {
            inner: Arc::new(DispatcherInner {
                db,
                sender,
                clock,
                instance,
                load,
                work,
                settled,
                tasks,
                heartbeat,
                retention,
            }),
        }
    }

    /// Recovers what a predecessor left behind, then sends until `stop`, then lets what is in flight end.
    pub async fn run(self, stop: CancellationToken) {
        self.recover().await;
        let janitor = tokio::spawn(self.clone().run_janitor(stop.clone()));
        while !stop.is_cancelled() {
            self.inner.heartbeat.store(self.inner.clock.now_ms(), Ordering::Relaxed);
            match self.step().await {
                Ok(true) => {}
                Ok(false) => self.wait(&stop).await,
                Err(error) => {
                    tracing::error!(?error, "the outbox could not be read");
                    self.wait(&stop).await;
                }
            }
        }
        self.finish().await;
        if let Err(error) = janitor.await {
            tracing::error!(%error, "the janitor ended badly");
        }
    }

    /// One round: claims what is due and has no owner, and starts to send it. Answers whether another round
    /// may find more at once.
    pub async fn step(&self) -> Result<bool> {
        let inner = &self.inner;
        let (instance, now) = (inner.instance.as_str().into(), inner.clock.now_ms());
        let messages = inner.db.claim_unowned(instance, now, 64).await?;
        let more = !messages.is_empty();
        for message in messages {
            self.start(message);
        }
        Ok(more)
    }

    /// Waits until nothing is in flight and nothing is due, as seen at one moment. The rows alone tell:
    /// between a claim and its attempt, what is being sent is nowhere else.
    pub async fn settled(&self) -> Result<()> {
        loop {
            let news = self.inner.settled.notified();
            if self.inner.db.unsettled(self.inner.clock.now_ms()).await? == 0 {
                return Ok(());
            }
            // The tick covers work that another instance does.
            let _ = tokio::time::timeout(TICK, news).await;
        }
    }

    /// Whether the loop has gone round lately.
    #[must_use]
    pub(crate) fn is_alive(&self) -> bool {
        self.inner.clock.now_ms() - self.inner.heartbeat.load(Ordering::Relaxed) < HEARTBEAT_LIMIT_MS
    }

    /// Why mails are not leaving at the moment, if so.
    #[must_use]
    pub(crate) fn mail_trouble(&self) -> Option<String> {
        self.inner.load.mail_trouble()
    }

    fn start(&self, mut message: OutboxMessage) {
        let delivery = &message.delivery;
        let lane = delivery.target.lane().to_owned();
        tracing::debug!(delivery = %delivery.id, account = delivery.account_id, lane, "claimed");
        self.inner.load.enter(&lane);
        let this = self.clone();
        self.inner.tasks.spawn(async move {
            if message.delivery.state == State::Pending {
                message.delivery.begin(this.inner.clock.now());
                let start = Start {
                    id: message.delivery.id,
                    attempt: message.delivery.attempt,
                    at: this.inner.clock.now(),
                    instance: this.inner.instance.as_str().into(),
                };
                match this.inner.db.start(start).await {
                    Ok(true) => {
                        this.attempt(message, None).await;
                    }
                    other => tracing::error!(?other, "could not be started"),
                }
            } else {
                this.attempt(message, None).await;
            }
            this.inner.load.leave(&lane);
            this.inner.settled.notify_waiters();
            this.inner.work.notify_one();
        });
    }

    async fn wait(&self, stop: &CancellationToken) {
        tokio::select! {
            () = self.inner.work.notified() => {}
            () = tokio::time::sleep(TICK) => {}
            () = stop.cancelled() => {}
        }
    }

    async fn recover(&self) {
        let inner = &self.inner;
        let now = inner.clock.now_ms();
        let recovered = async {
            if !inner.db.is_shared() {
                // We hold the file's lock: whoever is still listed has died.
                inner.db.delete_instances(None).await?;
            }
            inner.db.heartbeat(inner.instance.as_str().into()).await?;
            inner.db.recover_abandoned(now).await.map(drop)
        };
        if let Err(error) = recovered.await {
            tracing::error!(%error, "what an earlier process left could not be recovered");
        }
    }

    async fn finish(&self) {
        let inner = &self.inner;
        inner.tasks.close();
        if tokio::time::timeout(GRACE, inner.tasks.wait()).await.is_err() {
            tracing::warn!("some deliveries were still being sent after {GRACE:?}: their outcome is unknown");
        }
        let recovered = async {
            inner.db.delete_instances(Some(inner.instance.clone())).await?;
            inner.db.recover_abandoned(inner.clock.now_ms()).await.map(drop)
        };
        if let Err(error) = recovered.await {
            tracing::error!(%error, "what was in flight could not be recovered; the next start does it");
        }
    }
}
