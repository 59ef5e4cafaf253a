//! The places that one attempt holds.

use crate::domain::delivery::{Channel, Outcome, Reason, Verdict};

use super::super::scheduler::{AttemptResult, LaneKey};
use super::Queue;

/// Places in the scheduler; they are given back when this is dropped, whatever ended the attempt.
pub(in crate::dispatch) struct Place {
    queue: Queue,
    lane: LaneKey,
    channel: Channel,
    is_test: bool,
    result: AttemptResult,
}

impl Place {
    pub(super) fn new(queue: Queue, lane: LaneKey, channel: Channel, is_test: bool) -> Self {
        Self { queue, lane, channel, is_test, result: AttemptResult::NotTried }
    }

    /// Gives the places back, and lets the lane learn from how the attempt ended.
    pub(in crate::dispatch) fn finish(mut self, outcome: &Outcome) {
        // One server takes all mails: what it says of one is nothing about the next.
        if self.channel != Channel::Email {
            self.result = learnt(outcome);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.queue.finished(&self.lane, self.channel, self.is_test, self.result);
    }
}

/// What an outcome tells about a receiver.
fn learnt(outcome: &Outcome) -> AttemptResult {
    if let Some(wait) = outcome.retry_after {
        return AttemptResult::AskedToWait(wait);
    }
    match outcome.verdict {
        Verdict::Delivered
        | Verdict::Failed(Reason::HttpStatus | Reason::NotHttp)
        | Verdict::Unknown(Reason::NotHttp) => AttemptResult::Answered,
        Verdict::Failed(Reason::Dns | Reason::Connect | Reason::Tls) | Verdict::Unknown(Reason::NoAnswer) => {
            AttemptResult::Failed
        }
        Verdict::Failed(_)
        | Verdict::Unknown(_)
        | Verdict::Retry(_)
        | Verdict::Skipped(_)
        | Verdict::WrittenToFile => AttemptResult::NotTried,
    }
}
