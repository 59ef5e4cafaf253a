//! What this instance has to send, as far as memory holds it: two schedulers, one for HTTP and one for mail, and
//! the lanes of which only the head is here.
//!
//! Memory holds the head of each lane; the rest waits in the table and is read when the lane has room. While a
//! lane has rows in the table only, new ones join them there, so that what came first leaves first.

mod place;
mod spill;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::domain::delivery::{Channel, Delivery, OutboxMessage};

use super::immediate::Endpoint;
use super::scheduler::{AttemptResult, LaneKey, LaneLimits, Next, PlaceLimits, Scheduler};
use super::settings::DispatchSettings;
pub(super) use place::Place;
pub(super) use spill::Refill;
use spill::Spilled;

/// A message that waits in memory.
pub(super) struct Waiting {
    /// What is to be sent.
    pub(super) message: OutboxMessage,
    /// For a test of values that are not saved.
    pub(super) endpoint: Option<Arc<Endpoint>>,
}

impl Waiting {
    fn lane(&self) -> (LaneKey, Channel) {
        (lane_of(&self.message.delivery), self.message.delivery.target.channel())
    }
}

impl From<OutboxMessage> for Waiting {
    fn from(message: OutboxMessage) -> Self {
        Self { message, endpoint: None }
    }
}

/// A message whose turn has come, with its places.
pub(super) struct Taken {
    /// What is to be sent.
    pub(super) waiting: Waiting,
    /// Given back when it is dropped.
    pub(super) place: Place,
}

/// What becomes of a delivery that is written down.
pub(super) enum Admission {
    /// Its place is free: it is committed as being sent.
    Send(Place),
    /// It waits for its turn.
    Wait,
    /// Its lane has as many waiting as it may.
    Full,
}

/// How full it is, for metrics.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fill {
    /// Deliveries that wait in memory.
    pub(super) waiting: usize,
    /// Requests and mails in flight.
    pub(super) in_flight: (usize, usize),
    /// Lanes that are probed.
    pub(super) probed: usize,
}

/// The queue; clones share it.
#[derive(Clone)]
pub(super) struct Queue {
    state: Arc<Mutex<QueueState>>,
    most_per_lane: usize,
}

struct QueueState {
    http: Scheduler<Waiting>,
    mail: Scheduler<Waiting>,
    spilled: HashMap<LaneKey, Spilled>,
    rows: usize,
    bytes: usize,
    /// A lane of which only the head is here runs low.
    runs_low: bool,
    /// Nothing leaves any more: the process is ending.
    is_closed: bool,
}

/// What one account sends to one authority; mails of an account share one lane.
pub(super) fn lane_of(delivery: &Delivery) -> LaneKey {
    LaneKey { account: delivery.account_id, authority: delivery.target.lane().into() }
}

impl QueueState {
    fn scheduler(&mut self, channel: Channel) -> &mut Scheduler<Waiting> {
        if channel == Channel::Email { &mut self.mail } else { &mut self.http }
    }

    fn add(&mut self, waiting: &Waiting) {
        self.rows += 1;
        self.bytes += size(waiting);
    }

    fn remove(&mut self, waiting: &Waiting) {
        self.rows = self.rows.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(size(waiting));
    }
}

/// About what a message holds of memory, in bytes.
fn size(waiting: &Waiting) -> usize {
    size_of::<Waiting>() + waiting.message.payload.len()
}

impl Queue {
    pub(super) fn new(settings: &DispatchSettings) -> Self {
        let total = settings.max_in_flight;
        let quarter = (total / 4).max(1);
        let most = settings.max_per_lane;
        let http = PlaceLimits {
            total,
            per_account: quarter,
            lone_account_may_have_all: false,
            per_authority: quarter.min(256),
            unproven: total.div_ceil(2),
            unproven_per_account: quarter.div_ceil(2),
            probed_share: 8,
            lane: LaneLimits { start: most.min(4), most },
        };
        let connections = settings.smtp_connections;
        let mail = PlaceLimits {
            total: connections,
            per_account: connections.div_ceil(2),
            lone_account_may_have_all: true,
            per_authority: connections,
            unproven: connections,
            unproven_per_account: connections,
            probed_share: 1,
            lane: LaneLimits { start: connections, most: connections },
        };
        let state = QueueState {
            http: Scheduler::new(http),
            mail: Scheduler::new(mail),
            spilled: HashMap::new(),
            rows: 0,
            bytes: 0,
            runs_low: false,
            is_closed: false,
        };
        Self { state: Arc::new(Mutex::new(state)), most_per_lane: settings.max_pending_per_lane }
    }

    /// Decides about a delivery that is about to be written down, `ahead` of which so many wait beside those here.
    pub(super) fn admit(&self, delivery: &Delivery, ahead: &mut HashMap<LaneKey, usize>) -> Admission {
        let (lane, channel) = (lane_of(delivery), delivery.target.channel());
        let mut state = self.lock();
        let in_table = state.spilled.get(&lane).map(|spilled| spilled.in_table);
        let is_closed = state.is_closed;
        let scheduler = state.scheduler(channel);
        let before = ahead.get(&lane).copied().unwrap_or_default();
        if !is_closed && in_table.is_none() && before == 0 && scheduler.reserve(&lane, Instant::now()) {
            drop(state);
            return Admission::Send(Place::new(self.clone(), lane, channel, false));
        }
        if scheduler.waiting_in(&lane) + in_table.unwrap_or_default() + before >= self.most_per_lane {
            return Admission::Full;
        }
        drop(state);
        ahead.insert(lane, before + 1);
        Admission::Wait
    }

    /// Puts a person's test before everything else.
    pub(super) fn push_test(&self, waiting: Waiting) {
        let mut state = self.lock();
        state.add(&waiting);
        let (lane, channel) = waiting.lane();
        state.scheduler(channel).push_test(lane, waiting);
    }

    /// What may leave now.
    pub(super) fn next(&self, now: Instant) -> Option<Taken> {
        let mut state = self.lock();
        if state.is_closed {
            return None;
        }
        let http = state.http.next(now);
        let Next { lane, item: waiting, is_test } = http.or_else(|| state.mail.next(now))?;
        state.remove(&waiting);
        state.note_taken(&lane);
        drop(state);
        let channel = waiting.message.delivery.target.channel();
        let place = Place::new(self.clone(), lane, channel, is_test);
        Some(Taken { waiting, place })
    }

    /// When a lane that is paused may go on.
    pub(super) fn wakes_at(&self) -> Option<Instant> {
        let state = self.lock();
        [state.http.wakes_at(), state.mail.wakes_at()].into_iter().flatten().min()
    }

    /// Lets nothing leave any more.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
    }

    /// Forgets everything that waits: this instance has lost its rows.
    pub(super) fn clear(&self) {
        let mut state = self.lock();
        state.http.drain();
        state.mail.drain();
        state.spilled.clear();
        (state.rows, state.bytes) = (0, 0);
    }

    /// Lets go of what is remembered of receivers that have been quiet for long.
    pub(super) fn forget_quiet_lanes(&self) {
        let now = Instant::now();
        let mut state = self.lock();
        state.http.forget_quiet_lanes(now);
        state.mail.forget_quiet_lanes(now);
    }

    pub(super) fn fill(&self) -> Fill {
        let state = self.lock();
        Fill {
            waiting: state.rows,
            in_flight: (state.http.in_flight(), state.mail.in_flight()),
            probed: state.http.probed_lanes(),
        }
    }

    /// A figure of the first delivery of each lane, which has waited for longest there.
    pub(super) fn heads<T>(&self, of: impl Fn(&Delivery) -> T) -> impl Iterator<Item = T> {
        let state = self.lock();
        let heads = state.http.heads().chain(state.mail.heads());
        heads.map(|waiting| of(&waiting.message.delivery)).collect::<Vec<_>>().into_iter()
    }

    fn finished(&self, lane: &LaneKey, channel: Channel, is_test: bool, result: AttemptResult) {
        self.lock().scheduler(channel).finished(lane, is_test, result, Instant::now());
    }

    fn lock(&self) -> MutexGuard<'_, QueueState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
