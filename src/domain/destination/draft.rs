//! The one parser of destinations: whatever the dialect, forms and APIs end here.

use serde_json::{Map, Value};

use crate::domain::catalog::Catalog;
use crate::domain::field_errors::FieldErrors;
use crate::domain::kinds::Kind;
use crate::domain::text::{self, quoted};

use super::DestinationConfig;
use super::fields;

const LONGEST_NAME: usize = 120;

/// A destination as somebody describes it, not yet checked; fields have their documented names.
#[derive(Clone)]
pub struct DestinationDraft {
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
pub struct ValidDestination {
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

impl DestinationDraft {
    /// Checks everything at once. Paths are `name`, `events`, `scopes.<field>`, `config.<field>`.
    pub fn parse(self, catalog: &Catalog, signature_header: &str) -> Result<ValidDestination, FieldErrors> {
        let mut errors = FieldErrors::default();
        let name = name(&self.name, &mut errors);
        let events = events(&self.events, catalog, &mut errors);
        check_scopes(&self.scopes, catalog, &mut errors);
        let config = fields::parse(self.kind, self.config, signature_header, &mut errors);
        match config {
            Some(config) if errors.is_empty() => {
                Ok(ValidDestination { name, enabled: self.enabled, events, scopes: self.scopes, config })
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
    } else if name.contains(text::is_unseen) {
        errors.push("name", "must not contain control or invisible characters");
    } else if !text::is_seen(name) {
        errors.push("name", "must hold a character that can be seen");
    }
    name.to_owned()
}

fn events(given: &[String], catalog: &Catalog, errors: &mut FieldErrors) -> Vec<String> {
    let mut events: Vec<String> = Vec::with_capacity(given.len());
    for name in given {
        match catalog.by_wire_or_key(name) {
            Some(event_type) if events.contains(&event_type.key) => {}
            Some(event_type) => events.push(event_type.key.clone()),
            None => {
                let known: Vec<&str> = catalog.events().map(|event_type| event_type.key.as_str()).collect();
                let problem =
                    format!("names “{}”, which is not an event: use {}", quoted(name), known.join(", "));
                errors.push("events", problem);
            }
        }
    }
    events
}

fn check_scopes(scopes: &Map<String, Value>, catalog: &Catalog, errors: &mut FieldErrors) {
    for (field, allowed) in scopes {
        let path = format!("scopes.{field}");
        let values = allowed.as_array().map_or(std::slice::from_ref(allowed), Vec::as_slice);
        if !catalog.events().any(|event_type| event_type.field(field).is_some()) {
            errors.push_about(path, format!("“{field}”"), "is not a field of any event");
        } else if !values.iter().all(|value| value.is_string() || value.is_i64()) {
            errors.push(path, "must be a list of strings or integers");
        } else if values.is_empty() {
            errors.push(path, "must hold a value: with none, nothing would ever be sent");
        } else if values.iter().filter_map(Value::as_str).any(is_unreadable) {
            errors.push(path, "must not hold an empty text, or one with control characters");
        }
    }
}

/// What no platform means by a value.
fn is_unreadable(text: &str) -> bool {
    text.trim().is_empty() || text.chars().any(char::is_control)
}
