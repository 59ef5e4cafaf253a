//! The invariants, checked on the journal and the database.

mod accepted;
mod facts;
mod mails;
mod webhooks;

use std::collections::BTreeSet;
use std::fmt;

use super::journal::Entry;
use super::log::{DeliveryRow, EventRow};
use facts::Facts;

/// What was promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Invariant {
    NothingLost,
    AtMostOnce,
    OneFinalState,
    NoFalseSuccess,
    MailAtLeastOnce,
    /// Not of delivery: it starts, takes events and ends.
    Process,
}

impl Invariant {
    pub const ALL: &[Self] = &[
        Self::NothingLost,
        Self::AtMostOnce,
        Self::OneFinalState,
        Self::NoFalseSuccess,
        Self::MailAtLeastOnce,
        Self::Process,
    ];
}

impl fmt::Display for Invariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NothingLost => "I1 nothing accepted is lost",
            Self::AtMostOnce => "I2 webhooks at most once",
            Self::OneFinalState => "I3 one final state",
            Self::NoFalseSuccess => "I4 no false success",
            Self::MailAtLeastOnce => "I5 mails at least once",
            Self::Process => "starts, takes events, ends with 0",
        })
    }
}

/// Something that must not be.
#[derive(Clone, Debug)]
pub struct Finding {
    pub invariant: Invariant,
    /// The round in which the event was posted.
    pub round: u32,
    pub what: String,
}

impl Finding {
    /// Rows that wait for an instance that is not there: nobody will send them.
    pub fn of_owners(round: u32, orphans: &[String]) -> Vec<Self> {
        let what = |id| format!("the delivery {id} is owned by an instance that is gone");
        let finding = |id| Self { invariant: Invariant::OneFinalState, round, what: what(id) };
        orphans.iter().map(finding).collect()
    }

    /// An end in order leaves nothing behind that is still somebody's.
    pub fn of_ended_owners(round: u32, instances: i64, owned: &[String]) -> Vec<Self> {
        let finding = |what| Self { invariant: Invariant::Process, round, what };
        let listed = (instances != 0).then(|| format!("{instances} servers have ended and are still listed"));
        let owned =
            owned.iter().map(|id| format!("the delivery {id} still has an owner, and all have ended"));
        listed.into_iter().chain(owned).map(finding).collect()
    }
}

/// What a run has shown.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub findings: Vec<Finding>,
    pub counts: Counts,
}

/// How much was looked at; without a crash in the middle of anything, nothing was shown.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    pub kills: usize,
    pub posted: usize,
    pub acknowledged: usize,
    pub requests: usize,
    pub mails: usize,
    pub deliveries: usize,
    /// Webhooks whose outcome a crash hid.
    pub interrupted: usize,
    /// Mails that were sent again after they had been taken.
    pub repeated_mails: usize,
}

impl Report {
    pub fn and(mut self, more: Vec<Finding>) -> Self {
        self.findings.extend(more);
        self
    }

    pub fn failed_rounds(&self) -> u32 {
        let failed: BTreeSet<u32> = self.findings.iter().map(|finding| finding.round).collect();
        u32::try_from(failed.len()).unwrap()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts { kills, posted, acknowledged, requests, mails, deliveries, interrupted, repeated_mails } =
            self.counts;
        write!(
            f,
            "{kills} kills; {posted} events posted, {acknowledged} acknowledged; {deliveries} deliveries; \
             {requests} webhook requests, {interrupted} deliveries interrupted; {mails} mails, {repeated_mails} repeated"
        )
    }
}

/// How everything came to rest after the last start.
pub struct Rest {
    /// When, in Unix milliseconds by the database's clock.
    pub at: i64,
    /// The deliveries that did not, in the time that was given to them.
    pub stuck: Vec<String>,
}

/// Checks everything, once every server has ended.
pub fn check(journal: &[Entry], events: &[EventRow], deliveries: &[DeliveryRow], rest: &Rest) -> Report {
    let facts = Facts::new(journal, events, deliveries, rest.at);
    let mut findings = accepted::check(&facts);
    findings.extend(facts.stuck(&rest.stuck));
    findings.extend(webhooks::check(&facts));
    findings.extend(mails::check(&facts));
    let counts = facts.counts();
    // A run in which no crash has hit anything has shown nothing.
    if counts.kills >= 10 && (counts.interrupted == 0 || counts.acknowledged < counts.kills * 5) {
        let what = format!("the load was too thin to show anything: {counts:?}");
        findings.push(Finding { invariant: Invariant::Process, round: 1, what });
    }
    Report { findings, counts }
}
