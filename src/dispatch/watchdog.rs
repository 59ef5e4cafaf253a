//! Whether the dispatch loop turns, watched from a thread of its own: nothing that hangs the loop hangs this.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::{Duration, Instant};

/// Without a round for this long, no event is accepted.
const REFUSE_AFTER: Duration = Duration::from_secs(10);
/// Without a round for this long, the process ends, so that its supervisor starts it again.
const END_AFTER: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Counts the loop's rounds by a clock that nobody sets.
pub(super) struct Rounds {
    begun: Instant,
    /// Milliseconds from `begun` to the last round.
    last: AtomicU64,
    is_over: AtomicBool,
}

/// What the time since the last round means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Judgement {
    Turns,
    Stuck,
    Ended,
}

fn judge(since: Duration) -> Judgement {
    match since {
        since if since >= END_AFTER => Judgement::Ended,
        since if since >= REFUSE_AFTER => Judgement::Stuck,
        _ => Judgement::Turns,
    }
}

impl Rounds {
    pub(super) fn new() -> Arc<Self> {
        let begun = Instant::now();
        Arc::new(Self { begun, last: AtomicU64::new(0), is_over: AtomicBool::new(false) })
    }

    /// The loop has turned.
    pub(super) fn turned(&self) {
        self.last.store(millis(self.begun.elapsed()), Ordering::Relaxed);
    }

    /// The loop has ended in order: nobody watches it any more.
    pub(super) fn end(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    /// Whether the loop has ended in order.
    pub(super) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    /// Whether work that is accepted now is seen to.
    pub(super) fn is_turning(&self) -> bool {
        judge(self.since()) == Judgement::Turns
    }

    fn since(&self) -> Duration {
        let last = Duration::from_millis(self.last.load(Ordering::Relaxed));
        self.begun.elapsed().saturating_sub(last)
    }
}

/// Watches until the loop ends in order or is gone; a loop that has stopped turning ends the process.
pub(super) fn watch(rounds: &Arc<Rounds>) -> io::Result<()> {
    let rounds = Arc::downgrade(rounds);
    thread::Builder::new().name("watchdog".to_owned()).spawn(move || look(&rounds)).map(drop)
}

fn look(rounds: &Weak<Rounds>) {
    let mut was_stuck = false;
    while let Some(rounds) = rounds.upgrade() {
        if rounds.is_over() {
            return;
        }
        let since = rounds.since();
        let is_stuck = match judge(since) {
            Judgement::Turns => false,
            Judgement::Stuck => true,
            Judgement::Ended => {
                tracing::error!(
                    ?since,
                    "the dispatch loop has stopped: the process ends, to be started again"
                );
                std::process::exit(1);
            }
        };
        if is_stuck && !was_stuck {
            tracing::error!(?since, "the dispatch loop does not turn: no event is accepted");
        }
        was_stuck = is_stuck;
        drop(rounds);
        thread::sleep(LOOK_EVERY);
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_that_stops_refuses_events_first_and_ends_the_process_then() {
        let judged = [0, 9, 10, 29, 30].map(|seconds| judge(Duration::from_secs(seconds)));
        let (turns, stuck, ended) = (Judgement::Turns, Judgement::Stuck, Judgement::Ended);
        assert_eq!(judged, [turns, turns, stuck, stuck, ended]);
    }
}
