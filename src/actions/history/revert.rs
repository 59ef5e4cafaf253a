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
use crate::domain::history::{Setting, on_off};
use crate::domain::settings::EventSettings;
use crate::domain::values::{EmailAddress, EmailList, Schemes, WebhookUrl};
use crate::error::{Error, Result};
use crate::vault::Cell;

/// A change that is to be taken back.
pub(crate) struct Revert {
    /// The change.
    pub record: HistoryRecord,
    /// The newest change of the same: another one where somebody has changed it again since.
    pub latest: HistoryRecord,
}

impl Revert {
    /// Whether somebody has changed it again since.
    pub fn has_changed_since(&self) -> bool {
        self.latest.id != self.record.id
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
    if record.setting.is_of_a_destination() {
        app.destinations.by_id(permit, destination_id(&record)?).await?;
    }
    let latest = app.db.latest_change_like(&record).await?;
    let latest = latest.ok_or_else(|| Error::not_found("change"))?;
    Ok(Revert { record, latest })
}

/// The newest change that whoever asks for a revert was shown.
struct Seen<'a> {
    record: &'a HistoryRecord,
    latest: &'a str,
}

impl Seen<'_> {
    /// To be asked between the read of a setting and its write, which fails where another write came between: then
    /// nobody's change is dropped unseen.
    async fn is_latest(&self, app: &App) -> Result<bool> {
        let latest = app.db.latest_change_like(self.record).await?;
        Ok(latest.is_some_and(|latest| latest.id == self.latest))
    }
}

/// Takes a change back, if the newest change of the same still is the one with the id `seen`; the history tells of
/// that too. False where it is another: nothing has been written.
pub(crate) async fn revert(app: &App, permit: &Permit<MayAdminister>, id: &str, seen: &str) -> Result<bool> {
    let Revert { record, .. } = preview(app, permit, id).await?;
    let seen = Seen { record: &record, latest: seen };
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
            return of_settings(app, permit, &seen, |_| {
                Ok(NotificationsInput { webhook: webhook.clone(), events: Vec::new() })
            })
            .await;
        }
        Setting::SendWebhook => {
            let send_webhook = before == on_off(true);
            return of_event(app, permit, &seen, |row, _| Ok(EventSettings { send_webhook, ..row })).await;
        }
        Setting::Subscribers => {
            return of_event(app, permit, &seen, |row, contact| {
                let parsed = EmailList::parse(&before, contact);
                let list = parsed.map_err(|_| Error::internal("a list is unreadable"))?.list;
                Ok(EventSettings { subscribers: list, ..row })
            })
            .await;
        }
        Setting::Unsubscribed => {
            let is_seen = seen.is_latest(app).await?;
            if is_seen {
                subscriptions::resubscribe(app, permit, &address_of(&record)?).await?;
            }
            return Ok(is_seen);
        }
        Setting::Name
        | Setting::Environment
        | Setting::ContactName
        | Setting::ContactEmail
        | Setting::FailureMails => {
            return of_account(app, permit, &seen, &before).await;
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
    of_destination(app, permit, &seen, patch).await
}

async fn of_destination(
    app: &App,
    permit: &Permit<MayAdminister>,
    seen: &Seen<'_>,
    patch: DestinationPatch,
) -> Result<bool> {
    for _ in 0..MOST_TRIES {
        let stored = app.destinations.by_id(permit, destination_id(seen.record)?).await?;
        if !seen.is_latest(app).await? {
            return Ok(false);
        }
        if app.destinations.update_as_read(permit, stored, patch.clone()).await?.is_some() {
            return Ok(true);
        }
    }
    Err(always_changed("this destination"))
}

async fn of_event(
    app: &App,
    permit: &Permit<MayAdminister>,
    seen: &Seen<'_>,
    back: impl Fn(EventSettings, &EmailAddress) -> Result<EventSettings>,
) -> Result<bool> {
    let key = &seen.record.object;
    of_settings(app, permit, seen, |stored| {
        let row = back(stored.settings.event(key), &stored.settings.account.contact.email)?;
        Ok(NotificationsInput { webhook: stored.url.clone(), events: vec![(key.clone(), row)] })
    })
    .await
}

async fn of_settings(
    app: &App,
    permit: &Permit<MayAdminister>,
    seen: &Seen<'_>,
    back: impl Fn(&StoredSettings) -> Result<NotificationsInput>,
) -> Result<bool> {
    for _ in 0..MOST_TRIES {
        let stored = notifications::load(app, permit).await?;
        if !seen.is_latest(app).await? {
            return Ok(false);
        }
        let input = back(&stored)?;
        if let Saved::Done(_) = notifications::save(app, permit, &stored, input).await? {
            return Ok(true);
        }
    }
    Err(always_changed("these settings"))
}

async fn of_account(
    app: &App,
    permit: &Permit<MayAdminister>,
    seen: &Seen<'_>,
    before: &str,
) -> Result<bool> {
    let setting = seen.record.setting;
    for _ in 0..MOST_TRIES {
        let now = accounts::current(app, permit).await?;
        if !seen.is_latest(app).await? {
            return Ok(false);
        }
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
            return Ok(true);
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
