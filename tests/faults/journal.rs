//! What happened outside of Ringpost, in the order in which it happened.
//!
//! An entry is written before the thing that it speaks of can have an effect: a request before it is answered,
//! a mail before it is taken.

use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;

/// One thing that happened.
#[derive(Clone, Debug)]
pub enum Entry {
    /// A client is about to post an event for the first time.
    Posted(Posted),
    /// A client has read 202. The receipt is missing where the answer broke off behind its status line.
    Acknowledged { number: u64, receipt: Option<Receipt> },
    /// The head of a webhook request has been read.
    Arrived { delivery: String },
    /// A receiver is about to do this.
    Answering { delivery: String, mood: Mood },
    /// The mail server has read a mail and is about to say this.
    Mail { message_id: String, recipient: String, reply: Reply },
    /// A server is about to be killed.
    Killing,
    /// A server is dead.
    Killed,
}

/// An event as it is posted.
#[derive(Clone, Copy, Debug)]
pub struct Posted {
    /// Its own, in the payload's `run_id` or `tenant_id`.
    pub number: u64,
    pub account: i64,
    pub toggle: bool,
    /// The kill that it was posted before; the number of kills, for those after the last one.
    pub round: u32,
    /// Posted after the last start: no crash excuses anything.
    pub last_life: bool,
}

/// What the 202 says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub event_id: String,
    pub deliveries: i64,
}

/// How a receiver takes a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// Answers with this status within a fraction of the sender's patience.
    Status(u16),
    /// Answers 200 when the sender's patience is over.
    TooLate,
    Hang,
    Reset,
}

/// What the mail server says to a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// 250
    Taken,
    /// 451
    NotNow,
    /// 550
    Never,
    /// Hangs up without a word.
    Silence,
}

/// How often something has happened; the killer waits for these.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    pub posted: u64,
    pub acknowledged: u64,
    pub arrived: u64,
    pub answered: u64,
    pub mails: u64,
}

#[derive(Default)]
pub struct Journal {
    entries: Mutex<Vec<Entry>>,
    tally: watch::Sender<Tally>,
}

impl Journal {
    pub fn write(&self, entry: Entry) {
        let count: Option<fn(&mut Tally) -> &mut u64> = match &entry {
            Entry::Posted(_) => Some(|tally| &mut tally.posted),
            Entry::Acknowledged { .. } => Some(|tally| &mut tally.acknowledged),
            Entry::Arrived { .. } => Some(|tally| &mut tally.arrived),
            Entry::Answering { .. } => Some(|tally| &mut tally.answered),
            Entry::Mail { .. } => Some(|tally| &mut tally.mails),
            Entry::Killing | Entry::Killed => None,
        };
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
        if let Some(count) = count {
            self.tally.send_modify(|tally| *count(tally) += 1);
        }
    }

    pub fn tally(&self) -> watch::Receiver<Tally> {
        self.tally.subscribe()
    }

    /// Everything so far, in its order.
    pub fn entries(&self) -> Vec<Entry> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
