//! What is refused because it could not be finished.

use std::sync::atomic::Ordering;

use crate::db::Db;
use crate::db::events::{AcceptOutcome, Idempotency};
use crate::dispatch::{Dispatcher, Receipt};
use crate::error::{Error, Result};

use super::key_taken;

/// Less free disk than this, and no further event is accepted: room is kept to write down what happened.
const FREE_BYTES: u64 = 128 * 1_024 * 1_024;

impl Dispatcher {
    /// Refuses work that could not be finished: 503 `QUEUE_FULL`, `STORAGE_FULL`, or `UNAVAILABLE` while nothing is sent.
    pub(crate) fn check_capacity(&self) -> Result<()> {
        self.check_capacity_behind(0)
    }

    /// The same behind so many deliveries that are about to wait.
    pub(super) fn check_capacity_behind(&self, ahead: i64) -> Result<()> {
        let refuse = |code, message: &str, retry_after| {
            Err(Error::Unavailable { code, message: message.to_owned(), retry_after })
        };
        if !self.is_alive() {
            return refuse(
                "UNAVAILABLE",
                "Deliveries cannot be sent at the moment: nothing is accepted.",
                10,
            );
        }
        if !self.has_room() {
            return refuse("STORAGE_FULL", "Less than 128 MiB of disk is free: nothing is accepted.", 60);
        }
        let most = self.inner.settings.max_pending;
        if self.inner.waiting.load(Ordering::Relaxed).saturating_add(ahead) >= most {
            return refuse("QUEUE_FULL", &format!("{most} deliveries are waiting: nothing is accepted."), 10);
        }
        Ok(())
    }

    /// Whether the disk has room for what happens; PostgreSQL's is its own concern.
    #[must_use]
    pub(crate) fn has_room(&self) -> bool {
        has_room(&self.inner.db)
    }

    /// What is answered to a repeat of a request that was accepted; `None` if it is a new one.
    pub(in crate::dispatch) async fn repeated(
        &self,
        account_id: i64,
        idempotency: Option<Idempotency>,
    ) -> Option<Result<Receipt>> {
        let found = self.inner.db.accepted_before(account_id, &idempotency?, self.now_ms()).await;
        match found.ok()? {
            Some(AcceptOutcome::Before { event_id, deliveries }) => {
                Some(Ok(Receipt { event_id, deliveries }))
            }
            Some(AcceptOutcome::KeyTaken) => Some(Err(key_taken())),
            Some(AcceptOutcome::New(_)) | None => None,
        }
    }

    pub(in crate::dispatch) fn add_waiting(&self, more: i64) {
        self.inner.waiting.fetch_add(more, Ordering::Relaxed);
    }
}

/// Whether the disk under a database has room for what happens; PostgreSQL's is its own concern.
#[must_use]
pub(crate) fn has_room(db: &Db) -> bool {
    db.free_space().is_none_or(|free| free >= FREE_BYTES)
}
