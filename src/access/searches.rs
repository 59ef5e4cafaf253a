//! Searches of a long log are work for the database: an account has two at a time, so that nobody else's wait.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::{Error, Result};

/// Of one account. Pages have at least four connections.
const AT_ONCE: usize = 2;
/// Whoever would wait longer is told to come back.
const PATIENCE: Duration = Duration::from_secs(10);
/// So many accounts are remembered before those that search nothing are forgotten.
const REMEMBERED: usize = 1_024;

/// Who is searching.
#[derive(Default)]
pub struct Searches {
    places: Mutex<HashMap<i64, Arc<Semaphore>>>,
}

/// A place for one search.
#[must_use]
pub(crate) struct Search(#[expect(dead_code, reason = "held for its place")] OwnedSemaphorePermit);

impl Searches {
    /// Waits for a place; 429 where too many of the account wait already.
    pub(crate) async fn begin(&self, account_id: i64) -> Result<Search> {
        let wait = self.places_of(account_id).acquire_owned();
        match tokio::time::timeout(PATIENCE, wait).await {
            Ok(place) => Ok(Search(place.map_err(Error::internal)?)),
            Err(_) => Err(Error::TooMany {
                message: "Too many searches of this account at once. Try again in a few seconds.".to_owned(),
                retry_after: 5,
            }),
        }
    }

    fn places_of(&self, account_id: i64) -> Arc<Semaphore> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if places.len() >= REMEMBERED {
            places.retain(|_, of_one| Arc::strong_count(of_one) > 1);
        }
        Arc::clone(places.entry(account_id).or_insert_with(|| Arc::new(Semaphore::new(AT_ONCE))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_account_has_two_searches_at_a_time_and_others_have_theirs() {
        let searches = Searches::default();
        let (first, _second) = (searches.begin(100).await.unwrap(), searches.begin(100).await.unwrap());
        assert_eq!(searches.begin(100).await.err().unwrap().status(), 429);
        assert!(searches.begin(200).await.is_ok());
        drop(first);
        assert!(searches.begin(100).await.is_ok());
    }

    #[tokio::test]
    async fn accounts_that_search_nothing_are_forgotten() {
        let searches = Searches::default();
        let _held = searches.begin(-1).await.unwrap();
        for account in 0..10_000 {
            drop(searches.begin(account).await.unwrap());
        }
        let places = searches.places.lock().unwrap();
        assert!(places.len() <= REMEMBERED && places.contains_key(&-1));
    }
}
