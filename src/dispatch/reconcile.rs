//! The rows that say `sending` under our name, held against the attempts that we know of: on every engine, however
//! a task or a commit has ended, no row stays `sending`.

use std::sync::Arc;

use uuid::Uuid;

use crate::db::DbResult;

use super::Dispatcher;

impl Dispatcher {
    /// Puts in order what tasks have left behind, and rows of which nobody knows. What may have left is
    /// `unknown`; a mail waits again; a webhook of which nothing has left does, too.
    pub(super) async fn reconcile(&self) -> DbResult<()> {
        self.settle_orphans().await?;
        let (inner, instance) = (&self.inner, self.inner.instance.name());
        let sending = inner.db.sending_of(&instance).await?;
        // Asked after the read: an attempt is entered before its row says `sending`.
        let lost: Vec<Uuid> =
            sending.into_iter().map(|(id, _)| id).filter(|id| !inner.registry.contains(*id)).collect();
        if lost.is_empty() {
            return Ok(());
        }
        let count = inner.db.interrupt(lost, instance, inner.clock.now_ms()).await?;
        if count > 0 {
            tracing::warn!(count, "rows said `sending` although nobody was sending them: they are recovered");
            inner.settled.notify_waiters();
        }
        Ok(())
    }

    async fn settle_orphans(&self) -> DbResult<()> {
        let inner = &self.inner;
        for orphan in inner.registry.orphans() {
            tracing::error!(delivery = %orphan.id, "an attempt ended badly: its row is put in order");
            let sending = inner.db.sending_of(&orphan.instance).await?;
            let attempt = sending.iter().find(|(id, _)| *id == orphan.id).map(|(_, attempt)| *attempt);
            match attempt {
                Some(_) if orphan.may_have_left => {
                    inner.db.interrupt(vec![orphan.id], orphan.instance, inner.clock.now_ms()).await?;
                }
                // It waits again, for its lane's next read.
                Some(attempt) => {
                    inner.db.put_back(orphan.id, attempt, Arc::clone(&orphan.instance)).await?;
                    inner.db.release(orphan.id, orphan.instance).await?;
                }
                None => inner.db.release(orphan.id, orphan.instance).await?,
            }
            inner.registry.forget(orphan.id);
            inner.waiters.forget(orphan.id);
            inner.settled.notify_waiters();
        }
        Ok(())
    }
}
