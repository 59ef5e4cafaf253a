//! What becomes of lanes that cannot go on now: they are set aside, so that nobody looks at them again and again,
//! and come back when what they wait for is there.

use std::collections::VecDeque;
use std::time::Instant;

use super::{LaneKey, Scheduler};

impl<T> Scheduler<T> {
    /// Brings lanes back whose pause is over.
    pub(super) fn wake(&mut self, now: Instant) {
        while let Some((at, _)) = self.wakes.first()
            && *at <= now
            && let Some((_, key)) = self.wakes.pop_first()
        {
            self.turns.add(key);
        }
    }

    /// Brings one lane back that waits for a place among those that have not answered yet, and all of an account that
    /// has nothing in flight.
    pub(super) fn wake_unproven(&mut self, account: i64, is_idle: bool) {
        if self.unproven.is_empty() {
            return;
        }
        if self.unproven_in_flight < self.limits.unproven
            && let Some(key) = self.unproven.pop_front()
        {
            self.turns.add(key);
        }
        if is_idle {
            let (own, others): (VecDeque<LaneKey>, _) =
                std::mem::take(&mut self.unproven).into_iter().partition(|key| key.account == account);
            self.unproven = others;
            for key in own {
                self.turns.add(key);
            }
        }
    }

    /// Forgets lanes that have been quiet for long.
    pub(crate) fn forget_quiet_lanes(&mut self, now: Instant) {
        self.lanes.retain(|_, lane| !lane.is_forgettable(now));
    }

    /// Memory does not grow with receivers that were once sent to. What a lane has learnt is kept for a while.
    pub(super) fn forget_if_idle(&mut self, key: &LaneKey, now: Instant) {
        if self.lanes.get(key).is_some_and(|lane| lane.is_forgettable(now)) {
            self.lanes.remove(key);
            self.turns.remove(key);
        }
        if self.authorities.get(&key.authority) == Some(&0) {
            self.authorities.remove(&key.authority);
            // Whoever waited for a place there finds all of them free.
            self.parked.remove(&key.authority).into_iter().flatten().for_each(|key| self.turns.add(key));
        }
        if self.accounts.get(&key.account).is_some_and(|load| load.in_flight == 0 && load.tests == 0) {
            self.accounts.remove(&key.account);
        }
    }
}
