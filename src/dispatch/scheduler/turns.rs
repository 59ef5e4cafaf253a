//! Whose turn it is: accounts one after the other, then the lanes of an account.

use std::collections::{HashMap, HashSet, VecDeque};

use super::LaneKey;

/// The lanes that may have something to send, in their order.
#[derive(Default)]
pub(super) struct Turns {
    accounts: VecDeque<i64>,
    lanes: HashMap<i64, VecDeque<LaneKey>>,
    known: HashSet<LaneKey>,
}

impl Turns {
    /// A lane that has something to send joins at the end; one that is here keeps its place.
    pub(super) fn add(&mut self, key: LaneKey) {
        if !self.known.insert(key.clone()) {
            return;
        }
        let lanes = self.lanes.entry(key.account).or_default();
        if lanes.is_empty() {
            self.accounts.push_back(key.account);
        }
        lanes.push_back(key);
    }

    /// A lane that has nothing to send, or may not. It leaves the ring when its turn comes, so that leaving
    /// costs nothing however many lanes there are.
    pub(super) fn remove(&mut self, key: &LaneKey) {
        self.known.remove(key);
    }

    /// Whether nobody waits.
    pub(super) fn is_empty(&self) -> bool {
        self.accounts.is_empty()
    }

    /// Whether only one account waits.
    pub(super) fn is_alone(&self) -> bool {
        self.accounts.len() <= 1
    }

    pub(super) fn accounts(&self) -> usize {
        self.accounts.len()
    }

    pub(super) fn lanes(&self, account: i64) -> usize {
        self.lanes.get(&account).map_or(0, VecDeque::len)
    }

    /// The account whose turn it is; it goes to the end. Accounts that have nothing left are dropped.
    pub(super) fn next_account(&mut self) -> Option<i64> {
        while let Some(account) = self.accounts.pop_front() {
            let known = &self.known;
            let Some(lanes) = self.lanes.get_mut(&account) else { continue };
            while lanes.front().is_some_and(|key| !known.contains(key)) {
                lanes.pop_front();
            }
            if lanes.is_empty() {
                self.lanes.remove(&account);
                continue;
            }
            self.accounts.push_back(account);
            return Some(account);
        }
        None
    }

    /// The lane of an account whose turn it is; it goes to the end.
    pub(super) fn next_lane(&mut self, account: i64) -> Option<LaneKey> {
        let lanes = self.lanes.get_mut(&account)?;
        while let Some(key) = lanes.pop_front() {
            if self.known.contains(&key) {
                lanes.push_back(key.clone());
                return Some(key);
            }
        }
        None
    }
}
