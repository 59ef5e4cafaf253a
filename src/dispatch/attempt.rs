//! One attempt: find out where to, send, write down what came of it.

use std::time::Duration;

use crate::db::events::target;
use crate::db::outbox::Claimed;
use crate::domain::clock::from_ms;
use crate::domain::delivery::{Channel, Outcome, Reason, Trigger, Verdict, retry_delay};
use crate::domain::field_errors::InvalidValue;
use crate::domain::kinds::Kind;
use crate::send::{Job, Sealed, To};

use super::Dispatcher;

impl Dispatcher {
    /// Sends one claimed delivery and settles it.
    pub(super) async fn attempt(&self, delivery: &Claimed) {
        let outcome = match self.job(delivery).await {
            Ok(job) => self.inner.sender.deliver(&job).await,
            Err(outcome) => outcome,
        };
        self.note_mail_health(delivery, &outcome);
        self.settle(delivery, outcome).await;
    }

    async fn job(&self, delivery: &Claimed) -> Result<Job, Outcome> {
        let ours = |why: InvalidValue| broken(delivery, &why.to_string());
        Ok(Job {
            delivery_id: delivery.id.parse().map_err(|_| broken(delivery, "its id is not a UUID"))?,
            first_id: delivery.first_id.clone(),
            account_id: delivery.account_id,
            event_key: delivery.event_key.clone(),
            trigger: delivery.triggered_by.parse().map_err(ours)?,
            payload: delivery.payload.clone(),
            accepted_at: from_ms(delivery.created_at),
            at: self.inner.clock.now(),
            to: self.to(delivery).await?,
        })
    }

    /// The target is read now, not at accept time, so that a URL or secret that was taken away stops at once.
    async fn to(&self, delivery: &Claimed) -> Result<To, Outcome> {
        let ours = |why: InvalidValue| broken(delivery, &why.to_string());
        let gone = || Outcome::new(Verdict::Skipped(Reason::Deleted), "");
        let (db, account) = (&self.inner.db, delivery.account_id);
        let unsaved =
            delivery.sealed_target.clone().map(|sealed| Sealed::of_delivery(sealed, &delivery.id, account));
        Ok(match delivery.target.as_str() {
            target::SHARED_WEBHOOK => match unsaved {
                Some(sealed) => To::SharedWebhook(sealed),
                None => {
                    let stored = db
                        .sealed_webhook(account)
                        .await
                        .map_err(|error| broken(delivery, &error.to_string()))?;
                    To::SharedWebhook(Sealed::settings_url(stored.ok_or_else(gone)?.url, account))
                }
            },
            target::PRIMARY_CONTACT => To::PrimaryContact(delivery.recipient.parse().map_err(ours)?),
            target::SUBSCRIBER => To::Subscriber(delivery.recipient.parse().map_err(ours)?),
            _ => {
                let recipient = (delivery.channel == Channel::Email.as_str())
                    .then(|| delivery.recipient.parse().map_err(ours))
                    .transpose()?;
                let (kind, config) = match (&delivery.sealed_target, delivery.destination_id) {
                    (Some(text), _) => unsaved_config(delivery, text).map_err(ours)?,
                    (None, Some(id)) => self.saved_config(delivery, id).await?.ok_or_else(gone)?,
                    (None, None) => return Err(gone()),
                };
                To::Destination { kind, config, recipient }
            }
        })
    }

    /// The destination's configuration as it is now; a test may go to one that is paused.
    async fn saved_config(&self, delivery: &Claimed, id: i64) -> Result<Option<(Kind, Sealed)>, Outcome> {
        let ours = |why: InvalidValue| broken(delivery, &why.to_string());
        let row = self.inner.db.destination(delivery.account_id, id).await;
        let Some(row) = row.map_err(|error| broken(delivery, &error.to_string()))? else { return Ok(None) };
        if !row.enabled && delivery.triggered_by != Trigger::Test.as_str() {
            return Err(Outcome::new(Verdict::Skipped(Reason::Paused), ""));
        }
        let kind = row.kind.parse().map_err(ours)?;
        Ok(Some((kind, Sealed::destination_config(row.config, id, delivery.account_id))))
    }

    async fn settle(&self, delivery: &Claimed, outcome: Outcome) {
        let inner = &self.inner;
        let now = inner.clock.now_ms();
        let age = Duration::from_millis(u64::try_from(now - delivery.created_at).unwrap_or_default());
        // Whoever pressed a test button wants to know now, not tomorrow.
        let may_retry =
            matches!(outcome.verdict, Verdict::Retry(_)) && delivery.triggered_by != Trigger::Test.as_str();
        let wait = may_retry
            .then(|| retry_delay(u32::try_from(delivery.attempt).unwrap_or(u32::MAX), age))
            .flatten();
        let retry_at = wait.map(|wait| now + i64::try_from(wait.as_millis()).unwrap_or(i64::MAX));
        tracing::info!(
            delivery = %delivery.id, account = delivery.account_id, event = %delivery.event_key,
            channel = %delivery.channel, verdict = ?outcome.verdict, status = outcome.status,
            took_ms = u64::try_from(outcome.took.as_millis()).unwrap_or(u64::MAX), retry = retry_at.is_some(), "tried",
        );
        match inner.db.settle(delivery.id.clone(), delivery.attempt, outcome, retry_at, now).await {
            Ok(true) => {}
            Ok(false) => {
                tracing::warn!(delivery = %delivery.id, "was settled by somebody else in the meantime");
            }
            // The row stays `sending`, and is set to rest at the next start: unknown is the truth.
            Err(error) => {
                tracing::error!(delivery = %delivery.id, %error, "an outcome could not be written down");
            }
        }
    }

    fn note_mail_health(&self, delivery: &Claimed, outcome: &Outcome) {
        if delivery.channel == Channel::Email.as_str() {
            let trouble = matches!(outcome.verdict, Verdict::Retry(_)).then(|| outcome.detail.clone());
            self.inner.load.set_mail_trouble(trouble);
        }
    }
}

fn broken(delivery: &Claimed, why: &str) -> Outcome {
    tracing::error!(delivery = %delivery.id, %why, "a delivery could not be prepared");
    Outcome::new(Verdict::Failed(Reason::NotComposed), why)
}

/// The configuration of a destination that was never saved: its kind, a colon, and what is sealed.
fn unsaved_config(delivery: &Claimed, text: &str) -> Result<(Kind, Sealed), InvalidValue> {
    let (kind, sealed) = match text.split_once(':') {
        Some((kind, sealed)) => (kind.parse()?, sealed),
        // 0.1 wrote no kind: each of its kinds had a channel of its own.
        None => (kind_of(delivery)?, text),
    };
    Ok((kind, Sealed::of_delivery(sealed.to_owned(), &delivery.id, delivery.account_id)))
}

fn kind_of(delivery: &Claimed) -> Result<Kind, InvalidValue> {
    let channel: Channel = delivery.channel.parse()?;
    let kind = Kind::ALL.iter().copied().find(|kind| kind.channel() == channel);
    kind.ok_or_else(|| InvalidValue::new(format!("no destination sends by {}", delivery.channel)))
}
