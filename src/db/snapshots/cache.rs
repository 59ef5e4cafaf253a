//! What was read lately, by key: many who ask at once make one read, and what changed since a read began is not
//! kept.

#[cfg(test)]
mod tests;

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared, WeakShared};

use crate::db::DbResult;
use crate::db::error::DbError;

use super::OLDEST;

/// What nobody has asked for in this time is dropped.
const IDLE: Duration = Duration::from_mins(1);
/// How often that is looked after.
const SWEEP: Duration = Duration::from_secs(10);

type Read<V> = BoxFuture<'static, Result<Option<Arc<V>>, Arc<DbError>>>;
/// A read under way; clones wait for the same one. An error is told to everybody who waits.
type Reading<V> = Shared<Read<V>>;

/// A bounded memory. Times are a monotonic clock's.
pub(super) struct Cache<K, V> {
    most: usize,
    slots: Mutex<Slots<K, V>>,
}

struct Slots<K, V> {
    by_key: HashMap<K, Slot<V>>,
    /// The generation of the last slot that was made.
    last: u64,
    swept_at: Duration,
}

/// A change takes the slot away, and the next read makes one of another generation: so a read that began before
/// the change finds its own slot gone, and keeps nothing.
struct Slot<V> {
    generation: u64,
    /// When it was last asked for.
    used_at: Duration,
    state: SlotState<V>,
}

enum SlotState<V> {
    /// Held by those who wait: if all of them go away, so does the read, with its connection.
    Reading(WeakShared<Read<V>>),
    Kept {
        value: Arc<V>,
        /// When its read began.
        read_at: Duration,
    },
}

/// What somebody who asks is given.
enum Found<V> {
    Value(Arc<V>),
    Reading(Reading<V>),
}

impl<K, V> Cache<K, V>
where
    K: Eq + Hash + Clone + Send + 'static,
    V: Send + Sync + 'static,
{
    pub fn new(most: usize) -> Self {
        let slots = Slots { by_key: HashMap::new(), last: 0, swept_at: Duration::ZERO };
        Self { most, slots: Mutex::new(slots) }
    }

    /// What is kept, if it is fresh at `now`; else what `read` answers, or the read that is under way. What does
    /// not exist is not kept.
    pub async fn get<Q, F>(
        self: &Arc<Self>,
        key: &Q,
        now: Duration,
        read: impl FnOnce() -> F,
    ) -> DbResult<Option<Arc<V>>>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ToOwned<Owned = K> + ?Sized,
        F: Future<Output = DbResult<Option<V>>> + Send + 'static,
    {
        // The lock ends before anything is waited for.
        let found = {
            let mut slots = self.slots();
            slots.sweep(now);
            match slots.find(key, now) {
                Some(found) => found,
                None => Found::Reading(self.begin(&mut slots, key.to_owned(), now, read())),
            }
        };
        match found {
            Found::Value(value) => Ok(Some(value)),
            Found::Reading(reading) => reading.await.map_err(|error| error.retold()),
        }
    }

    /// Forgets one, and what a read under way will find of it.
    pub fn drop_one(&self, key: &K) {
        self.slots().by_key.remove(key);
    }

    /// The same for all.
    pub fn drop_all(&self) {
        self.slots().by_key.clear();
    }

    fn begin(
        self: &Arc<Self>,
        slots: &mut Slots<K, V>,
        key: K,
        now: Duration,
        read: impl Future<Output = DbResult<Option<V>>> + Send + 'static,
    ) -> Reading<V> {
        slots.make_room(self.most);
        slots.last += 1;
        let (generation, cache, kept_as) = (slots.last, Arc::clone(self), key.clone());
        let read = async move {
            let value = read.await.map(|value| value.map(Arc::new)).map_err(Arc::new);
            let found = value.as_ref().ok().and_then(Option::as_ref);
            cache.slots().keep(&kept_as, generation, now, found);
            value
        };
        let reading = read.boxed().shared();
        if let Some(weak) = reading.downgrade() {
            slots.by_key.insert(key, Slot { generation, used_at: now, state: SlotState::Reading(weak) });
        }
        reading
    }

    fn slots(&self) -> MutexGuard<'_, Slots<K, V>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash, V> Slots<K, V> {
    fn find<Q>(&mut self, key: &Q, now: Duration) -> Option<Found<V>>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let slot = self.by_key.get_mut(key)?;
        slot.used_at = now;
        match &slot.state {
            SlotState::Kept { value, read_at } => {
                (now.saturating_sub(*read_at) < OLDEST).then(|| Found::Value(Arc::clone(value)))
            }
            SlotState::Reading(weak) => weak.upgrade().map(Found::Reading),
        }
    }

    /// Keeps what was read, unless its slot has been taken away since.
    fn keep(&mut self, key: &K, generation: u64, read_at: Duration, value: Option<&Arc<V>>) {
        let Some(slot) = self.by_key.get_mut(key).filter(|slot| slot.generation == generation) else {
            return;
        };
        match value {
            Some(value) => slot.state = SlotState::Kept { value: Arc::clone(value), read_at },
            None => drop(self.by_key.remove(key)),
        }
    }

    fn sweep(&mut self, now: Duration) {
        if now.saturating_sub(self.swept_at) >= SWEEP {
            self.swept_at = now;
            self.by_key.retain(|_, slot| now.saturating_sub(slot.used_at) < IDLE);
            self.by_key.shrink_to(2 * self.by_key.len());
        }
    }

    /// Where there are too many, a quarter goes, those longest unused first: so that room is made seldom.
    fn make_room(&mut self, most: usize) {
        if self.by_key.len() >= most {
            let mut used: Vec<Duration> = self.by_key.values().map(|slot| slot.used_at).collect();
            let (_, &mut until, _) = used.select_nth_unstable(most / 4);
            let mut places = most / 4 + 1;
            self.by_key.retain(|_, slot| {
                let goes = slot.used_at <= until && places > 0;
                places -= usize::from(goes);
                !goes
            });
        }
    }
}
