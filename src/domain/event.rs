//! An event: one thing that happened on the platform, accepted and stored.

mod ingest;

use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

pub use ingest::{ValidEvent, parse};

/// The fields of a message, in the order in which they are sent.
pub type Payload = Map<String, Value>;

/// An accepted event, or the sample that a test sends.
#[derive(Clone, Debug)]
pub struct Event {
    /// Time-ordered.
    pub id: Uuid,
    /// Whose it is.
    pub account_id: i64,
    /// The catalogue's key, not the payload's `event_type`.
    pub key: String,
    /// Exactly what receivers get.
    pub payload: Payload,
    /// When it was accepted.
    pub accepted_at: Timestamp,
}
