//! The settings page's state as it is kept: the one model behind the page and the rules API.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use crate::access::{Includes, MayEdit, MayRead, Permit};
use crate::db::settings::{AddedAddresses, SealedWebhook, SettingsChange};
use crate::domain::audit::{AuditAction, AuditEntry};
use crate::domain::delivery::{Channel, Delivery, State, Target};
use crate::domain::history::SettingChange;
use crate::domain::settings::{EventSettings, Settings, SharedWebhook};
use crate::domain::values::{EmailAddress, WebhookUrl};
use crate::error::{Error, Result};
use crate::send::post::guard::Warning;
use crate::vault::Cell;

use super::history::Author;
use super::{App, confirmations};

/// What is saved, with the URL in clear for those who may edit it.
pub struct StoredSettings {
    /// Toggles, subscribers, and who unsubscribed.
    pub settings: Settings,
    /// The shared webhook, if one is saved.
    pub url: Option<WebhookUrl>,
    /// How often they were saved.
    pub revision: i64,
}

/// What came of a save.
#[derive(Debug)]
pub enum Saved {
    /// It is stored; the warning is about an address that deliveries will not reach.
    Done(Option<Warning>),
    /// Somebody else has saved in between, and nothing was done.
    ChangedMeanwhile,
}

/// How often a save is laid anew over what somebody else has saved in between.
pub const MOST_TRIES: usize = 64;

/// The whole page as it is to be saved.
pub struct NotificationsInput {
    /// The shared webhook; `None` takes it away.
    pub webhook: Option<WebhookUrl>,
    /// The rows of the named events; others keep theirs.
    pub events: Vec<(String, EventSettings)>,
}

/// Reads an account's settings.
pub async fn load(app: &App, permit: &Permit<impl Includes<MayRead>>) -> Result<StoredSettings> {
    let account_id = permit.account.id;
    // The revision first: what is read after it is never older, and a save of it is refused if it is newer.
    let (revision, webhook) = app.db.revised_webhook(account_id).await?;
    let (sealed, seen) = webhook.map(|webhook| (webhook.url, webhook.seen)).unzip();
    let settings = app.db.settings_with(permit.account.clone(), seen).await?;
    let url = sealed.map(|sealed| app.sender.open_settings_url(account_id, &sealed));
    Ok(StoredSettings { settings, url: url.transpose().map_err(Error::internal)?, revision })
}

/// What became of the last event of each type, and of the last shared webhook among them.
#[derive(Default)]
pub struct LastResults {
    /// By event key: the delivery that went worst.
    pub events: HashMap<String, Delivery>,
    /// The newest that was not skipped.
    pub webhook: Option<Delivery>,
}

/// Reads how the last event of each type went. What was sent again counts as it went then.
pub async fn last_results(app: &App, permit: &Permit<impl Includes<MayRead>>) -> Result<LastResults> {
    let keys: Vec<&str> = app.catalog.events().map(|event_type| event_type.key.as_str()).collect();
    let rows = app.db.last_deliveries_of_events(permit.account.id, &keys).await?;
    let again = rows.iter().filter(|row| row.state != State::Skipped).filter_map(|row| row.resend_of);
    let again: HashSet<Uuid> = again.collect();
    let mut last = LastResults::default();
    for row in rows.into_iter().filter(|row| !again.contains(&row.id)) {
        let is_shared = matches!(row.target, Target::SharedWebhook { .. });
        if is_shared
            && row.state != State::Skipped
            && last.webhook.as_ref().is_none_or(|webhook| webhook.id < row.id)
        {
            last.webhook = Some(row.clone());
        }
        // Of what went equally well, a webhook says more than a mail.
        let rank = |row: &Delivery| (row.log_status(), row.target.channel() == Channel::Email);
        match last.events.get(&row.event_key) {
            Some(worst) if rank(worst) <= rank(&row) => {}
            Some(_) | None => {
                last.events.insert(row.event_key.clone(), row);
            }
        }
    }
    Ok(last)
}

/// Saves the shared webhook and the named events' rows over what was stored before, unless somebody else has saved
/// since. An address that deliveries will not reach is saved too; the answer warns about it.
pub async fn save(
    app: &App,
    permit: &Permit<impl Includes<MayEdit>>,
    stored: &StoredSettings,
    input: NotificationsInput,
) -> Result<Saved> {
    let account_id = permit.account.id;
    let PlannedSettings { change, told, warning } = plan(app, account_id, stored, input).await?;
    let with = if change.webhook.is_some() { "with" } else { "without" };
    let keys: Vec<&str> = change.events.iter().map(|(key, _)| key.as_str()).collect();
    let entry = AuditEntry::new(AuditAction::SettingsChanged, "notifications").in_account(account_id);
    let entry = entry.detail(format!("{with} a shared webhook; {}", keys.join(", ")));
    // What was only looked at is not saved: it would make others' forms look older than they are.
    if !told.is_empty() {
        let history = Author::of(&permit.caller).records(&app.clock, Some(&app.vault), account_id, told)?;
        if !app.db.save_settings(account_id, change, history, app.clock.now_ms()).await? {
            return Ok(Saved::ChangedMeanwhile);
        }
        app.audit(&permit.caller, entry).await;
    }
    if app.config.confirm_subscribers {
        confirmations::ask(app, permit).await?;
    }
    Ok(Saved::Done(warning))
}

/// What a save writes, what the history tells of it, and the warning about it.
pub(super) struct PlannedSettings {
    pub change: SettingsChange,
    pub told: Vec<SettingChange>,
    pub warning: Option<Warning>,
}

/// Makes up what a save writes over what was stored before.
pub(super) async fn plan(
    app: &App,
    account_id: i64,
    stored: &StoredSettings,
    input: NotificationsInput,
) -> Result<PlannedSettings> {
    let before = &stored.settings;
    let NotificationsInput { webhook, events } = input;
    let (sealed, warning) = match &webhook {
        Some(url) => (Some(seal(app, url, account_id)?), app.sender.guard().inspect(url).await.err()),
        None => (None, None),
    };
    let added = AddedAddresses {
        returned: returned(before, &events),
        to_confirm: confirmations::newcomers(app, before, &events),
    };
    let mut told = SettingChange::of_settings(before, (stored.url.as_ref(), webhook.as_ref()), &events);
    told.extend(added.returned.iter().map(|address| SettingChange::of_subscription(address.as_str(), false)));
    let change = SettingsChange { of_revision: Some(stored.revision), webhook: sealed, events, added };
    Ok(PlannedSettings { change, told, warning })
}

/// Others keep saving, and this save never came first.
pub(crate) fn always_changed(what: &str) -> Error {
    Error::Conflict {
        code: "CHANGED_MEANWHILE",
        message: format!("Others keep changing {what}: look at it again, then save."),
    }
}

/// Addresses that had unsubscribed, were taken off every list, and are now added anew: they were asked again.
/// A list that is only saved again asks nobody.
fn returned(before: &Settings, events: &[(String, EventSettings)]) -> Vec<EmailAddress> {
    let (listed, mut seen) = (events.iter().flat_map(|(_, row)| &row.subscribers), HashSet::new());
    let returned = listed.filter(|address| before.is_unsubscribed(address) && !before.lists(address));
    returned.filter(|address| seen.insert(address.folded())).cloned().collect()
}

fn seal(app: &App, url: &WebhookUrl, account_id: i64) -> Result<SealedWebhook> {
    let cell = Cell::SettingsUrl(account_id);
    let sealed = app.vault.seal(cell, &url.expose().into()).map_err(Error::internal)?;
    Ok(SealedWebhook { url: sealed, seen: SharedWebhook { authority: url.authority(), label: url.label() } })
}
