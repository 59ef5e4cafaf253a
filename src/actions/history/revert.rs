//! Bringing back what a setting was before a change.

use secrecy::ExposeSecret as _;
use serde_json::{Map, Value};

use crate::access::{MayAdminister, Permit};
use crate::actions::accounts::{self, AccountInput};
use crate::actions::destinations::DestinationPatch;
use crate::actions::notifications::{
    self, MOST_TRIES, NotificationsInput, Saved, StoredSettings, always_changed,
};
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
    let account = async || accounts::current(app, permit).await;
    let settings = async || notifications::load(app, permit).await;
    let event = async || Ok::<_, Error>(settings().await?.settings.event(&record.object));
    let destination = async || app.destinations.by_id(permit, destination_id(record)?).await;
    Ok(Some(match record.setting {
        Setting::Name => account().await?.name,
        Setting::Environment => account().await?.environment,
        Setting::ContactName => account().await?.contact.name,
        Setting::ContactEmail => account().await?.contact.email.to_string(),
        Setting::FailureMails => on_off(account().await?.failure_mails).to_owned(),
        Setting::WebhookUrl => {
            settings().await?.url.as_ref().map_or_else(|| "None".to_owned(), WebhookUrl::label)
        }
        Setting::SendWebhook => on_off(event().await?.send_webhook).to_owned(),
        Setting::Subscribers => event().await?.subscribers.to_string(),
        Setting::Unsubscribed => {
            subscription(settings().await?.settings.is_unsubscribed(&address_of(record)?)).to_owned()
        }
        Setting::DestinationName => destination().await?.row.name,
        Setting::DestinationState => {
            if destination().await?.row.enabled { "Active" } else { "Paused" }.to_owned()
        }
        Setting::DestinationEvents => destination().await?.events.join(", "),
        Setting::DestinationScopes => Value::Object(destination().await?.scopes).to_string(),
        Setting::Destination | Setting::DestinationConfig => {
            destination().await?;
            return Ok(None);
        }
    }))
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
    let json = || serde_json::from_str::<Value>(&before).map_err(Error::internal);
    let patch = match record.setting {
        Setting::WebhookUrl => {
            let url = Some(&before).filter(|url| !url.is_empty());
            let url = url.map(|url| WebhookUrl::parse(url, Schemes::HttpOrHttps)).transpose();
            let webhook = url.map_err(unreadable)?;
            return of_settings(app, permit, |_| {
                Ok(NotificationsInput { webhook: webhook.clone(), events: Vec::new() })
            })
            .await;
        }
        Setting::SendWebhook => {
            let send_webhook = before == on_off(true);
            return of_event(app, permit, &record.object, |row, _| Ok(EventSettings { send_webhook, ..row }))
                .await;
        }
        Setting::Subscribers => {
            return of_event(app, permit, &record.object, |row, contact| {
                let parsed = EmailList::parse(&before, contact);
                let list = parsed.map_err(|_| Error::internal("a list is unreadable"))?.list;
                Ok(EventSettings { subscribers: list, ..row })
            })
            .await;
        }
        Setting::Unsubscribed => {
            subscriptions::resubscribe(app, permit, &address_of(&record)?).await?;
            return Ok(());
        }
        Setting::Name
        | Setting::Environment
        | Setting::ContactName
        | Setting::ContactEmail
        | Setting::FailureMails => {
            return of_account(app, permit, record.setting, &before).await;
        }
        Setting::DestinationName => DestinationPatch { name: Some(before), ..DestinationPatch::default() },
        Setting::DestinationState => {
            DestinationPatch { enabled: Some(before == "Active"), ..DestinationPatch::default() }
        }
        Setting::DestinationEvents => {
            let keys = before.split(", ").filter(|key| !key.is_empty()).map(ToOwned::to_owned);
            DestinationPatch { events: Some(keys.collect()), ..DestinationPatch::default() }
        }
        Setting::DestinationScopes => {
            DestinationPatch { scopes: json()?.as_object().cloned(), ..DestinationPatch::default() }
        }
        // A destination as a whole names no field, and is not brought back.
        Setting::Destination | Setting::DestinationConfig => {
            let (_, field) = record.object.split_once(' ').ok_or_else(|| Error::not_found("change"))?;
            let config = Map::from_iter([(field.to_owned(), json()?)]);
            DestinationPatch { config: Some(config), ..DestinationPatch::default() }
        }
    };
    let stored = app.destinations.by_id(permit, destination_id(&record)?).await?;
    app.destinations.update(permit, stored, patch).await?;
    Ok(())
}

async fn of_event(
    app: &App,
    permit: &Permit<MayAdminister>,
    key: &str,
    back: impl Fn(EventSettings, &EmailAddress) -> Result<EventSettings>,
) -> Result<()> {
    of_settings(app, permit, |stored| {
        let row = back(stored.settings.event(key), &stored.settings.account.contact.email)?;
        Ok(NotificationsInput { webhook: stored.url.clone(), events: vec![(key.to_owned(), row)] })
    })
    .await
}

async fn of_settings(
    app: &App,
    permit: &Permit<MayAdminister>,
    back: impl Fn(&StoredSettings) -> Result<NotificationsInput>,
) -> Result<()> {
    for _ in 0..MOST_TRIES {
        let stored = notifications::load(app, permit).await?;
        let input = back(&stored)?;
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
        let failure_mails = pick(Setting::FailureMails, on_off(now.failure_mails)) == on_off(true);
        let input = AccountInput { failure_mails: Some(failure_mails), ..input };
        if accounts::update(app, permit, &now, input).await? {
            return Ok(());
        }
    }
    Err(always_changed("this account"))
}

fn destination_id(record: &HistoryRecord) -> Result<i64> {
    let id = record.object.split(' ').next().unwrap_or_default();
    id.parse().map_err(|_| Error::not_found("destination"))
}

fn address_of(record: &HistoryRecord) -> Result<EmailAddress> {
    record.object.parse().map_err(unreadable)
}

/// What was written down as it was stored cannot be read as that any more.
fn unreadable(why: InvalidValue) -> Error {
    Error::internal(why)
}
