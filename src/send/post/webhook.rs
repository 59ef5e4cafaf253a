//! The JSON POST: the shared webhook of the settings page, and what every signed destination builds on.

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderValue};
use uuid::Uuid;

use crate::domain::delivery::{Outcome, Trigger};
use crate::domain::values::WebhookUrl;
use crate::send::post::guard::{Guard, Outgoing};

/// Who posts.
pub(in crate::send) const AGENT: &str = concat!("Ringpost/", env!("CARGO_PKG_VERSION"));

/// What every webhook tells about itself. None of it authenticates anybody.
#[derive(Clone, Copy, Debug)]
pub struct WebhookHeaders<'a> {
    /// The event type's key, on tests too.
    pub event: &'a str,
    /// The delivery's id; a resend has its own.
    pub delivery: Uuid,
    /// Why the delivery exists.
    pub trigger: Trigger,
}

impl WebhookHeaders<'_> {
    /// The headers of every webhook. A destination adds its own and its signature to them.
    #[must_use]
    pub fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::with_capacity(8);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
        // Keys come from the catalogue, which holds them to ASCII; an odd one is left out rather than guessed.
        if let Ok(event) = HeaderValue::from_str(self.event) {
            headers.insert("x-ringpost-event", event);
        }
        if let Ok(delivery) = HeaderValue::from_str(&self.delivery.to_string()) {
            headers.insert("x-ringpost-delivery", delivery);
        }
        if self.trigger == Trigger::Test {
            headers.insert("x-ringpost-test", HeaderValue::from_static("true"));
        }
        headers
    }
}

/// POSTs a payload to the shared webhook: unsigned, as settings-page.md documents it.
pub async fn send(
    guard: &Guard,
    url: &WebhookUrl,
    notice: &WebhookHeaders<'_>,
    payload: Bytes,
    timeout: Duration,
) -> Outcome {
    guard.post(Outgoing { url, headers: notice.headers(), body: payload, timeout }).await
}
