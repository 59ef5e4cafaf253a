//! The settings page's state: the shared webhook, toggles, subscribers, and who unsubscribed.

use jiff::Timestamp;

use crate::domain::account::Account;
use crate::domain::clock::from_ms;
use crate::domain::field_errors::InvalidValue;
use crate::domain::settings::{EventSettings, Settings, SharedWebhook};
use crate::domain::values::EmailAddress;

use super::account_changes::AccountChange;
use super::columns::{corrupt, from_row};
use super::history::{self, HistoryRecord};
use super::snapshots::{Stale, change};
use super::{Db, DbResult, browse, read};

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

/// What a save of an account's settings writes.
#[derive(Clone, Debug, Default)]
pub struct SettingsChange {
    /// The revision that the change was made of; `None` lays it over whatever is there.
    pub of_revision: Option<i64>,
    /// The shared webhook; `None` takes it away.
    pub webhook: Option<SealedWebhook>,
    /// The rows of the named events; others keep theirs.
    pub events: Vec<(String, EventSettings)>,
    /// Who comes onto a list by it.
    pub added: AddedAddresses,
}

/// What was chosen for one event, as it is stored.
pub(super) struct EventSettingsRecord {
    pub event_key: String,
    pub send_webhook: bool,
    pub subscribers: String,
}
from_row!(EventSettingsRecord { event_key, send_webhook, subscribers });

struct WebhookRecord {
    revision: i64,
    webhook_url: Option<String>,
    webhook_authority: Option<String>,
    webhook_label: Option<String>,
}
from_row!(WebhookRecord { revision, webhook_url, webhook_authority, webhook_label });

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
        let unsubscribed: Vec<(String, i64)> = read!(self, pool => sqlx::query_as(
            "select address, created_at from unsubscribes where account_id = $1",
        )
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
            unsubscribed: unsubscribed.into_iter().map(|(address, at)| (address, from_ms(at))).collect(),
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

    /// The revision of an account's settings, with the shared webhook of that moment.
    pub(crate) async fn revised_webhook(&self, account_id: i64) -> DbResult<(i64, Option<SealedWebhook>)> {
        let row: Option<WebhookRecord> = read!(self, pool => sqlx::query_as(
            "select revision, webhook_url, webhook_authority, webhook_label from notification_settings
             where account_id = $1",
        )
        .bind(account_id)
        .fetch_optional(pool))?;
        Ok(row.map_or((0, None), |row| {
            let parts = row.webhook_url.zip(row.webhook_authority).zip(row.webhook_label);
            let webhook = parts.map(|((url, authority), label)| SealedWebhook {
                url,
                seen: SharedWebhook { authority, label },
            });
            (row.revision, webhook)
        }))
    }

    /// Replaces the shared webhook and the named events' rows; events not named keep theirs. Who was added to a
    /// list is noted in the same transaction. `false` if somebody else has saved since, and then nothing is done.
    pub async fn save_settings(
        &self,
        account_id: i64,
        change: SettingsChange,
        history: Vec<HistoryRecord>,
        now: i64,
    ) -> DbResult<bool> {
        self.change_account(account_id, vec![AccountChange::Settings(change)], history, now).await
    }

    /// Notes that an address wants no more mail from an account; saying it twice is the same.
    pub async fn unsubscribe(
        &self,
        account_id: i64,
        address: &EmailAddress,
        history: Vec<HistoryRecord>,
        now: i64,
    ) -> DbResult<()> {
        let address = address.folded();
        change!(self, Stale::Account(account_id), tx => {
            let done = sqlx::query(
                "insert into unsubscribes (account_id, address, created_at) values ($1, $2, $3)
                 on conflict do nothing",
            )
            .bind(account_id)
            .bind(address)
            .bind(now)
            .execute(&mut *tx)
            .await?;
            if done.rows_affected() == 1 {
                history::note!(tx, history);
            }
            Ok(())
        })
    }

    /// Who wants no more mail from an account, and since when.
    pub(crate) async fn unsubscribed(&self, account_id: i64) -> DbResult<Vec<(EmailAddress, Timestamp)>> {
        let rows: Vec<(String, i64)> = browse!(self, pool => sqlx::query_as(
            "select address, created_at from unsubscribes where account_id = $1",
        )
        .bind(account_id)
        .fetch_all(pool))?;
        let read = |(address, since): (String, i64)| {
            let address = address.parse().map_err(|why: InvalidValue| corrupt(account_id, why))?;
            Ok((address, from_ms(since)))
        };
        rows.into_iter().map(read).collect()
    }

    /// Forgets that an address wanted no more mail; `false` if it did not, or if that is forgotten already.
    pub(crate) async fn resubscribe(
        &self,
        account_id: i64,
        address: &EmailAddress,
        history: Vec<HistoryRecord>,
    ) -> DbResult<bool> {
        let address = address.folded();
        change!(self, Stale::Account(account_id), tx => {
            let done = sqlx::query("delete from unsubscribes where account_id = $1 and address = $2")
                .bind(account_id)
                .bind(address)
                .execute(&mut *tx)
                .await?;
            let is_done = done.rows_affected() == 1;
            if is_done {
                history::note!(tx, history);
            }
            Ok(is_done)
        })
    }
}
