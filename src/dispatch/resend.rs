//! Sending again what is in the log: the accept path, with an event that is known.

use std::sync::Arc;

use crate::db::DbError;
use crate::db::destinations::DestinationRecord;
use crate::db::events::{AcceptOutcome, Entry};
use crate::db::snapshots::AccountSnapshot;
use crate::domain::delivery::{Channel, Delivery, OutboxMessage, Reason, ResendRefusal, Target};
use crate::domain::event::{Event, Payload};
use crate::domain::field_errors::FieldErrors;
use crate::domain::resend::replan;
use crate::domain::route::Planned;
use crate::error::{Error, Result};

use super::Dispatcher;

impl Dispatcher {
    /// What repeats a delivery: to its target as it is configured now, or skipped if that is to be. 404 if its event
    /// is gone.
    pub(crate) async fn again(&self, delivery: &Delivery, by: &str) -> Result<OutboxMessage> {
        let (db, account) = (&self.inner.db, delivery.account_id);
        let payload = db.event_payload(account, &delivery.event_id.to_string()).await?;
        let payload = payload.ok_or_else(|| Error::not_found("event"))?;
        let snapshot = db.snapshot(account).await?.ok_or_else(|| Error::not_found("account"))?;
        let planned = self.planned_again(&snapshot, delivery);
        let (id, now) = (self.inner.clock.new_id(), self.inner.clock.now());
        Ok(OutboxMessage { delivery: delivery.again(planned, id, by, now), payload: payload.into() })
    }

    /// Where a delivery would go now, or why it would not. A mail that a file would swallow waits for a mail server:
    /// what was written to a file is not sent again. A command cannot tell which server will send it.
    pub(crate) fn planned_again(&self, snapshot: &AccountSnapshot, delivery: &Delivery) -> Planned {
        let mut planned = self.routed_again(snapshot, delivery);
        let is_for_a_file = planned.target.channel() == Channel::Email
            && self.inner.instance.is_serving()
            && self.inner.sender.mail_folder().is_some();
        if is_for_a_file {
            planned.skip = planned.skip.or(Some(Reason::NoMailServer));
        }
        planned
    }

    fn routed_again(&self, snapshot: &AccountSnapshot, delivery: &Delivery) -> Planned {
        match self.routed(snapshot) {
            Ok(routed) => replan(&snapshot.settings, routed, delivery),
            // Some destination's addresses cannot be read: its mails fail by that, and nothing else does.
            Err(_) => match mails_of(snapshot, &delivery.target) {
                Some(record) => {
                    Planned::unless(delivery.target.clone(), (!record.enabled).then_some(Reason::Paused))
                }
                None => replan(&snapshot.settings, &snapshot.parsed, delivery),
            },
        }
    }

    /// Writes down the delivery that repeats another, and sees to it like to any other: it takes a place of its
    /// lane or waits for one. 409 if somebody else has had the same one sent again in the meantime.
    #[tracing::instrument(name = "resend", skip_all, fields(delivery = %again.delivery.id))]
    pub(crate) async fn resend(&self, again: OutboxMessage, recovery: Option<String>) -> Result<Delivery> {
        self.check_capacity()?;
        let OutboxMessage { delivery, payload } = again;
        let event = Event {
            id: delivery.event_id,
            account_id: delivery.account_id,
            key: delivery.event_key.clone(),
            payload: Payload::new(),
            accepted_at: delivery.created_at,
        };
        let trigger = delivery.trigger;
        let entry = Entry {
            event,
            is_known: true,
            payload: Arc::clone(&payload),
            trigger,
            nonce: None,
            idempotency: None,
            recovery,
            deliveries: vec![delivery],
            instance: self.inner.instance.owner(),
        };
        match self.write_down(entry, true).await? {
            AcceptOutcome::New(mut written) => {
                written.pop().ok_or_else(|| Error::internal("a resend left no delivery"))
            }
            AcceptOutcome::Before { .. } | AcceptOutcome::KeyTaken => {
                Err(Error::internal("a resend was taken for a repeated request"))
            }
        }
    }
}

/// The destination that a mail went to, if it is still there.
fn mails_of<'a>(snapshot: &'a AccountSnapshot, target: &Target) -> Option<&'a DestinationRecord> {
    snapshot.destination(target.destination_id().filter(|_| target.channel() == Channel::Email)?)
}

impl From<ResendRefusal> for Error {
    fn from(why: ResendRefusal) -> Self {
        match why {
            ResendRefusal::Unchecked => FieldErrors::one_sentence("checked", why.to_string()).into(),
            ResendRefusal::Test
            | ResendRefusal::Open
            | ResendRefusal::Delivered
            | ResendRefusal::WrittenToFile
            | ResendRefusal::Skipped
            | ResendRefusal::SentAgain => Self::Conflict { code: "NOT_RESENDABLE", message: why.to_string() },
        }
    }
}

/// Of two who want the same at once the second is told so by the database.
pub(super) fn not_written(error: DbError) -> Error {
    if error.violates("deliveries", "resend_of") { ResendRefusal::SentAgain.into() } else { error.into() }
}
