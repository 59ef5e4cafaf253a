//! How often somebody may try.

use std::hash::Hash;
use std::num::NonZeroU32;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_has_its_own_limit() {
        let throttle = Throttle::per_second(NonZeroU32::MIN, NonZeroU32::new(2).unwrap());
        assert!(throttle.take(&"a").is_ok() && throttle.take(&"a").is_ok());
        assert!(throttle.take(&"a").unwrap_err() >= 1);
        assert!(throttle.take(&"b").is_ok());
        assert!((0..100).all(|_| Throttle::off().take(&"a").is_ok()));
    }
}
