//! How often somebody may try.

use std::collections::HashMap;
use std::hash::Hash;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};

/// A limit per key (an address, a token, an account); `None` lets everything pass.
pub struct Throttle<K: Hash + Eq + Clone> {
    limiter: Option<RateLimiter<K, DefaultKeyedStateStore<K>, DefaultClock>>,
}

impl<K: Hash + Eq + Clone> Throttle<K> {
    /// Nobody waits.
    #[must_use]
    pub fn off() -> Self {
        Self { limiter: None }
    }

    /// `rate` each second in the long run, `burst` at once.
    #[must_use]
    pub(crate) fn per_second(rate: NonZeroU32, burst: NonZeroU32) -> Self {
        Self { limiter: Some(RateLimiter::keyed(Quota::per_second(rate).allow_burst(burst))) }
    }

    /// Takes one place; the error is the seconds to wait, at least one.
    pub fn take(&self, key: &K) -> Result<(), u64> {
        let Some(limiter) = &self.limiter else { return Ok(()) };
        limiter
            .check_key(key)
            .map_err(|until| until.wait_time_from(DefaultClock::default().now()).as_secs() + 1)
    }
}

/// Counts failures per key in a window of time. [`Throttle`] cannot do that: it takes a place before it is
/// known how the try ends, and gives none back.
pub struct Failures<K> {
    most: u32,
    window_ms: i64,
    seen: Mutex<HashMap<K, (i64, u32)>>,
}

impl<K: Hash + Eq> Failures<K> {
    /// At most `most` failures in each `window`.
    #[must_use]
    pub fn new(most: u32, window: Duration) -> Self {
        let window_ms = i64::try_from(window.as_millis()).unwrap_or(i64::MAX);
        Self { most, window_ms, seen: Mutex::default() }
    }

    /// The seconds to wait before another try, or nothing.
    pub fn check(&self, key: &K, now_ms: i64) -> Result<(), u64> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match seen.get(key) {
            Some(&(begun, count)) if count >= self.most && now_ms < begun + self.window_ms => {
                Err(u64::try_from((begun + self.window_ms - now_ms) / 1_000).unwrap_or(0) + 1)
            }
            _ => Ok(()),
        }
    }

    /// Notes a failure.
    pub fn note(&self, key: K, now_ms: i64) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        // Windows that are over are dropped here, so that memory does not grow with visitors.
        seen.retain(|_, (begun, _)| now_ms < *begun + self.window_ms);
        seen.entry(key).or_insert((now_ms, 0)).1 += 1;
    }
}

/// The softlock per sign-in address, whether anybody has that address or not: both read the same. After the
/// third wrong password in a row the next try is refused for 1 s, doubling to 60 s. In memory: a lock is
/// too short to outlive a restart.
#[derive(Default)]
pub struct Softlocks {
    seen: Mutex<HashMap<String, (u32, i64)>>,
}

impl Softlocks {
    /// The seconds to wait before another try, or nothing.
    pub fn check(&self, email: &str, now_ms: i64) -> Result<(), u64> {
        match self.seen().get(email) {
            Some(&(_, until)) if now_ms < until => {
                Err(u64::try_from((until - now_ms + 999) / 1_000).unwrap_or(1))
            }
            _ => Ok(()),
        }
    }

    /// Notes a wrong password.
    pub fn note(&self, email: String, now_ms: i64) {
        let mut seen = self.seen();
        // Whoever has been quiet for a while begins anew, and memory does not grow with guesses.
        seen.retain(|_, (_, until)| now_ms < *until + SOFTLOCK_MEMORY_MS);
        let (failures, until) = seen.entry(email).or_insert((0, now_ms));
        *failures += 1;
        *until = now_ms + i64::try_from(softlock(*failures).as_millis()).unwrap_or(0);
    }

    /// Notes a right password.
    pub fn clear(&self, email: &str) {
        self.seen().remove(email);
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, HashMap<String, (u32, i64)>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const SOFTLOCK_MEMORY_MS: i64 = 15 * 60 * 1_000;

/// How long is waited after the `failures`th wrong password in a row.
fn softlock(failures: u32) -> Duration {
    match failures {
        0..=2 => Duration::ZERO,
        more => Duration::from_secs(1 << (more - 3).min(6)).min(Duration::from_mins(1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_softlock_doubles_to_a_minute() {
        let waits: Vec<u64> = (1..=11).map(|failures| softlock(failures).as_secs()).collect();
        assert_eq!(waits, [0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
    }

    #[test]
    fn a_locked_address_opens_again_and_a_right_password_clears_it() {
        let locks = Softlocks::default();
        (0..4).for_each(|_| locks.note("dana@acme.example".into(), 0));
        assert_eq!(locks.check("dana@acme.example", 1), Err(2));
        assert_eq!(
            (locks.check("dana@acme.example", 2_000), locks.check("lee@acme.example", 1)),
            (Ok(()), Ok(()))
        );
        locks.clear("dana@acme.example");
        locks.note("dana@acme.example".into(), 3_000);
        assert_eq!(locks.check("dana@acme.example", 3_000), Ok(()));
    }

    #[test]
    fn only_failures_count_and_the_window_ends() {
        let failures = Failures::new(2, Duration::from_mins(5));
        assert_eq!(failures.check(&"a", 0), Ok(()));
        failures.note("a", 0);
        assert_eq!(failures.check(&"a", 1), Ok(()));
        failures.note("a", 1);
        assert_eq!(failures.check(&"a", 100_000), Err(201));
        assert_eq!((failures.check(&"b", 2), failures.check(&"a", 300_000)), (Ok(()), Ok(())));
    }

    #[test]
    fn each_key_has_its_own_limit() {
        let throttle = Throttle::per_second(NonZeroU32::MIN, NonZeroU32::new(2).unwrap());
        assert!(throttle.take(&"a").is_ok() && throttle.take(&"a").is_ok());
        assert!(throttle.take(&"a").unwrap_err() >= 1);
        assert!(throttle.take(&"b").is_ok());
        assert!((0..100).all(|_| Throttle::off().take(&"a").is_ok()));
    }
}
