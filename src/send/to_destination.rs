//! Sending to a destination: the one match on its kind.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::domain::delivery::{DestinationAddress, OutboxMessage, Outcome};
use crate::domain::destination::{DestinationConfig, StoredConfig};
use crate::domain::event::Payload;
use crate::domain::notification::{AD_HOC, Notification};
use crate::domain::values::{EmailAddress, WebhookUrl};

use super::mail::Envelope;
use super::post::guard::Outgoing;
use super::post::{sign, webhook};
use super::render;
use super::render::{slack, teams};
use super::sender::{SecretError, Sender, not_composed};

/// How a chat shows a notification: with the payload it came with, and whether it is a test.
type Render = fn(&Notification, &Payload, bool) -> Value;

impl Sender {
    /// Sends a message to a destination as its kind does; for mails, to one of its addresses.
    pub async fn destination(
        &self,
        message: &OutboxMessage,
        stored: &StoredConfig,
        address: &DestinationAddress,
        now: Timestamp,
    ) -> Outcome {
        match (&stored.config, address) {
            (DestinationConfig::Slack { url }, _) => self.card(message, url, slack::body).await,
            (DestinationConfig::Teams { url }, _) => self.card(message, url, teams::body).await,
            (DestinationConfig::Webhook { url, headers, .. }, _) => {
                let secrets = stored.signing_secrets(now.as_millisecond());
                self.signed(message, url, &secrets, headers, now).await
            }
            (DestinationConfig::OpsEmail { from, reply_to, .. }, DestinationAddress::Mail(to)) => {
                self.ops_email(message, from, reply_to.as_ref(), to.clone()).await
            }
            (DestinationConfig::OpsEmail { .. }, DestinationAddress::Post { .. }) => {
                not_composed("a POST was planned to a destination that sends mails")
            }
        }
    }

    /// What people read of the message: an ad-hoc notification, or what the catalogue says of the event.
    fn notification(&self, message: &OutboxMessage, payload: &Payload) -> Result<Notification, Outcome> {
        if message.delivery.event_key == AD_HOC {
            return Notification::of_payload(payload)
                .map_err(|_| not_composed("the stored notification cannot be read"));
        }
        match self.catalog().get(&message.delivery.event_key) {
            Some(event_type) => Ok(Notification::of_event(event_type, payload)),
            None => Err(not_composed("the catalogue no longer has this event type")),
        }
    }

    async fn card(&self, message: &OutboxMessage, url: &WebhookUrl, render: Render) -> Outcome {
        let Some(payload) = message.fields() else { return unreadable_payload() };
        let body = match self.notification(message, &payload) {
            Ok(notification) => render(&notification, &payload, message.is_test()),
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
        message: &OutboxMessage,
        url: &WebhookUrl,
        secrets: &[SecretString],
        custom: &[(String, SecretString)],
        now: Timestamp,
    ) -> Outcome {
        let mut headers = webhook::headers(&message.delivery);
        for (name, value) in custom {
            let (name, value) =
                (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value.expose_secret()));
            let (Ok(name), Ok(mut value)) = (name, value) else {
                return SecretError::Malformed("a stored header cannot be sent").into();
            };
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        let (id, body) = (message.delivery.first_id.to_string(), message.payload.as_bytes());
        let signed = sign::Signed { id: &id, timestamp: now.as_second(), body };
        headers.extend(sign::headers(secrets, self.signature_header(), &signed));
        let body = Bytes::copy_from_slice(body);
        self.post(Outgoing { url, headers, body, timeout: self.webhook_timeout() }).await
    }

    async fn ops_email(
        &self,
        message: &OutboxMessage,
        from: &EmailAddress,
        reply_to: Option<&EmailAddress>,
        to: EmailAddress,
    ) -> Outcome {
        let Some(payload) = message.fields() else { return unreadable_payload() };
        let reader = self.ops_context(message, &payload, &to);
        let event_type = self.catalog().get(&message.delivery.event_key);
        let content = match event_type {
            Some(event_type) => render::compose(event_type, &payload, &reader),
            None => match self.notification(message, &payload) {
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
            message_id: message.delivery.id.to_string(),
            references: event_type.and_then(|event_type| event_type.mail.thread_root(&payload)),
            unsubscribe: None,
            date: message.delivery.created_at,
        };
        self.send_mail(&envelope, &content).await
    }
}

fn unreadable_payload() -> Outcome {
    not_composed("the stored payload cannot be read")
}
