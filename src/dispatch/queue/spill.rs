//! Lanes of which only the head is in memory.

use crate::domain::delivery::OutboxMessage;

use super::super::scheduler::LaneKey;
use super::{Queue, QueueState, Waiting};

/// Rows that memory holds, over all lanes.
const MOST_ROWS: usize = 20_000;
/// Bytes that memory holds, over all lanes.
const MOST_BYTES: usize = 32 * 1_024 * 1_024;
/// Rows of one lane in memory.
pub(super) const HEAD: usize = 512;
/// What each lane may hold even when the others have filled memory, so that none waits for another's rows.
const SMALL_HEAD: usize = 16;
/// With fewer left than this, more is read.
const LOW: usize = SMALL_HEAD / 2;

/// A lane with rows in the table only.
#[derive(Debug, Default)]
pub(super) struct Spilled {
    /// About how many.
    pub(super) in_table: usize,
    /// How many joined them since the present read began.
    arrived: usize,
    is_read: bool,
}

/// A read that is to be made for a lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::dispatch) struct Refill {
    /// Whose rows.
    pub(in crate::dispatch) lane: LaneKey,
    /// How many.
    pub(in crate::dispatch) rows: usize,
}

impl QueueState {
    fn is_full(&self) -> bool {
        self.rows >= MOST_ROWS || self.bytes >= MOST_BYTES
    }

    fn waiting_in(&self, lane: &LaneKey) -> usize {
        self.http.waiting_in(lane) + self.mail.waiting_in(lane)
    }

    fn append(&mut self, lane: LaneKey, waiting: Waiting) {
        self.add(&waiting);
        self.scheduler(waiting.message.delivery.target.channel()).push(lane, waiting);
    }

    /// Notes that something was taken from the head of a lane.
    pub(super) fn note_taken(&mut self, lane: &LaneKey) {
        if self.spilled.contains_key(lane) && self.waiting_in(lane) < LOW {
            self.runs_low = true;
        }
    }
}

impl Queue {
    /// Puts a message that stands in the table at the end of its lane; where memory is full, it stays there only.
    pub(in crate::dispatch) fn push(&self, waiting: Waiting) {
        let (lane, _) = waiting.lane();
        let mut state = self.lock();
        if let Some(spilled) = state.spilled.get_mut(&lane) {
            (spilled.in_table, spilled.arrived) = (spilled.in_table + 1, spilled.arrived + 1);
        } else if state.waiting_in(&lane) < if state.is_full() { SMALL_HEAD } else { HEAD } {
            state.append(lane, waiting);
        } else {
            state.spilled.insert(lane, Spilled { in_table: 1, ..Spilled::default() });
        }
    }

    /// The reads that are to be made because a lane runs low, or because one could not be read before (`all`);
    /// each is to be answered with [`Queue::refilled`].
    pub(in crate::dispatch) fn refills(&self, all: bool) -> Vec<Refill> {
        let mut state = self.lock();
        if !std::mem::take(&mut state.runs_low) && !all {
            return Vec::new();
        }
        let rows = if state.is_full() { SMALL_HEAD } else { HEAD / 2 };
        let is_low = |lane: &LaneKey| state.waiting_in(lane) < LOW;
        let due = state.spilled.iter().filter(|(lane, spilled)| !spilled.is_read && is_low(lane));
        let due: Vec<LaneKey> = due.map(|(lane, _)| lane.clone()).collect();
        for lane in &due {
            if let Some(spilled) = state.spilled.get_mut(lane) {
                (spilled.is_read, spilled.arrived) = (true, 0);
            }
        }
        due.into_iter().map(|lane| Refill { lane, rows }).collect()
    }

    /// Takes in what was read for a lane: the rows that were not known yet, and whether there were fewer than
    /// were asked for. `None`: nothing could be read, and it is tried again.
    pub(in crate::dispatch) fn refilled(&self, lane: &LaneKey, read: Option<(Vec<OutboxMessage>, bool)>) {
        let mut state = self.lock();
        let Some(spilled) = state.spilled.get_mut(lane) else { return };
        spilled.is_read = false;
        let Some((messages, was_last)) = read else { return };
        match (was_last, spilled.arrived) {
            // What arrived since the read began may not have been seen by it.
            (true, arrived @ 1..) => spilled.in_table = arrived,
            (true, 0) => {
                state.spilled.remove(lane);
            }
            (false, _) => spilled.in_table = spilled.in_table.saturating_sub(messages.len()).max(1),
        }
        for message in messages {
            state.append(lane.clone(), message.into());
        }
    }
}
