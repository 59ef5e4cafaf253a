//! What the loop does about the database once a second: says that it is alive, takes rows that nobody owns, and
//! reads what memory has no room for.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::db::DbResult;

use super::queue::Refill;
use super::scheduler::LaneKey;
use super::{Dispatcher, TICK, instance, metrics};

/// Counting and reconciling are done in every tenth round.
const SELDOM: u32 = 10;
/// The whole table is compared with memory in every sixtieth round, and after a write that failed.
const RARELY: u32 = 60;
/// Rows without an owner that are taken in one transaction.
const CLAIM_AT_ONCE: i64 = 500;
/// A difference between clocks that is told, in milliseconds.
const CLOCKS_DIFFER_MS: i64 = 2_000;
/// Rows read for a lane beyond those that are asked for: some of them may be known already.
const KNOWN: usize = 96;

impl Dispatcher {
    /// Goes round for ever.
    pub(super) async fn upkeep(&self) {
        metrics::begin(&self.inner.settings);
        for round in 0_u32.. {
            if let Err(error) = self.round(round).await {
                tracing::error!(%error, "the outbox could not be looked after; it is tried again");
            }
            self.count();
            tokio::time::sleep(TICK).await;
        }
    }

    fn count(&self) {
        let inner = &self.inner;
        metrics::gauges(&inner.queue, &inner.registry, &inner.waiting, inner.clock.now());
        let offset = inner.clock_offset.load(Ordering::Relaxed);
        metrics::surroundings(self.mail_trouble().is_some(), offset, inner.db.free_space());
        crate::metrics::tidy();
    }

    /// Enters the list of instances.
    pub(super) async fn list(&self) -> DbResult<()> {
        let inner = &self.inner;
        if inner.db.is_shared() {
            return self.heartbeat(true).await;
        }
        // We hold the file's lock: whoever is still listed has died. What waited for it is known before anything new
        // is accepted, so that what came first leaves first.
        inner.db.delete_instances(None).await?;
        self.compare().await?;
        self.heartbeat(true).await
    }

    async fn round(&self, round: u32) -> DbResult<()> {
        let inner = &self.inner;
        let is_listed = inner.instance.is_listed();
        if !is_listed {
            self.list().await?;
        } else if inner.db.is_shared() {
            self.heartbeat(false).await?;
        }
        if inner.db.is_shared() || round == 0 || !is_listed {
            metrics::recovered(inner.db.recover_abandoned(self.now_ms()).await?);
        }
        if round.is_multiple_of(SELDOM) {
            inner.waiting.store(inner.db.pending(inner.settings.max_pending).await?, Ordering::Relaxed);
            self.reconcile().await?;
            inner.queue.forget_quiet_lanes();
        }
        let claimed = self.claim().await;
        if claimed.is_err() || round.is_multiple_of(RARELY) {
            inner.is_sure.store(false, Ordering::Relaxed);
        }
        claimed?;
        if !inner.is_sure.swap(true, Ordering::Relaxed)
            && let Err(error) = self.compare().await
        {
            inner.is_sure.store(false, Ordering::Relaxed);
            return Err(error);
        }
        self.refill(true);
        Ok(())
    }

    /// Looks for rows that are ours and in nobody's memory: a write may have been done whose answer was lost.
    async fn compare(&self) -> DbResult<()> {
        let inner = &self.inner;
        for (account, lane, count) in inner.db.waiting_by_lane(&inner.instance.name()).await? {
            let lane = LaneKey { account, authority: lane.into() };
            inner.queue.compare(lane, usize::try_from(count).unwrap_or(0));
        }
        Ok(())
    }

    /// Says that this instance is alive. One that was taken for dead has lost its rows: it drops its queue and goes
    /// on under a new name.
    async fn heartbeat(&self, enters: bool) -> DbResult<()> {
        let inner = &self.inner;
        let heartbeat = inner.db.heartbeat(inner.instance.name(), enters).await?;
        if let Some(offset) = heartbeat.clock_offset_ms {
            let before = inner.clock_offset.swap(offset, Ordering::Relaxed);
            let differs = |offset: i64| offset.abs() >= CLOCKS_DIFFER_MS;
            if differs(offset) && !differs(before) {
                tracing::warn!(
                    offset_ms = offset,
                    "this machine's clock differs from the database's: set it right"
                );
            }
        }
        if !enters && !heartbeat.known {
            tracing::warn!("this instance was silent for too long and was taken for dead: it starts anew");
            let name = instance::fresh(&inner.clock);
            inner.db.heartbeat(Arc::clone(&name), true).await?;
            inner.instance.rename(name);
            inner.queue.clear();
        }
        inner.instance.list();
        Ok(())
    }

    /// Takes what is due and owned by nobody.
    async fn claim(&self) -> DbResult<()> {
        loop {
            let claimed =
                self.inner.db.claim_unowned(self.inner.instance.name(), self.now_ms(), CLAIM_AT_ONCE).await?;
            let count = claimed.len();
            for message in claimed {
                tracing::debug!(delivery = %message.delivery.id, "claimed");
                self.inner.queue.push(message.into());
            }
            self.pump();
            if i64::try_from(count) != Ok(CLAIM_AT_ONCE) {
                return Ok(());
            }
        }
    }

    /// Reads on in lanes of which only the head is in memory.
    pub(super) fn refill(&self, all: bool) {
        for refill in self.inner.queue.refills(all) {
            let this = self.clone();
            tokio::spawn(async move {
                let read = this.read_lane(&refill).await;
                if let Err(error) = &read {
                    tracing::warn!(%error, "a lane could not be read; it is tried again");
                }
                this.inner.queue.refilled(&refill.lane, read.ok());
                this.pump();
            });
        }
    }

    async fn read_lane(
        &self,
        refill: &Refill,
    ) -> DbResult<(Vec<crate::domain::delivery::OutboxMessage>, bool)> {
        let inner = &self.inner;
        let (lane, instance) = (&refill.lane, inner.instance.name());
        let most = i64::try_from(refill.rows + KNOWN).unwrap_or(i64::MAX);
        let mut rows = inner
            .db
            .waiting_in_lane(&instance, lane.account, &Arc::clone(&lane.authority), self.now_ms(), most)
            .await?;
        let was_last = i64::try_from(rows.len()) != Ok(most);
        rows.retain(|message| !inner.registry.contains(message.delivery.id));
        Ok((rows, was_last))
    }
}
