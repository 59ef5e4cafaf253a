//! Sending to a destination, by what its kind makes of the event.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use secrecy::ExposeSecret;

use crate::domain::delivery::{DestinationAddress, OutboxMessage, Outcome};
use crate::domain::destination::StoredConfig;
use crate::domain::event::Payload;
use crate::domain::kinds::Body;
use crate::domain::letter::{Letter, Reader};
use crate::domain::message_content::MessageContent;
use crate::domain::values::EmailAddress;

use super::mail::Envelope;
use super::post::guard::Outgoing;
use super::post::{sign, webhook};
use super::progress::Progress;
use super::render;
use super::sender::{SecretError, Sender, not_composed};

/// What a kind makes of an event, to be posted.
struct Content {
    headers: HeaderMap,
    body: Bytes,
    /// Whether the body is the event's payload as it is.
    is_payload: bool,
}

impl Sender {
    /// Sends a message to a destination as its kind does; for mails, to one of its addresses, whose owner may be a
    /// person who `signs_in` here.
    pub async fn destination(
        &self,
        message: &OutboxMessage,
        stored: &StoredConfig,
        address: &DestinationAddress,
        signs_in: bool,
        now: Timestamp,
        progress: &Progress,
    ) -> Outcome {
        self.send_as(message, stored, address, signs_in, now, progress)
            .await
            .unwrap_or_else(|outcome| outcome)
    }

    /// What the network said, or why nothing was sent.
    async fn send_as(
        &self,
        message: &OutboxMessage,
        stored: &StoredConfig,
        address: &DestinationAddress,
        signs_in: bool,
        now: Timestamp,
        progress: &Progress,
    ) -> Result<Outcome, Outcome> {
        match (stored.config.kind().spec().body, address) {
            (Body::Payload, _) => {
                let content = Content {
                    headers: webhook::headers(&message.delivery),
                    body: webhook::body(&message.payload),
                    is_payload: true,
                };
                self.post_to(message, stored, content, now, progress).await
            }
            (Body::Json(body), _) => {
                let payload = payload(message)?;
                let body = body(&self.content(message, &payload)?).to_string().into();
                let mut headers = HeaderMap::new();
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                headers.insert(USER_AGENT, HeaderValue::from_static(webhook::AGENT));
                let content = Content { headers, body, is_payload: false };
                self.post_to(message, stored, content, now, progress).await
            }
            (Body::Letter(body), DestinationAddress::Mail(to)) => {
                let payload = payload(message)?;
                let content = self.content(message, &payload)?;
                let audience = self.mail_context(message, to, signs_in, Reader::Destination);
                let letter = body(&content, &stored.config, &audience);
                self.mail_to(message, to, &content, letter, progress).await
            }
            (Body::Letter(_), DestinationAddress::Post { .. }) => {
                Err(not_composed("a POST was planned to a destination that sends mails"))
            }
        }
    }

    fn content<'a>(
        &'a self,
        message: &OutboxMessage,
        payload: &'a Payload,
    ) -> Result<MessageContent<'a>, Outcome> {
        let key = &message.delivery.event_key;
        let content = MessageContent::read(key, payload, self.catalog(), message.is_test());
        content.map_err(|error| not_composed(&error.to_string()))
    }

    /// POSTs a body, with the destination's own headers and its signature if it has any.
    async fn post_to(
        &self,
        message: &OutboxMessage,
        stored: &StoredConfig,
        content: Content,
        now: Timestamp,
        progress: &Progress,
    ) -> Result<Outcome, Outcome> {
        let Content { mut headers, body, is_payload } = content;
        let unreadable = |why| Outcome::from(SecretError::Malformed(why));
        let url = stored.config.url().ok_or_else(|| unreadable("the stored configuration has no URL"))?;
        for (name, value) in stored.config.headers() {
            let (name, value) =
                (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value.expose_secret()));
            let (Ok(name), Ok(mut value)) = (name, value) else {
                return Err(unreadable("a stored header cannot be sent"));
            };
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        let secrets = stored.signing_secrets(now.as_millisecond());
        let id = message.delivery.first_id.to_string();
        let signed = sign::Signed { id: &id, timestamp: now.as_second(), body: &body };
        headers.extend(sign::headers(&secrets, self.signature_header(), &signed));
        let outgoing = Outgoing {
            account: message.delivery.account_id,
            url,
            headers,
            body,
            keeps_body: !is_payload,
            timeout: self.webhook_timeout(),
            now,
        };
        Ok(self.post(outgoing, progress).await)
    }

    async fn mail_to(
        &self,
        message: &OutboxMessage,
        to: &EmailAddress,
        content: &MessageContent<'_>,
        letter: Letter,
        progress: &Progress,
    ) -> Result<Outcome, Outcome> {
        let mail = render::write(&letter).map_err(|error| not_composed(&error.to_string()))?;
        let envelope = Envelope {
            to: to.clone(),
            from: letter.from,
            reply_to: letter.reply_to,
            message_id: message.delivery.id.to_string(),
            references: content.thread_root(),
            unsubscribe: None,
            date: message.delivery.created_at,
            is_test: message.is_test(),
        };
        Ok(self.send_mail(&envelope, &mail, progress).await)
    }
}

fn payload(message: &OutboxMessage) -> Result<Payload, Outcome> {
    message.fields().ok_or_else(|| not_composed("the stored payload cannot be read"))
}
