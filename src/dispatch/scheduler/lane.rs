//! What is known of one lane: what waits, and how much its receiver can take.
//!
//! The limit starts at 4, grows by one for each full round without a failure while something waits, and halves
//! when a connection fails or a request is not answered in time. After three such failures in a row the lane is
//! probed: one request at a time, with pauses that grow from a second to five minutes, until one succeeds.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::LONGEST_PAUSE;

/// A lane that has been quiet for this long has nothing to remember.
const MEMORY: Duration = Duration::from_mins(10);
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// So many failures in a row, and the lane is probed.
const FAILURES_TO_PROBE: u32 = 3;

/// How many requests one lane may have in flight.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LaneLimits {
    /// At first.
    pub(crate) start: usize,
    /// At most.
    pub(crate) most: usize,
}

/// What an attempt tells about its receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AttemptResult {
    /// It answered, whatever it said.
    Answered,
    /// It answered that it wants to be left alone for so long (429 or 503 with `Retry-After`).
    AskedToWait(Duration),
    /// No connection, or no answer in time.
    Failed,
    /// Nothing was learnt: the attempt ended before the network was asked.
    NotTried,
}

pub(super) struct Lane<T> {
    pub(super) waiting: VecDeque<T>,
    pub(super) in_flight: usize,
    pub(super) holds_probe_place: bool,
    /// Of those in flight, how many began before the receiver had ever answered.
    pub(super) unproven_in_flight: usize,
    /// Whether the receiver has answered since the lane was last probed.
    has_answered: bool,
    limits: LaneLimits,
    limit: usize,
    /// Answers since the limit last changed.
    answered: usize,
    failures: u32,
    /// The pause after the next failure, while probed.
    pause: Option<Duration>,
    paused_until: Option<Instant>,
    last_attempt: Option<Instant>,
}

impl<T> Lane<T> {
    pub(super) fn new(limits: LaneLimits) -> Self {
        Self {
            waiting: VecDeque::new(),
            in_flight: 0,
            holds_probe_place: false,
            unproven_in_flight: 0,
            has_answered: false,
            limits,
            limit: limits.start,
            answered: 0,
            failures: 0,
            pause: None,
            paused_until: None,
            last_attempt: None,
        }
    }

    pub(super) fn is_probed(&self) -> bool {
        self.pause.is_some()
    }

    pub(super) fn has_answered(&self) -> bool {
        self.has_answered
    }

    pub(super) fn has_place(&self) -> bool {
        self.in_flight < if self.is_probed() { 1 } else { self.limit }
    }

    /// When the pause ends, while there is one.
    pub(super) fn paused_until(&self, now: Instant) -> Option<Instant> {
        self.paused_until.filter(|until| *until > now)
    }

    pub(super) fn learn(&mut self, result: AttemptResult, now: Instant) {
        self.last_attempt = Some(now);
        match result {
            AttemptResult::NotTried => {}
            AttemptResult::Answered => self.succeed(),
            AttemptResult::AskedToWait(wait) => {
                self.succeed();
                self.pause_until(now + wait.min(LONGEST_PAUSE));
            }
            AttemptResult::Failed => self.fail(now),
        }
    }

    /// Whether nothing would be lost by forgetting the lane.
    pub(super) fn is_forgettable(&self, now: Instant) -> bool {
        let fresh = !self.has_answered && !self.is_probed() && self.paused_until.is_none();
        let old = self.last_attempt.is_none_or(|at| now.saturating_duration_since(at) >= MEMORY);
        self.waiting.is_empty() && self.in_flight == 0 && (fresh || old)
    }

    fn succeed(&mut self) {
        (self.failures, self.has_answered) = (0, true);
        if self.pause.take().is_some() {
            // It answers again, and shows anew what it can take.
            (self.limit, self.answered, self.paused_until) = (self.limits.start, 0, None);
            return;
        }
        self.answered += 1;
        if self.answered >= self.limit {
            self.answered = 0;
            if !self.waiting.is_empty() {
                self.limit = (self.limit + 1).min(self.limits.most);
            }
        }
    }

    fn fail(&mut self, now: Instant) {
        self.failures = self.failures.saturating_add(1);
        (self.limit, self.answered) = ((self.limit / 2).max(1), 0);
        if self.failures >= FAILURES_TO_PROBE {
            self.has_answered = false;
            let pause = self.pause.unwrap_or(FIRST_PAUSE);
            self.pause_until(now + pause);
            self.pause = Some((pause * 2).min(LONGEST_PAUSE));
        }
    }

    fn pause_until(&mut self, until: Instant) {
        self.paused_until = Some(self.paused_until.map_or(until, |now| now.max(until)));
    }
}
