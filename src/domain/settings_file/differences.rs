//! What an import would change, line by line, for people: no secret is shown.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::domain::values::{Schemes, WebhookUrl};

use super::{DestinationBlock, SettingsFile, secret_field};

/// What one value is, and what may be seen of it.
struct FileValue {
    is: String,
    shown: String,
}

impl FileValue {
    fn plain(text: impl Into<String>) -> Self {
        let is = text.into();
        Self { shown: format!("“{is}”"), is }
    }

    fn switch(on: bool) -> Self {
        let word = if on { "on" } else { "off" }.to_owned();
        Self { is: word.clone(), shown: word }
    }

    fn secret(text: &str) -> Self {
        let url = WebhookUrl::parse(text, Schemes::HttpOrHttps);
        let shown = url.map_or_else(|_| "a secret".to_owned(), |url| url.label());
        Self { is: text.to_owned(), shown }
    }
}

type FileValues = BTreeMap<String, FileValue>;

/// How `after` differs from `before`, both with their secrets in clear and with an id on each destination that is
/// there already.
pub(crate) fn differences(before: &SettingsFile, after: &SettingsFile) -> Vec<String> {
    let mut lines = Vec::new();
    compare("", &values(before), &values(after), &mut lines);
    for old in &before.destinations {
        match after.destinations.iter().find(|new| new.id == old.id) {
            Some(new) => {
                let prefix = format!("{}: ", title(old));
                compare(&prefix, &destination_values(old), &destination_values(new), &mut lines);
            }
            None => lines.push(format!("- {}", title(old))),
        }
    }
    let is_new = |new: &&DestinationBlock| !before.destinations.iter().any(|old| old.id == new.id);
    lines.extend(after.destinations.iter().filter(is_new).map(|new| format!("+ {}", title(new))));
    lines
}

fn title(destination: &DestinationBlock) -> String {
    format!("destination “{}” ({})", destination.name, destination.kind)
}

fn compare(prefix: &str, before: &FileValues, after: &FileValues, lines: &mut Vec<String>) {
    for path in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
        match (before.get(path), after.get(path)) {
            (Some(old), Some(new)) if old.is == new.is => {}
            (Some(old), Some(new)) if old.shown == new.shown => {
                lines.push(format!("~ {prefix}{path}: another, {}", new.shown));
            }
            (Some(old), Some(new)) => lines.push(format!("~ {prefix}{path}: {} → {}", old.shown, new.shown)),
            (Some(old), None) => lines.push(format!("- {prefix}{path}: {}", old.shown)),
            (None, Some(new)) => lines.push(format!("+ {prefix}{path}: {}", new.shown)),
            (None, None) => {}
        }
    }
}

fn values(file: &SettingsFile) -> FileValues {
    let mut values = FileValues::new();
    if let Some(account) = &file.account {
        for (name, text) in [
            ("name", &account.name),
            ("environment", &account.environment),
            ("contact_name", &account.contact_name),
            ("contact_email", &account.contact_email),
        ] {
            if let Some(text) = text {
                values.insert(format!("account.{name}"), FileValue::plain(text));
            }
        }
        if let Some(on) = account.failure_mails {
            values.insert("account.failure_mails".to_owned(), FileValue::switch(on));
        }
    }
    if let Some(webhook) = file.webhook.as_ref().filter(|webhook| !webhook.url.is_empty()) {
        values.insert("webhook.url".to_owned(), FileValue::secret(&webhook.url));
    }
    for (key, row) in &file.events {
        if let Some(on) = row.send_webhook {
            values.insert(format!("events.{key}.send_webhook"), FileValue::switch(on));
        }
        if let Some(subscribers) = &row.subscribers {
            list(&mut values, &format!("events.{key}.subscribers"), subscribers);
        }
    }
    values
}

/// Each element counts, its place does not.
fn list(values: &mut FileValues, path: &str, elements: &[String]) {
    for element in elements {
        values
            .insert(format!("{path} {element}"), FileValue { is: String::new(), shown: "listed".to_owned() });
    }
}

fn destination_values(destination: &DestinationBlock) -> FileValues {
    let mut values = FileValues::new();
    values.insert("name".to_owned(), FileValue::plain(&destination.name));
    let state = if destination.enabled { "active" } else { "paused" };
    values.insert("state".to_owned(), FileValue { is: state.to_owned(), shown: state.to_owned() });
    list(&mut values, "events", &destination.events);
    for (field, allowed) in &destination.scopes {
        values.insert(format!("scopes.{field}"), FileValue::plain(allowed.to_string()));
    }
    let kind = destination.kind.parse();
    for (name, value) in &destination.config {
        let is_secret = kind.as_ref().is_ok_and(|kind| secret_field(*kind, name).is_some());
        let path = format!("config.{name}");
        match value {
            Value::String(text) if is_secret => {
                values.insert(path, FileValue::secret(text));
            }
            Value::Object(inner) => {
                for (key, value) in inner {
                    let text = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
                    let shown = "a secret".to_owned();
                    values.insert(format!("{path}.{key}"), FileValue { is: text, shown });
                }
            }
            Value::Array(elements) => {
                let elements: Vec<String> =
                    elements.iter().filter_map(|element| element.as_str().map(ToOwned::to_owned)).collect();
                list(&mut values, &path, &elements);
            }
            Value::String(text) => {
                values.insert(path, FileValue::plain(text));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {
                values.insert(path, FileValue::plain(value.to_string()));
            }
        }
    }
    values
}
