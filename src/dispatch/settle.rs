//! Writing down what came of an attempt: tried until it is stored, because an outcome is never dropped.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use crate::db::outbox::Settlement;
use crate::domain::delivery::{
    Channel, Delivery, OutboxMessage, Outcome, Reason, Transcript, Verdict, next_try,
};

use super::backoff::Backoff;
use super::registry::AttemptHandle;
use super::{Dispatcher, faults, metrics};

impl Dispatcher {
    #[tracing::instrument(name = "settle", skip_all)]
    pub(super) async fn settle(&self, message: OutboxMessage, outcome: Outcome, attempt: AttemptHandle) {
        let OutboxMessage { mut delivery, payload } = message;
        let now = self.inner.clock.now();
        let retry_at = next_try(&delivery, &outcome, now);
        delivery.settle(&outcome, retry_at, now);
        self.note_mail_health(&delivery, &outcome);
        tracing::info!(
            event = %delivery.event_key, channel = %delivery.target.channel(), verdict = ?outcome.verdict,
            status = outcome.status, took_ms = u64::try_from(outcome.took.as_millis()).unwrap_or(u64::MAX),
            retry = retry_at.is_some(), "tried",
        );
        if faults::drops_outcomes() {
            self.inner.waiters.tell(&delivery);
            return attempt.close();
        }
        let Outcome { transcript, stages, .. } = outcome;
        let instance = Arc::clone(&attempt.instance);
        let settlement = Settlement { delivery, payload, transcript, stages, instance };
        let delivery = self.store(settlement, &attempt).await;
        metrics::settled(&delivery);
        attempt.close();
        if delivery.state.is_final() || !self.inner.waiters.has_given_up(delivery.id) {
            self.inner.waiters.tell(&delivery);
        } else {
            // Its sender was told that it failed: it does not leave behind their back.
            self.cancel(delivery.account_id, delivery.event_id).await;
            self.inner.waiters.forget(delivery.id);
        }
    }

    /// Tries until the database has taken it, or says that somebody else has settled the row.
    async fn store(&self, mut settlement: Settlement, attempt: &AttemptHandle) -> Delivery {
        let (mut backoff, known) = (Backoff::default(), Instant::now());
        loop {
            match self.inner.db.settle(settlement.clone()).await {
                Ok(true) => return settlement.delivery,
                Ok(false) => {
                    tracing::warn!("was settled by somebody else in the meantime");
                    return settlement.delivery;
                }
                Err(error) => {
                    tracing::error!(%error, "an outcome could not be stored: it is kept and tried again");
                    if !error.is_transient() {
                        // What cannot be stored with it must not keep the outcome itself from being stored.
                        settlement.transcript = Transcript::default();
                        settlement.delivery.detail.clear();
                    }
                    attempt.is_unsaved(known);
                }
            }
            backoff.pause().await;
        }
    }

    fn note_mail_health(&self, delivery: &Delivery, outcome: &Outcome) {
        if delivery.target.channel() == Channel::Email {
            self.inner.mail_trouble.set(mail_trouble(outcome));
        }
    }
}

/// Why mails are not leaving at the moment.
#[derive(Default)]
pub(super) struct MailTrouble(Mutex<Option<String>>);

impl MailTrouble {
    pub(super) fn get(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set(&self, why: Option<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = why;
    }
}

/// What is wrong with the mail server. A reply about one mail or one recipient is not, and readiness, which anybody
/// may ask, repeats nobody's words.
fn mail_trouble(outcome: &Outcome) -> Option<String> {
    match (outcome.verdict, outcome.status) {
        (Verdict::Retry(_), None) | (Verdict::Retry(Reason::SmtpNoTls), _) => Some(outcome.detail.clone()),
        (Verdict::Retry(_), Some(code @ (421 | 530..=539))) => {
            Some(format!("the mail server answers {code}"))
        }
        (Verdict::Retry(_), Some(_))
        | (
            Verdict::Delivered
            | Verdict::WrittenToFile
            | Verdict::Failed(_)
            | Verdict::Unknown(_)
            | Verdict::Skipped(_),
            _,
        ) => None,
    }
}
