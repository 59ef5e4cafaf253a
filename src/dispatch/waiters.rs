//! Those who wait to see what becomes of a delivery: a person with a test, a program with a notification.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;
use uuid::Uuid;

use crate::domain::delivery::Delivery;

/// Who waits for which delivery; clones share it.
#[derive(Clone, Default)]
pub(super) struct Waiters {
    waiting: Arc<Mutex<HashMap<Uuid, Awaited>>>,
}

/// A delivery that is, or was, waited for.
#[derive(Default)]
struct Awaited {
    tell: Vec<oneshot::Sender<Delivery>>,
    /// Somebody was told that it failed: it is not tried again.
    given_up: bool,
}

impl Waiters {
    /// Waits for the outcome of a delivery's next try. The receiver fails if nobody here sees it.
    pub(super) fn wait_for(&self, id: Uuid) -> oneshot::Receiver<Delivery> {
        let (tell, told) = oneshot::channel();
        let mut waiting = self.lock();
        let awaited = waiting.entry(id).or_default();
        awaited.tell.retain(|tell| !tell.is_closed());
        awaited.tell.push(tell);
        told
    }

    /// Tells whoever waits for it what a delivery's try has come to.
    pub(super) fn tell(&self, delivery: &Delivery) {
        let awaited = self.lock().remove(&delivery.id);
        for tell in awaited.into_iter().flat_map(|awaited| awaited.tell) {
            // Whoever has gone away needs no answer.
            let _ = tell.send(delivery.clone());
        }
    }

    /// Notes that a delivery was told to have failed, whatever becomes of the try that is under way.
    pub(super) fn give_up(&self, id: Uuid) {
        self.lock().entry(id).or_default().given_up = true;
    }

    pub(super) fn has_given_up(&self, id: Uuid) -> bool {
        self.lock().get(&id).is_some_and(|awaited| awaited.given_up)
    }

    /// Nobody here sees what becomes of this delivery.
    pub(super) fn forget(&self, id: Uuid) {
        self.lock().remove(&id);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Uuid, Awaited>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
