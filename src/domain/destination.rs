//! A destination: a named target besides the settings page's shared webhook and subscribers.

mod config;
mod headers;
mod merge;
mod parse;
mod result_text;
mod stored;

use serde_json::{Map, Value};

pub use config::{DestinationConfig, REDACTED};
pub use merge::merge;
pub use parse::{Draft, NewDestination};
pub use result_text::{failure_text, success_text};
pub use stored::StoredConfig;

use super::delivery::Channel;
use super::text_enum::text_enum;
use super::values::EmailAddress;

/// What a destination is; providers-api.txt, `kind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A Slack incoming webhook.
    Slack,
    /// A Microsoft Teams webhook (Workflows or the old connector).
    Teams,
    /// A JSON POST, optionally signed.
    Webhook,
    /// Mails through the server's SMTP.
    OpsEmail,
}
text_enum!(Kind { Slack => "slack", Teams => "teams", Webhook => "webhook", OpsEmail => "ops_email" });

impl Kind {
    /// What people call it; providers-api.txt, `displayName`.
    #[must_use]
    pub fn display_name(self) -> &'static str {
        match self {
            Self::Slack => "Slack",
            Self::Teams => "Microsoft Teams",
            Self::Webhook => "Outbound Webhook",
            Self::OpsEmail => "Ops Email (SES)",
        }
    }

    /// How deliveries of this kind leave.
    #[must_use]
    pub fn channel(self) -> Channel {
        match self {
            Self::Slack => Channel::Slack,
            Self::Teams => Channel::Teams,
            Self::Webhook => Channel::Webhook,
            Self::OpsEmail => Channel::Email,
        }
    }
}

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
        self.events.iter().any(|event| event == key)
            && self.scopes.iter().all(|(field, allowed)| {
                payload.get(field).is_some_and(|value| match allowed {
                    Value::Array(values) => values.contains(value),
                    single => single == value,
                })
            })
    }
}
