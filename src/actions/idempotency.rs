//! Idempotency keys: a program may repeat a request without telling anybody twice.

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::db::events::Idempotency;
use crate::domain::text;
use crate::error::{Error, Result};

/// The longest idempotency key, in bytes.
pub(crate) const MAX_KEY: usize = 255;
/// Stored before the keys of sends. No caller's key has the dot, which is not ASCII: an event and a send may use
/// the same key, and neither is taken for the other.
const OF_SENDS: &str = "send·";

/// What makes a repeated request one: visible ASCII, 1 to 255 bytes.
pub(crate) struct IdempotencyKey(String);

impl IdempotencyKey {
    /// 400 for an empty or a longer one.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let is_visible = |byte: u8| byte.is_ascii_graphic() || matches!(byte, b' ' | b'\t');
        if text.bytes().all(is_visible) && (1..=MAX_KEY).contains(&text.len()) {
            return Ok(Self(text.to_owned()));
        }
        Err(Error::bad_request(format!("Idempotency-Key must be 1 to {MAX_KEY} visible ASCII characters.")))
    }

    /// For an event with this body.
    pub(crate) fn of_event(self, body: &Value) -> Idempotency {
        Idempotency { key: self.0, body_hash: hash_of_value(body) }
    }

    /// For an ad-hoc notification with this body.
    pub(crate) fn of_send(self, body: &Value) -> Idempotency {
        Idempotency { key: format!("{OF_SENDS}{}", self.0), body_hash: hash_of_value(body) }
    }
}

/// The same JSON value has the same hash, however its fields are ordered and spaced.
pub(in crate::actions) fn hash_of_value(value: &Value) -> String {
    let mut sorted = value.clone();
    sorted.sort_all_objects();
    text::hex(&Sha256::digest(sorted.to_string()))
}
