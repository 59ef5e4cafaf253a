//! Recoveries: what failed is sent again bit by bit, like anything else that is accepted. The row says how far it has
//! come, so that whoever starts next goes on; a delivery is sent again once, whoever tries.

use futures_util::future::join_all;

use crate::db::recoveries::RecoveryRecord;
use crate::domain::delivery::Delivery;
use crate::domain::recovery::{LOOKED_AT, NextStep, RecoveryEnd, next_step};
use crate::error::{Error, Result};

use super::{Dispatcher, TICK};

impl Dispatcher {
    /// Goes round for ever: once a second, and at once when somebody wants a recovery.
    pub(super) async fn run_recoveries(&self) {
        loop {
            if let Err(error) = self.recover_some().await {
                tracing::error!(%error, "recoveries could not go on; it is tried again");
            }
            let _ = tokio::time::timeout(TICK, self.inner.recovery.notified()).await;
        }
    }

    /// There is a recovery to be seen to.
    pub(crate) fn begin_recovery(&self) {
        self.inner.recovery.notify_one();
    }

    async fn recover_some(&self) -> Result<()> {
        if !self.inner.instance.is_listed() {
            return Ok(());
        }
        for recovery in self.inner.db.claim_recoveries(self.inner.instance.name()).await? {
            if let Err(error) = self.step(&recovery).await {
                tracing::warn!(recovery = %recovery.id, %error, "a recovery waits");
            }
        }
        Ok(())
    }

    /// Sends the next ones, or ends.
    #[tracing::instrument(name = "recover", skip_all, fields(recovery = %recovery.id, account = recovery.account_id))]
    async fn step(&self, recovery: &RecoveryRecord) -> Result<()> {
        let db = &self.inner.db;
        let (last, has_arrived, open) = db.recovery_pace(&recovery.id, LOOKED_AT).await?;
        let room = match next_step(&last, has_arrived, open) {
            NextStep::Wait => return Ok(()),
            NextStep::GiveUp => return self.end_recovery(recovery, RecoveryEnd::Failing).await,
            NextStep::Send(room) => room,
        };
        // While nothing is accepted, nothing is sent again either.
        self.check_capacity()?;
        let rows = db.next_failed(recovery, room).await?;
        let sent = join_all(rows.iter().map(|row| self.send_again(recovery, row))).await;
        for outcome in sent {
            outcome?;
        }
        if let Some(last) = rows.last() {
            db.advance_recovery(recovery.id.clone(), self.inner.instance.name(), last).await?;
        }
        if rows.len() < room {
            return self.end_recovery(recovery, RecoveryEnd::Done).await;
        }
        Ok(())
    }

    async fn send_again(&self, recovery: &RecoveryRecord, row: &Delivery) -> Result<()> {
        let again = match self.again(row, &recovery.started_by).await {
            Ok(again) => again,
            // Its event is gone: it was kept long enough.
            Err(Error::NotFound(_)) => return Ok(()),
            Err(other) => return Err(other),
        };
        match self.resend(again, Some(recovery.id.clone())).await {
            // Somebody was faster.
            Ok(_) | Err(Error::Conflict { .. }) => Ok(()),
            Err(other) => Err(other),
        }
    }

    async fn end_recovery(&self, recovery: &RecoveryRecord, end: RecoveryEnd) -> Result<()> {
        let now = self.inner.clock.now_ms();
        tracing::info!(how = end.as_str(), "a recovery ends");
        self.inner.db.end_recovery(recovery.account_id, recovery.id.clone(), end, now).await?;
        self.inner.settled.notify_waiters();
        Ok(())
    }
}
