//! The machine's clock, moved forward at will.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use ringpost::domain::clock::{Clock, from_ms};

#[derive(Clone, Default)]
pub struct TestClock(Arc<AtomicI64>);

impl TestClock {
    /// A clock that says this now, in milliseconds since 1970.
    pub fn at(ms: i64) -> Self {
        Self(Arc::new(AtomicI64::new(ms - Clock::system().now_ms())))
    }

    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_millis()).unwrap(), Ordering::Relaxed);
    }

    /// What the app is given.
    pub fn clock(&self) -> Clock {
        let (ahead, machine) = (Arc::clone(&self.0), Clock::system());
        let (advanced, start) = (Arc::clone(&self.0), self.0.load(Ordering::Relaxed));
        // It stands still but for `advance`, so that what ages by it does so when a test says.
        let elapsed = move || u64::try_from(advanced.load(Ordering::Relaxed) - start).unwrap_or_default();
        Clock::from_fn(move || from_ms(machine.now_ms() + ahead.load(Ordering::Relaxed)))
            .with_monotonic(move || Duration::from_millis(elapsed()))
    }
}

pub const fn minutes(n: u64) -> Duration {
    Duration::from_secs(n * 60)
}
