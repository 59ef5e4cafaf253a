//! Sending again everything that failed: how fast, when it stops by itself, and how it is told.

use std::fmt::Write as _;

use super::delivery::{Channel, LogStatus, State};

/// At most so many are under way at once.
pub const MOST_OPEN: usize = 50;
/// Until one has arrived, so many: a receiver that is still broken burns few.
const FIRST: usize = 5;
/// So many failures in a row, and it stops by itself.
const GIVES_UP_AFTER: usize = 5;

/// Which deliveries are sent again. Empty fields do not filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecoveryFilter {
    /// Failed or Expired; nothing else is ever sent again in bulk.
    pub status: LogStatus,
    /// The event's key.
    pub event: Option<String>,
    /// How they left.
    pub channel: Option<Channel>,
    /// To which destination.
    pub destination: Option<i64>,
    /// Of events with ids from this one on.
    pub above: Option<String>,
    /// Of events with ids up to this one, this one left out.
    pub below: Option<String>,
}

/// What became of a recovery's sends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecoveryCounts {
    /// Received.
    pub delivered: i64,
    /// Failed once more.
    pub failed: i64,
    /// Nobody knows.
    pub unknown: i64,
    /// Decided against: the toggle is off, the target paused or gone, the address unsubscribed.
    pub skipped: i64,
    /// Under way.
    pub open: i64,
}

impl RecoveryCounts {
    /// How many have been seen to.
    #[must_use]
    pub fn taken(self) -> i64 {
        self.delivered + self.failed + self.unknown + self.skipped + self.open
    }

    /// One more delivery in this state.
    pub fn add(&mut self, state: State, count: i64) {
        *match state {
            State::Delivered => &mut self.delivered,
            State::Failed => &mut self.failed,
            State::Unknown => &mut self.unknown,
            State::Skipped => &mut self.skipped,
            State::Pending | State::Sending => &mut self.open,
        } += count;
    }
}

/// How a recovery stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecoveryEnd {
    /// It goes on.
    Running,
    /// Everything was sent again.
    Done,
    /// Somebody stopped it.
    StoppedBy(String),
    /// It stopped by itself: what it sends fails.
    Failing,
    /// The database was restored from a backup: nobody knows what was sent since.
    Restored,
}

impl RecoveryEnd {
    /// For programs.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::StoppedBy(_) => "stopped",
            Self::Failing => "failing",
            Self::Restored => "restored",
        }
    }
}

/// What is to be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextStep {
    /// Send up to so many.
    Send(usize),
    /// Enough are under way.
    Wait,
    /// What is sent fails.
    GiveUp,
}

/// Decides how a recovery goes on. `last` are the states of those of its sends that have ended, the newest first;
/// a mail that the mail server has put off does not count as `open`.
#[must_use]
pub fn next_step(last: &[State], has_arrived: bool, open: usize) -> NextStep {
    let failures = last.iter().take_while(|state| matches!(state, State::Failed | State::Unknown)).count();
    if failures >= GIVES_UP_AFTER {
        return NextStep::GiveUp;
    }
    let most = if has_arrived { MOST_OPEN } else { FIRST };
    match most.saturating_sub(open) {
        0 => NextStep::Wait,
        room => NextStep::Send(room),
    }
}

/// How many of the sends that have ended decide whether a recovery gives up.
pub const LOOKED_AT: usize = GIVES_UP_AFTER;

/// How a recovery stands, in a sentence.
#[must_use]
pub fn describe(end: &RecoveryEnd, counts: RecoveryCounts, total: i64) -> String {
    let taken = counts.taken();
    let rest = (total - taken).max(0);
    let mut text = match end {
        RecoveryEnd::Running => return format!("{taken} of {total} sent"),
        RecoveryEnd::Done => format!("Recovered {} of {total}.", counts.delivered),
        RecoveryEnd::StoppedBy(who) => format!("Stopped by {who} after {taken} of {total}."),
        RecoveryEnd::Failing => {
            format!("Stopped after {GIVES_UP_AFTER} failures in a row: {taken} of {total} were sent.")
        }
        RecoveryEnd::Restored => {
            format!("Stopped after {taken} of {total}, because the database was restored from a backup.")
        }
    };
    for (count, words) in
        [(counts.failed, "failed again"), (counts.skipped, "skipped"), (counts.open, "under way")]
    {
        if count > 0 {
            // Writing to a string cannot fail.
            let _ = write!(text, " {count} {words}.");
        }
    }
    if counts.unknown > 0 {
        let _ = write!(text, " Nobody knows of {}.", counts.unknown);
    }
    if rest > 0 && *end != RecoveryEnd::Done {
        let _ = write!(text, " {rest} {} not sent.", if rest == 1 { "was" } else { "were" });
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn it_begins_with_a_few_and_gives_up_after_five_failures_in_a_row() {
        let failed = [State::Failed; 5];
        assert_eq!(next_step(&[], false, 0), NextStep::Send(5));
        assert_eq!(next_step(&[], false, 5), NextStep::Wait);
        assert_eq!(next_step(&failed[..4], false, 0), NextStep::Send(5));
        assert_eq!(next_step(&failed, false, 0), NextStep::GiveUp);
        assert_eq!(next_step(&[State::Delivered], true, 20), NextStep::Send(30));
        let mixed = [State::Failed, State::Failed, State::Delivered, State::Failed, State::Failed];
        assert_eq!(next_step(&mixed, true, 50), NextStep::Wait);
    }

    #[test]
    fn it_is_told_in_the_words_of_the_pages() {
        let counts = RecoveryCounts { delivered: 36, failed: 1, ..RecoveryCounts::default() };
        assert_eq!(describe(&RecoveryEnd::Done, counts, 37), "Recovered 36 of 37. 1 failed again.");
        let counts = RecoveryCounts { delivered: 22, ..RecoveryCounts::default() };
        assert_eq!(describe(&RecoveryEnd::Running, counts, 37), "22 of 37 sent");
        assert_eq!(
            describe(&RecoveryEnd::StoppedBy("Dana Ito".to_owned()), counts, 37),
            "Stopped by Dana Ito after 22 of 37. 15 were not sent."
        );
        let counts = RecoveryCounts { failed: 5, ..RecoveryCounts::default() };
        assert_eq!(
            describe(&RecoveryEnd::Failing, counts, 37),
            "Stopped after 5 failures in a row: 5 of 37 were sent. 5 failed again. 32 were not sent."
        );
    }

    proptest! {
        #[test]
        fn never_more_than_the_limit_is_under_way(
            last in prop::collection::vec(prop::sample::select(State::ALL), 0..6), arrived: bool, open in 0_usize..200,
        ) {
            if let NextStep::Send(more) = next_step(&last, arrived, open) {
                prop_assert!(more > 0 && open + more <= MOST_OPEN);
            }
        }
    }
}
