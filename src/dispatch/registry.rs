//! The attempts of this process, from before their rows say `sending` until their outcome is stored.
//!
//! An entry outlives the task that makes the attempt: what a task left behind when it ended badly is found here
//! by the [reconciler](super::reconcile).

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::send::Progress;

/// All attempts; clones share them.
#[derive(Clone, Default)]
pub(super) struct Registry {
    attempts: Arc<Mutex<HashMap<Uuid, InFlight>>>,
    /// How many outcomes wait to be stored: asked before each event, and nearly always none.
    unsaved: Arc<AtomicUsize>,
}

struct InFlight {
    progress: Progress,
    instance: Arc<str>,
    /// Its task has ended, and its row is not settled.
    is_orphan: bool,
    /// Since when its outcome waits to be stored.
    unsaved_since: Option<Instant>,
}

/// An attempt whose task has ended without settling its row.
pub(super) struct Orphan {
    /// The delivery.
    pub(super) id: Uuid,
    /// Whether a byte of it may have left.
    pub(super) may_have_left: bool,
    /// Under which name it was begun.
    pub(super) instance: Arc<str>,
}

/// The hold of a task on its attempt.
pub(super) struct AttemptHandle {
    registry: Registry,
    id: Uuid,
    /// How far it has come.
    pub(super) progress: Progress,
    /// The name under which it is begun.
    pub(super) instance: Arc<str>,
}

impl Registry {
    /// Enters an attempt, unless one of the same delivery is there: what was read from the table may be a copy of
    /// what had its turn meanwhile.
    pub(super) fn enter_once(&self, id: Uuid, instance: Arc<str>) -> Option<AttemptHandle> {
        let mut attempts = self.lock();
        if attempts.contains_key(&id) {
            return None;
        }
        let (attempt, handle) = self.attempt(id, instance);
        attempts.insert(id, attempt);
        Some(handle)
    }

    /// Enters the attempt of a delivery that nobody else can know yet.
    pub(super) fn enter(&self, id: Uuid, instance: Arc<str>) -> AttemptHandle {
        let (attempt, handle) = self.attempt(id, instance);
        self.lock().insert(id, attempt);
        handle
    }

    fn attempt(&self, id: Uuid, instance: Arc<str>) -> (InFlight, AttemptHandle) {
        let progress = Progress::default();
        let attempt = InFlight {
            progress: progress.clone(),
            instance: Arc::clone(&instance),
            is_orphan: false,
            unsaved_since: None,
        };
        (attempt, AttemptHandle { registry: self.clone(), id, progress, instance })
    }

    pub(super) fn contains(&self, id: Uuid) -> bool {
        self.lock().contains_key(&id)
    }

    pub(super) fn len(&self) -> usize {
        self.lock().len()
    }

    /// What tasks left behind when they ended badly.
    pub(super) fn orphans(&self) -> Vec<Orphan> {
        let attempts = self.lock();
        let orphans = attempts.iter().filter(|(_, attempt)| attempt.is_orphan);
        orphans
            .map(|(id, attempt)| Orphan {
                id: *id,
                may_have_left: attempt.progress.may_have_left(),
                instance: Arc::clone(&attempt.instance),
            })
            .collect()
    }

    /// Forgets an attempt whose row is in order.
    pub(super) fn forget(&self, id: Uuid) {
        let forgotten = self.lock().remove(&id);
        if forgotten.is_some_and(|attempt| attempt.unsaved_since.is_some()) {
            self.unsaved.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// How many outcomes wait to be stored, and for how long the oldest has.
    pub(super) fn unsaved(&self) -> (usize, Duration) {
        if self.unsaved.load(Ordering::Relaxed) == 0 {
            return (0, Duration::ZERO);
        }
        let attempts = self.lock();
        let since: Vec<Instant> = attempts.values().filter_map(|attempt| attempt.unsaved_since).collect();
        let oldest = since.iter().map(Instant::elapsed).max().unwrap_or_default();
        (since.len(), oldest)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Uuid, InFlight>> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AttemptHandle {
    /// Notes that the outcome, which is known since then, could not be stored yet.
    pub(super) fn is_unsaved(&self, since: Instant) {
        if let Some(attempt) = self.registry.lock().get_mut(&self.id)
            && attempt.unsaved_since.is_none()
        {
            attempt.unsaved_since = Some(since);
            self.registry.unsaved.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The row is in order: the attempt is over.
    pub(super) fn close(self) {
        self.registry.forget(self.id);
    }
}

impl Drop for AttemptHandle {
    fn drop(&mut self) {
        if let Some(attempt) = self.registry.lock().get_mut(&self.id) {
            attempt.is_orphan = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_task_leaves_behind_is_found_and_what_it_closes_is_gone() {
        let registry = Registry::default();
        let (closed, dropped) = (Uuid::from_u128(1), Uuid::from_u128(2));
        registry.enter(closed, "a".into()).close();
        drop(registry.enter(dropped, "a".into()));
        assert_eq!(registry.orphans().iter().map(|orphan| orphan.id).collect::<Vec<_>>(), [dropped]);
        registry.forget(dropped);
        assert_eq!(registry.len(), 0);
    }

    #[test]
    fn a_copy_of_what_is_under_way_does_not_begin_and_takes_nothing_from_it() {
        let (registry, id) = (Registry::default(), Uuid::from_u128(1));
        let first = registry.enter_once(id, "a".into()).unwrap();
        assert!(registry.enter_once(id, "a".into()).is_none());
        assert!(registry.contains(id), "the first is known as before");
        first.close();
        assert!(registry.enter_once(id, "a".into()).is_some());
    }

    #[test]
    fn outcomes_that_wait_are_counted() {
        let registry = Registry::default();
        let entry = registry.enter(Uuid::from_u128(1), "a".into());
        assert_eq!(registry.unsaved().0, 0);
        entry.is_unsaved(Instant::now());
        assert_eq!(registry.unsaved().0, 1);
        entry.close();
        assert_eq!(registry.unsaved(), (0, Duration::ZERO));
    }
}
