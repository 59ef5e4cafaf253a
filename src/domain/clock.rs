//! Time and ids, passed in wherever they are needed so that tests can set them.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use uuid::{ContextV7, Uuid};

/// Where "now" comes from, and with it the time-ordered ids.
#[derive(Clone)]
pub struct Clock {
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    monotonic: Arc<dyn Fn() -> Duration + Send + Sync>,
    ids: Arc<Mutex<Ids>>,
}

/// What ids have been made from so far.
struct Ids {
    context: ContextV7,
    /// The moment of the newest.
    last: Timestamp,
}

/// A clock that was set back by less goes on with later ids. One that was ahead by more was wrong, and what it has said
/// counts no more: else every id would lie in the future until that moment has come.
const SET_BACK: SignedDuration = SignedDuration::from_secs(10);

impl Clock {
    /// The machine's clock.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the machine for the time")]
    pub fn system() -> Self {
        Self::from_fn(Timestamp::now)
    }

    /// A clock that answers whatever `now` answers.
    pub fn from_fn(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        let begun = Instant::now();
        let (now, monotonic) = (Arc::new(now), Arc::new(move || begun.elapsed()));
        let ids = Ids { context: ContextV7::new(), last: Timestamp::MIN };
        Self { now, monotonic, ids: Arc::new(Mutex::new(ids)) }
    }

    /// The same clock with another [`Clock::monotonic`].
    #[must_use]
    pub fn with_monotonic(self, monotonic: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        Self { monotonic: Arc::new(monotonic), ..self }
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.now)()
    }

    /// The present moment in Unix milliseconds, the unit of every stored time.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.now().as_millisecond()
    }

    /// How long this clock has been running: what may be no older than some seconds is measured by it, for nobody
    /// sets it back.
    #[must_use]
    pub fn monotonic(&self) -> Duration {
        (self.monotonic)()
    }

    /// A new `UUIDv7`: ids made later sort later, even within one millisecond, but for a clock that is set far back.
    #[must_use]
    pub fn new_id(&self) -> Uuid {
        let now = self.now();
        let seconds = u64::try_from(now.as_second()).unwrap_or_default();
        let nanos = u32::try_from(now.subsec_nanosecond()).unwrap_or_default();
        let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        if now.duration_until(ids.last) > SET_BACK {
            *ids = Ids { context: ContextV7::new(), last: now };
        }
        ids.last = ids.last.max(now);
        Uuid::new_v7(uuid::Timestamp::from_unix(&ids.context, seconds, nanos))
    }
}

/// A stored time (Unix milliseconds) as a moment; a value outside the calendar reads as 1970.
#[must_use]
pub fn from_ms(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;

    #[test]
    fn ids_of_one_millisecond_sort_in_the_order_they_were_made() {
        let clock = Clock::from_fn(|| from_ms(1_777_896_000_000));
        let ids: Vec<Uuid> = (0..1_000).map(|_| clock.new_id()).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn ids_follow_a_clock_that_was_far_ahead_back_and_none_that_is_set_right() {
        let now = Arc::new(AtomicI64::new(1_777_896_000_000));
        let shown = Arc::clone(&now);
        let clock = Clock::from_fn(move || from_ms(shown.load(Ordering::Relaxed)));
        let begin = |id: Uuid| id.get_timestamp().map(|at| at.to_unix().0);
        let right = clock.new_id();
        now.fetch_sub(2_000, Ordering::Relaxed);
        assert!(clock.new_id() > right);
        now.fetch_add(25 * 3_600_000, Ordering::Relaxed);
        let ahead = clock.new_id();
        now.fetch_sub(25 * 3_600_000, Ordering::Relaxed);
        let back = clock.new_id();
        assert!(back < ahead && begin(back) == Some(1_777_895_998), "{back}");
    }
}
