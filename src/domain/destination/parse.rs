//! The one parser of destinations: whatever the dialect, forms and APIs end here.

use std::borrow::Cow;

use secrecy::SecretString;
use serde_json::{Map, Value};

use crate::domain::catalog::Catalog;
use crate::domain::field_errors::FieldErrors;
use crate::domain::values::{EmailAddress, Schemes, WebhookUrl};

use super::headers;
use super::{DestinationConfig, Kind, REDACTED};

const LONGEST_NAME: usize = 120;
const LONGEST_SECRET: usize = 512;
const MOST_RECIPIENTS: usize = 50;

/// A destination as somebody wants it: names of fields as in providers-api.txt.
#[derive(Clone)]
pub struct Draft {
    /// What it is.
    pub kind: Kind,
    /// 1 to 120 characters.
    pub name: String,
    /// False while paused.
    pub enabled: bool,
    /// Keys or wire names of the catalogue.
    pub events: Vec<String>,
    /// Field name to the values that are let through.
    pub scopes: Map<String, Value>,
    /// In the documented shape of the kind.
    pub config: Map<String, Value>,
}

/// A destination that may be stored.
#[derive(Clone, Debug)]
pub struct NewDestination {
    /// Trimmed.
    pub name: String,
    /// False while paused.
    pub enabled: bool,
    /// Keys of the catalogue, each once.
    pub events: Vec<String>,
    /// As given.
    pub scopes: Map<String, Value>,
    /// Checked.
    pub config: DestinationConfig,
}

impl Draft {
    /// Checks everything at once. Paths are `name`, `events`, `scopes.<field>`, `config.<field>`.
    pub fn parse(self, catalog: &Catalog, signature_header: &str) -> Result<NewDestination, FieldErrors> {
        let mut errors = FieldErrors::default();
        let name = name(&self.name, &mut errors);
        let events = events(&self.events, catalog, &mut errors);
        check_scopes(&self.scopes, catalog, &mut errors);
        let config = config(self.kind, self.config, signature_header, &mut errors);
        match config {
            Some(config) if errors.is_empty() => {
                Ok(NewDestination { name, enabled: self.enabled, events, scopes: self.scopes, config })
            }
            _ => Err(errors),
        }
    }
}

fn name(typed: &str, errors: &mut FieldErrors) -> String {
    let name = typed.trim();
    let length = name.chars().count();
    if !(1..=LONGEST_NAME).contains(&length) {
        errors.push("name", format!("must have 1 to {LONGEST_NAME} characters"));
    } else if name.chars().any(char::is_control) {
        errors.push("name", "must not contain control characters");
    }
    name.to_owned()
}

fn events(wanted: &[String], catalog: &Catalog, errors: &mut FieldErrors) -> Vec<String> {
    let mut events: Vec<String> = Vec::with_capacity(wanted.len());
    for name in wanted {
        match catalog.by_wire_or_key(name) {
            Some(event_type) if events.contains(&event_type.key) => {}
            Some(event_type) => events.push(event_type.key.clone()),
            None => {
                let known: Vec<&str> = catalog.events().map(|event_type| event_type.key.as_str()).collect();
                errors.push_about(
                    "events",
                    format!("“{name}”"),
                    format!("is not an event: use {}", known.join(", ")),
                );
            }
        }
    }
    events
}

fn check_scopes(scopes: &Map<String, Value>, catalog: &Catalog, errors: &mut FieldErrors) {
    let scalar = |value: &Value| value.is_string() || value.is_i64();
    for (field, allowed) in scopes {
        let path = format!("scopes.{field}");
        if !catalog.events().any(|event_type| event_type.field(field).is_some()) {
            errors.push_about(path, format!("“{field}”"), "is not a field of any event");
        } else if !allowed.as_array().map_or_else(|| scalar(allowed), |values| values.iter().all(scalar)) {
            errors.push(path, "must be a list of strings or integers");
        }
    }
}

/// Takes the fields of one kind out of the object; what is left is unknown.
struct ConfigFields<'a> {
    config: Map<String, Value>,
    errors: &'a mut FieldErrors,
}

/// Checks the object in the documented shape of its kind.
pub(super) fn config(
    kind: Kind,
    config: Map<String, Value>,
    signature_header: &str,
    errors: &mut FieldErrors,
) -> Option<DestinationConfig> {
    let mut fields = ConfigFields { config, errors };
    let parsed = match kind {
        Kind::Slack => fields.url("webhookUrl").map(|url| DestinationConfig::Slack { url }),
        Kind::Teams => fields.url("webhookUrl").map(|url| DestinationConfig::Teams { url }),
        Kind::Webhook => {
            let (url, secret) = (fields.url("url"), fields.secret());
            let headers = headers::take(&mut fields.config, signature_header, fields.errors);
            url.map(|url| DestinationConfig::Webhook { url, secret, headers })
        }
        Kind::OpsEmail => {
            let (from, to) = (fields.address("fromEmail"), fields.addresses("toEmails"));
            let reply_to = fields.config.contains_key("replyTo").then(|| fields.address("replyTo")).flatten();
            from.zip(to).map(|(from, to)| DestinationConfig::OpsEmail { from, to, reply_to })
        }
    };
    for name in fields.config.keys() {
        let problem = format!("is not a field of {} destinations", kind.as_str());
        fields.errors.push(format!("config.{name}"), problem);
    }
    parsed
}

impl ConfigFields<'_> {
    fn fault<T>(&mut self, name: &str, problem: impl Into<Cow<'static, str>>) -> Option<T> {
        self.errors.push(format!("config.{name}"), problem);
        None
    }

    fn text(&mut self, name: &str) -> Option<String> {
        match self.config.shift_remove(name) {
            Some(Value::String(text)) if text == REDACTED => {
                self.fault(name, "must be the real value, not the placeholder that stands for it")
            }
            Some(Value::String(text)) => Some(text),
            None | Some(Value::Null) => self.fault(name, "is missing"),
            Some(_) => self.fault(name, "must be a string"),
        }
    }

    fn url(&mut self, name: &str) -> Option<WebhookUrl> {
        let text = self.text(name)?;
        match WebhookUrl::parse(&text, Schemes::HttpsOnly) {
            Ok(url) => Some(url),
            Err(why) => self.fault(name, why.to_string()),
        }
    }

    fn secret(&mut self) -> Option<SecretString> {
        if self.config.get("secret").is_none_or(Value::is_null) {
            self.config.shift_remove("secret");
            return None;
        }
        let text = self.text("secret")?;
        if text.is_empty() || text.len() > LONGEST_SECRET || text.chars().any(char::is_control) {
            return self.fault(
                "secret",
                format!("must have 1 to {LONGEST_SECRET} bytes, without control characters"),
            );
        }
        Some(text.into())
    }

    fn address(&mut self, name: &str) -> Option<EmailAddress> {
        let text = self.text(name)?;
        match text.parse() {
            Ok(address) => Some(address),
            Err(why) => self.fault(name, why.to_string()),
        }
    }

    fn addresses(&mut self, name: &str) -> Option<Vec<EmailAddress>> {
        let Some(Value::Array(values)) = self.config.shift_remove(name) else {
            return self.fault(name, "must be a list of addresses");
        };
        let mut addresses: Vec<EmailAddress> = Vec::with_capacity(values.len());
        for value in values {
            let Some(text) = value.as_str() else { return self.fault(name, "must be a list of addresses") };
            match text.parse() {
                Ok(address) if addresses.contains(&address) => {}
                Ok(address) => addresses.push(address),
                Err(why) => return self.fault(name, why.to_string()),
            }
        }
        if !(1..=MOST_RECIPIENTS).contains(&addresses.len()) {
            return self.fault(name, format!("must hold 1 to {MOST_RECIPIENTS} addresses"));
        }
        Some(addresses)
    }
}
