//! The headers of a JSON POST: the shared webhook's, and what every signed destination builds on.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderValue};

use crate::domain::delivery::{Delivery, Trigger};

/// Who posts.
pub(in crate::send) const AGENT: &str = concat!("Ringpost/", env!("CARGO_PKG_VERSION"));

/// What every webhook tells about itself; none of it authenticates anybody. A destination adds its own headers
/// and its signature to them.
#[must_use]
pub fn headers(delivery: &Delivery) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(8);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
    // Keys come from the catalogue, which holds them to ASCII; an odd one is left out rather than guessed.
    if let Ok(event) = HeaderValue::from_str(&delivery.event_key) {
        headers.insert("x-ringpost-event", event);
    }
    if let Ok(id) = HeaderValue::from_str(&delivery.id.to_string()) {
        headers.insert("x-ringpost-delivery", id);
    }
    // The same on a resend, so that receivers can tell a repeat.
    if let Ok(id) = HeaderValue::from_str(&delivery.first_id.to_string()) {
        headers.insert("webhook-id", id);
    }
    if delivery.trigger == Trigger::Test {
        headers.insert("x-ringpost-test", HeaderValue::from_static("true"));
    }
    headers
}

/// A payload as a body: shared by all who send it, never copied.
pub(in crate::send) fn body(payload: &Arc<str>) -> Bytes {
    struct Shared(Arc<str>);
    impl AsRef<[u8]> for Shared {
        fn as_ref(&self) -> &[u8] {
            self.0.as_bytes()
        }
    }
    Bytes::from_owner(Shared(Arc::clone(payload)))
}
