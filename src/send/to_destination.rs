//! Sending to a destination: the one match on its kind.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::domain::delivery::{Outcome, Reason, Verdict};
use crate::domain::destination::{DestinationConfig, Kind, StoredConfig};
use crate::domain::event::Payload;
use crate::domain::notification::{AD_HOC, Notification};
use crate::domain::values::{EmailAddress, WebhookUrl};

use super::job::Job;
use super::mail::Envelope;
use super::post::guard::Outgoing;
use super::post::{sign, webhook};
use super::render;
use super::render::{slack, teams};
use super::sealed::Sealed;
use super::sender::{Sender, not_composed, unreadable};

/// How a chat shows a notification: with the payload it came with, and whether it is a test.
type Render = fn(&Notification, &Payload, bool) -> Value;

impl Sender {
    /// Opens a destination's configuration and sends to it as its kind does.
    pub(super) async fn destination(
        &self,
        job: &Job,
        kind: Kind,
        sealed: &Sealed,
        recipient: Option<&EmailAddress>,
    ) -> Outcome {
        let stored = match self.open_config(kind, sealed) {
            Ok(stored) => stored,
            Err(outcome) => return outcome,
        };
        let secrets = stored.signing_secrets(job.at.as_millisecond());
        match &stored.config {
            DestinationConfig::Slack { url } => self.card(job, url, slack::body).await,
            DestinationConfig::Teams { url } => self.card(job, url, teams::body).await,
            DestinationConfig::Webhook { url, headers, .. } => self.signed(job, url, &secrets, headers).await,
            DestinationConfig::OpsEmail { from, reply_to, to } => {
                let to = recipient.or(to.first()).cloned();
                self.ops_email(job, from, reply_to.as_ref(), to).await
            }
        }
    }

    fn open_config(&self, kind: Kind, sealed: &Sealed) -> Result<StoredConfig, Outcome> {
        let text = self.open_sealed(sealed).map_err(|error| unreadable(&error.to_string()))?;
        StoredConfig::from_text(kind, &text).map_err(unreadable)
    }

    /// What people read of the job: an ad-hoc notification, or what the catalogue says of the event.
    fn notification(&self, job: &Job, payload: &Payload) -> Result<Notification, Outcome> {
        if job.event_key == AD_HOC {
            return Notification::of_payload(payload)
                .map_err(|_| not_composed("the stored notification cannot be read"));
        }
        match self.catalog().get(&job.event_key) {
            Some(event_type) => Ok(Notification::of_event(event_type, payload)),
            None => Err(not_composed("the catalogue no longer has this event type")),
        }
    }

    async fn card(&self, job: &Job, url: &WebhookUrl, render: Render) -> Outcome {
        let Some(payload) = job.fields() else { return unreadable_payload() };
        let body = match self.notification(job, &payload) {
            Ok(notification) => render(&notification, &payload, job.is_test()),
            Err(outcome) => return outcome,
        };
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(USER_AGENT, HeaderValue::from_static(webhook::AGENT));
        self.post(Outgoing {
            url,
            headers,
            body: Bytes::from(body.to_string()),
            timeout: self.webhook_timeout(),
        })
        .await
    }

    async fn signed(
        &self,
        job: &Job,
        url: &WebhookUrl,
        secrets: &[SecretString],
        custom: &[(String, SecretString)],
    ) -> Outcome {
        let notice = webhook::WebhookHeaders {
            event: &job.event_key,
            delivery: job.delivery_id,
            trigger: job.trigger,
        };
        let mut headers = notice.headers();
        for (name, value) in custom {
            let (name, value) =
                (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value.expose_secret()));
            let (Ok(name), Ok(mut value)) = (name, value) else {
                return unreadable("a stored header cannot be sent");
            };
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        let signed =
            sign::Signed { id: &job.first_id, timestamp: job.at.as_second(), body: job.payload.as_bytes() };
        headers.extend(sign::headers(secrets, self.signature_header(), &signed));
        let body = Bytes::from(job.payload.clone());
        self.post(Outgoing { url, headers, body, timeout: self.webhook_timeout() }).await
    }

    async fn ops_email(
        &self,
        job: &Job,
        from: &EmailAddress,
        reply_to: Option<&EmailAddress>,
        to: Option<EmailAddress>,
    ) -> Outcome {
        let Some(to) = to else { return Outcome::new(Verdict::Skipped(Reason::Deleted), "") };
        let Some(payload) = job.fields() else { return unreadable_payload() };
        let reader = self.ops_context(job, &payload, &to);
        let event_type = self.catalog().get(&job.event_key);
        let content = match event_type {
            Some(event_type) => render::compose(event_type, &payload, &reader),
            None => match self.notification(job, &payload) {
                Ok(notification) => render::compose_notification(&notification, &payload, &reader),
                Err(outcome) => return outcome,
            },
        };
        let content = match content {
            Ok(content) => content,
            Err(error) => return not_composed(&error.to_string()),
        };
        let envelope = Envelope {
            to,
            from: Some(from.clone()),
            reply_to: reply_to.cloned(),
            message_id: job.delivery_id.to_string(),
            references: event_type.and_then(|event_type| event_type.mail.thread_root(&payload)),
            unsubscribe: None,
            date: job.accepted_at,
        };
        self.send_mail(&envelope, &content).await
    }
}

fn unreadable_payload() -> Outcome {
    not_composed("the stored payload cannot be read")
}
