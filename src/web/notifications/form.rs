//! Reading the settings form: what was typed, and what it means.

use std::collections::HashMap;

use crate::domain::catalog::Catalog;
use crate::domain::field_errors::{FieldErrors, InvalidValue};
use crate::domain::settings::{EventSettings, Settings};
use crate::domain::values::{EmailList, Schemes, WebhookUrl};

use crate::actions::notifications::StoredSettings;

/// The form as it was typed, so that it can be shown again.
pub(super) struct NotificationsForm {
    pub webhook_url: String,
    pub nonce: Option<String>,
    toggles: HashMap<String, bool>,
    subscribers: HashMap<String, String>,
}

/// The form as it will be stored.
pub(super) struct NotificationsInput {
    pub webhook: Option<WebhookUrl>,
    pub events: Vec<(String, EventSettings)>,
    /// The titles of the events whose list held the primary contact.
    pub dropped_primary: Vec<String>,
}

impl NotificationsForm {
    /// What is stored, as if it had been typed.
    pub fn of(stored: &StoredSettings) -> Self {
        let rows = &stored.settings.events;
        Self {
            webhook_url: stored.url.as_ref().map_or_else(String::new, |url| url.expose().to_owned()),
            nonce: None,
            toggles: rows.iter().map(|(key, row)| (key.clone(), row.send_webhook)).collect(),
            subscribers: rows.iter().map(|(key, row)| (key.clone(), row.subscribers.to_string())).collect(),
        }
    }

    /// What was posted, over what is stored: a field that was not posted keeps its value.
    pub fn read(fields: &[(String, String)], stored: &StoredSettings) -> Self {
        let mut form = Self::of(stored);
        let posted =
            |name: &str| fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str());
        if let Some(url) = posted("webhook_url") {
            url.trim().clone_into(&mut form.webhook_url);
        }
        form.nonce = posted("nonce").filter(|nonce| !nonce.is_empty()).map(ToOwned::to_owned);
        // A disabled toggle is not posted, and neither is one that is off. They were live if a URL was
        // saved when the form was shown, or if the script made them so while a URL was typed.
        let live = form.webhooks_on() && (stored.url.is_some() || posted("toggles") == Some("live"));
        if live {
            form.toggles.values_mut().for_each(|on| *on = false);
        }
        for (field, value) in fields {
            if let Some(key) = field.strip_prefix("send_webhook.") {
                form.toggles.insert(key.to_owned(), value == "on");
            } else if let Some(key) = field.strip_prefix("subscribers.") {
                form.subscribers.insert(key.to_owned(), value.clone());
            }
        }
        form
    }

    /// Whether the URL is one that webhooks could be sent to.
    pub fn webhooks_on(&self) -> bool {
        matches!(self.url(), Ok(Some(_)))
    }

    /// Whether saving this would change what is stored.
    pub fn differs(&self, stored: &Self) -> bool {
        let keys = self.subscribers.keys().chain(self.toggles.keys());
        self.webhook_url != stored.webhook_url || keys.into_iter().any(|key| self.row(key) != stored.row(key))
    }

    /// Toggle and subscribers of one event.
    pub fn row(&self, key: &str) -> (bool, String) {
        let on = self.toggles.get(key).copied().unwrap_or_default();
        (on, self.subscribers.get(key).cloned().unwrap_or_default())
    }

    /// The URL; `None` if the field is empty.
    pub fn url(&self) -> Result<Option<WebhookUrl>, InvalidValue> {
        if self.webhook_url.is_empty() {
            return Ok(None);
        }
        let url = WebhookUrl::parse(&self.webhook_url, Schemes::HttpOrHttps);
        url.map(Some)
    }

    /// The whole form as it will be stored, or everything that is wrong with it.
    pub fn check(&self, catalog: &Catalog, settings: &Settings) -> Result<NotificationsInput, FieldErrors> {
        let mut errors = FieldErrors::default();
        let webhook = self.url().unwrap_or_else(|why| {
            errors.push_about("webhook_url", "Webhook URL", why.to_string());
            None
        });
        let (mut events, mut dropped_primary) = (Vec::new(), Vec::new());
        for event_type in catalog.events() {
            let key = &event_type.key;
            let (send_webhook, text) = self.row(key);
            match EmailList::parse(&text, &settings.account.contact.email) {
                Ok(parsed) => {
                    if parsed.dropped_primary {
                        dropped_primary.push(event_type.title.clone());
                    }
                    events.push((key.clone(), EventSettings { send_webhook, subscribers: parsed.list }));
                }
                Err(why) => {
                    errors.push_about(
                        format!("subscribers.{key}"),
                        event_type.title.clone(),
                        why.to_string(),
                    );
                }
            }
        }
        if errors.is_empty() {
            Ok(NotificationsInput { webhook, events, dropped_primary })
        } else {
            Err(errors)
        }
    }
}
