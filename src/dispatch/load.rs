//! How much is in flight, and how much more may be.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Mails in flight: one for each connection to the mail server.
pub(super) const MAIL: usize = 8;

#[derive(Default)]
pub(super) struct Load {
    lanes: Mutex<HashMap<String, usize>>,
    /// How many deliveries wait: counted now and then, added to in between.
    pub waiting: AtomicI64,
    mail_trouble: Mutex<Option<String>>,
}

impl Load {
    pub fn enter(&self, lane: &str) {
        *self.lanes().entry(lane.to_owned()).or_default() += 1;
    }

    pub fn leave(&self, lane: &str) {
        let mut lanes = self.lanes();
        if let Some(count) = lanes.get_mut(lane) {
            *count -= 1;
            if *count == 0 {
                lanes.remove(lane);
            }
        }
    }

    pub(crate) fn add_waiting(&self, more: usize) {
        self.waiting.fetch_add(i64::try_from(more).unwrap_or(i64::MAX), Ordering::Relaxed);
    }

    pub(crate) fn mail_trouble(&self) -> Option<String> {
        self.mail_trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_mail_trouble(&self, why: Option<String>) {
        *self.mail_trouble.lock().unwrap_or_else(PoisonError::into_inner) = why;
    }

    fn lanes(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
