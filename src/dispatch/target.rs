//! Sending to a target as it is now: what is saved is read at send time, not at accept time, so that a URL or
//! secret that was taken away stops at once.

use crate::db::snapshots::AccountSnapshot;
use crate::domain::delivery::{
    Delivery, DestinationAddress, OutboxMessage, Outcome, Reason, Target, Trigger, Verdict,
};
use crate::domain::destination::StoredConfig;
use crate::domain::notification::CONFIRMATION;
use crate::domain::values::WebhookUrl;
use crate::send::Progress;

use super::{Dispatcher, Endpoint};

impl Dispatcher {
    /// Sends one message. The error is the outcome of a message for which nobody was asked.
    pub(super) async fn send(
        &self,
        message: &mut OutboxMessage,
        endpoint: Option<&Endpoint>,
        snapshot: &AccountSnapshot,
        progress: &Progress,
    ) -> Result<Outcome, Outcome> {
        let sender = &self.inner.sender;
        let target = message.delivery.target.clone();
        Ok(match (target, endpoint) {
            (Target::PrimaryContact(address), None) => {
                sender.mail_to_contact(message, &address, snapshot.signs_in(&address), progress).await
            }
            (Target::Subscriber(address), None) => {
                let settings = &snapshot.settings;
                if message.delivery.event_key == CONFIRMATION && !settings.is_unsubscribed(&address) {
                    return Ok(sender.ask_to_confirm(message, &address, progress).await);
                }
                if let Some(reason) = settings.skip(&address) {
                    return Err(Outcome::new(Verdict::Skipped(reason), settings.detail(&address)));
                }
                sender.mail_to_subscriber(message, &address, snapshot.signs_in(&address), progress).await
            }
            (Target::SharedWebhook { .. }, Some(Endpoint::Url(url))) => {
                sender.webhook(message, url, progress).await
            }
            (Target::SharedWebhook { label, .. }, None) => {
                let url = self.saved_url(&message.delivery, snapshot)?;
                if message.delivery.trigger == Trigger::Test && url.label() != label {
                    // The process that knew what was on screen has ended: nothing goes elsewhere in its place.
                    return Err(skipped(Reason::Cancelled));
                }
                message.delivery.dials(&url);
                sender.webhook(message, &url, progress).await
            }
            (Target::Destination { id, address }, endpoint) => {
                let config = match (endpoint, id) {
                    (Some(Endpoint::Destination(config)), _) => StoredConfig::new(config.clone()),
                    (Some(Endpoint::Url(_)), _) => return Err(misled()),
                    (None, Some(id)) => self.saved_config(&message.delivery, id, snapshot)?,
                    // A test of values that were not saved, and the process that knew them has ended.
                    (None, None) => return Err(skipped(Reason::Cancelled)),
                };
                if let Some(url) = config.config.url() {
                    message.delivery.dials(url);
                }
                let signs_in = match &address {
                    DestinationAddress::Mail(to) => snapshot.signs_in(to),
                    DestinationAddress::Post { .. } => false,
                };
                let now = self.inner.clock.now();
                sender.destination(message, &config, &address, signs_in, now, progress).await
            }
            (Target::PrimaryContact(_) | Target::Subscriber(_), Some(_))
            | (Target::SharedWebhook { .. }, Some(Endpoint::Destination(_))) => return Err(misled()),
        })
    }

    fn saved_url(&self, delivery: &Delivery, snapshot: &AccountSnapshot) -> Result<WebhookUrl, Outcome> {
        let saved = snapshot.webhook.as_ref().ok_or_else(|| skipped(Reason::Deleted))?;
        Ok(self.inner.sender.open_settings_url(delivery.account_id, &saved.url)?)
    }

    /// The destination's configuration as it is now; a test may go to one that is paused.
    fn saved_config(
        &self,
        delivery: &Delivery,
        id: i64,
        snapshot: &AccountSnapshot,
    ) -> Result<StoredConfig, Outcome> {
        let saved = snapshot.destination(id).ok_or_else(|| skipped(Reason::Deleted))?;
        if !saved.enabled && delivery.trigger != Trigger::Test {
            return Err(skipped(Reason::Paused));
        }
        Ok(self.inner.sender.open_destination(delivery.account_id, id, saved.kind, &saved.config)?)
    }
}

fn skipped(reason: Reason) -> Outcome {
    Outcome::new(Verdict::Skipped(reason), "")
}

fn misled() -> Outcome {
    let why = "a test was given another kind of endpoint than its target has";
    tracing::error!(why, "a delivery could not be prepared");
    Outcome::new(Verdict::Failed(Reason::NotComposed), why)
}
