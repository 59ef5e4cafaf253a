//! What has changed in the settings of an account: one change for each field, as it may be seen by every reader.

use serde_json::{Map, Value};

use super::account::Account;
use super::destination::{DestinationConfig, ValidDestination};
use super::kinds::{FieldShape, Kind};
use super::settings::{EventSettings, Settings};
use super::text_enum::text_enum;
use super::values::WebhookUrl;

/// In place of what is not there.
const NONE: &str = "None";

/// What a change is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// The shared webhook's URL.
    WebhookUrl,
    /// The Send Webhook toggle of an event.
    SendWebhook,
    /// The subscribers of an event.
    Subscribers,
    /// An address that wants no more mail.
    Unsubscribed,
    /// The account's name.
    Name,
    /// The account's environment.
    Environment,
    /// How the primary contact is called.
    ContactName,
    /// The primary contact's address.
    ContactEmail,
    /// Whether the primary contact is mailed while a webhook fails.
    FailureMails,
    /// A destination as a whole: it was added or deleted.
    Destination,
    /// A destination's name.
    DestinationName,
    /// Whether a destination is paused.
    DestinationState,
    /// The events of a destination.
    DestinationEvents,
    /// The filter of a destination.
    DestinationScopes,
    /// A field of a destination's configuration.
    DestinationConfig,
}
text_enum!(Setting {
    WebhookUrl => "webhook_url",
    SendWebhook => "send_webhook",
    Subscribers => "subscribers",
    Unsubscribed => "unsubscribed",
    Name => "name",
    Environment => "environment",
    ContactName => "contact_name",
    ContactEmail => "contact_email",
    FailureMails => "failure_mails",
    Destination => "destination",
    DestinationName => "destination_name",
    DestinationState => "destination_state",
    DestinationEvents => "destination_events",
    DestinationScopes => "destination_scopes",
    DestinationConfig => "destination_config",
});

impl Setting {
    /// The words on the page.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::WebhookUrl => "Webhook URL",
            Self::SendWebhook => "Send Webhook",
            Self::Subscribers => "Subscribers",
            Self::Unsubscribed => "Unsubscribed",
            Self::Name => "Organization name",
            Self::Environment => "Environment",
            Self::ContactName => "Primary contact: name",
            Self::ContactEmail => "Primary contact: email",
            Self::FailureMails => "Emails about failing webhooks",
            Self::Destination => "Destination added or deleted",
            Self::DestinationName => "Destination: name",
            Self::DestinationState => "Destination: paused or active",
            Self::DestinationEvents => "Destination: events",
            Self::DestinationScopes => "Destination: filter",
            Self::DestinationConfig => "Destination: configuration",
        }
    }

    /// Whether it is a part of a destination, or one as a whole: then the object begins with its number.
    #[must_use]
    pub fn is_of_a_destination(self) -> bool {
        matches!(
            self,
            Self::Destination
                | Self::DestinationName
                | Self::DestinationState
                | Self::DestinationEvents
                | Self::DestinationScopes
                | Self::DestinationConfig
        )
    }
}

/// One field that was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingChange {
    /// What it is.
    pub setting: Setting,
    /// Of what: an event's key, a destination's number with a field of its configuration behind it, an address.
    pub object: String,
    /// What a destination was called then; empty for everything else.
    pub title: String,
    /// As it was, with nothing secret in it.
    pub before: String,
    /// As it is from then on.
    pub after: String,
    /// What a revert writes back, where `before` does not say it.
    pub secret_before: Option<String>,
    /// Whether it can be brought back.
    pub revertible: bool,
}

impl SettingChange {
    fn of(
        setting: Setting,
        object: impl Into<String>,
        before: impl Into<String>,
        after: impl Into<String>,
    ) -> Self {
        Self {
            setting,
            object: object.into(),
            title: String::new(),
            before: before.into(),
            after: after.into(),
            secret_before: None,
            revertible: true,
        }
    }

    /// What a save of the settings page changes. The URL is told by its label.
    #[must_use]
    pub fn of_settings(
        before: &Settings,
        (was, will_be): (Option<&WebhookUrl>, Option<&WebhookUrl>),
        events: &[(String, EventSettings)],
    ) -> Vec<Self> {
        let mut changes = Vec::new();
        if was != will_be {
            let label = |url: Option<&WebhookUrl>| url.map_or_else(|| NONE.to_owned(), WebhookUrl::label);
            let secret_before = Some(was.map_or_else(String::new, |url| url.expose().to_owned()));
            changes.push(Self {
                secret_before,
                ..Self::of(Setting::WebhookUrl, "", label(was), label(will_be))
            });
        }
        for (key, row) in events {
            let stored = before.event(key);
            if stored.send_webhook != row.send_webhook {
                let [was, will_be] = [stored.send_webhook, row.send_webhook].map(on_off);
                changes.push(Self::of(Setting::SendWebhook, key, was, will_be));
            }
            let [was, will_be] = [&stored, row].map(|row| row.subscribers.to_string());
            if was != will_be {
                changes.push(Self::of(Setting::Subscribers, key, was, will_be));
            }
        }
        changes
    }

    /// What a save of the Company tab changes.
    #[must_use]
    pub fn of_account(before: &Account, after: &Account) -> Vec<Self> {
        let fields = |account: &Account| {
            [
                (Setting::Name, account.name.clone()),
                (Setting::Environment, account.environment.clone()),
                (Setting::ContactName, account.contact.name.clone()),
                (Setting::ContactEmail, account.contact.email.to_string()),
                (Setting::FailureMails, on_off(account.failure_mails).to_owned()),
            ]
        };
        let both = fields(before).into_iter().zip(fields(after));
        let changed = both.filter(|((_, was), (_, will_be))| was != will_be);
        changed.map(|((setting, was), (_, will_be))| Self::of(setting, "", was, will_be)).collect()
    }

    /// An address that its owner has unsubscribed, or that somebody has subscribed again.
    #[must_use]
    pub fn of_subscription(address: &str, unsubscribed: bool) -> Self {
        let [was, will_be] = [!unsubscribed, unsubscribed].map(subscription);
        Self { revertible: unsubscribed, ..Self::of(Setting::Unsubscribed, address, was, will_be) }
    }

    /// A destination that was added, or deleted: neither can be brought back by a click.
    #[must_use]
    pub fn of_destination(id: i64, name: &str, kind: Kind, added: bool) -> Self {
        let label = kind.spec().label;
        let (was, will_be) = if added { (NONE, label) } else { (label, NONE) };
        let change = Self::of(Setting::Destination, id.to_string(), was, will_be);
        Self { title: name.to_owned(), revertible: false, ..change }
    }

    /// What a save of a destination changes.
    #[must_use]
    pub fn of_destination_fields(id: i64, before: &ValidDestination, after: &ValidDestination) -> Vec<Self> {
        let mut changes = Vec::new();
        let mut add = |setting, was: String, will_be: String| {
            if was != will_be {
                changes.push(Self {
                    title: before.name.clone(),
                    ..Self::of(setting, id.to_string(), was, will_be)
                });
            }
        };
        add(Setting::DestinationName, before.name.clone(), after.name.clone());
        let state = |enabled: bool| if enabled { "Active" } else { "Paused" }.to_owned();
        add(Setting::DestinationState, state(before.enabled), state(after.enabled));
        add(Setting::DestinationEvents, before.events.join(", "), after.events.join(", "));
        let scopes = |scopes: &Map<String, Value>| Value::Object(scopes.clone()).to_string();
        add(Setting::DestinationScopes, scopes(&before.scopes), scopes(&after.scopes));
        changes.extend(Self::of_config(id, before, after));
        changes
    }

    fn of_config<'a>(
        id: i64,
        before: &'a ValidDestination,
        after: &'a ValidDestination,
    ) -> impl Iterator<Item = Self> + 'a {
        let (was, will_be) = (before.config.expose(), after.config.expose());
        let fields = before.config.kind().spec().fields.iter();
        fields.filter(move |field| was.get(field.name) != will_be.get(field.name)).map(move |field| {
            let (was, will_be) = (shown(&before.config, field.shape), shown(&after.config, field.shape));
            // Two secrets look alike.
            let will_be = if was == will_be { format!("{will_be} (changed)") } else { will_be };
            let value = before.config.expose().get(field.name).cloned().unwrap_or_default();
            let revertible = !matches!(field.shape, FieldShape::Secret | FieldShape::Headers);
            Self {
                title: before.name.clone(),
                secret_before: revertible.then(|| value.to_string()),
                revertible,
                ..Self::of(Setting::DestinationConfig, format!("{id} {}", field.name), was, will_be)
            }
        })
    }
}

/// How a field of a configuration may be seen: nothing of it that is sealed.
fn shown(config: &DestinationConfig, shape: FieldShape) -> String {
    match shape {
        FieldShape::Url => config.url().map_or_else(|| NONE.to_owned(), WebhookUrl::label),
        FieldShape::Secret => if config.secret().is_some() { "Set" } else { NONE }.to_owned(),
        FieldShape::Headers => {
            let names: Vec<&str> = config.headers().map(|(name, _)| name.as_str()).collect();
            if names.is_empty() { NONE.to_owned() } else { names.join(", ") }
        }
        FieldShape::Addresses => format!("{} of them", config.recipients().len()),
        FieldShape::Address => "An address".to_owned(),
    }
}

/// The word of a toggle.
#[must_use]
pub fn on_off(on: bool) -> &'static str {
    if on { "On" } else { "Off" }
}

/// Whether an address gets mail.
#[must_use]
pub fn subscription(unsubscribed: bool) -> &'static str {
    if unsubscribed { "Gets no email" } else { "Gets email" }
}

#[cfg(test)]
mod tests;
