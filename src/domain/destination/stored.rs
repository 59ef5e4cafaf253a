//! What is sealed of a destination: its configuration, and for a day the secret that it had before.

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};

use crate::domain::field_errors::FieldErrors;
use crate::domain::kinds::Kind;

use super::{DestinationConfig, fields};

/// After a secret changes, the one before signs too for this long, in milliseconds.
const OVERLAP_MS: i64 = 24 * 60 * 60 * 1_000;

/// A configuration with the secret that it had before.
#[derive(Clone, Debug)]
pub struct StoredConfig {
    /// As it is now.
    pub config: DestinationConfig,
    previous: Option<(SecretString, i64)>,
}

/// What was sealed is not what [`StoredConfig::to_text`] writes. It holds no part of it.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the stored configuration cannot be read")]
pub struct UnreadableConfig;

impl StoredConfig {
    /// A configuration that replaces none.
    #[must_use]
    pub fn new(config: DestinationConfig) -> Self {
        Self { config, previous: None }
    }

    /// `config` in place of this one, changed at `now`.
    #[must_use]
    pub(crate) fn replaced_by(&self, config: DestinationConfig, now: i64) -> Self {
        let text = |secret: Option<&SecretString>| secret.map(|secret| secret.expose_secret().to_owned());
        let previous = match (text(self.config.secret()), text(config.secret())) {
            // A secret that was taken away signs nothing any more.
            (_, None) => None,
            (Some(before), Some(after)) if before != after => Some((before.into(), now + OVERLAP_MS)),
            _ => self.previous.clone(),
        };
        Self { config, previous }
    }

    /// The secrets that sign at `now`, the current one first.
    #[must_use]
    pub(crate) fn signing_secrets(&self, now: i64) -> Vec<SecretString> {
        let previous = self.previous.iter().filter(|(_, until)| now < *until).map(|(secret, _)| secret);
        self.config.secret().into_iter().chain(previous).cloned().collect()
    }

    /// The text to be sealed.
    #[must_use]
    pub(crate) fn to_text(&self) -> SecretString {
        let previous = self.previous.as_ref().map(|(secret, until)| json!([secret.expose_secret(), until]));
        json!({ "config": self.config.expose(), "previous": previous }).to_string().into()
    }

    /// Reads what [`StoredConfig::to_text`] wrote.
    pub(crate) fn from_text(kind: Kind, text: &SecretString) -> Result<Self, UnreadableConfig> {
        let mut value: Map<String, Value> =
            serde_json::from_str(text.expose_secret()).map_err(|_| UnreadableConfig)?;
        let Some(Value::Object(config)) = value.remove("config") else { return Err(UnreadableConfig) };
        // The signature's header may have been renamed since: what was accepted then is still sent.
        let config = fields::parse(kind, config, "", &mut FieldErrors::default()).ok_or(UnreadableConfig)?;
        let previous =
            value.get("previous").and_then(Value::as_array).and_then(|pair| match pair.as_slice() {
                [Value::String(secret), until] => Some((secret.clone().into(), until.as_i64()?)),
                _ => None,
            });
        Ok(Self { config, previous })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn webhook(secret: Option<&str>) -> DestinationConfig {
        let mut config = json!({ "url": "https://a.example/" });
        if let Some(secret) = secret {
            config["secret"] = json!(secret);
        }
        let Value::Object(config) = config else { unreachable!() };
        fields::parse(Kind::WEBHOOK, config, "", &mut FieldErrors::default()).unwrap()
    }

    fn signing(stored: &StoredConfig, now: i64) -> Vec<String> {
        stored.signing_secrets(now).iter().map(|secret| secret.expose_secret().to_owned()).collect()
    }

    #[test]
    fn the_secret_before_signs_for_a_day_and_survives_the_store() {
        let changed = StoredConfig::new(webhook(Some("old"))).replaced_by(webhook(Some("new")), 1_000);
        let read = StoredConfig::from_text(Kind::WEBHOOK, &changed.to_text()).unwrap();
        assert_eq!(signing(&read, 1_000), ["new", "old"]);
        assert_eq!(signing(&read, 1_000 + OVERLAP_MS), ["new"]);
        // Saving again without a new secret does not end the overlap.
        assert_eq!(signing(&read.replaced_by(webhook(Some("new")), 2_000), 2_000), ["new", "old"]);
    }

    #[test]
    fn a_secret_that_is_removed_signs_nothing() {
        let removed = StoredConfig::new(webhook(Some("old"))).replaced_by(webhook(None), 1_000);
        assert!(signing(&removed, 1_000).is_empty());
    }

    #[test]
    fn what_the_first_version_sealed_is_still_read() {
        for (kind, sealed) in [
            ("slack", r#"{"config":{"webhookUrl":"https://a.example/b"},"previous":null}"#),
            ("teams", r#"{"config":{"webhookUrl":"https://a.example/b"},"previous":null}"#),
            (
                "webhook",
                r#"{"config":{"url":"https://a.example/b","secret":"new","headers":{"X-A":"1"}},"previous":["old",86401000]}"#,
            ),
            (
                "ops_email",
                r#"{"config":{"fromEmail":"a@b.example","toEmails":["c@d.example"],"replyTo":"e@f.example"},"previous":null}"#,
            ),
        ] {
            let read = StoredConfig::from_text(kind.parse().unwrap(), &sealed.to_owned().into()).unwrap();
            assert_eq!(read.to_text().expose_secret(), sealed);
        }
        assert!(StoredConfig::from_text(Kind::WEBHOOK, &"{}".to_owned().into()).is_err());
    }
}
