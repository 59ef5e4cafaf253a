//! What is known of a kind, and of each field of its configuration.

use serde_json::Value;

use crate::domain::delivery::Channel;
use crate::domain::destination::DestinationConfig;
use crate::domain::letter::{Letter, MailContext};
use crate::domain::message_content::MessageContent;

/// All that there is to know about one kind of destination.
pub struct Spec {
    /// In the database and in APIs: `ops_email`.
    pub word: &'static str,
    /// providers-api.txt, `displayName`.
    pub display_name: &'static str,
    /// What the page calls it.
    pub label: &'static str,
    /// What it does: the sentence beside the choice on the page.
    pub hint: &'static str,
    /// Who answers, in the text of a failure: `Slack returned 500`.
    pub receiver: &'static str,
    /// The text of a test that arrived, a whole sentence; providers-api.txt, `detail`.
    pub success: &'static str,
    /// How its deliveries leave.
    pub channel: Channel,
    /// Its configuration, in the documented order.
    pub fields: &'static [FieldSpec],
    /// What it makes of an event or a notification.
    pub body: Body,
}

/// One field of a kind's configuration.
#[derive(Clone, Copy, Debug)]
pub struct FieldSpec {
    /// Its key in the documented `config`: `webhookUrl`.
    pub name: &'static str,
    /// Its name in the form, which is also its id.
    pub input: &'static str,
    /// What it holds.
    pub shape: FieldShape,
    /// Whether a destination cannot do without.
    pub required: bool,
    /// What people call it.
    pub label: &'static str,
    /// The sentences below the label.
    pub hint: &'static str,
}

impl FieldSpec {
    /// The label with a word if the field may be left empty: `Reply-to (optional)`.
    #[must_use]
    pub fn form_label(&self) -> String {
        let optional = if self.required { "" } else { " (optional)" };
        format!("{}{optional}", self.label)
    }

    /// What a sentence about a wrong value calls it: `URL must start with https://`.
    #[must_use]
    pub fn subject(&self) -> &'static str {
        match self.shape {
            FieldShape::Url => "URL",
            FieldShape::Headers => "The list of headers",
            FieldShape::Secret | FieldShape::Address | FieldShape::Addresses => self.label,
        }
    }
}

/// What a field holds. The parser, the redaction and the form know shapes, not kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldShape {
    /// Where to post: an https URL, which may hold a token.
    Url,
    /// What signs each POST.
    Secret,
    /// Names and secret values that are sent with each POST; a partial update merges them by name.
    Headers,
    /// One address of a mailbox.
    Address,
    /// The addresses that get a mail each.
    Addresses,
}

impl FieldShape {
    /// Every shape. Each has a partial in `templates/destinations/fields`.
    pub const ALL: &[Self] = &[Self::Url, Self::Secret, Self::Headers, Self::Address, Self::Addresses];

    /// Whether it is read back redacted. Everything is sealed.
    #[must_use]
    pub fn is_secret(self) -> bool {
        match self {
            Self::Url | Self::Secret | Self::Headers => true,
            Self::Address | Self::Addresses => false,
        }
    }
}

/// What a kind sends. The functions are pure: they touch no network and no clock.
#[derive(Clone, Copy)]
pub enum Body {
    /// The payload as it was accepted, byte for byte, with the headers of every webhook.
    Payload,
    /// A JSON message in the receiver's own language.
    Json(fn(&MessageContent<'_>) -> Value),
    /// A mail to each of the addresses.
    Letter(fn(&MessageContent<'_>, &DestinationConfig, &MailContext<'_>) -> Letter),
}
