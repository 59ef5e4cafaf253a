//! Some work is heavy: each who asks for it has a few turns at a time, so that nobody else's wait.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::{Error, Result};

/// So many who ask are remembered before those that have no turn are forgotten.
const REMEMBERED: usize = 1_024;

/// Who has a turn at one kind of work.
pub struct ConcurrencyLimit<K> {
    of_each: Mutex<HashMap<K, Arc<Semaphore>>>,
    most_of_each: usize,
    patience: Duration,
    refusal: &'static str,
}

/// A turn, which ends when it is dropped.
#[must_use]
pub(crate) struct ConcurrencySlot(#[expect(dead_code, reason = "held for its place")] OwnedSemaphorePermit);

impl<K: Hash + Eq + Clone> ConcurrencyLimit<K> {
    /// So many turns at a time; whoever would wait for longer than `patience` is refused in these words.
    #[must_use]
    pub(crate) fn of_each(most_of_each: usize, patience: Duration, refusal: &'static str) -> Self {
        Self { of_each: Mutex::default(), most_of_each, patience, refusal }
    }

    /// Waits for a turn; 429 where too many wait already.
    pub(crate) async fn begin(&self, who: &K) -> Result<ConcurrencySlot> {
        match tokio::time::timeout(self.patience, self.places_of(who).acquire_owned()).await {
            Ok(place) => Ok(ConcurrencySlot(place.map_err(Error::internal)?)),
            Err(_) => Err(Error::TooMany { message: self.refusal.to_owned(), retry_after: 5 }),
        }
    }

    fn places_of(&self, who: &K) -> Arc<Semaphore> {
        let mut of_each = self.of_each.lock().unwrap_or_else(PoisonError::into_inner);
        if of_each.len() >= REMEMBERED {
            of_each.retain(|_, of_one| Arc::strong_count(of_one) > 1);
        }
        let fresh = || Arc::new(Semaphore::new(self.most_of_each));
        Arc::clone(of_each.entry(who.clone()).or_insert_with(fresh))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turns() -> ConcurrencyLimit<i64> {
        ConcurrencyLimit::of_each(2, Duration::from_millis(20), "Too many at once.")
    }

    #[tokio::test]
    async fn each_has_two_turns_at_a_time_and_others_have_theirs() {
        let turns = turns();
        let (first, _second) = (turns.begin(&100).await.unwrap(), turns.begin(&100).await.unwrap());
        assert_eq!(turns.begin(&100).await.err().unwrap().status(), 429);
        assert!(turns.begin(&200).await.is_ok());
        drop(first);
        assert!(turns.begin(&100).await.is_ok());
    }

    #[tokio::test]
    async fn those_that_ask_for_nothing_are_forgotten() {
        let turns = turns();
        let _held = turns.begin(&-1).await.unwrap();
        for account in 0..10_000 {
            drop(turns.begin(&account).await.unwrap());
        }
        let of_each = turns.of_each.lock().unwrap();
        assert!(of_each.len() <= REMEMBERED && of_each.contains_key(&-1));
    }
}
