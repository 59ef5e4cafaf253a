//! One field of a payload.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Template;

/// A field of an event's payload.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Its name in the payload.
    pub name: String,
    /// What its value is.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// What it means.
    pub description: String,
    /// An example of its value; that of a derived field is built when the catalogue is loaded.
    #[serde(default)]
    pub sample: Value,
    /// The address that it has when the platform leaves it out.
    #[serde(default)]
    pub derived: Option<Template>,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldType {
    /// Any text.
    String,
    /// A whole number of at most 64 bits with sign.
    Integer,
    /// A text that may become a link. Whether it is one is decided where it is shown, so that an event is
    /// never refused for an odd link.
    Url,
}

impl FieldType {
    /// With its article, for sentences.
    #[must_use]
    pub fn a(self) -> &'static str {
        match self {
            Self::String => "a string",
            Self::Integer => "an integer",
            Self::Url => "a string with an address",
        }
    }

    /// JSON Schema's word for it.
    #[must_use]
    pub(crate) fn json_type(self) -> &'static str {
        match self {
            Self::String | Self::Url => "string",
            Self::Integer => "integer",
        }
    }

    /// Whether a value is of this type, exactly: `1.0` is not an integer here, because not every receiver
    /// reads it as one.
    #[must_use]
    pub(crate) fn fits(self, value: &Value) -> bool {
        match self {
            Self::String | Self::Url => value.is_string(),
            Self::Integer => value.is_i64(),
        }
    }
}

/// The five fields that open every payload, in their order, with the values of the reference's samples
/// (settings-page, "Common Fields").
pub(super) fn common(wire_name: &str) -> [Field; 5] {
    let field = |name: &str, kind, sample, description: &str| Field {
        name: name.to_owned(),
        kind,
        description: description.to_owned(),
        sample,
        derived: None,
    };
    let (string, integer) = (FieldType::String, FieldType::Integer);
    [
        field("event_type", string, json!(wire_name), "What happened"),
        field(
            "environment",
            string,
            json!("prod-acme"),
            "The namespace/environment where the event occurred",
        ),
        field("account_id", integer, json!(100), "The ID of the organization that owns the resource"),
        field("account_name", string, json!("Acme Corp"), "The name of the organization"),
        field("timestamp", string, json!("2026-05-04T12:00:00Z"), "ISO 8601 / RFC 3339 timestamp in UTC"),
    ]
}
