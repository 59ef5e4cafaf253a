//! The settings page's state as it is kept: the one model behind the page and the rules API.

use crate::db::Db;
use crate::db::settings::SealedWebhook;
use crate::domain::delivery::Target;
use crate::domain::settings::{EventSettings, Settings, SharedWebhook};
use crate::domain::values::{EmailAddress, WebhookUrl};
use crate::error::{Error, Result};
use crate::send::Sender;
use crate::send::post::guard::Warning;
use crate::vault::{Cell, Vault};

/// What is saved, with the URL in clear for those who may edit it.
pub struct StoredSettings {
    /// Toggles, subscribers, and who unsubscribed.
    pub settings: Settings,
    /// The shared webhook, if one is saved.
    pub url: Option<WebhookUrl>,
}

impl StoredSettings {
    /// Reads an account's settings; 404 if there is no such account.
    pub async fn load(db: &Db, sender: &Sender, account_id: i64) -> Result<Self> {
        let account = db.account(account_id).await?.ok_or_else(|| Error::not_found("account"))?;
        let (sealed, seen) =
            db.sealed_webhook(account_id).await?.map(|webhook| (webhook.url, webhook.seen)).unzip();
        let settings = db.settings_with(account, seen).await?;
        let url = sealed.map(|sealed| sender.open_settings_url(account_id, &sealed));
        Ok(Self { settings, url: url.transpose().map_err(Error::internal)? })
    }
}

/// Saves the shared webhook and the named events' rows. An address that deliveries will not reach is saved
/// too; the answer warns about it.
pub async fn save(
    db: &Db,
    (sender, vault): (&Sender, &Vault),
    account_id: i64,
    webhook: Option<&WebhookUrl>,
    events: Vec<(String, EventSettings)>,
    now: i64,
) -> Result<Option<Warning>> {
    let (sealed, warning) = match webhook {
        Some(url) => (Some(seal(vault, url, account_id)?), sender.guard().inspect(url).await.err()),
        None => (None, None),
    };
    let returned = returned(db, account_id, &events).await?;
    db.save_settings(account_id, sealed, events, now).await?;
    for address in returned {
        db.resubscribe(account_id, &address).await?;
    }
    Ok(warning)
}

/// Addresses that had unsubscribed, were taken off every list, and are now added anew: they were asked again.
/// A list that is only saved again asks nobody.
async fn returned(db: &Db, account_id: i64, events: &[(String, EventSettings)]) -> Result<Vec<EmailAddress>> {
    let before = db.settings(account_id).await?.ok_or_else(|| Error::not_found("account"))?;
    let was_listed = |address: &EmailAddress| {
        before.events.values().any(|row| row.subscribers.iter().any(|listed| listed == address))
    };
    let listed = events.iter().flat_map(|(_, row)| &row.subscribers);
    Ok(listed.filter(|address| before.is_unsubscribed(address) && !was_listed(address)).cloned().collect())
}

/// The target of a test webhook to a URL, saved or not.
#[must_use]
pub fn webhook_target(url: &WebhookUrl) -> Target {
    Target::SharedWebhook { authority: url.authority(), label: url.label() }
}

/// Seals the shared webhook's URL for the settings.
pub fn seal(vault: &Vault, url: &WebhookUrl, account_id: i64) -> Result<SealedWebhook> {
    let sealed = vault.seal(Cell::SettingsUrl(account_id), &url.expose().into()).map_err(Error::internal)?;
    Ok(SealedWebhook { url: sealed, seen: SharedWebhook { authority: url.authority(), label: url.label() } })
}
