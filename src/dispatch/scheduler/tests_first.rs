//! Tests that people wait for: they go before everything else of their account.

use std::collections::{HashMap, VecDeque};

use super::LaneKey;

/// Tests that wait, account by account in turn.
pub(super) struct TestQueue<T> {
    accounts: VecDeque<i64>,
    waiting: HashMap<i64, VecDeque<(LaneKey, T)>>,
}

impl<T> Default for TestQueue<T> {
    fn default() -> Self {
        Self { accounts: VecDeque::new(), waiting: HashMap::new() }
    }
}

impl<T> TestQueue<T> {
    pub(super) fn push(&mut self, key: LaneKey, item: T) {
        let own = self.waiting.entry(key.account).or_default();
        if own.is_empty() {
            self.accounts.push_back(key.account);
        }
        own.push_back((key, item));
    }

    /// How many accounts wait.
    pub(super) fn accounts(&self) -> usize {
        self.accounts.len()
    }

    /// The lane of the next account's next test; the account goes to the end.
    pub(super) fn turn(&mut self) -> Option<LaneKey> {
        let account = self.accounts.pop_front()?;
        self.accounts.push_back(account);
        self.waiting.get(&account)?.front().map(|(key, _)| key.clone())
    }

    /// Takes the account's next test out.
    pub(super) fn take(&mut self, account: i64) -> Option<T> {
        let own = self.waiting.get_mut(&account)?;
        let (_, item) = own.pop_front()?;
        if own.is_empty() {
            self.waiting.remove(&account);
            self.accounts.retain(|other| *other != account);
        }
        Some(item)
    }

    pub(super) fn drain(&mut self) -> impl Iterator<Item = T> {
        self.accounts.clear();
        std::mem::take(&mut self.waiting).into_values().flatten().map(|(_, item)| item)
    }
}
