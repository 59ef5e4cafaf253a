//! The settings page's state as it is kept: the one model behind the page and the rules API.

use crate::access::{Includes, MayEdit, MayRead, Permit};
use crate::db::account_changes::AccountChange;
use crate::db::settings::{AddedAddresses, SealedWebhook};
use crate::domain::audit::{AuditAction, AuditEntry};
use crate::domain::settings::{EventSettings, Settings, SharedWebhook};
use crate::domain::values::{EmailAddress, WebhookUrl};
use crate::error::{Error, Result};
use crate::send::post::guard::Warning;
use crate::vault::Cell;

use super::{App, confirmations};

/// What is saved, with the URL in clear for those who may edit it.
pub struct StoredSettings {
    /// Toggles, subscribers, and who unsubscribed.
    pub settings: Settings,
    /// The shared webhook, if one is saved.
    pub url: Option<WebhookUrl>,
}

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
    let webhook = app.db.sealed_webhook(account_id).await?;
    let (sealed, seen) = webhook.map(|webhook| (webhook.url, webhook.seen)).unzip();
    let settings = app.db.settings_with(permit.account.clone(), seen).await?;
    let url = sealed.map(|sealed| app.sender.open_settings_url(account_id, &sealed));
    Ok(StoredSettings { settings, url: url.transpose().map_err(Error::internal)? })
}

/// Saves the shared webhook and the named events' rows over what was stored before. An address that deliveries
/// will not reach is saved too; the answer warns about it.
pub async fn save(
    app: &App,
    permit: &Permit<MayEdit>,
    before: &Settings,
    input: NotificationsInput,
) -> Result<Option<Warning>> {
    let account_id = permit.account.id;
    let keys: Vec<&str> = input.events.iter().map(|(key, _)| key.as_str()).collect();
    let webhook = if input.webhook.is_some() { "with" } else { "without" };
    let entry = AuditEntry::new(AuditAction::SettingsChanged, "notifications").in_account(account_id);
    let entry = entry.detail(format!("{webhook} a shared webhook; {}", keys.join(", ")));
    let (change, warning) = change(app, account_id, before, input).await?;
    app.db.change_account(account_id, vec![change], app.clock.now_ms()).await?;
    app.audit(&permit.caller, entry).await;
    if app.config.confirm_subscribers {
        confirmations::ask(app, permit).await?;
    }
    Ok(warning)
}

/// What a save writes, and the warning about it.
pub(super) async fn change(
    app: &App,
    account_id: i64,
    before: &Settings,
    input: NotificationsInput,
) -> Result<(AccountChange, Option<Warning>)> {
    let NotificationsInput { webhook, events } = input;
    let (sealed, warning) = match &webhook {
        Some(url) => (Some(seal(app, url, account_id)?), app.sender.guard().inspect(url).await.err()),
        None => (None, None),
    };
    let added = AddedAddresses {
        returned: returned(before, &events),
        to_confirm: confirmations::newcomers(app, before, &events),
    };
    Ok((AccountChange::Settings { webhook: sealed, events, added }, warning))
}

/// Addresses that had unsubscribed, were taken off every list, and are now added anew: they were asked again.
/// A list that is only saved again asks nobody.
fn returned(before: &Settings, events: &[(String, EventSettings)]) -> Vec<EmailAddress> {
    let listed = events.iter().flat_map(|(_, row)| &row.subscribers);
    listed.filter(|address| before.is_unsubscribed(address) && !before.lists(address)).cloned().collect()
}

fn seal(app: &App, url: &WebhookUrl, account_id: i64) -> Result<SealedWebhook> {
    let cell = Cell::SettingsUrl(account_id);
    let sealed = app.vault.seal(cell, &url.expose().into()).map_err(Error::internal)?;
    Ok(SealedWebhook { url: sealed, seen: SharedWebhook { authority: url.authority(), label: url.label() } })
}
