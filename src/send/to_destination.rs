//! Sending to a destination, by what its kind makes of the event.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue};
use secrecy::ExposeSecret;

use crate::domain::delivery::{Outcome, Reason, Verdict};
use crate::domain::destination::StoredConfig;
use crate::domain::event::Payload;
use crate::domain::kinds::{Body, Kind};
use crate::domain::letter::{Letter, Reader};
use crate::domain::message_content::MessageContent;
use crate::domain::values::EmailAddress;

use super::job::Job;
use super::mail::Envelope;
use super::post::guard::Outgoing;
use super::post::{sign, webhook};
use super::render;
use super::sealed::Sealed;
use super::sender::{Sender, not_composed, unreadable};

impl Sender {
    /// Opens a destination's configuration and sends to it as its kind does.
    pub(super) async fn destination(
        &self,
        job: &Job,
        kind: Kind,
        sealed: &Sealed,
        recipient: Option<&EmailAddress>,
    ) -> Outcome {
        self.send_as(job, kind, sealed, recipient).await.unwrap_or_else(|outcome| outcome)
    }

    /// What the network said, or why nothing was sent.
    async fn send_as(
        &self,
        job: &Job,
        kind: Kind,
        sealed: &Sealed,
        recipient: Option<&EmailAddress>,
    ) -> Result<Outcome, Outcome> {
        let stored = self.open_config(kind, sealed)?;
        match kind.spec().body {
            Body::Payload => {
                let headers = webhook::WebhookHeaders {
                    event: &job.event_key,
                    delivery: job.delivery_id,
                    trigger: job.trigger,
                };
                self.post_to(job, &stored, headers.headers(), job.payload.clone()).await
            }
            Body::Json(body) => {
                let payload = payload(job)?;
                let body = body(&self.content(job, &payload)?);
                let mut headers = HeaderMap::new();
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                headers.insert(USER_AGENT, HeaderValue::from_static(webhook::AGENT));
                self.post_to(job, &stored, headers, body.to_string()).await
            }
            Body::Letter(body) => {
                let to = recipient.or(stored.config.recipients().first());
                let to = to.ok_or_else(|| Outcome::new(Verdict::Skipped(Reason::Deleted), ""))?;
                let payload = payload(job)?;
                let content = self.content(job, &payload)?;
                let audience = self.mail_context(job.account_id, to, Reader::Destination);
                let letter = body(&content, &stored.config, &audience);
                self.mail_to(job, to, &content, letter).await
            }
        }
    }

    fn open_config(&self, kind: Kind, sealed: &Sealed) -> Result<StoredConfig, Outcome> {
        let text = self.open_sealed(sealed).map_err(|error| unreadable(&error.to_string()))?;
        StoredConfig::from_text(kind, &text).map_err(|error| unreadable(&error.to_string()))
    }

    fn content<'a>(&'a self, job: &Job, payload: &'a Payload) -> Result<MessageContent<'a>, Outcome> {
        let content = MessageContent::read(&job.event_key, payload, self.catalog(), job.is_test());
        content.map_err(|error| not_composed(&error.to_string()))
    }

    /// POSTs a body, with the destination's own headers and its signature if it has any.
    async fn post_to(
        &self,
        job: &Job,
        stored: &StoredConfig,
        mut headers: HeaderMap,
        body: String,
    ) -> Result<Outcome, Outcome> {
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
        let secrets = stored.signing_secrets(job.at.as_millisecond());
        let signed = sign::Signed { id: &job.first_id, timestamp: job.at.as_second(), body: body.as_bytes() };
        headers.extend(sign::headers(&secrets, self.signature_header(), &signed));
        let (body, timeout) = (Bytes::from(body), self.webhook_timeout());
        Ok(self.post(Outgoing { url, headers, body, timeout }).await)
    }

    async fn mail_to(
        &self,
        job: &Job,
        to: &EmailAddress,
        content: &MessageContent<'_>,
        letter: Letter,
    ) -> Result<Outcome, Outcome> {
        let mail = render::write(&letter).map_err(|error| not_composed(&error.to_string()))?;
        let envelope = Envelope {
            to: to.clone(),
            from: letter.from,
            reply_to: letter.reply_to,
            message_id: job.delivery_id.to_string(),
            references: content
                .event_type
                .and_then(|event_type| event_type.mail.thread_root(content.payload)),
            unsubscribe: None,
            date: job.accepted_at,
        };
        Ok(self.send_mail(&envelope, &mail).await)
    }
}

fn payload(job: &Job) -> Result<Payload, Outcome> {
    job.fields().ok_or_else(|| not_composed("the stored payload cannot be read"))
}
