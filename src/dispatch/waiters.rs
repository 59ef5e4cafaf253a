//! Those who wait to see what becomes of a delivery: a person with a test, a program with a notification.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;
use uuid::Uuid;

use crate::domain::delivery::Delivery;

/// Who waits for which delivery; clones share it.
#[derive(Clone, Default)]
pub(super) struct Waiters {
    waiting: Arc<Mutex<HashMap<Uuid, oneshot::Sender<Delivery>>>>,
}

impl Waiters {
    /// Waits for a delivery's end. The receiver fails if nobody here sees it.
    pub(super) fn wait_for(&self, id: Uuid) -> oneshot::Receiver<Delivery> {
        let (tell, told) = oneshot::channel();
        self.lock().insert(id, tell);
        told
    }

    /// Tells whoever waits for it that a delivery has come to its end.
    pub(super) fn tell(&self, delivery: &Delivery) {
        if let Some(tell) = self.lock().remove(&delivery.id) {
            // Whoever has gone away needs no answer.
            let _ = tell.send(delivery.clone());
        }
    }

    /// Nobody here sees the end of this delivery.
    pub(super) fn forget(&self, id: Uuid) {
        self.lock().remove(&id);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Uuid, oneshot::Sender<Delivery>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
