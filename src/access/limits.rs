//! How often somebody may try.

use std::hash::Hash;
use std::num::NonZeroU32;

use governor::clock::{Clock, DefaultClock, Reference};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{InsufficientCapacity, NotUntil, Quota, RateLimiter};

/// A limit per key (an address, a token, an account); `None` lets everything pass.
pub struct Throttle<K: Hash + Eq + Clone, C: Clock = DefaultClock> {
    limiter: Option<Limiter<K, C>>,
}

type Limiter<K, C> = RateLimiter<K, DefaultKeyedStateStore<K>, C, NoOpMiddleware<<C as Clock>::Instant>>;

impl<K: Hash + Eq + Clone> Throttle<K> {
    /// Nobody waits.
    #[must_use]
    pub fn off() -> Self {
        Self { limiter: None }
    }

    /// `rate` each second in the long run, `burst` at once.
    #[must_use]
    pub(crate) fn per_second(rate: NonZeroU32, burst: NonZeroU32) -> Self {
        Self::by(DefaultClock::default(), rate, burst)
    }
}

impl<K: Hash + Eq + Clone, C: Clock> Throttle<K, C> {
    fn by(clock: C, rate: NonZeroU32, burst: NonZeroU32) -> Self {
        let quota = Quota::per_second(rate).allow_burst(burst);
        Self { limiter: Some(RateLimiter::new(quota, DefaultKeyedStateStore::default(), clock)) }
    }

    /// Takes one place; the error is the seconds to wait, at least one.
    pub fn take(&self, key: &K) -> Result<(), u64> {
        let Some(limiter) = &self.limiter else { return Ok(()) };
        limiter.check_key(key).map_err(|until| seconds_to(&until, limiter.clock().now()))
    }

    /// Takes so many places, or none.
    pub(crate) fn take_many(&self, key: &K, many: NonZeroU32) -> Result<(), Crowd> {
        let Some(limiter) = &self.limiter else { return Ok(()) };
        match limiter.check_key_n(key, many) {
            Ok(taken) => taken.map_err(|until| Crowd::Wait(seconds_to(&until, limiter.clock().now()))),
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

/// Until then there are places for all of them, rounded up.
fn seconds_to<P: Reference>(until: &NotUntil<P>, now: P) -> u64 {
    let wait = until.wait_time_from(now);
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0 || wait.is_zero())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use governor::clock::FakeRelativeClock;

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
    fn many_pass_together_or_none_of_them_and_after_the_wait_they_do() {
        let many = |many| NonZeroU32::new(many).unwrap();
        let clock = FakeRelativeClock::default();
        let throttle = Throttle::by(clock.clone(), many(10), many(50));
        assert_eq!(throttle.take_many(&"a", many(51)), Err(Crowd::TooLarge(50)));
        assert_eq!(throttle.take_many(&"a", many(50)), Ok(()));
        assert_eq!(throttle.take_many(&"a", many(50)), Err(Crowd::Wait(5)));
        assert_eq!((throttle.take_many(&"a", many(11)), throttle.take(&"a")), (Err(Crowd::Wait(2)), Err(1)));
        // Who was refused has taken nothing.
        clock.advance(Duration::from_millis(4_900));
        assert_eq!(throttle.take_many(&"a", many(50)), Err(Crowd::Wait(1)));
        clock.advance(Duration::from_millis(100));
        assert_eq!(throttle.take_many(&"a", many(50)), Ok(()));
    }
}
