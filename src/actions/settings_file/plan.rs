//! What a file asks for, judged by the rules of the pages: everything that is wrong is told at once.

mod destinations;

use secrecy::ExposeSecret as _;

use crate::actions::App;
use crate::actions::accounts::AccountInput;
use crate::actions::destinations::{StoredDestination, TOO_MANY};
use crate::actions::notifications::NotificationsInput;
use crate::db::DbError;
use crate::db::account_changes::MOST_DESTINATIONS;
use crate::domain::account::Account;
use crate::domain::audit::AuditAction;
use crate::domain::destination::{REDACTED, ValidDestination};
use crate::domain::field_errors::FieldErrors;
use crate::domain::settings::{EventSettings, Settings};
use crate::domain::settings_file::{AccountBlock, EventBlock, SEALED, SettingsFile};
use crate::domain::text::quoted;
use crate::domain::values::{EmailList, Schemes, WebhookUrl};
use crate::error::{Error, Result};
use crate::vault::Cell;

use super::WEBHOOK_URL;
use super::current::CurrentSettings;
use destinations::{leave_out, read_destinations};

/// What has to be done, and what comes of it.
pub(super) struct SettingsPlan<'a> {
    /// As it will be, with its secrets in clear: not to be shown.
    pub after: SettingsFile,
    /// Only if it changes.
    pub account: Option<Account>,
    /// Only if anything of it changes.
    pub notifications: Option<NotificationsInput>,
    /// Only those that change.
    pub destinations: Vec<PlannedDestination<'a>>,
    /// Destinations that the file does not name, and that stay.
    pub not_named: Vec<String>,
}

pub(super) enum PlannedDestination<'a> {
    /// A new one, under this UUID.
    Create(String, ValidDestination),
    Replace(&'a StoredDestination, ValidDestination),
    Delete(&'a StoredDestination),
}

impl PlannedDestination<'_> {
    pub fn action(&self) -> AuditAction {
        match self {
            Self::Create(..) => AuditAction::DestinationCreated,
            Self::Replace(..) => AuditAction::DestinationChanged,
            Self::Delete(_) => AuditAction::DestinationDeleted,
        }
    }

    pub fn name(&self) -> &str {
        match self {
            Self::Create(_, new) | Self::Replace(_, new) => &new.name,
            Self::Delete(stored) => &stored.row.name,
        }
    }
}

pub(super) fn plan<'a>(
    app: &App,
    current: &'a CurrentSettings,
    file: &SettingsFile,
    prune: bool,
) -> Result<SettingsPlan<'a>> {
    let (before, mut errors) = (&current.stored.settings, FieldErrors::default());
    let account = account(&before.account, file, &mut errors);
    let webhook = webhook(app, current, file, &mut errors);
    let events = events(app, &account, before, file, &mut errors);
    let mut after = SettingsFile {
        account: Some((&account).into()),
        webhook: Some(webhook.as_ref().into()),
        events: current.file.events.clone(),
        ..SettingsFile::new()
    };
    for (key, row) in &events {
        after.events.insert(key.clone(), row.into());
    }
    let events: Vec<_> = events.into_iter().filter(|(key, row)| before.event(key) != *row).collect();
    let changes_webhook = webhook != current.stored.url;
    let notifications =
        (changes_webhook || !events.is_empty()).then_some(NotificationsInput { webhook, events });
    let account = Some(account).filter(|account| *account != before.account);
    let mut plan =
        SettingsPlan { after, account, notifications, destinations: Vec::new(), not_named: Vec::new() };
    read_destinations(app, current, file, &mut plan, &mut errors)?;
    leave_out(current, prune, &mut plan);
    if destinations_after(current, &plan) > MOST_DESTINATIONS {
        errors.push("destination", TOO_MANY);
    }
    Ok(errors.or(plan)?)
}

fn destinations_after(current: &CurrentSettings, plan: &SettingsPlan<'_>) -> i64 {
    plan.destinations.iter().fold(
        i64::try_from(current.destinations.len()).unwrap_or(i64::MAX),
        |count, planned| match planned {
            PlannedDestination::Create(..) => count.saturating_add(1),
            PlannedDestination::Replace(..) => count,
            PlannedDestination::Delete(_) => count.saturating_sub(1),
        },
    )
}

fn account(before: &Account, file: &SettingsFile, errors: &mut FieldErrors) -> Account {
    let (Some(block), stored) = (&file.account, AccountBlock::from(before)) else {
        return before.clone();
    };
    let named = |named: &Option<String>, stored: Option<String>| named.clone().or(stored).unwrap_or_default();
    let parsed = AccountInput::parse(
        &named(&block.name, stored.name),
        &named(&block.environment, stored.environment),
        &named(&block.contact_name, stored.contact_name),
        &named(&block.contact_email, stored.contact_email),
    );
    match parsed {
        Ok(input) => AccountInput { failure_mails: block.failure_mails, ..input }.laid_over(before),
        Err(wrong) => {
            errors.extend(wrong.below("account"));
            before.clone()
        }
    }
}

fn webhook(
    app: &App,
    current: &CurrentSettings,
    file: &SettingsFile,
    errors: &mut FieldErrors,
) -> Option<WebhookUrl> {
    let stored = &current.stored.url;
    let Some(block) = &file.webhook else { return stored.clone() };
    let account = current.stored.settings.account.id;
    match block.url.trim() {
        "" => None,
        REDACTED if stored.is_some() => stored.clone(),
        REDACTED => {
            errors.push(
                WEBHOOK_URL,
                "must be the real value: nothing is stored that the placeholder stands for",
            );
            None
        }
        text => match revealed(app, account, WEBHOOK_URL, text) {
            Ok(text) => WebhookUrl::parse(&text, Schemes::HttpOrHttps)
                .map_err(|why| errors.push(WEBHOOK_URL, why.to_string()))
                .ok(),
            Err(why) => {
                errors.push(WEBHOOK_URL, why);
                None
            }
        },
    }
}

/// A secret of the file: in clear, or as an export of this account has encrypted it for this very place.
fn revealed(app: &App, account: i64, field: &str, text: &str) -> Result<String, &'static str> {
    let Some(sealed) = text.strip_prefix(SEALED) else { return Ok(text.to_owned()) };
    let opened = app.vault.open(Cell::Exported { account, field }, sealed);
    opened.map(|secret| secret.expose_secret().to_owned()).map_err(|_| {
        "was encrypted with another key, for another account or for another place: write the value itself"
    })
}

fn events(
    app: &App,
    account: &Account,
    before: &Settings,
    file: &SettingsFile,
    errors: &mut FieldErrors,
) -> Vec<(String, EventSettings)> {
    let mut rows = Vec::new();
    for (name, EventBlock { send_webhook, subscribers }) in &file.events {
        let path = format!("events.{}", quoted(name));
        let Some(event_type) = app.catalog.by_wire_or_key(name) else {
            let known: Vec<&str> = app.catalog.events().map(|event_type| event_type.key.as_str()).collect();
            errors.push(path, format!("is not an event: use {}", known.join(", ")));
            continue;
        };
        let stored = before.event(&event_type.key);
        let send_webhook = send_webhook.unwrap_or(stored.send_webhook);
        let Some(subscribers) = subscribers else {
            rows.push((event_type.key.clone(), EventSettings { send_webhook, ..stored }));
            continue;
        };
        match EmailList::parse(&subscribers.join(", "), &account.contact.email) {
            Ok(parsed) => {
                let row = EventSettings { send_webhook, subscribers: parsed.list };
                rows.push((event_type.key.clone(), row));
            }
            Err(wrong) => {
                for why in wrong {
                    errors.push(format!("{path}.subscribers"), why.to_string());
                }
            }
        }
    }
    rows
}

/// A UUID is one account's.
pub(super) fn taken_id(error: DbError) -> Error {
    if error.violates("destinations", "uuid") {
        return FieldErrors::one("destination", "has the id of another account’s: leave the id out").into();
    }
    error.into()
}
