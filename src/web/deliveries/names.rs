//! What events and targets are called on the pages of the log.

use std::collections::HashMap;

use crate::db::snapshots::AccountSnapshot;
use crate::domain::delivery::{Delivery, Target, millis};
use crate::web::page::Badge;

/// How people call an account's targets.
pub(super) struct TargetNames {
    /// Name and kind of each destination.
    destinations: HashMap<i64, (String, &'static str)>,
}

impl TargetNames {
    pub fn of(snapshot: Option<&AccountSnapshot>) -> Self {
        let known = snapshot.into_iter().flat_map(|snapshot| &snapshot.destinations);
        let name = |kept: &crate::db::destinations::DestinationRecord| {
            (kept.id, (kept.name.clone(), kept.kind.spec().label))
        };
        Self { destinations: known.map(name).collect() }
    }

    /// `Webhook to hooks.acme.example`, `Email to dana@acme.example`, `#ops-alerts (Slack)`.
    pub fn of_target(&self, target: &Target) -> String {
        let channel = target.channel().label();
        match target {
            Target::SharedWebhook { .. } | Target::PrimaryContact(_) | Target::Subscriber(_) => {
                format!("{channel} to {}", target.addressee())
            }
            Target::Destination { id, .. } => match id.and_then(|id| self.destinations.get(&id)) {
                Some((name, kind)) => format!("{name} ({kind})"),
                None => format!("{channel} to {}", target.addressee()),
            },
        }
    }

    /// What the target is, beside its address: `Webhook URL`, `Primary contact`, `#ops-alerts (Slack)`.
    pub fn role(&self, target: &Target) -> String {
        match target {
            Target::SharedWebhook { .. } => "Webhook URL".to_owned(),
            Target::PrimaryContact(_) => "Primary contact".to_owned(),
            Target::Subscriber(_) => "Subscriber".to_owned(),
            Target::Destination { id: None, .. } => "A destination that was not saved".to_owned(),
            Target::Destination { id: Some(id), .. } => match self.destinations.get(id) {
                Some((name, kind)) => format!("{name} ({kind})"),
                None => "A destination that was deleted".to_owned(),
            },
        }
    }
}

/// One delivery among others, on one line.
#[derive(Clone, Debug)]
pub struct Hop {
    /// Where it is, in a word.
    pub badge: Badge,
    /// Its page; none on that page.
    pub href: Option<String>,
    /// What it is called.
    pub text: String,
    /// `184 ms`; empty while nothing was sent.
    pub took: String,
    /// The answer, or why it is where it is; may be empty.
    pub why: String,
    /// The box that picks it to be sent again; only beside what has failed.
    pub tick: Option<Tick>,
}

/// A box beside a failed delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tick {
    /// `resend.{id}`
    pub name: String,
    /// What is read out: `Select the failed delivery to hooks.acme.example, Run Failed, 5c1e7d1a`.
    pub label: String,
    /// Whether it comes ticked.
    pub is_ticked: bool,
}

impl Hop {
    /// A line that leads to the delivery's page.
    pub(super) fn of(row: &Delivery, text: String) -> Self {
        let report = row.report();
        Self {
            badge: Badge::of_state(report.state, report.channel, report.reason),
            href: Some(format!("/accounts/{}/deliveries/{}", row.account_id, row.id)),
            text,
            took: row.took.filter(|_| row.sent_at.is_some()).map(millis).unwrap_or_default(),
            why: report.in_short(),
            tick: None,
        }
    }
}
