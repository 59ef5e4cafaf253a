//! Reading the settings form: what was typed, and what it means.

use std::collections::BTreeMap;

use crate::actions::notifications::{NotificationsInput, StoredSettings};
use crate::domain::catalog::{Catalog, EventType};
use crate::domain::field_errors::{FieldErrors, InvalidValue};
use crate::domain::settings::{EventSettings, Settings};
use crate::domain::values::{EmailAddress, EmailList, ParsedList, Schemes, WebhookUrl};

/// The form as it was typed, so that it can be shown again.
pub(super) struct NotificationsForm {
    pub webhook_url: String,
    pub nonce: Option<String>,
    /// The fields that add somebody to several lists.
    pub add: AddForm,
    pub(super) rows: BTreeMap<String, RowForm>,
    /// The mark that each field posts back; see [`Marker`](crate::web::page::Marker).
    pub(super) shown: BTreeMap<String, String>,
}

/// One event's fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RowForm {
    pub send_webhook: bool,
    pub subscribers: String,
}

/// Who is to be added, and to which events' lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct AddForm {
    pub address: String,
    pub keys: Vec<String>,
}

/// The form as it will be stored, and what there is to say about it.
pub(super) struct SavableForm {
    pub input: NotificationsInput,
    /// The titles of the events whose list held the primary contact.
    pub dropped_primary: Vec<String>,
    /// An event's title, what was typed there, and the address that was kept of it.
    pub reduced: Vec<(String, String, EmailAddress)>,
}

impl NotificationsForm {
    /// What is stored, as if it had been typed.
    pub fn of(stored: &StoredSettings) -> Self {
        let rows = stored.settings.events.iter().map(|(key, row)| {
            let subscribers = row.subscribers.to_string();
            (key.clone(), RowForm { send_webhook: row.send_webhook, subscribers })
        });
        Self {
            webhook_url: stored.url.as_ref().map_or_else(String::new, |url| url.expose().to_owned()),
            nonce: None,
            add: AddForm::default(),
            rows: rows.collect(),
            shown: BTreeMap::new(),
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
        posted("add_address").unwrap_or_default().trim().clone_into(&mut form.add.address);
        // A disabled toggle is not posted, and neither is one that is off. Our page says whether they were live when
        // it was shown, or the script has made them so while a URL was typed; a program's form is live with a URL.
        let is_ours = posted("revision").is_some();
        let live = posted("toggles") == Some("live") || (!is_ours && stored.url.is_some());
        if live && form.webhooks_on() {
            form.rows.values_mut().for_each(|row| row.send_webhook = false);
        } else {
            for (key, on) in fields.iter().filter_map(shown_toggle) {
                form.row_mut(key).send_webhook = on;
            }
        }
        for (field, value) in fields {
            if let Some(key) = field.strip_prefix("send_webhook.") {
                form.row_mut(key).send_webhook = value == "on";
            } else if let Some(key) = field.strip_prefix("subscribers.") {
                form.row_mut(key).subscribers.clone_from(value);
            } else if let Some(key) = field.strip_prefix("add.") {
                form.add.keys.push(key.to_owned());
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
        self.webhook_url != stored.webhook_url
            || self.rows.keys().any(|key| self.row(key) != stored.row(key))
            || !self.add.address.is_empty()
    }

    /// The fields of one event.
    pub fn row(&self, key: &str) -> RowForm {
        self.rows.get(key).cloned().unwrap_or_default()
    }

    pub(super) fn row_mut(&mut self, key: &str) -> &mut RowForm {
        self.rows.entry(key.to_owned()).or_default()
    }

    /// The URL; `None` if the field is empty.
    pub fn url(&self) -> Result<Option<WebhookUrl>, InvalidValue> {
        if self.webhook_url.is_empty() {
            return Ok(None);
        }
        let url = WebhookUrl::parse(&self.webhook_url, Schemes::HttpOrHttps);
        url.map(Some)
    }

    /// An event's list, or notes everything that is wrong with it.
    pub fn subscribers(
        &self,
        event_type: &EventType,
        primary: &EmailAddress,
        errors: &mut FieldErrors,
    ) -> Option<ParsedList> {
        let note = |wrong: Vec<InvalidValue>| {
            for why in wrong {
                let path = format!("subscribers.{}", event_type.key);
                errors.push_about(path, event_type.title.clone(), why.to_string());
            }
        };
        EmailList::parse(&self.row(&event_type.key).subscribers, primary).map_err(note).ok()
    }

    /// The whole form as it will be stored, or everything that is wrong with it.
    pub fn check(&self, catalog: &Catalog, settings: &Settings) -> Result<SavableForm, FieldErrors> {
        let mut errors = FieldErrors::default();
        let webhook = errors.take("webhook_url", "Webhook URL", self.url()).flatten();
        let (mut events, mut dropped_primary, mut reduced) = (Vec::new(), Vec::new(), Vec::new());
        for event_type in catalog.events() {
            let parsed = self.subscribers(event_type, &settings.account.contact.email, &mut errors);
            let Some(parsed) = parsed else { continue };
            if parsed.dropped_primary {
                dropped_primary.push(event_type.title.clone());
            }
            let of_row = parsed.reduced.into_iter();
            reduced.extend(of_row.map(|(typed, kept)| (event_type.title.clone(), typed, kept)));
            let send_webhook = self.row(&event_type.key).send_webhook;
            events.push((event_type.key.clone(), EventSettings { send_webhook, subscribers: parsed.list }));
        }
        let input = NotificationsInput { webhook, events };
        errors.or(SavableForm { input, dropped_primary, reduced })
    }
}

/// How the toggle of a row stood when the row was shown: the first word of its mark.
fn shown_toggle((field, mark): &(String, String)) -> Option<(&str, bool)> {
    let key = field.strip_prefix("shown.")?;
    let (toggle, _) = mark.split_once(' ')?;
    Some((key, toggle == "on"))
}
