//! A destination: a named target besides the settings page's shared webhook and subscribers.

mod config;
mod draft;
mod fields;
pub(crate) mod headers;
mod merge;
mod result_text;
mod stored;

use serde_json::{Map, Value};

pub use config::{DestinationConfig, REDACTED};
pub use draft::{DestinationDraft, ValidDestination};
pub use merge::merge;
pub use result_text::{failure_text, still_asked_text};
pub use stored::{StoredConfig, UnreadableConfig};

use super::kinds::Kind;
use super::values::EmailAddress;

/// What routing needs to know of a destination; its secrets stay in the vault until the sender asks.
#[derive(Clone, Debug)]
pub struct Destination {
    /// The row's number, which deliveries refer to.
    pub id: i64,
    /// What it is.
    pub kind: Kind,
    /// The administrator's name for it.
    pub name: String,
    /// Host, or the first address and "+n": what the log shows, and the fairness lane.
    pub summary: String,
    /// The addresses of an `ops_email`, which get a mail each.
    pub recipients: Vec<EmailAddress>,
    /// False while paused.
    pub enabled: bool,
    /// The event keys it subscribes to.
    pub events: Vec<String>,
    /// Field name to the values that are let through; webhooks-api.txt, `scopes`.
    pub scopes: Map<String, Value>,
}

impl Destination {
    /// Whether the destination wants an event with this key and payload.
    #[must_use]
    pub fn wants(&self, key: &str, payload: &Map<String, Value>) -> bool {
        self.events.iter().any(|event| event == key) && self.scope_against(payload).is_none()
    }

    /// The first scope that keeps a payload out: its field, and what is let through.
    pub(crate) fn scope_against(&self, payload: &Map<String, Value>) -> Option<(&String, &Value)> {
        self.scopes.iter().find(|(field, allowed)| {
            !payload.get(*field).is_some_and(|value| match allowed {
                Value::Array(values) => values.contains(value),
                single => *single == value,
            })
        })
    }
}
