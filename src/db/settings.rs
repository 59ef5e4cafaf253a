//! The settings page's state: the shared webhook, toggles, subscribers, and who unsubscribed.

use crate::domain::account::Account;
use crate::domain::field_errors::InvalidValue;
use crate::domain::settings::{EventSettings, Settings, SharedWebhook};
use crate::domain::values::EmailAddress;

use super::account_changes::AccountChange;
use super::columns::{corrupt, from_row};
use super::snapshots::{Stale, change};
use super::{Db, DbResult, read};

/// The shared webhook as it is stored: the URL sealed, the visible parts in clear.
#[derive(Clone, Debug)]
pub struct SealedWebhook {
    /// The URL, sealed by the vault.
    pub url: String,
    /// What may be seen of it.
    pub seen: SharedWebhook,
}

/// Addresses that a save adds to the lists of an account.
#[derive(Clone, Debug, Default)]
pub struct AddedAddresses {
    /// Had unsubscribed, and are asked anew by being added: that they had is forgotten.
    pub returned: Vec<EmailAddress>,
    /// Get nothing until they confirm, unless they have before.
    pub to_confirm: Vec<EmailAddress>,
}

/// What was chosen for one event, as it is stored.
pub(super) struct EventSettingsRecord {
    pub event_key: String,
    pub send_webhook: bool,
    pub subscribers: String,
}
from_row!(EventSettingsRecord { event_key, send_webhook, subscribers });

impl EventSettingsRecord {
    /// The event's key, and what was chosen for it.
    pub fn parse(self, account_id: i64) -> DbResult<(String, EventSettings)> {
        let subscribers = self
            .subscribers
            .split(", ")
            .filter(|text| !text.is_empty())
            .map(str::parse::<EmailAddress>)
            .collect::<Result<_, InvalidValue>>()
            .map_err(|why| corrupt(format!("{account_id}, {}", self.event_key), why))?;
        Ok((self.event_key, EventSettings { send_webhook: self.send_webhook, subscribers }))
    }
}

impl Db {
    /// Everything that routing and the page need to know of an account; `None` if there is no such id.
    pub async fn settings(&self, account_id: i64) -> DbResult<Option<Settings>> {
        let Some(account) = self.account(account_id).await? else { return Ok(None) };
        let webhook = self.sealed_webhook(account_id).await?.map(|sealed| sealed.seen);
        self.settings_with(account, webhook).await.map(Some)
    }

    /// The same for an account and a webhook that are already read.
    pub(crate) async fn settings_with(
        &self,
        account: Account,
        webhook: Option<SharedWebhook>,
    ) -> DbResult<Settings> {
        let account_id = account.id;
        let rows: Vec<EventSettingsRecord> = read!(self, pool => sqlx::query_as(
            "select event_key, send_webhook, subscribers from event_settings where account_id = $1",
        )
        .bind(account_id)
        .fetch_all(pool))?;
        let events: DbResult<_> = rows.into_iter().map(|row| row.parse(account_id)).collect();
        let unsubscribed: Vec<String> = read!(self, pool => sqlx::query_scalar("select address from unsubscribes where account_id = $1")
            .bind(account_id)
            .fetch_all(pool))?;
        let unconfirmed: Vec<String> = read!(self, pool => sqlx::query_scalar(
            "select address from confirmations where account_id = $1 and confirmed_at is null",
        )
        .bind(account_id)
        .fetch_all(pool))?;
        Ok(Settings {
            account,
            webhook,
            events: events?,
            unsubscribed: unsubscribed.into_iter().collect(),
            unconfirmed: unconfirmed.into_iter().collect(),
        })
    }

    /// The shared webhook, still sealed; `None` while no URL is saved.
    pub async fn sealed_webhook(&self, account_id: i64) -> DbResult<Option<SealedWebhook>> {
        let row: Option<(String, String, String)> = read!(self, pool => sqlx::query_as(
            "select webhook_url, webhook_authority, webhook_label from notification_settings
             where account_id = $1 and webhook_url is not null",
        )
        .bind(account_id)
        .fetch_optional(pool))?;
        Ok(row.map(|(url, authority, label)| SealedWebhook { url, seen: SharedWebhook { authority, label } }))
    }

    /// Replaces the shared webhook and the named events' rows; events not named keep theirs. Who was added to a
    /// list is noted in the same transaction.
    pub async fn save_settings(
        &self,
        account_id: i64,
        webhook: Option<SealedWebhook>,
        events: Vec<(String, EventSettings)>,
        added: AddedAddresses,
        now: i64,
    ) -> DbResult<()> {
        let change = AccountChange::Settings { webhook, events, added };
        self.change_account(account_id, vec![change], now).await.map(drop)
    }

    /// Notes that an address wants no more mail from an account; saying it twice is the same.
    pub async fn unsubscribe(&self, account_id: i64, address: &EmailAddress, now: i64) -> DbResult<()> {
        let address = address.folded();
        change!(self, Stale::Account(account_id), tx => {
            sqlx::query(
                "insert into unsubscribes (account_id, address, created_at) values ($1, $2, $3)
                 on conflict do nothing",
            )
            .bind(account_id)
            .bind(address)
            .bind(now)
            .execute(tx)
            .await?;
            Ok(())
        })
    }
}
