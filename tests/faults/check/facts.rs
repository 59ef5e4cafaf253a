//! The journal and the database, sorted by event and by delivery.

use std::collections::HashMap;

use crate::client::number_of;
use crate::journal::{Entry, Mood, Posted, Receipt, Reply};
use crate::log::{DeliveryRow, EventRow};

use super::{Counts, Finding, Invariant};

/// What the clients know of an event.
pub struct EventFacts {
    pub posted: Posted,
    /// A receipt for each 202, none where it broke off.
    pub receipts: Vec<Option<Receipt>>,
}

/// A mail as the mail server has seen it, with its place in the journal.
pub struct MailFacts {
    pub at: usize,
    pub recipient: String,
    pub reply: Reply,
}

pub struct Facts<'a> {
    pub events: HashMap<u64, EventFacts>,
    /// The stored events, by number; none may have a second.
    pub stored: HashMap<u64, Vec<&'a EventRow>>,
    /// Stored events that nobody has posted.
    pub strange: Vec<&'a EventRow>,
    pub rows: HashMap<&'a str, Vec<&'a DeliveryRow>>,
    /// The requests that receivers have seen, by delivery.
    pub requests: HashMap<&'a str, usize>,
    pub moods: HashMap<&'a str, Mood>,
    /// By the part of the Message-ID before its @.
    pub mails: HashMap<&'a str, Vec<MailFacts>>,
    /// When everything had come to rest, or the time for that was up.
    pub rested_at: i64,
    /// From the order to the death of a server, as places in the journal.
    kills: Vec<(usize, usize)>,
}

impl<'a> Facts<'a> {
    pub fn new(
        journal: &'a [Entry],
        events: &'a [EventRow],
        deliveries: &'a [DeliveryRow],
        rested_at: i64,
    ) -> Self {
        let mut facts = Self {
            events: HashMap::new(),
            stored: HashMap::new(),
            strange: Vec::new(),
            rows: HashMap::new(),
            requests: HashMap::new(),
            moods: HashMap::new(),
            mails: HashMap::new(),
            rested_at,
            kills: Vec::new(),
        };
        for (at, entry) in journal.iter().enumerate() {
            facts.take(at, entry);
        }
        for event in events {
            match number_of(&event.payload).filter(|number| facts.events.contains_key(number)) {
                Some(number) => facts.stored.entry(number).or_default().push(event),
                None => facts.strange.push(event),
            }
        }
        for row in deliveries {
            facts.rows.entry(&row.event_id).or_default().push(row);
        }
        facts
    }

    fn take(&mut self, at: usize, entry: &'a Entry) {
        match entry {
            Entry::Posted(posted) => {
                self.events.insert(posted.number, EventFacts { posted: *posted, receipts: Vec::new() });
            }
            Entry::Acknowledged { number, receipt } => {
                self.events.get_mut(number).unwrap().receipts.push(receipt.clone());
            }
            Entry::Arrived { delivery } => *self.requests.entry(delivery).or_default() += 1,
            Entry::Answering { delivery, mood } => {
                // The first answer; a second request is I2's business.
                self.moods.entry(delivery).or_insert(*mood);
            }
            Entry::Mail { message_id, recipient, reply } => {
                let id = message_id.trim_start_matches('<').split('@').next().unwrap_or_default();
                let mail = MailFacts { at, recipient: recipient.clone(), reply: *reply };
                self.mails.entry(id).or_default().push(mail);
            }
            Entry::Killing => self.kills.push((at, at)),
            Entry::Killed => self.kills.last_mut().unwrap().1 = at,
        }
    }

    /// Whether a server died between two entries, or while they were written.
    pub fn killed_between(&self, before: usize, after: usize) -> bool {
        self.kills.iter().any(|(order, death)| *death > before && *order < after)
    }

    /// I3: what was still being sent or waiting when the time was up.
    pub fn stuck(&self, ids: &[String]) -> Vec<Finding> {
        let rows = ["webhook", "email"].into_iter().flat_map(|channel| self.rows_of(channel));
        let stuck = rows.filter(|(_, row)| ids.contains(&row.id));
        let what = |row: &DeliveryRow| format!("the {} {} did not come to rest in time", row.channel, row.id);
        stuck.map(|(event, row)| event.finding(Invariant::OneFinalState, what(row))).collect()
    }

    /// The rows of a channel, each with its event.
    pub fn rows_of(&self, channel: &str) -> impl Iterator<Item = (&EventFacts, &'a DeliveryRow)> {
        let stored =
            self.stored.iter().flat_map(|(number, events)| events.iter().map(move |event| (number, event)));
        stored.flat_map(move |(number, event)| {
            let rows = self.rows.get(event.id.as_str()).into_iter().flatten();
            rows.filter(move |row| row.channel == channel).map(|row| (&self.events[number], *row))
        })
    }

    pub fn counts(&self) -> Counts {
        let rows = || self.rows.values().flatten();
        let taken =
            |mails: &&Vec<MailFacts>| mails.iter().filter(|mail| mail.reply == Reply::Taken).count() > 1;
        Counts {
            kills: self.kills.len(),
            posted: self.events.len(),
            acknowledged: self.events.values().filter(|event| !event.receipts.is_empty()).count(),
            requests: self.requests.values().sum(),
            mails: self.mails.values().map(Vec::len).sum(),
            deliveries: rows().count(),
            interrupted: rows().filter(|row| row.state_and_reason() == ("unknown", "interrupted")).count(),
            repeated_mails: self.mails.values().filter(taken).count(),
        }
    }
}

impl EventFacts {
    pub fn finding(&self, invariant: Invariant, what: impl AsRef<str>) -> Finding {
        let what = format!("event {}: {}", self.posted.number, what.as_ref());
        Finding { invariant, round: self.posted.round, what }
    }
}
