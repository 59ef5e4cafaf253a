//! One event of the log: how it stands, what is not well of it, and all the rest folded into one line.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::actions::event_log::LoggedEvent;
use crate::domain::delivery::{Channel, Delivery, LogStatus, Reason, State, Trigger};
use crate::domain::event_name::EventName;
use crate::web::page::{Badge, When};

use super::names::{Hop, TargetNames, Tick};

/// An event with its deliveries.
#[derive(Clone, Debug)]
pub struct EventLine {
    /// Its page.
    pub href: String,
    /// What it is called.
    pub name: EventName,
    /// When it was accepted.
    pub when: When,
    /// Why it was sent, where it did not simply happen.
    pub trigger: Option<Badge>,
    /// How it stands: like the worst of its deliveries.
    pub badge: Badge,
    /// The class of its line: `is-bad`, `is-warn`, or nothing.
    pub class: &'static str,
    /// The deliveries that are not well.
    pub troubled: Vec<Hop>,
    /// All the others.
    pub others: Vec<Hop>,
    /// `3 other delivered; 2 skipped: toggle off, paused`; empty where there are no others.
    pub summary: String,
    /// How many more there are than a line shows.
    pub more: usize,
}

/// A line shows so many of those that are not well, and so many of the others; the event's page has more.
const MOST_SHOWN: usize = 100;

/// Whether boxes stand beside what has failed, and whether they come ticked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ticks {
    /// For those who may send again.
    pub are_shown: bool,
    /// Somebody has asked for all.
    pub are_ticked: bool,
}

impl Ticks {
    fn beside(self, row: &Delivery, target: &str, event: &str) -> Option<Tick> {
        if !self.are_shown || row.state != State::Failed || row.trigger == Trigger::Test {
            return None;
        }
        let id = row.id.to_string();
        let end = id.get(28..).unwrap_or_default();
        Some(Tick {
            label: format!("Select the failed delivery to {target}, {event}, number {end}"),
            name: format!("resend.{id}"),
            is_ticked: self.are_ticked,
        })
    }
}

impl EventLine {
    pub(super) fn of(
        event: &LoggedEvent,
        names: &TargetNames,
        account: i64,
        now: Timestamp,
        ticks: Ticks,
    ) -> Self {
        let status = event.status();
        let repeated = event.repeated();
        let is_last = |row: &&Delivery| !repeated.contains(&row.id);
        let (troubled, others): (Vec<&Delivery>, Vec<&Delivery>) =
            event.deliveries.iter().partition(|row| is_last(row) && !row.log_status().is_well());
        let hop = |row: &&Delivery| {
            let name = names.of_target(&row.target);
            let again = if row.resend_of.is_some() { ", resent" } else { "" };
            let mut hop = Hop::of(row, format!("{name}{again}"));
            hop.tick = ticks.beside(row, &name, &event.name.title);
            hop
        };
        Self {
            href: format!("/accounts/{account}/events/{}", event.record.id),
            name: event.name.clone(),
            when: When::at(event.record.created_at, now),
            trigger: event.deliveries.first().and_then(|row| Badge::of_trigger(row.trigger)),
            badge: badge(status),
            class: match status {
                LogStatus::Failed | LogStatus::Expired => "is-bad",
                LogStatus::Unknown | LogStatus::WrittenToFile => "is-warn",
                LogStatus::Sending | LogStatus::Pending | LogStatus::Delivered | LogStatus::Skipped => "",
            },
            summary: summary(&others, !troubled.is_empty()),
            troubled: troubled.iter().take(MOST_SHOWN).map(hop).collect(),
            others: others.iter().take(MOST_SHOWN).map(|row| Hop { tick: None, ..hop(row) }).collect(),
            more: [&troubled, &others].iter().map(|rows| rows.len().saturating_sub(MOST_SHOWN)).sum(),
        }
    }
}

/// The badge of an event, whatever its channels.
pub(super) fn badge(status: LogStatus) -> Badge {
    let (state, reason) = match status {
        LogStatus::Failed => (State::Failed, None),
        LogStatus::Expired => (State::Failed, Some(Reason::Expired)),
        LogStatus::Unknown => (State::Unknown, None),
        LogStatus::WrittenToFile => (State::Delivered, Some(Reason::WrittenToFile)),
        LogStatus::Sending => (State::Sending, None),
        LogStatus::Pending => (State::Pending, None),
        LogStatus::Delivered => (State::Delivered, None),
        LogStatus::Skipped => (State::Skipped, None),
    };
    Badge::of_state(state, Channel::Webhook, reason)
}

fn summary(rows: &[&Delivery], beside_others: bool) -> String {
    let count = |status| rows.iter().filter(|row| row.log_status() == status).count();
    let other = if beside_others { "other " } else { "" };
    let mut parts = Vec::new();
    if let delivered @ 1.. = count(LogStatus::Delivered) {
        parts.push(format!("{delivered} {other}delivered"));
    }
    let earlier = rows.iter().filter(|row| !row.log_status().is_well()).count();
    if earlier > 0 {
        parts.push(format!("{earlier} sent again since"));
    }
    if let skipped @ 1.. = count(LogStatus::Skipped) {
        let skips = rows.iter().filter(|row| row.state == State::Skipped);
        let reasons: BTreeSet<String> =
            skips.filter_map(|row| row.reason).map(|reason| reason.label().to_lowercase()).collect();
        let reasons: Vec<String> = reasons.into_iter().collect();
        parts.push(format!("{skipped} skipped: {}", reasons.join(", ")));
    }
    parts.join("; ")
}
