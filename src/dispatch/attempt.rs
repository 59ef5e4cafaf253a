//! One attempt: find out where to, send, write down what came of it.

use std::fmt::Display;

use crate::db::outbox::Settlement;
use crate::domain::delivery::{
    Channel, Delivery, OutboxMessage, Outcome, Reason, Target, Trigger, Verdict, next_try,
};
use crate::domain::destination::StoredConfig;
use crate::domain::values::WebhookUrl;
use crate::send::Progress;

use super::{Dispatcher, Endpoint, faults};

impl Dispatcher {
    /// Sends one message that is marked as `sending`, settles it, and answers what has become of it. An
    /// endpoint takes the place of what is saved.
    #[tracing::instrument(name = "attempt", skip_all, fields(
        delivery = %message.delivery.id, account = message.delivery.account_id,
        lane = message.delivery.target.lane(), attempt = message.delivery.attempt,
    ))]
    pub(super) async fn attempt(&self, message: OutboxMessage, endpoint: Option<&Endpoint>) -> Delivery {
        let sent = faults::mark_after(&self.inner.db, &message, self.send(&message, endpoint)).await;
        let outcome = sent.unwrap_or_else(|outcome| outcome);
        self.note_mail_health(&message.delivery, &outcome);
        self.settle(message, outcome).await
    }

    /// What is saved is read now, not at accept time, so that a URL or secret that was taken away stops at
    /// once. The error is the outcome of a message for which nobody was asked.
    async fn send(&self, message: &OutboxMessage, endpoint: Option<&Endpoint>) -> Result<Outcome, Outcome> {
        let (sender, delivery) = (&self.inner.sender, &message.delivery);
        let progress = &Progress::default();
        let misled = || broken("a test was given another kind of endpoint than its target has");
        Ok(match (&delivery.target, endpoint) {
            (Target::PrimaryContact(address), None) => {
                sender.mail_to_contact(message, address, progress).await
            }
            (Target::Subscriber(address), None) => {
                sender.mail_to_subscriber(message, address, progress).await
            }
            (Target::SharedWebhook { .. }, Some(Endpoint::Url(url))) => {
                sender.webhook(message, url, progress).await
            }
            (Target::SharedWebhook { .. }, None) => {
                sender.webhook(message, &self.saved_url(delivery).await?, progress).await
            }
            (Target::Destination { id, address }, endpoint) => {
                let config = match (endpoint, id) {
                    (Some(Endpoint::Destination(config)), _) => StoredConfig::new(config.clone()),
                    (Some(Endpoint::Url(_)), _) => return Err(misled()),
                    (None, Some(id)) => self.saved_config(delivery, *id).await?,
                    // A test of values that were not saved, left behind by a process that has ended: it may
                    // have sent it.
                    (None, None) => return Err(Outcome::new(Verdict::Unknown(Reason::Interrupted), "")),
                };
                sender.destination(message, &config, address, self.inner.clock.now(), progress).await
            }
            (Target::PrimaryContact(_) | Target::Subscriber(_), Some(_))
            | (Target::SharedWebhook { .. }, Some(Endpoint::Destination(_))) => return Err(misled()),
        })
    }

    async fn saved_url(&self, delivery: &Delivery) -> Result<WebhookUrl, Outcome> {
        let account = delivery.account_id;
        let saved = self.inner.db.sealed_webhook(account).await.map_err(broken)?.ok_or_else(gone)?;
        Ok(self.inner.sender.open_settings_url(account, &saved.url)?)
    }

    /// The destination's configuration as it is now; a test may go to one that is paused.
    async fn saved_config(&self, delivery: &Delivery, id: i64) -> Result<StoredConfig, Outcome> {
        let account = delivery.account_id;
        let row = self.inner.db.destination(account, id).await.map_err(broken)?.ok_or_else(gone)?;
        if !row.enabled && delivery.trigger != Trigger::Test {
            return Err(Outcome::new(Verdict::Skipped(Reason::Paused), ""));
        }
        Ok(self.inner.sender.open_destination(account, id, row.kind, &row.config)?)
    }

    #[tracing::instrument(name = "settle", skip_all)]
    async fn settle(&self, mut message: OutboxMessage, outcome: Outcome) -> Delivery {
        let inner = &self.inner;
        let now = inner.clock.now();
        let retry_at = next_try(&message.delivery, &outcome, now);
        message.delivery.settle(&outcome, retry_at, now);
        let delivery = &message.delivery;
        tracing::info!(
            event = %delivery.event_key, channel = %delivery.target.channel(), verdict = ?outcome.verdict,
            status = outcome.status, took_ms = u64::try_from(outcome.took.as_millis()).unwrap_or(u64::MAX),
            retry = retry_at.is_some(), "tried",
        );
        if faults::drops_outcomes() {
            return message.delivery;
        }
        let settlement = Settlement {
            delivery: message.delivery.clone(),
            payload: message.payload,
            transcript: outcome.transcript,
            stages: outcome.stages,
            instance: inner.instance.as_str().into(),
        };
        match inner.db.settle(settlement).await {
            Ok(true) => {}
            Ok(false) => tracing::warn!("was settled by somebody else in the meantime"),
            // The row stays `sending`, and is recovered at the next start: unknown is the truth.
            Err(error) => tracing::error!(%error, "an outcome could not be written down"),
        }
        message.delivery
    }

    fn note_mail_health(&self, delivery: &Delivery, outcome: &Outcome) {
        if delivery.target.channel() == Channel::Email {
            let trouble = matches!(outcome.verdict, Verdict::Retry(_)).then(|| outcome.detail.clone());
            self.inner.load.set_mail_trouble(trouble);
        }
    }
}

fn gone() -> Outcome {
    Outcome::new(Verdict::Skipped(Reason::Deleted), "")
}

fn broken(why: impl Display) -> Outcome {
    tracing::error!(%why, "a delivery could not be prepared");
    Outcome::new(Verdict::Failed(Reason::NotComposed), why.to_string())
}
