//! One entry of the catalogue.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Field, MailTemplate};
use crate::domain::account::Account;
use crate::domain::event::Payload;
use crate::domain::text;

/// The domain in the reference's samples.
pub(super) const SAMPLE_PLATFORM_DOMAIN: &str = "pandium.com";

/// Something that can happen on the platform.
#[derive(Debug)]
pub struct EventType {
    /// What settings, APIs and the page call it.
    pub key: String,
    /// What the payload's `event_type` carries.
    pub wire_name: String,
    /// How people call it.
    pub title: String,
    /// When it happens, in one sentence.
    pub description: String,
    /// How it reads.
    pub mail: MailTemplate,
    pub(super) fields: Vec<Field>,
    pub(super) schema: Value,
}

impl EventType {
    /// Every field of the payload in its order: the five common ones, then its own.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// One field, common or own.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The JSON Schema (2020-12) of the payload, as receivers get it.
    #[must_use]
    pub fn schema(&self) -> &Value {
        &self.schema
    }

    /// The payload in the reference document, value for value.
    #[must_use]
    pub fn reference_sample(&self) -> Payload {
        self.fields.iter().map(|field| (field.name.clone(), field.sample.clone())).collect()
    }

    /// The sample as if it had just happened to `account`: what previews show and tests send. Links follow the
    /// account's environment, on the reference's domain unless the platform's is known.
    #[must_use]
    pub fn sample(&self, account: &Account, platform_domain: Option<&str>, now: Timestamp) -> Payload {
        let mut payload = self.reference_sample();
        for (name, value) in [
            ("environment", json!(account.environment)),
            ("account_id", json!(account.id)),
            ("account_name", json!(account.name)),
            ("timestamp", json!(text::rfc3339(now))),
        ] {
            payload.insert(name.to_owned(), value);
        }
        let domain = platform_domain.unwrap_or(SAMPLE_PLATFORM_DOMAIN);
        for field in &self.fields {
            let derived = field.derived.as_ref();
            if let Some(url) = derived.and_then(|template| template.fill_url(&payload, domain)) {
                payload.insert(field.name.clone(), Value::String(url));
            }
        }
        payload
    }

    /// The given values in the catalogue's order, whatever theirs was.
    pub(crate) fn in_order(&self, mut given: Payload) -> Payload {
        self.fields.iter().filter_map(|field| given.remove_entry(&field.name)).collect()
    }
}
