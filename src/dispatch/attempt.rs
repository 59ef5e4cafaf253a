//! One attempt: find out where to, send, write down what came of it.

use std::time::Duration;

use crate::db::events::target;
use crate::db::outbox::Claimed;
use crate::domain::delivery::{Channel, Outcome, Reason, Trigger, Verdict, next_try};
use crate::send::{Job, SealedUrl, To};

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

    /// The target is read now, not at accept time, so that a URL or secret that was taken away stops at once.
    async fn job(&self, delivery: &Claimed) -> Result<Job, Outcome> {
        let ours = |why: String| {
            tracing::error!(delivery = %delivery.id, %why, "a delivery could not be prepared");
            Outcome::new(Verdict::Failed(Reason::NotComposed), why)
        };
        let gone = || Outcome::new(Verdict::Skipped(Reason::Deleted), "");
        let to = match (delivery.target.as_str(), &delivery.sealed_url) {
            (target::SHARED_WEBHOOK, Some(sealed)) => {
                To::SharedWebhook(SealedUrl::of_test(sealed.clone(), &delivery.id, delivery.account_id))
            }
            (target::SHARED_WEBHOOK, None) => {
                let stored = self.inner.db.sealed_webhook(delivery.account_id).await;
                let webhook = stored.map_err(|error| ours(error.to_string()))?.ok_or_else(gone)?;
                To::SharedWebhook(SealedUrl::of_settings(webhook.url, delivery.account_id))
            }
            (target::PRIMARY_CONTACT, _) => To::PrimaryContact(delivery.recipient.parse().map_err(ours)?),
            (target::SUBSCRIBER, _) => To::Subscriber(delivery.recipient.parse().map_err(ours)?),
            _ => return Err(gone()),
        };
        Ok(Job {
            delivery_id: delivery.id.parse().map_err(|_| ours("its id is not a UUID".into()))?,
            account_id: delivery.account_id,
            event_key: delivery.event_key.clone(),
            trigger: delivery.triggered_by.parse().map_err(ours)?,
            payload: delivery.payload.clone(),
            to,
        })
    }

    async fn settle(&self, delivery: &Claimed, outcome: Outcome) {
        let inner = &self.inner;
        let now = inner.clock.now_ms();
        let age = Duration::from_millis(u64::try_from(now - delivery.created_at).unwrap_or_default());
        // Whoever pressed a test button wants to know now, not tomorrow.
        let may_retry =
            matches!(outcome.verdict, Verdict::Retry(_)) && delivery.triggered_by != Trigger::Test.as_str();
        let wait =
            may_retry.then(|| next_try(u32::try_from(delivery.attempt).unwrap_or(u32::MAX), age)).flatten();
        let retry_at = wait.map(|wait| now + i64::try_from(wait.as_millis()).unwrap_or(i64::MAX));
        tracing::info!(
            delivery = %delivery.id, account = delivery.account_id, event = %delivery.event_key,
            channel = %delivery.channel, verdict = ?outcome.verdict, status = outcome.status,
            took_ms = u64::try_from(outcome.took.as_millis()).unwrap_or(u64::MAX), retry = retry_at.is_some(), "tried",
        );
        match inner.db.settle(delivery.id.clone(), delivery.attempt, outcome, retry_at, now).await {
            Ok(true) => {}
            Ok(false) => {
                tracing::warn!(delivery = %delivery.id, "was settled by somebody else in the meantime")
            }
            // The row stays `sending`, and is set to rest at the next start: unknown is the truth.
            Err(error) => {
                tracing::error!(delivery = %delivery.id, %error, "an outcome could not be written down")
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
