//! The settings page's state: the shared webhook, toggles, subscribers, and who unsubscribed.

use std::collections::HashMap;

use crate::domain::account::Account;
use crate::domain::field_errors::InvalidValue;
use crate::domain::settings::{EventSettings, Settings, SharedWebhook};
use crate::domain::values::EmailAddress;

use super::columns::{corrupt, from_row};
use super::{Db, DbResult, read, write};

/// The shared webhook as it is stored: the URL sealed, the visible parts in clear.
#[derive(Clone, Debug)]
pub struct SealedWebhook {
    /// The URL, sealed by the vault.
    pub url: String,
    /// What may be seen of it.
    pub seen: SharedWebhook,
}

struct EventSettingsRecord {
    event_key: String,
    send_webhook: bool,
    subscribers: String,
}
from_row!(EventSettingsRecord { event_key, send_webhook, subscribers });

impl Db {
    /// Everything that routing and the page need to know of an account; `None` if there is no such id.
    pub async fn settings(&self, account_id: i64) -> DbResult<Option<Settings>> {
        match self.account(account_id).await? {
            Some(account) => self.settings_of(account).await.map(Some),
            None => Ok(None),
        }
    }

    /// The same for an account that is already read.
    pub(crate) async fn settings_of(&self, account: Account) -> DbResult<Settings> {
        let webhook = self.sealed_webhook(account.id).await?.map(|sealed| sealed.seen);
        self.settings_with(account, webhook).await
    }

    /// The same with the webhook that is already read.
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
        let mut events = HashMap::with_capacity(rows.len());
        for row in rows {
            let subscribers = row
                .subscribers
                .split(", ")
                .filter(|text| !text.is_empty())
                .map(str::parse::<EmailAddress>)
                .collect::<Result<_, InvalidValue>>()
                .map_err(|why| corrupt(format!("{account_id}, {}", row.event_key), why))?;
            events.insert(row.event_key, EventSettings { send_webhook: row.send_webhook, subscribers });
        }
        let unsubscribed: Vec<String> = read!(self, pool => sqlx::query_scalar("select address from unsubscribes where account_id = $1")
            .bind(account_id)
            .fetch_all(pool))?;
        Ok(Settings { account, webhook, events, unsubscribed: unsubscribed.into_iter().collect() })
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

    /// Replaces the shared webhook and the named events' rows; events not named keep theirs.
    pub async fn save_settings(
        &self,
        account_id: i64,
        webhook: Option<SealedWebhook>,
        events: Vec<(String, EventSettings)>,
        now: i64,
    ) -> DbResult<()> {
        write!(self, tx => {
            let (url, seen) = webhook.map_or((None, None), |sealed| (Some(sealed.url), Some(sealed.seen)));
            let (authority, label) = seen.map_or((None, None), |seen| (Some(seen.authority), Some(seen.label)));
            sqlx::query(
                "insert into notification_settings
                   (account_id, webhook_url, webhook_authority, webhook_label, updated_at)
                 values ($1, $2, $3, $4, $5)
                 on conflict (account_id) do update set webhook_url = excluded.webhook_url,
                   webhook_authority = excluded.webhook_authority, webhook_label = excluded.webhook_label,
                   updated_at = excluded.updated_at",
            )
            .bind(account_id)
            .bind(url)
            .bind(authority)
            .bind(label)
            .bind(now)
            .execute(&mut *tx)
            .await?;
            for (key, row) in events {
                sqlx::query(
                    "insert into event_settings (account_id, event_key, send_webhook, subscribers)
                     values ($1, $2, $3, $4)
                     on conflict (account_id, event_key) do update set
                       send_webhook = excluded.send_webhook, subscribers = excluded.subscribers",
                )
                .bind(account_id)
                .bind(key)
                .bind(row.send_webhook)
                .bind(row.subscribers.to_string())
                .execute(&mut *tx)
                .await?;
            }
            Ok(())
        })
    }

    /// Notes that an address wants no more mail from an account; saying it twice is the same.
    pub async fn unsubscribe(&self, account_id: i64, address: &EmailAddress, now: i64) -> DbResult<()> {
        let address = address.folded();
        write!(self, tx => {
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

    /// Takes an unsubscription back.
    pub(crate) async fn resubscribe(&self, account_id: i64, address: &EmailAddress) -> DbResult<()> {
        let address = address.folded();
        write!(self, tx => {
            sqlx::query("delete from unsubscribes where account_id = $1 and address = $2")
                .bind(account_id)
                .bind(address)
                .execute(tx)
                .await?;
            Ok(())
        })
    }
}
