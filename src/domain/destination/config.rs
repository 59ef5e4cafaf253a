//! The configuration of a destination, as the [`Spec`](crate::domain::kinds::Spec) of its kind describes it.

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};

use crate::domain::kinds::{FieldSpec, Kind};
use crate::domain::values::{EmailAddress, WebhookUrl};

/// What stands in place of every secret that is read.
pub const REDACTED: &str = "••••••••";

/// A checked configuration. Nothing in it is shown by `Debug`.
#[derive(Clone)]
pub struct DestinationConfig {
    kind: Kind,
    /// The fields that are given, in the order of the kind's.
    values: Vec<(&'static FieldSpec, FieldValue)>,
}

/// What one field holds, by its shape.
#[derive(Clone)]
pub(super) enum FieldValue {
    Url(WebhookUrl),
    Secret(SecretString),
    Headers(Vec<(String, SecretString)>),
    Address(EmailAddress),
    Addresses(Vec<EmailAddress>),
}

impl DestinationConfig {
    pub(super) fn new(kind: Kind, values: Vec<(&'static FieldSpec, FieldValue)>) -> Self {
        Self { kind, values }
    }

    /// The kind that it configures.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Where it posts to, for the kinds that do.
    #[must_use]
    pub fn url(&self) -> Option<&WebhookUrl> {
        self.values().find_map(|value| if let FieldValue::Url(url) = value { Some(url) } else { None })
    }

    /// The secret that signs, if any.
    #[must_use]
    pub fn secret(&self) -> Option<&SecretString> {
        self.values()
            .find_map(|value| if let FieldValue::Secret(secret) = value { Some(secret) } else { None })
    }

    /// What is sent with every POST, in this order.
    pub fn headers(&self) -> impl Iterator<Item = &(String, SecretString)> {
        let lists = self.values().filter_map(|value| match value {
            FieldValue::Headers(headers) => Some(headers),
            _ => None,
        });
        lists.flatten()
    }

    /// The one address that a field holds.
    #[must_use]
    pub fn address(&self, field: &FieldSpec) -> Option<&EmailAddress> {
        self.values.iter().find_map(|(spec, value)| match value {
            FieldValue::Address(address) if spec.name == field.name => Some(address),
            _ => None,
        })
    }

    /// Whom mails claim to be from, with the field that says so: the first address of a kind that sends mails.
    #[must_use]
    pub(crate) fn sender(&self) -> Option<(&'static FieldSpec, &EmailAddress)> {
        self.values.iter().find_map(|(field, value)| match value {
            FieldValue::Address(address) if field.required => Some((*field, address)),
            _ => None,
        })
    }

    /// Who gets a mail each.
    #[must_use]
    pub fn recipients(&self) -> &[EmailAddress] {
        let lists = self.values().find_map(|value| match value {
            FieldValue::Addresses(addresses) => Some(addresses.as_slice()),
            _ => None,
        });
        lists.unwrap_or_default()
    }

    /// Host (with a port if one is given), or the first address and "+n": `ops@example.com +1`.
    #[must_use]
    pub fn summary(&self) -> String {
        match (self.url(), self.recipients()) {
            (Some(url), _) => url.authority(),
            (None, [first]) => first.to_string(),
            (None, [first, rest @ ..]) => format!("{first} +{}", rest.len()),
            (None, []) => String::new(),
        }
    }

    /// The whole configuration in its documented shape, secrets and all: to be sealed, never to be shown.
    #[must_use]
    pub fn expose(&self) -> Map<String, Value> {
        self.json(str::to_owned)
    }

    /// The same shape with every secret redacted.
    #[must_use]
    pub fn redacted(&self) -> Map<String, Value> {
        self.json(|_| REDACTED.to_owned())
    }

    fn json(&self, show: impl Fn(&str) -> String) -> Map<String, Value> {
        let fields = self.values.iter().map(|(field, value)| (field.name.to_owned(), value.json(&show)));
        fields.collect()
    }

    fn values(&self) -> impl Iterator<Item = &FieldValue> {
        self.values.iter().map(|(_, value)| value)
    }
}

impl FieldValue {
    /// Whoever adds a secret to a shape says here how it is shown, and in `FieldShape::is_secret`.
    fn json(&self, show: impl Fn(&str) -> String) -> Value {
        match self {
            Self::Url(url) => json!(show(url.expose())),
            Self::Secret(secret) => json!(show(secret.expose_secret())),
            Self::Headers(headers) => {
                let shown = |(name, value): &(String, SecretString)| {
                    (name.clone(), json!(show(value.expose_secret())))
                };
                Value::Object(headers.iter().map(shown).collect())
            }
            Self::Address(address) => json!(address.as_str()),
            Self::Addresses(addresses) => addresses.iter().map(EmailAddress::as_str).collect(),
        }
    }
}

impl std::fmt::Debug for DestinationConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DestinationConfig({} {})", self.kind.as_str(), self.summary())
    }
}
