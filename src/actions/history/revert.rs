//! Bringing back what a setting was before a change.

use secrecy::ExposeSecret as _;
use serde_json::{Map, Value};

use crate::access::{MayAdminister, Permit};
use crate::actions::accounts::{self, AccountInput};
use crate::actions::destinations::DestinationPatch;
use crate::actions::notifications::{self, MOST_TRIES, NotificationsInput, Saved, always_changed};
use crate::actions::{App, subscriptions};
use crate::db::history::HistoryRecord;
use crate::domain::field_errors::InvalidValue;
use crate::domain::history::{Setting, on_off, subscription};
use crate::domain::settings::EventSettings;
use crate::domain::values::{EmailAddress, EmailList, Schemes, WebhookUrl};
use crate::error::{Error, Result};
use crate::vault::Cell;

/// A change that is to be taken back.
pub(crate) struct Revert {
    /// The change.
    pub record: HistoryRecord,
    /// As it may be seen now; `None` where only the configuration itself could tell.
    pub now: Option<String>,
}

impl Revert {
    /// Whether somebody has changed it again since.
    pub fn has_changed_since(&self) -> bool {
        self.now.as_ref().is_some_and(|now| *now != self.record.after_shown)
    }
}

/// A change that can be taken back; 404 if it is not this account's, 409 if it cannot be.
pub(crate) async fn preview(app: &App, permit: &Permit<MayAdminister>, id: &str) -> Result<Revert> {
    let record = app.db.history_entry(permit.account.id, id).await?;
    let record = record.ok_or_else(|| Error::not_found("change"))?;
    if !record.revertible {
        return Err(Error::Conflict {
            code: "NOT_REVERTIBLE",
            message: "This cannot be brought back: it was a secret, or the thing itself.".to_owned(),
        });
    }
    let now = now(app, permit, &record).await?;
    Ok(Revert { record, now })
}

async fn now(app: &App, permit: &Permit<MayAdminister>, record: &HistoryRecord) -> Result<Option<String>> {
    let account = accounts::current(app, permit).await?;
    Ok(match record.setting {
        Setting::Name => Some(account.name),
        Setting::Environment => Some(account.environment),
        Setting::ContactName => Some(account.contact.name),
        Setting::ContactEmail => Some(account.contact.email.to_string()),
        Setting::WebhookUrl | Setting::SendWebhook | Setting::Subscribers | Setting::Unsubscribed => {
            let stored = notifications::load(app, permit).await?;
            let row = stored.settings.event(&record.object);
            Some(match record.setting {
                Setting::WebhookUrl => {
                    stored.url.as_ref().map_or_else(|| "None".to_owned(), WebhookUrl::label)
                }
                Setting::SendWebhook => on_off(row.send_webhook).to_owned(),
                Setting::Unsubscribed => {
                    let address: EmailAddress = record.object.parse().map_err(unreadable)?;
                    subscription(stored.settings.is_unsubscribed(&address)).to_owned()
                }
                _ => row.subscribers.to_string(),
            })
        }
        Setting::Destination
        | Setting::DestinationName
        | Setting::DestinationState
        | Setting::DestinationEvents
        | Setting::DestinationScopes
        | Setting::DestinationConfig => {
            let stored = app.destinations.by_id(permit, destination_id(record)?).await?;
            match record.setting {
                Setting::DestinationName => Some(stored.row.name),
                Setting::DestinationState => {
                    Some(if stored.row.enabled { "Active" } else { "Paused" }.to_owned())
                }
                Setting::DestinationEvents => Some(stored.events.join(", ")),
                Setting::DestinationScopes => Some(Value::Object(stored.scopes).to_string()),
                _ => None,
            }
        }
    })
}

/// Takes a change back; the history tells of that too.
pub(crate) async fn revert(app: &App, permit: &Permit<MayAdminister>, id: &str) -> Result<()> {
    let Revert { record, .. } = preview(app, permit, id).await?;
    let before = match &record.sealed_before {
        Some(sealed) => {
            let opened = app.vault.open(Cell::History(&record.id), sealed).map_err(Error::internal)?;
            opened.expose_secret().to_owned()
        }
        None => record.before_shown.clone(),
    };
    match record.setting {
        Setting::WebhookUrl | Setting::SendWebhook | Setting::Subscribers => {
            of_settings(app, permit, &record, &before).await
        }
        Setting::Unsubscribed => {
            let address: EmailAddress = record.object.parse().map_err(unreadable)?;
            subscriptions::resubscribe(app, permit, &address).await
        }
        Setting::Name | Setting::Environment | Setting::ContactName | Setting::ContactEmail => {
            of_account(app, permit, record.setting, &before).await
        }
        Setting::Destination
        | Setting::DestinationName
        | Setting::DestinationState
        | Setting::DestinationEvents
        | Setting::DestinationScopes
        | Setting::DestinationConfig => of_destination(app, permit, &record, before).await,
    }
}

async fn of_settings(
    app: &App,
    permit: &Permit<MayAdminister>,
    record: &HistoryRecord,
    before: &str,
) -> Result<()> {
    for _ in 0..MOST_TRIES {
        let stored = notifications::load(app, permit).await?;
        let row = stored.settings.event(&record.object);
        let contact = &stored.settings.account.contact.email;
        let (webhook, events) = match record.setting {
            Setting::WebhookUrl if before.is_empty() => (None, Vec::new()),
            Setting::WebhookUrl => {
                (Some(WebhookUrl::parse(before, Schemes::HttpOrHttps).map_err(unreadable)?), Vec::new())
            }
            Setting::SendWebhook => {
                let row = EventSettings { send_webhook: before == on_off(true), ..row };
                (stored.url.clone(), vec![(record.object.clone(), row)])
            }
            _ => {
                let list =
                    EmailList::parse(before, contact).map_err(|_| Error::internal("a list is unreadable"))?;
                let row = EventSettings { subscribers: list.list, ..row };
                (stored.url.clone(), vec![(record.object.clone(), row)])
            }
        };
        let input = NotificationsInput { webhook, events };
        if let Saved::Done(_) = notifications::save(app, permit, &stored, input).await? {
            return Ok(());
        }
    }
    Err(always_changed("these settings"))
}

async fn of_account(app: &App, permit: &Permit<MayAdminister>, setting: Setting, before: &str) -> Result<()> {
    for _ in 0..MOST_TRIES {
        let now = accounts::current(app, permit).await?;
        let pick =
            |wanted: Setting, now: &str| if setting == wanted { before.to_owned() } else { now.to_owned() };
        let input = AccountInput::parse(
            &pick(Setting::Name, &now.name),
            &pick(Setting::Environment, &now.environment),
            &pick(Setting::ContactName, &now.contact.name),
            &pick(Setting::ContactEmail, now.contact.email.as_str()),
        )?;
        if accounts::update(app, permit, &now, input).await? {
            return Ok(());
        }
    }
    Err(always_changed("this account"))
}

async fn of_destination(
    app: &App,
    permit: &Permit<MayAdminister>,
    record: &HistoryRecord,
    before: String,
) -> Result<()> {
    let stored = app.destinations.by_id(permit, destination_id(record)?).await?;
    let json = || serde_json::from_str::<Value>(&before).map_err(Error::internal);
    let mut patch = DestinationPatch::default();
    match record.setting {
        Setting::DestinationName => patch.name = Some(before),
        Setting::DestinationState => patch.enabled = Some(before == "Active"),
        Setting::DestinationEvents => {
            let keys = before.split(", ").filter(|key| !key.is_empty()).map(ToOwned::to_owned);
            patch.events = Some(keys.collect());
        }
        Setting::DestinationScopes => patch.scopes = json()?.as_object().cloned(),
        _ => {
            let (_, field) = record.object.split_once(' ').ok_or_else(|| Error::not_found("change"))?;
            patch.config = Some(Map::from_iter([(field.to_owned(), json()?)]));
        }
    }
    app.destinations.update(permit, stored, patch).await?;
    Ok(())
}

fn destination_id(record: &HistoryRecord) -> Result<i64> {
    let id = record.object.split(' ').next().unwrap_or_default();
    id.parse().map_err(|_| Error::not_found("destination"))
}

/// What was written down as it was stored cannot be read as that any more.
fn unreadable(why: InvalidValue) -> Error {
    Error::internal(why)
}
