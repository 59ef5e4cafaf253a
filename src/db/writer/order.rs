//! What a caller wants of the writer, as data, so that many of one kind become one statement.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use uuid::Uuid;

use crate::db::events::{AcceptOutcome, Entry};
use crate::db::outbox::{Settlement, Start};
use crate::db::{DbError, DbResult};

/// Who has waited for so long is answered that the database is not available, instead of being begun.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);
/// About what a row costs beside its texts, in bytes.
const ROW: usize = 512;

/// Takes a `sending` mark back.
#[derive(Clone, Debug)]
pub(in crate::db) struct PutBack {
    pub id: Uuid,
    pub attempt: u32,
    pub instance: Arc<str>,
}

/// A change of the hot way.
pub(in crate::db) enum Order {
    Accept(Box<Entry>),
    Start(Start),
    PutBack(PutBack),
    Settle(Box<Settlement>),
}

/// What became of an order, once it is on disk.
pub(in crate::db) enum WriteAnswer {
    Accepted(AcceptOutcome),
    /// Whether the row was still the expected one.
    Done(bool),
}

/// What a transaction would do to an order, known before it is committed.
#[derive(Clone, Debug)]
pub(super) enum Fate {
    /// The event is written.
    Accepted,
    Before {
        event_id: Uuid,
        deliveries: i64,
    },
    KeyTaken,
    /// Whether the row was still the expected one.
    Done(bool),
    /// The key is taken, and its row has gone in the same moment: whoever asks again gets it.
    Vanished,
}

impl Fate {
    /// Whether there is something on disk that tells of it.
    pub fn leaves_a_trace(&self) -> bool {
        match self {
            Self::Accepted | Self::Done(true) => true,
            Self::Before { .. } | Self::KeyTaken | Self::Done(false) | Self::Vanished => false,
        }
    }
}

/// An order with its waiter.
pub(super) struct WaitingOrder {
    pub order: Order,
    since: Instant,
    reply_to: oneshot::Sender<DbResult<WriteAnswer>>,
}

impl WaitingOrder {
    pub fn new(order: Order) -> (Self, oneshot::Receiver<DbResult<WriteAnswer>>) {
        let (reply_to, answer) = oneshot::channel();
        (Self { order, since: Instant::now(), reply_to }, answer)
    }

    /// About how many bytes it brings.
    pub fn weight(&self) -> usize {
        match &self.order {
            Order::Accept(entry) => entry.payload.len() + ROW * (1 + entry.deliveries.len()),
            Order::Start(_) | Order::PutBack(_) => ROW,
            Order::Settle(settlement) => ROW + settlement.bytes(),
        }
    }

    /// Whether it is still worth doing. An outcome always is: nobody can find it out again.
    pub fn is_wanted(&self) -> bool {
        matches!(self.order, Order::Settle(_)) || !(self.is_forsaken() || self.since.elapsed() > PATIENCE)
    }

    /// Whether its waiter has gone away.
    pub fn is_forsaken(&self) -> bool {
        self.reply_to.is_closed()
    }

    /// Tells the waiter what is on disk now. One that has gone away needs no answer.
    pub fn answer(self, fate: Fate) {
        let answer = match (fate, self.order) {
            (Fate::Accepted, Order::Accept(entry)) => {
                Ok(WriteAnswer::Accepted(AcceptOutcome::New(entry.deliveries)))
            }
            (Fate::Before { event_id, deliveries }, _) => {
                Ok(WriteAnswer::Accepted(AcceptOutcome::Before { event_id, deliveries }))
            }
            (Fate::KeyTaken, _) => Ok(WriteAnswer::Accepted(AcceptOutcome::KeyTaken)),
            (Fate::Done(done), _) => Ok(WriteAnswer::Done(done)),
            (Fate::Accepted | Fate::Vanished, _) => {
                Err(DbError::Unavailable("another request with this key was just forgotten".into()))
            }
        };
        let _ = self.reply_to.send(answer);
    }

    pub fn fail(self, error: DbError) {
        let _ = self.reply_to.send(Err(error));
    }

    /// It was not begun, or it is certain that nothing of it was stored.
    pub fn turn_away(self) {
        self.fail(DbError::Unavailable("the writer had no turn for this in time".into()));
    }
}
