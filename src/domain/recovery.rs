//! Sending again everything that failed: how fast, when it stops by itself, and how it is told.

use std::fmt::Write as _;

use super::delivery::{Channel, LogStatus, Reason, State};

/// At most so many are under way at once.
pub const MOST_OPEN: usize = 50;
/// Until one has arrived at a receiver, so many: one that is still broken burns few.
const FIRST: usize = 5;
/// So many failures in a row, and nothing more is sent to that receiver.
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
    /// Mails that were written to files, since no mail server is set: nobody received them.
    pub written_to_file: i64,
    /// Failed once more.
    pub failed: i64,
    /// Nobody knows.
    pub unknown: i64,
    /// Decided against: the toggle is off, the target paused or gone, the address unsubscribed.
    pub skipped: i64,
    /// Queued, or being sent; a mail that the mail server has put off waits among them.
    pub open: i64,
}

impl RecoveryCounts {
    /// How many have really been sent, whatever came of it.
    #[must_use]
    pub fn sent(self) -> i64 {
        self.delivered + self.failed + self.unknown
    }

    /// How many have come to an end.
    #[must_use]
    pub fn ended(self) -> i64 {
        self.sent() + self.written_to_file + self.skipped
    }

    /// How many have been seen to.
    #[must_use]
    pub fn taken(self) -> i64 {
        self.ended() + self.open
    }

    /// So many more deliveries in this state. What was queued when the recovery was stopped was never sent: it has
    /// not been seen to.
    pub fn add(&mut self, state: State, reason: Option<Reason>, count: i64) {
        let counted = match (state, reason) {
            (State::Skipped, Some(Reason::RecoveryStopped)) => return,
            (State::Delivered, Some(Reason::WrittenToFile)) => &mut self.written_to_file,
            (State::Delivered, _) => &mut self.delivered,
            (State::Failed, _) => &mut self.failed,
            (State::Unknown, _) => &mut self.unknown,
            (State::Skipped, _) => &mut self.skipped,
            (State::Pending | State::Sending, _) => &mut self.open,
        };
        *counted += count;
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
    /// Receivers were left out, because what was sent to them failed.
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

/// How the sends of a recovery to one receiver go.
#[derive(Clone, Debug, Default)]
pub struct ReceiverPace {
    /// The states of those that have ended, the newest first.
    pub last: Vec<State>,
    /// Whether one has arrived.
    pub has_arrived: bool,
    /// How many are under way; a mail that the mail server has put off does not count.
    pub open: usize,
}

/// What is to be done with the next delivery to a receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextSend {
    /// Send it.
    Send,
    /// Enough are under way to tell how it goes.
    Wait,
    /// What is sent there fails: the rest for it stays as it is, and the other receivers go on.
    LeaveOut,
}

/// Decides about the next delivery to a receiver.
#[must_use]
pub fn next_send(pace: &ReceiverPace) -> NextSend {
    let failures =
        pace.last.iter().take_while(|state| matches!(state, State::Failed | State::Unknown)).count();
    if failures >= GIVES_UP_AFTER {
        return NextSend::LeaveOut;
    }
    let most = if pace.has_arrived { MOST_OPEN } else { FIRST };
    if pace.open < most { NextSend::Send } else { NextSend::Wait }
}

/// How many of the sends that have ended decide whether a receiver is left out.
pub const LOOKED_AT: usize = GIVES_UP_AFTER;

/// What is said of one that goes on while nothing is accepted.
pub const WAITS_FOR_ROOM: &str =
    "It waits: less than 128 MiB of the server’s disk is free. It goes on by itself once there is room.";

/// How a recovery stands, in sentences. `failing` are the receivers that nothing more is sent to.
#[must_use]
pub fn describe(end: &RecoveryEnd, counts: RecoveryCounts, total: i64, failing: &[String]) -> String {
    let sent = counts.sent();
    let whom = if failing.is_empty() { String::new() } else { format!(" at {}", failing.join(", ")) };
    let mut text = match end {
        RecoveryEnd::Running => return describe_running(counts, total, &whom),
        RecoveryEnd::Done => format!("Recovered {} of {total}.", counts.delivered),
        RecoveryEnd::StoppedBy(who) => format!("Stopped by {who} after {sent} of {total}."),
        RecoveryEnd::Failing => {
            format!("Stopped after {GIVES_UP_AFTER} failures in a row{whom}: {sent} of {total} were sent.")
        }
        RecoveryEnd::Restored => {
            format!("Stopped after {sent} of {total}, because the database was restored from a backup.")
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
    if counts.written_to_file > 0 {
        let _ = write!(text, " {} written to files: nobody received them.", counts.written_to_file);
    }
    let rest = (total - counts.taken()).max(0);
    if rest > 0 {
        let _ = match end {
            // Somebody else has sent them again meanwhile, or they could not be read.
            RecoveryEnd::Done => write!(text, " {rest} could not be sent again: look at each."),
            RecoveryEnd::Running
            | RecoveryEnd::StoppedBy(_)
            | RecoveryEnd::Failing
            | RecoveryEnd::Restored => {
                write!(text, " {rest} {} not sent.", if rest == 1 { "was" } else { "were" })
            }
        };
    }
    text
}

/// What has been sent, and beside it what waits for its turn or for an answer.
fn describe_running(counts: RecoveryCounts, total: i64, whom: &str) -> String {
    let mut text = format!("{} of {total} sent", counts.sent());
    let beside = [
        (counts.open, "under way"),
        (counts.skipped, "skipped"),
        (counts.written_to_file, "written to files"),
    ];
    for (count, words) in beside {
        if count > 0 {
            // Writing to a string cannot fail.
            let _ = write!(text, ", {count} {words}");
        }
    }
    if !whom.is_empty() {
        let _ = write!(text, ". After {GIVES_UP_AFTER} failures in a row{whom} nothing more is sent there.");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receiver_gets_a_few_first_and_is_left_out_after_five_failures_in_a_row() {
        let next = |last: &[State], has_arrived, open| {
            next_send(&ReceiverPace { last: last.to_vec(), has_arrived, open })
        };
        let failed = [State::Failed; 5];
        assert_eq!((next(&[], false, 4), next(&[], false, 5)), (NextSend::Send, NextSend::Wait));
        assert_eq!(next(&failed[..4], false, 0), NextSend::Send);
        assert_eq!(next(&failed, false, 0), NextSend::LeaveOut);
        assert_eq!(next(&[State::Delivered], true, 49), NextSend::Send);
        let mixed = [State::Failed, State::Failed, State::Delivered, State::Failed, State::Failed];
        assert_eq!(next(&mixed, true, 50), NextSend::Wait);
    }

    #[test]
    fn what_was_queued_when_it_was_stopped_counts_as_not_sent() {
        let mut counts = RecoveryCounts::default();
        counts.add(State::Delivered, None, 3);
        counts.add(State::Delivered, Some(Reason::WrittenToFile), 1);
        counts.add(State::Skipped, Some(Reason::Paused), 2);
        counts.add(State::Skipped, Some(Reason::RecoveryStopped), 4);
        assert_eq!((counts.sent(), counts.ended(), counts.taken()), (3, 6, 6));
    }

    #[test]
    fn it_is_told_in_the_words_of_the_pages() {
        let counts = RecoveryCounts { delivered: 36, failed: 1, ..RecoveryCounts::default() };
        assert_eq!(describe(&RecoveryEnd::Done, counts, 37, &[]), "Recovered 36 of 37. 1 failed again.");
        let counts = RecoveryCounts { written_to_file: 5, ..RecoveryCounts::default() };
        assert_eq!(
            describe(&RecoveryEnd::Done, counts, 5, &[]),
            "Recovered 0 of 5. 5 written to files: nobody received them."
        );
        let counts = RecoveryCounts { delivered: 22, ..RecoveryCounts::default() };
        assert_eq!(describe(&RecoveryEnd::Running, counts, 37, &[]), "22 of 37 sent");
        assert_eq!(
            describe(&RecoveryEnd::StoppedBy("Dana Ito".to_owned()), counts, 37, &[]),
            "Stopped by Dana Ito after 22 of 37. 15 were not sent."
        );
        let counts = RecoveryCounts { delivered: 17, failed: 2, skipped: 3, open: 5, ..counts };
        assert_eq!(describe(&RecoveryEnd::Running, counts, 37, &[]), "19 of 37 sent, 5 under way, 3 skipped");
        assert_eq!(
            describe(&RecoveryEnd::StoppedBy("Dana Ito".to_owned()), counts, 37, &[]),
            "Stopped by Dana Ito after 19 of 37. 2 failed again. 3 skipped. 5 under way. 10 were not sent."
        );
        let counts = RecoveryCounts { failed: 5, ..RecoveryCounts::default() };
        assert_eq!(
            describe(&RecoveryEnd::Failing, counts, 37, &["hooks.acme.example".to_owned()]),
            "Stopped after 5 failures in a row at hooks.acme.example: 5 of 37 were sent. 5 failed again. 32 were not sent."
        );
    }
}
