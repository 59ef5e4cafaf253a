//! Changes of an account, as many as belong together in one transaction: its contact, settings and destinations, and
//! what the history tells of them.

use crate::domain::account::Account;

use super::destinations::DestinationRecord;
use super::history::{self, HistoryRecord};
use super::settings::SettingsChange;
use super::snapshots::{Stale, change};
use super::{Db, DbError, DbResult};

/// As many destinations as one account may have: each event may become a request to each of them.
pub(crate) const MOST_DESTINATIONS: i64 = 100;

/// One change.
#[derive(Clone, Debug)]
pub(crate) enum AccountChange {
    /// Name, environment and contact.
    Account {
        /// As they were read: somebody else may have changed them since. `None` lays them over whatever is there.
        before: Option<Account>,
        /// As they are to be.
        after: Account,
    },
    /// The shared webhook and the named events' rows.
    Settings(SettingsChange),
    /// A new destination, unless the account has all that it may have.
    CreateDestination(DestinationRecord),
    /// What may change of a destination, if its sealed configuration is still `read`: sealing the same text twice
    /// never gives the same, so it tells whether somebody else has saved in between.
    ReplaceDestination {
        /// As it is to be.
        row: DestinationRecord,
        /// Its sealed configuration as it was.
        read: String,
    },
    /// Its deliveries stay in the log; those that wait are skipped when their turn comes.
    DeleteDestination(i64),
}

impl Db {
    /// Makes all of the changes and writes their history, or does nothing: `false` if one is of a row that is gone,
    /// or that was changed since it was read, or of a destination too many.
    #[expect(
        clippy::too_many_lines,
        reason = "the statements of one transaction, each once, for a connection of either engine"
    )]
    pub(crate) async fn change_account(
        &self,
        account_id: i64,
        changes: Vec<AccountChange>,
        history: Vec<HistoryRecord>,
        now: i64,
    ) -> DbResult<bool> {
        let written: DbResult<()> = change!(self, Stale::Account(account_id), tx => {
            for change in changes {
                let done = match change {
                    AccountChange::Account { before, after } => {
                        sqlx::query(
                            "update accounts set name = $2, environment = $3, contact_name = $4,
                               contact_email = $5, updated_at = $6, failure_mails = $11
                             where id = $1 and ($7 is null or
                               (name = $7 and environment = $8 and contact_name = $9 and contact_email = $10
                                and failure_mails = $12))",
                        )
                        .bind(account_id)
                        .bind(after.name)
                        .bind(after.environment)
                        .bind(after.contact.name)
                        .bind(after.contact.email.as_str())
                        .bind(now)
                        .bind(before.as_ref().map(|before| before.name.clone()))
                        .bind(before.as_ref().map(|before| before.environment.clone()))
                        .bind(before.as_ref().map(|before| before.contact.name.clone()))
                        .bind(before.as_ref().map(|before| before.contact.email.to_string()))
                        .bind(after.failure_mails)
                        .bind(before.as_ref().map(|before| before.failure_mails))
                        .execute(&mut *tx)
                        .await?
                        .rows_affected()
                    }
                    AccountChange::Settings(SettingsChange { of_revision, webhook, events, added }) => {
                        let (url, seen) =
                            webhook.map_or((None, None), |sealed| (Some(sealed.url), Some(sealed.seen)));
                        let (authority, label) =
                            seen.map_or((None, None), |seen| (Some(seen.authority), Some(seen.label)));
                        let done = sqlx::query(
                            "insert into notification_settings
                               (account_id, webhook_url, webhook_authority, webhook_label, updated_at, revision,
                                webhook_changed_at)
                             values ($1, $2, $3, $4, $5, 1, case when $3 is null then null else $5 end)
                             on conflict (account_id) do update set
                               -- The label has the URL's fingerprint in it, so it tells another URL.
                               webhook_changed_at = case
                                 when notification_settings.webhook_label is not distinct from excluded.webhook_label
                                   then notification_settings.webhook_changed_at
                                 else excluded.updated_at end,
                               webhook_url = excluded.webhook_url,
                               webhook_authority = excluded.webhook_authority,
                               webhook_label = excluded.webhook_label, updated_at = excluded.updated_at,
                               revision = notification_settings.revision + 1
                             where $6 is null or notification_settings.revision = $6",
                        )
                        .bind(account_id)
                        .bind(url)
                        .bind(authority)
                        .bind(label)
                        .bind(now)
                        .bind(of_revision)
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
                        for address in added.returned {
                            let address = address.folded();
                            sqlx::query("delete from unsubscribes where account_id = $1 and address = $2")
                                .bind(account_id)
                                .bind(address.clone())
                                .execute(&mut *tx)
                                .await?;
                            // What they once confirmed, they have taken back since.
                            sqlx::query(
                                "delete from confirmations
                                 where account_id = $1 and address = $2 and confirmed_at is not null",
                            )
                            .bind(account_id)
                            .bind(address)
                            .execute(&mut *tx)
                            .await?;
                        }
                        for address in added.to_confirm {
                            sqlx::query(
                                "insert into confirmations (account_id, address) values ($1, $2)
                                 on conflict do nothing",
                            )
                            .bind(account_id)
                            .bind(address.folded())
                            .execute(&mut *tx)
                            .await?;
                        }
                        // What follows it is rolled back with it if somebody else has saved since.
                        done.rows_affected()
                    }
                    AccountChange::CreateDestination(row) => {
                        // Whoever adds one at the same time waits here, so that both are counted.
                        sqlx::query("update accounts set updated_at = updated_at where id = $1")
                            .bind(account_id)
                            .execute(&mut *tx)
                            .await?;
                        sqlx::query(
                            "insert into destinations
                               (id, uuid, account_id, kind, name, summary, enabled, events, scopes, config,
                                redacted_config, created_at, updated_at)
                             select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13
                              where (select count(*) from destinations where account_id = $3) < $14",
                        )
                        .bind(row.id)
                        .bind(row.uuid)
                        .bind(account_id)
                        .bind(row.kind)
                        .bind(row.name)
                        .bind(row.summary)
                        .bind(row.enabled)
                        .bind(row.events)
                        .bind(row.scopes)
                        .bind(row.config)
                        .bind(row.redacted_config)
                        .bind(row.created_at)
                        .bind(row.updated_at)
                        .bind(MOST_DESTINATIONS)
                        .execute(&mut *tx)
                        .await?
                        .rows_affected()
                    }
                    AccountChange::ReplaceDestination { row, read } => {
                        sqlx::query(
                            "update destinations set name = $3, summary = $4, enabled = $5, events = $6,
                               scopes = $7, config = $8, redacted_config = $9, updated_at = $10,
                               config_changed_at = $12
                             where account_id = $1 and id = $2 and config = $11",
                        )
                        .bind(account_id)
                        .bind(row.id)
                        .bind(row.name)
                        .bind(row.summary)
                        .bind(row.enabled)
                        .bind(row.events)
                        .bind(row.scopes)
                        .bind(row.config)
                        .bind(row.redacted_config)
                        .bind(row.updated_at)
                        .bind(read)
                        .bind(row.config_changed_at)
                        .execute(&mut *tx)
                        .await?
                        .rows_affected()
                    }
                    AccountChange::DeleteDestination(id) => {
                        sqlx::query("delete from destinations where account_id = $1 and id = $2")
                            .bind(account_id)
                            .bind(id)
                            .execute(&mut *tx)
                            .await?
                            .rows_affected()
                    }
                };
                if done == 0 {
                    // What was done before it is rolled back.
                    return Err(sqlx::Error::RowNotFound.into());
                }
            }
            history::note!(tx, history);
            Ok(())
        });
        match written {
            Ok(()) => Ok(true),
            Err(DbError::Other(sqlx::Error::RowNotFound)) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
