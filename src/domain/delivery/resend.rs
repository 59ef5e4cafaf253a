//! Sending again, because somebody wants it: when that may be, and what is written down.

use jiff::Timestamp;
use uuid::Uuid;

use crate::domain::route::Planned;

use super::{Delivery, Reason, State, Trigger};

/// Why a delivery is not sent again. `Display` says it, with what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResendRefusal {
    /// Somebody tried something out.
    #[error("This was a test: send another one where it came from.")]
    Test,
    /// Nobody knows yet how it ends.
    #[error("This delivery has not ended: wait for what becomes of it.")]
    Open,
    /// There is nothing to make up for.
    #[error("This delivery has arrived: only what failed, or nobody knows of, is sent again.")]
    Delivered,
    /// Nobody has it, and it has not failed either.
    #[error(
        "This mail was written to a file, since no mail server was set, and nobody received it: only what failed, or \
         nobody knows of, is sent again."
    )]
    WrittenToFile,
    /// It was not to be sent.
    #[error("This delivery was skipped, not lost: only what failed, or nobody knows of, is sent again.")]
    Skipped,
    /// Another delivery of its chain stands for it now.
    #[error("This delivery was sent again already: look at its last send.")]
    SentAgain,
    /// It may have arrived, and nobody has said that they looked.
    #[error("Tick the box when you have looked")]
    Unchecked,
}

impl Delivery {
    /// Whether it may be sent again. `chain` are the sends of its event to its target; `checked` says that somebody
    /// has looked whether the receiver has it. A resend that was skipped stands for nothing: nothing has left.
    pub(crate) fn check_resend(&self, chain: &[Self], checked: bool) -> Result<(), ResendRefusal> {
        let stands_for_this = |row: &Self| row.resend_of == Some(self.id) && row.state != State::Skipped;
        if self.trigger == Trigger::Test {
            return Err(ResendRefusal::Test);
        }
        if chain.iter().any(stands_for_this) {
            return Err(ResendRefusal::SentAgain);
        }
        match self.state {
            State::Failed => Ok(()),
            State::Unknown if checked => Ok(()),
            State::Unknown => Err(ResendRefusal::Unchecked),
            State::Pending | State::Sending => Err(ResendRefusal::Open),
            State::Delivered if self.reason == Some(Reason::WrittenToFile) => {
                Err(ResendRefusal::WrittenToFile)
            }
            State::Delivered => Err(ResendRefusal::Delivered),
            State::Skipped => Err(ResendRefusal::Skipped),
        }
    }

    /// The delivery that repeats this one. Receivers know it by the same `webhook-id`.
    #[must_use]
    pub(crate) fn again(&self, planned: Planned, id: Uuid, by: &str, now: Timestamp) -> Self {
        let Planned { target, skip, detail } = planned;
        Self {
            id,
            account_id: self.account_id,
            event_id: self.event_id,
            event_key: self.event_key.clone(),
            trigger: Trigger::Resend,
            target,
            state: if skip.is_some() { State::Skipped } else { State::Pending },
            reason: skip,
            status: None,
            detail,
            attempt: 0,
            first_id: self.first_id,
            resend_of: Some(self.id),
            resent_by: Some(by.to_owned()),
            created_at: now,
            due_at: now,
            sent_at: None,
            finished_at: skip.map(|_| now),
            took: None,
        }
    }
}
