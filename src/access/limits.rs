//! How often somebody may try.

use std::hash::Hash;
use std::num::NonZeroU32;

use governor::clock::{Clock, DefaultClock};
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{InsufficientCapacity, NotUntil, Quota, RateLimiter};

/// A limit per key (an address, a token, an account); `None` lets everything pass.
pub struct Throttle<K: Hash + Eq + Clone> {
    limiter: Option<RateLimiter<K, DefaultKeyedStateStore<K>, DefaultClock>>,
    burst: NonZeroU32,
}

impl<K: Hash + Eq + Clone> Throttle<K> {
    /// Nobody waits.
    #[must_use]
    pub fn off() -> Self {
        Self { limiter: None, burst: NonZeroU32::MAX }
    }

    /// `rate` each second in the long run, `burst` at once.
    #[must_use]
    pub(crate) fn per_second(rate: NonZeroU32, burst: NonZeroU32) -> Self {
        Self { limiter: Some(RateLimiter::keyed(Quota::per_second(rate).allow_burst(burst))), burst }
    }

    /// Takes one place; the error is the seconds to wait, at least one.
    pub fn take(&self, key: &K) -> Result<(), u64> {
        let Some(limiter) = &self.limiter else { return Ok(()) };
        limiter.check_key(key).map_err(|until| seconds_to(&until))
    }

    /// Takes so many places more, or none, for whoever has taken one with [`take`](Self::take).
    pub(crate) fn take_more(&self, key: &K, more: NonZeroU32) -> Result<(), Crowd> {
        let Some(limiter) = &self.limiter else { return Ok(()) };
        if more >= self.burst {
            return Err(Crowd::TooLarge(self.burst.get()));
        }
        match limiter.check_key_n(key, more) {
            Ok(taken) => taken.map_err(|until| Crowd::Wait(seconds_to(&until))),
            Err(InsufficientCapacity(most)) => Err(Crowd::TooLarge(most)),
        }
    }
}

/// Why many could not pass together.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Crowd {
    /// Not now: the seconds to wait, at least one.
    Wait(u64),
    /// Never: so many pass at once at most.
    TooLarge(u32),
}

fn seconds_to(until: &NotUntil<<DefaultClock as Clock>::Instant>) -> u64 {
    until.wait_time_from(DefaultClock::default().now()).as_secs() + 1
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

    #[test]
    fn many_pass_together_or_none_of_them() {
        let many = |many| NonZeroU32::new(many).unwrap();
        let throttle = Throttle::per_second(NonZeroU32::MIN, many(5));
        // With the one that was taken before they would be six.
        assert_eq!(throttle.take_more(&"a", many(5)), Err(Crowd::TooLarge(5)));
        assert_eq!(throttle.take(&"a"), Ok(()));
        assert_eq!(throttle.take_more(&"a", many(3)), Ok(()));
        assert!(matches!(throttle.take_more(&"a", many(3)), Err(Crowd::Wait(1..))));
        assert_eq!(throttle.take_more(&"a", many(1)), Ok(()));
    }
}
