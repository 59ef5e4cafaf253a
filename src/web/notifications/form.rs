//! Reading the settings form: what was typed, and what it means.

use std::collections::HashMap;

use crate::actions::notifications::{NotificationsInput, StoredSettings};
use crate::domain::catalog::{Catalog, EventType};
use crate::domain::field_errors::{FieldErrors, InvalidValue};
use crate::domain::settings::{EventSettings, Settings};
use crate::domain::values::{EmailAddress, EmailList, ParsedList, Schemes, WebhookUrl};

/// The form as it was typed, so that it can be shown again.
pub(super) struct NotificationsForm {
    pub webhook_url: String,
    pub nonce: Option<String>,
    toggles: HashMap<String, bool>,
    subscribers: HashMap<String, String>,
}

/// The form as it will be stored, and the titles of the events whose list held the primary contact.
pub(super) type SavableForm = (NotificationsInput, Vec<String>);

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
    pub(crate) fn differs(&self, stored: &Self) -> bool {
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

    /// An event's list, or notes what is wrong with it.
    pub fn subscribers(
        &self,
        event_type: &EventType,
        primary: &EmailAddress,
        errors: &mut FieldErrors,
    ) -> Option<ParsedList> {
        let (_, text) = self.row(&event_type.key);
        let note = |why: InvalidValue| {
            let path = format!("subscribers.{}", event_type.key);
            errors.push_about(path, event_type.title.clone(), why.to_string());
        };
        EmailList::parse(&text, primary).map_err(note).ok()
    }

    /// The whole form as it will be stored, or everything that is wrong with it.
    pub fn check(&self, catalog: &Catalog, settings: &Settings) -> Result<SavableForm, FieldErrors> {
        let mut errors = FieldErrors::default();
        let webhook = errors.take("webhook_url", "Webhook URL", self.url()).flatten();
        let (mut events, mut dropped_primary) = (Vec::new(), Vec::new());
        for event_type in catalog.events() {
            let parsed = self.subscribers(event_type, &settings.account.contact.email, &mut errors);
            let Some(ParsedList { list, dropped_primary: dropped }) = parsed else { continue };
            if dropped {
                dropped_primary.push(event_type.title.clone());
            }
            let (send_webhook, _) = self.row(&event_type.key);
            events.push((event_type.key.clone(), EventSettings { send_webhook, subscribers: list }));
        }
        errors.or((NotificationsInput { webhook, events }, dropped_primary))
    }
}
