//! What has to be done now and then: counting, forgetting, and picking up after the dead.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::db::DbResult;

use super::Dispatcher;

const ROUND: Duration = Duration::from_secs(1);
/// Forgetting is not urgent.
const FORGET_EVERY: u32 = 60;
/// Enough to know that the queue is full.
const COUNT_UP_TO: i64 = 100_001;

impl Dispatcher {
    /// Goes round once a second until `stop`.
    pub(super) async fn run_janitor(self, stop: CancellationToken) {
        for round in 0_u32.. {
            if let Err(error) = self.janitor_round(round.is_multiple_of(FORGET_EVERY)).await {
                tracing::error!(%error, "tidying up failed; it is tried again");
            }
            tokio::select! {
                () = tokio::time::sleep(ROUND) => {}
                () = stop.cancelled() => return,
            }
        }
    }

    async fn janitor_round(&self, forget: bool) -> DbResult<()> {
        let inner = &self.inner;
        let now = inner.clock.now_ms();
        inner.load.waiting.store(inner.db.pending(COUNT_UP_TO).await?, Ordering::Relaxed);
        if inner.db.is_shared() {
            inner.db.heartbeat(inner.instance.as_str().into()).await?;
            inner.db.recover_abandoned(now).await?;
        }
        if forget {
            let kept = i64::try_from(inner.retention.as_millis()).unwrap_or(i64::MAX);
            while inner.db.delete_older_than(now - kept, now).await? > 0 {}
            inner.db.delete_expired_sessions(now).await?;
        }
        Ok(())
    }
}
