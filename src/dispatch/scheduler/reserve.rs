//! Places outside of the turns: for what is committed as being sent at once, and for tests that people wait for.

use std::sync::Arc;
use std::time::Instant;

use super::lane::Lane;
use super::{LaneKey, Next, Scheduler};

impl<T> Scheduler<T> {
    /// Takes the places of a delivery that is about to be written down, so that it can be committed as being
    /// sent: possible only if nothing waits before it in its lane. [`Scheduler::finished`] gives them back, also
    /// if the commit fails.
    pub(crate) fn reserve(&mut self, key: &LaneKey, now: Instant) -> bool {
        self.lanes.get(key).is_none_or(|lane| lane.waiting.is_empty()) && self.reserve_for_test(key, now)
    }

    /// The same past whatever waits.
    fn reserve_for_test(&mut self, key: &LaneKey, now: Instant) -> bool {
        if self.in_flight >= self.limits.total || !self.account_has_place(key.account, self.turns.is_empty())
        {
            return false;
        }
        let limits = self.limits.lane;
        let lane = self.lanes.entry(key.clone()).or_insert_with(|| Lane::new(limits));
        let is_unproven = !lane.has_answered();
        let load = self.accounts.get(&key.account).copied().unwrap_or_default();
        let lets_unproven = self.limits.lets_unproven(&load, lane.in_flight, self.unproven_in_flight);
        let is_free = (!is_unproven || lets_unproven)
            && !lane.is_probed()
            && lane.paused_until(now).is_none()
            && lane.has_place()
            && self.authorities.get(&key.authority).is_none_or(|count| *count < self.limits.per_authority);
        if is_free {
            lane.in_flight += 1;
            lane.unproven_in_flight += usize::from(is_unproven);
            self.unproven_in_flight += usize::from(is_unproven);
            let load = self.accounts.entry(key.account).or_default();
            load.in_flight += 1;
            load.unproven += usize::from(is_unproven);
            self.in_flight += 1;
            *self.authorities.entry(Arc::clone(&key.authority)).or_default() += 1;
        }
        is_free
    }

    /// Puts a person's test before everything else of its account. It waits for no pause.
    pub(crate) fn push_test(&mut self, key: LaneKey, item: T) {
        self.tests.push(key, item);
    }

    /// The next test: on the one place that its account keeps for tests, or on one that is free for everybody.
    pub(super) fn next_test(&mut self, now: Instant) -> Option<Next<T>> {
        for _ in 0..self.tests.accounts() {
            let lane = self.tests.turn()?;
            let account = lane.account;
            let is_test = self.accounts.get(&account).is_none_or(|load| load.tests == 0);
            if is_test {
                self.accounts.entry(account).or_default().tests += 1;
            } else if !self.reserve_for_test(&lane, now) {
                continue;
            }
            return self.tests.take(account).map(|item| Next { lane, item, is_test });
        }
        None
    }
}
