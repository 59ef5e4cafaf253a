//! An account's settings as a TOML file, to be kept in version control. What a file does not name stays as it is.

mod differences;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::account::Account;
use super::catalog::{NO_TOML, in_our_words};
use super::field_errors::FieldErrors;
use super::kinds::{FieldSpec, Kind};
use super::settings::EventSettings;
use super::values::WebhookUrl;

pub(crate) use differences::differences;

/// The layout below.
const VERSION: i64 = 1;
/// Stands before a secret that is encrypted.
pub(crate) const SEALED: &str = "sealed:";

/// All that can be chosen for an account.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SettingsFile {
    /// The layout of the file.
    pub version: i64,
    /// The company.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountBlock>,
    /// The shared webhook.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook: Option<WebhookBlock>,
    /// By the event's key.
    #[serde(default)]
    pub events: BTreeMap<String, EventBlock>,
    /// In their order.
    #[serde(default, rename = "destination")]
    pub destinations: Vec<DestinationBlock>,
}

/// The Company page.
#[derive(Clone, Default, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct AccountBlock {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_mails: Option<bool>,
}

impl From<&Account> for AccountBlock {
    fn from(account: &Account) -> Self {
        Self {
            name: Some(account.name.clone()),
            environment: Some(account.environment.clone()),
            contact_name: Some(account.contact.name.clone()),
            contact_email: Some(account.contact.email.to_string()),
            failure_mails: Some(account.failure_mails),
        }
    }
}

/// The shared webhook.
#[derive(Clone, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WebhookBlock {
    /// Empty for none.
    pub url: String,
}

impl From<Option<&WebhookUrl>> for WebhookBlock {
    fn from(url: Option<&WebhookUrl>) -> Self {
        Self { url: url.map(WebhookUrl::expose).unwrap_or_default().to_owned() }
    }
}

/// One row of the Notifications page.
#[derive(Clone, Default, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct EventBlock {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub send_webhook: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscribers: Option<Vec<String>>,
}

impl From<&EventSettings> for EventBlock {
    fn from(row: &EventSettings) -> Self {
        let subscribers = row.subscribers.iter().map(ToString::to_string).collect();
        Self { send_webhook: Some(row.send_webhook), subscribers: Some(subscribers) }
    }
}

/// One destination.
#[derive(Clone, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DestinationBlock {
    /// The UUID. Without it, the one destination of this kind and name is meant, or a new one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    pub kind: String,
    pub name: String,
    #[serde(default = "enabled")]
    pub enabled: bool,
    #[serde(default)]
    pub events: Vec<String>,
    #[serde(default)]
    pub scopes: Map<String, Value>,
    /// In the documented shape of the kind.
    pub config: Map<String, Value>,
}

fn enabled() -> bool {
    true
}

/// What is no such file. It repeats nothing of what stands there.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingsFileError {
    /// Not TOML, or a word that it does not have.
    #[error("line {line}: {problem}")]
    Syntax {
        /// Where, from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// Of another program.
    #[error("version must be {VERSION}, not {0}: export the settings with this program’s version")]
    Version(i64),
}

impl SettingsFile {
    /// An empty one.
    pub(crate) fn new() -> Self {
        Self { version: VERSION, ..Self::default() }
    }

    /// Reads a file.
    pub(crate) fn parse(toml: &str) -> Result<Self, SettingsFileError> {
        let at = |error: &toml::de::Error, problem| {
            let before = error.span().and_then(|span| toml.get(..span.start)).unwrap_or_default();
            SettingsFileError::Syntax { line: before.matches('\n').count() + 1, problem }
        };
        toml::from_str::<toml::Table>(toml).map_err(|error| at(&error, NO_TOML.to_owned()))?;
        let file: Self =
            toml::from_str(toml).map_err(|error| at(&error, in_our_words(&without_text(error.message()))))?;
        if file.version == VERSION { Ok(file) } else { Err(SettingsFileError::Version(file.version)) }
    }

    /// Writes it.
    pub(crate) fn to_toml(&self) -> Result<String, toml::ser::Error> {
        toml::to_string(self)
    }
}

/// A message may hold the text that was found in place of something else.
fn without_text(message: &str) -> String {
    let parts =
        message.split_once("string \"").and_then(|(head, rest)| Some((head, rest.rsplit_once('"')?.1)));
    parts.map_or_else(|| message.to_owned(), |(head, tail)| format!("{head}a text{tail}"))
}

/// The field of a kind that holds a secret under this name.
fn secret_field(kind: Kind, name: &str) -> Option<&'static FieldSpec> {
    kind.spec().fields.iter().find(|field| field.name == name && field.shape.is_secret())
}

/// Changes every secret of a configuration, each told with its path below the configuration: `headers.X-Token`. What
/// is refused is noted and stays.
pub(crate) fn map_secrets(
    kind: Kind,
    config: Map<String, Value>,
    mut change: impl FnMut(&str, &str) -> Result<String, FieldErrors>,
    errors: &mut FieldErrors,
) -> Map<String, Value> {
    let mut changed = |path: &str, text: String| {
        change(path, &text).unwrap_or_else(|wrong| {
            errors.extend(wrong);
            text
        })
    };
    let mut value_of = |name: &str, value: Value| match value {
        Value::String(text) => Value::String(changed(name, text)),
        Value::Object(inner) => {
            let inner = inner.into_iter().map(|(key, value)| match value {
                Value::String(text) => {
                    let text = changed(&format!("{name}.{key}"), text);
                    (key, Value::String(text))
                }
                other => (key, other),
            });
            Value::Object(inner.collect())
        }
        other => other,
    };
    let values = config.into_iter().map(|(name, value)| {
        let value = if secret_field(kind, &name).is_some() { value_of(&name, value) } else { value };
        (name, value)
    });
    values.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_wrong_with_a_file_is_told_by_its_line_and_nothing_of_the_line_is_repeated() {
        let wrong =
            SettingsFile::parse("version = 1\n[webhook]\nurl = \"https://a.example/token\"\nsecret = 1\n");
        let said = wrong.err().unwrap().to_string();
        assert!(
            said.starts_with("line 4: `secret` is not a field here: use ") && !said.contains("token"),
            "{said}"
        );
        let wrong = SettingsFile::parse("version = 1\n[events.run_failed]\nsend_webhook = \"a token\"\n");
        let said = wrong.err().unwrap().to_string();
        assert_eq!(said, "line 3: this must be a boolean, not a text");
        let other = SettingsFile::parse("version = 2\n").err().unwrap().to_string();
        assert!(other.contains("version must be 1, not 2"), "{other}");
    }

    #[test]
    fn a_file_reads_back_as_it_was_written() {
        let scopes = json!({ "integration_id": [42, 43] });
        let config = json!({ "url": "https://a.example/", "headers": { "X-A": "1" } });
        let (Value::Object(scopes), Value::Object(config)) = (scopes, config) else { unreachable!() };
        let (id, kind, name) = (Some("an id".to_owned()), "webhook".to_owned(), "hook".to_owned());
        let events = vec!["run_failed".to_owned()];
        let destination = DestinationBlock { id, kind, name, enabled: false, events, scopes, config };
        let events = BTreeMap::from([(
            "run_failed".to_owned(),
            EventBlock { send_webhook: Some(true), subscribers: Some(vec!["ops@acme.example".to_owned()]) },
        )]);
        let file = SettingsFile { events, destinations: vec![destination], ..SettingsFile::new() };
        let text = file.to_toml().unwrap();
        let read = SettingsFile::parse(&text).unwrap();
        assert_eq!(read.to_toml().unwrap(), text);
        assert_eq!(differences(&file, &read), Vec::<String>::new());
    }

    #[test]
    fn every_secret_is_changed_and_nothing_else() {
        let config = json!({ "url": "u", "secret": "s", "headers": { "X-A": "1" }, "other": "o" });
        let Value::Object(config) = config else { unreachable!() };
        let mut errors = FieldErrors::default();
        let changed = |path: &str, text: &str| Ok(format!("{path}={text}"));
        let changed = map_secrets(Kind::WEBHOOK, config, changed, &mut errors);
        let expected = json!({
            "url": "url=u", "secret": "secret=s", "headers": { "X-A": "headers.X-A=1" }, "other": "o",
        });
        assert_eq!(Value::Object(changed), expected);
    }
}
