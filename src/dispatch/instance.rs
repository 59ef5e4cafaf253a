//! The name under which this process owns rows.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::clock::Clock;

/// The present name. It changes when the database has taken the old one for dead.
pub(super) struct Instance {
    name: Mutex<Arc<str>>,
    is_serving: AtomicBool,
    is_listed: AtomicBool,
}

impl Instance {
    /// Where nobody else can be, what waited for the process before this one waits for this one, under one name.
    pub(super) fn new(clock: &Clock, is_shared: bool) -> Self {
        Self {
            name: Mutex::new(if is_shared { fresh(clock) } else { "alone".into() }),
            is_serving: AtomicBool::new(false),
            is_listed: AtomicBool::new(false),
        }
    }

    pub(super) fn name(&self) -> Arc<str> {
        Arc::clone(&self.name.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Who sends what is accepted here: a command leaves that to a server.
    pub(super) fn owner(&self) -> Option<Arc<str>> {
        self.is_serving().then(|| self.name())
    }

    pub(super) fn is_serving(&self) -> bool {
        self.is_serving.load(Ordering::Relaxed)
    }

    pub(super) fn serve(&self) {
        self.is_serving.store(true, Ordering::Relaxed);
    }

    /// Goes on under a new name, which is listed already.
    pub(super) fn rename(&self, name: Arc<str>) {
        *self.name.lock().unwrap_or_else(PoisonError::into_inner) = name;
    }

    /// Whether the database knows of us: before, others would take our rows for abandoned ones.
    pub(super) fn is_listed(&self) -> bool {
        self.is_listed.load(Ordering::Relaxed)
    }

    pub(super) fn list(&self) {
        self.is_listed.store(true, Ordering::Relaxed);
    }
}

/// A name that nobody has had before.
pub(super) fn fresh(clock: &Clock) -> Arc<str> {
    clock.new_id().to_string().into()
}
