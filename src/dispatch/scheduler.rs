//! Who may be sent to next, decided in memory: a pure structure that knows neither tasks nor the database.
//!
//! A **lane** is what one account sends to one authority. Accounts take turns, then the lanes of an account;
//! each lane may have as many requests in flight as its receiver has shown that it can take (see [`lane`]).
//! Places are taken by [`Scheduler::next`] and given back by [`Scheduler::finished`].

mod lane;
mod reserve;
#[cfg(test)]
mod tests;
mod tests_first;
mod turns;
mod wake;

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use lane::Lane;
pub(crate) use lane::{AttemptResult, LaneLimits};
use tests_first::TestQueue;
use turns::Turns;

/// What one account sends to one authority; mails of an account share one lane.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct LaneKey {
    /// Whose deliveries they are.
    pub(crate) account: i64,
    /// Host and port, `hooks.acme.example:8443`; the same word for every mail.
    pub(crate) authority: Arc<str>,
}

/// How many deliveries may be in flight at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlaceLimits {
    /// Over everything.
    pub(crate) total: usize,
    /// For one account.
    pub(crate) per_account: usize,
    /// Whether an account that is alone may have all places.
    pub(crate) lone_account_may_have_all: bool,
    /// To one authority, over all accounts.
    pub(crate) per_authority: usize,
    /// For lanes whose receivers have not answered yet, beyond one for each account: many of them may be dead.
    pub(crate) unproven: usize,
    /// The same of one account, beyond one for each of its lanes.
    pub(crate) unproven_per_account: usize,
    /// For lanes that are probed: of all places, and of an account's.
    pub(crate) probed_share: usize,
    /// Within one lane.
    pub(crate) lane: LaneLimits,
}

impl PlaceLimits {
    /// Whether a lane whose receiver has not answered yet may have one more in flight.
    fn lets_unproven(&self, account: &AccountLoad, of_lane: usize, of_all: usize) -> bool {
        account.in_flight == 0
            || of_all < self.unproven && (of_lane == 0 || account.unproven < self.unproven_per_account)
    }
}

/// Something that may leave now; its places are taken.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Next<T> {
    /// Where it belongs, for [`Scheduler::finished`].
    pub(crate) lane: LaneKey,
    /// What waits.
    pub(crate) item: T,
    /// On the one place that each account keeps for tests.
    pub(crate) is_test: bool,
}

/// Deliveries that wait, and what is in flight.
pub(crate) struct Scheduler<T> {
    limits: PlaceLimits,
    lanes: HashMap<LaneKey, Lane<T>>,
    turns: Turns,
    tests: TestQueue<T>,
    accounts: HashMap<i64, AccountLoad>,
    authorities: HashMap<Arc<str>, usize>,
    in_flight: usize,
    probed_in_flight: usize,
    unproven_in_flight: usize,
    /// When lanes that wait for a time may go on.
    wakes: BTreeSet<(Instant, LaneKey)>,
    /// Lanes that wait for a place at their authority.
    parked: HashMap<Arc<str>, VecDeque<LaneKey>>,
    /// Lanes that wait for one of the places of those that have not answered yet.
    unproven: VecDeque<LaneKey>,
}

#[derive(Clone, Copy, Default)]
struct AccountLoad {
    in_flight: usize,
    unproven: usize,
    probed: usize,
    tests: usize,
}

impl<T> Scheduler<T> {
    pub(crate) fn new(limits: PlaceLimits) -> Self {
        Self {
            limits,
            lanes: HashMap::new(),
            turns: Turns::default(),
            tests: TestQueue::default(),
            accounts: HashMap::new(),
            authorities: HashMap::new(),
            in_flight: 0,
            probed_in_flight: 0,
            unproven_in_flight: 0,
            wakes: BTreeSet::new(),
            parked: HashMap::new(),
            unproven: VecDeque::new(),
        }
    }

    /// Puts something at the end of its lane.
    pub(crate) fn push(&mut self, key: LaneKey, item: T) {
        let limits = self.limits.lane;
        self.lanes.entry(key.clone()).or_insert_with(|| Lane::new(limits)).waiting.push_back(item);
        self.turns.add(key);
    }

    /// What may leave at `now`, with its places taken: the next account's next lane.
    pub(crate) fn next(&mut self, now: Instant) -> Option<Next<T>> {
        self.wake(now);
        if let Some(test) = self.next_test(now) {
            return Some(test);
        }
        if self.in_flight >= self.limits.total {
            return None;
        }
        let alone = self.turns.is_alone();
        for _ in 0..self.turns.accounts() {
            let account = self.turns.next_account()?;
            if !self.account_has_place(account, alone) {
                continue;
            }
            for _ in 0..self.turns.lanes(account) {
                let Some(key) = self.turns.next_lane(account) else { break };
                if let Some(item) = self.take(&key, now) {
                    return Some(Next { lane: key, item, is_test: false });
                }
            }
        }
        None
    }

    /// Gives the places of one delivery back, and lets its lane learn from how the attempt ended.
    pub(crate) fn finished(&mut self, lane: &LaneKey, is_test: bool, result: AttemptResult, now: Instant) {
        let load = self.accounts.entry(lane.account).or_default();
        if is_test {
            load.tests = load.tests.saturating_sub(1);
        } else {
            load.in_flight = load.in_flight.saturating_sub(1);
            self.in_flight = self.in_flight.saturating_sub(1);
            if let Some(count) = self.authorities.get_mut(&lane.authority) {
                *count = count.saturating_sub(1);
            }
            if let Some(key) = self.parked.get_mut(&lane.authority).and_then(VecDeque::pop_front) {
                self.turns.add(key);
            }
        }
        let is_idle = load.in_flight == 0;
        if let Some(state) = self.lanes.get_mut(lane) {
            if !is_test {
                state.in_flight = state.in_flight.saturating_sub(1);
                if state.unproven_in_flight > 0 {
                    state.unproven_in_flight -= 1;
                    load.unproven = load.unproven.saturating_sub(1);
                    self.unproven_in_flight = self.unproven_in_flight.saturating_sub(1);
                }
                if state.holds_probe_place {
                    state.holds_probe_place = false;
                    load.probed = load.probed.saturating_sub(1);
                    self.probed_in_flight = self.probed_in_flight.saturating_sub(1);
                }
            }
            state.learn(result, now);
            if !state.waiting.is_empty() {
                self.turns.add(lane.clone());
            }
        }
        self.wake_unproven(lane.account, is_idle);
        self.forget_if_idle(lane, now);
    }

    /// When to ask [`Scheduler::next`] again although nothing was pushed and nothing has finished.
    pub(crate) fn wakes_at(&self) -> Option<Instant> {
        self.wakes.first().map(|(at, _)| *at)
    }

    /// How many deliveries wait in memory for one lane.
    pub(crate) fn waiting_in(&self, lane: &LaneKey) -> usize {
        self.lanes.get(lane).map_or(0, |lane| lane.waiting.len())
    }

    /// Deliveries in flight, on the places that accounts keep for tests aside.
    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// How many lanes are probed at the moment.
    pub(crate) fn probed_lanes(&self) -> usize {
        self.lanes.values().filter(|lane| lane.is_probed()).count()
    }

    /// What comes first in each lane.
    pub(crate) fn heads(&self) -> impl Iterator<Item = &T> {
        self.lanes.values().filter_map(|lane| lane.waiting.front())
    }

    /// Takes everything that waits out of memory: this instance has lost its rows.
    pub(crate) fn drain(&mut self) -> Vec<T> {
        self.turns = Turns::default();
        self.wakes.clear();
        self.parked.clear();
        self.unproven.clear();
        let tests: Vec<T> = self.tests.drain().collect();
        self.lanes.values_mut().flat_map(|lane| lane.waiting.drain(..)).chain(tests).collect()
    }

    fn account_has_place(&self, account: i64, alone: bool) -> bool {
        let load = self.accounts.get(&account).copied().unwrap_or_default();
        load.in_flight < self.limits.per_account || (alone && self.limits.lone_account_may_have_all)
    }

    /// The head of a lane, if all that stands before it lets it through.
    fn take(&mut self, key: &LaneKey, now: Instant) -> Option<T> {
        let lane = self.lanes.get_mut(key)?;
        if let Some(until) = lane.paused_until(now) {
            self.turns.remove(key);
            self.wakes.insert((until, key.clone()));
            return None;
        }
        if lane.waiting.is_empty() || !lane.has_place() {
            // Something that finishes, or is pushed, adds it again.
            self.turns.remove(key);
            return None;
        }
        if self.authorities.get(&key.authority).is_some_and(|count| *count >= self.limits.per_authority) {
            self.turns.remove(key);
            self.parked.entry(Arc::clone(&key.authority)).or_default().push_back(key.clone());
            return None;
        }
        let load = self.accounts.entry(key.account).or_default();
        let is_unproven = !lane.has_answered();
        if is_unproven && !self.limits.lets_unproven(load, lane.in_flight, self.unproven_in_flight) {
            self.turns.remove(key);
            self.unproven.push_back(key.clone());
            return None;
        }
        if lane.is_probed() {
            let share = self.limits.probed_share.max(1);
            let of_account = (self.limits.per_account / share).max(1);
            let of_all = (self.limits.total / share).max(1);
            if load.probed >= of_account || self.probed_in_flight >= of_all {
                return None;
            }
            lane.holds_probe_place = true;
            load.probed += 1;
            self.probed_in_flight += 1;
        }
        let item = lane.waiting.pop_front()?;
        lane.in_flight += 1;
        lane.unproven_in_flight += usize::from(is_unproven);
        self.unproven_in_flight += usize::from(is_unproven);
        load.unproven += usize::from(is_unproven);
        load.in_flight += 1;
        self.in_flight += 1;
        *self.authorities.entry(Arc::clone(&key.authority)).or_default() += 1;
        if lane.waiting.is_empty() || !lane.has_place() {
            self.turns.remove(key);
        }
        Some(item)
    }
}

/// How long a lane is paused at most, whoever asks for it.
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_mins(5);
