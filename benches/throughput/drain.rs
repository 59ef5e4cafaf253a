//! Draining is part of every measurement: what was accepted has to arrive, once.

use std::time::{Duration, Instant};

use crate::Result;
use crate::load::Load;
use crate::testbed::Testbed;

/// Arrivals come in bursts, but not with gaps like this.
const NO_PROGRESS: Duration = Duration::from_secs(30);
/// Nothing measured here takes longer to arrive.
const LONGEST: Duration = Duration::from_mins(15);
/// What comes twice comes soon after.
const GRACE: Duration = Duration::from_millis(300);

/// Webhooks and mails that never came, those that came again, and statements that read the log from end to end.
#[derive(Clone, Copy, Default)]
pub struct Faults {
    pub lost: usize,
    pub doubled: u64,
    pub scans: usize,
}

impl Faults {
    pub fn and(self, other: Self) -> Self {
        Self {
            lost: self.lost + other.lost,
            doubled: self.doubled + other.doubled,
            scans: self.scans + other.scans,
        }
    }

    pub fn is_clean(self) -> bool {
        self.lost == 0 && self.doubled == 0 && self.scans == 0
    }
}

/// What one server was given so far, and what has to come of it.
#[derive(Default)]
pub struct Ledger {
    webhooks: Vec<u64>,
    mails: usize,
}

impl Ledger {
    /// Notes accepted events whose webhook is awaited, with so many mails each, and waits for all that is noted.
    /// How long it took from the load's first post to the last arrival.
    pub async fn drain(&mut self, testbed: &Testbed, load: &Load, mails_each: usize) -> Result<Duration> {
        self.webhooks.extend(&load.accepted);
        self.expect_mails(load, mails_each);
        self.wait(testbed).await;
        let webhook = testbed.journal.last_arrival(&load.accepted);
        let mail = testbed.mailbox.latest().filter(|_| mails_each > 0);
        let last = webhook.into_iter().chain(mail).max().unwrap_or(load.ended);
        Ok(last.saturating_duration_since(load.began))
    }

    /// Notes only the mails of a load: its webhooks go where nobody answers, or there are none.
    pub fn expect_mails(&mut self, load: &Load, each: usize) {
        self.mails += load.accepted.len() * each;
    }

    /// Waits until all that is noted has arrived, or nothing comes any more.
    pub async fn wait(&self, testbed: &Testbed) {
        let (began, mut moved) = (Instant::now(), Instant::now());
        let arrived = || (testbed.journal.arrivals(), testbed.mailbox.count());
        let expected = (u64::try_from(self.webhooks.len()).unwrap_or(u64::MAX), self.mails);
        let mut before = arrived();
        while (before.0 < expected.0 || before.1 < expected.1)
            && moved.elapsed() < NO_PROGRESS
            && began.elapsed() < LONGEST
        {
            tokio::time::sleep(Duration::from_millis(2)).await;
            let now = arrived();
            if now != before {
                (before, moved) = (now, Instant::now());
            }
        }
    }

    /// What is missing and what came twice, once nothing is expected any more.
    pub async fn faults(&self, testbed: &Testbed) -> Faults {
        tokio::time::sleep(GRACE).await;
        let mails = self.mails.saturating_sub(testbed.mailbox.count());
        let lost = testbed.journal.missing(&self.webhooks) + mails;
        Faults { lost, doubled: testbed.journal.doubled() + testbed.mailbox.doubled(), scans: 0 }
    }
}
