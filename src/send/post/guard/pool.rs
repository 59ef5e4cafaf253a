//! Connections that are kept for the next request of the same account to the same URL.
//!
//! Nothing in HTTP/1.1 tells an answer from a surplus one: bytes that come after a request was written are its
//! answer. So a connection is kept for nobody else (a receiver that many accounts share cannot mix them up), rests
//! for a while before it is used again, in which what a broken receiver sends behind its answer arrives, and its
//! socket is asked once more before each request (see `wire`).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::connection::Connection;

/// The most connections that wait at a time, for all accounts together and for one URL.
const MOST: usize = 1_024;
const MOST_PER_URL: usize = 256;

/// Whose connections, and where to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct PoolKey {
    pub(super) account: i64,
    pub(super) url: String,
}

/// How long connections rest and wait.
#[derive(Clone, Copy, Debug)]
pub(super) struct KeepAlive {
    pub(super) rest: Duration,
    pub(super) idle: Duration,
}

/// Connections that wait. Dropped with the last clone of its guard, connections and all.
pub(super) struct HttpPool {
    patience: KeepAlive,
    state: Mutex<HttpPoolState>,
}

#[derive(Default)]
struct HttpPoolState {
    idle: HashMap<PoolKey, Vec<IdleConnection>>,
    count: usize,
    swept: bool,
}

struct IdleConnection {
    connection: Connection,
    since: Instant,
}

impl HttpPool {
    pub(super) fn new(patience: KeepAlive) -> Arc<Self> {
        Arc::new(Self { patience, state: Mutex::default() })
    }

    /// Of the connections that have rested, the one that was used last.
    pub(super) fn take(&self, key: &PoolKey) -> Option<Connection> {
        let mut state = self.lock();
        let kept = state.idle.get_mut(key)?;
        let rested = kept.partition_point(|idle| idle.since.elapsed() >= self.patience.rest);
        let taken = kept.remove(rested.checked_sub(1)?);
        let is_last = kept.is_empty();
        state.count -= 1;
        if is_last {
            state.idle.remove(key);
        }
        (taken.since.elapsed() < self.patience.idle).then_some(taken.connection)
    }

    /// Keeps a connection. There is room for so many; the rest is closed.
    pub(super) fn put(self: &Arc<Self>, key: PoolKey, connection: Connection) {
        let mut state = self.lock();
        if state.count >= MOST {
            return;
        }
        let kept = state.idle.entry(key).or_default();
        if kept.len() >= MOST_PER_URL {
            return;
        }
        kept.push(IdleConnection { connection, since: Instant::now() });
        state.count += 1;
        if !state.swept {
            state.swept = true;
            tokio::spawn(sweep(Arc::downgrade(self), self.patience.idle / 2));
        }
    }

    /// Closes what has waited for too long; false when nothing is left, which ends the sweeping.
    fn close_expired(&self) -> bool {
        let mut state = self.lock();
        let idle = self.patience.idle;
        for kept in state.idle.values_mut() {
            // The oldest stand first.
            let expired = kept.partition_point(|one| one.since.elapsed() >= idle);
            kept.drain(..expired);
        }
        state.idle.retain(|_, kept| !kept.is_empty());
        state.count = state.idle.values().map(Vec::len).sum();
        state.swept = state.count > 0;
        state.swept
    }

    fn lock(&self) -> MutexGuard<'_, HttpPoolState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn sweep(pool: Weak<HttpPool>, every: Duration) {
    loop {
        sleep(every).await;
        if !pool.upgrade().is_some_and(|pool| pool.close_expired()) {
            return;
        }
    }
}
