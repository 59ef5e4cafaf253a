//! Reading a snapshot: one statement, so that all of it is of one moment, on either engine and at any isolation.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use crate::db::accounts::AccountRecord;
use crate::db::columns::{corrupt, from_row};
use crate::db::destinations::DestinationRecord;
use crate::db::settings::{EventSettingsRecord, SealedWebhook};
use crate::db::{Db, DbResult, read};
use crate::domain::account::Account;
use crate::domain::clock::from_ms;
use crate::domain::destination::Destination;
use crate::domain::settings::{Settings, SharedWebhook};

use super::AccountSnapshot;

/// A row of any of the tables. The first part names every column and gives it its type.
const SNAPSHOT: &str = "
    select 'destination' as part, id, name as c1, uuid as c2, kind as c3, summary as c4, events as c5,
           scopes as c6, config as c7, redacted_config as c8, enabled as flag, created_at,
           updated_at, config_changed_at as changed_at
      from destinations where account_id = $1
    union all
    select 'account', id, name, environment, contact_name, contact_email,
           null, null, null, null, failure_mails, null, null, null
      from accounts where id = $1
    union all
    select 'webhook', account_id, webhook_url, webhook_authority, webhook_label,
           null, null, null, null, null, null, null, null, webhook_changed_at
      from notification_settings where account_id = $1 and webhook_url is not null
    union all
    select 'event', account_id, event_key, subscribers,
           null, null, null, null, null, null, send_webhook, null, null, null
      from event_settings where account_id = $1
    union all
    select 'unsubscribed', account_id, address,
           null, null, null, null, null, null, null, null, created_at, null, null
      from unsubscribes where account_id = $1
    union all
    select 'unconfirmed', account_id, address,
           null, null, null, null, null, null, null, null, null, null, null
      from confirmations where account_id = $1 and confirmed_at is null
    union all
    select 'person', m.account_id, u.email,
           null, null, null, null, null, null, null, null, null, null, null
      from memberships m join users u on u.id = m.user_id where m.account_id = $1 and not u.disabled
    order by part, id";

struct SnapshotRow {
    part: String,
    id: i64,
    c1: Option<String>,
    c2: Option<String>,
    c3: Option<String>,
    c4: Option<String>,
    c5: Option<String>,
    c6: Option<String>,
    c7: Option<String>,
    c8: Option<String>,
    flag: Option<bool>,
    created_at: Option<i64>,
    updated_at: Option<i64>,
    changed_at: Option<i64>,
}
from_row!(SnapshotRow { part, id, c1, c2, c3, c4, c5, c6, c7, c8, flag, created_at, updated_at, changed_at });

impl Db {
    pub(super) async fn read_snapshot(&self, account_id: i64) -> DbResult<Option<AccountSnapshot>> {
        let rows: Vec<SnapshotRow> =
            read!(self, pool => sqlx::query_as(SNAPSHOT).bind(account_id).fetch_all(pool))?;
        let (mut account, mut webhook, mut webhook_changed_at) = (None, None, None);
        let mut events = HashMap::new();
        let (mut unsubscribed, mut unconfirmed, mut people) =
            (HashMap::new(), HashSet::new(), HashSet::new());
        let mut destinations = Vec::new();
        for row in rows {
            match row.part.as_str() {
                "account" => account = Some(row.account()?),
                "webhook" => {
                    webhook_changed_at = row.changed_at;
                    webhook = Some(row.webhook()?);
                }
                "event" => {
                    let (key, settings) = row.event()?.parse(account_id)?;
                    events.insert(key, settings);
                }
                "unsubscribed" => {
                    let since = from_ms(some(account_id, row.created_at)?);
                    unsubscribed.insert(some(account_id, row.c1)?, since);
                }
                "unconfirmed" => {
                    unconfirmed.insert(some(account_id, row.c1)?);
                }
                "person" => {
                    people.insert(some(account_id, row.c1)?);
                }
                "destination" => destinations.push(row.destination(account_id)?),
                other => return Err(corrupt(account_id, format!("{other} is no part of an account")).into()),
            }
        }
        let Some(account) = account else { return Ok(None) };
        let seen = webhook.as_ref().map(|webhook| webhook.seen.clone());
        let parsed: DbResult<_> = destinations.iter().cloned().map(Destination::try_from).collect();
        Ok(Some(AccountSnapshot {
            settings: Settings { account, webhook: seen, events, unsubscribed, unconfirmed },
            webhook,
            webhook_changed_at,
            people,
            destinations,
            parsed: parsed?,
            routed: OnceLock::new(),
        }))
    }
}

impl SnapshotRow {
    fn account(self) -> DbResult<Account> {
        let id = self.id;
        let record = AccountRecord {
            id,
            name: some(id, self.c1)?,
            environment: some(id, self.c2)?,
            contact_name: some(id, self.c3)?,
            contact_email: some(id, self.c4)?,
            failure_mails: some(id, self.flag)?,
        };
        record.try_into()
    }

    fn webhook(self) -> DbResult<SealedWebhook> {
        let id = self.id;
        let seen = SharedWebhook { authority: some(id, self.c2)?, label: some(id, self.c3)? };
        Ok(SealedWebhook { url: some(id, self.c1)?, seen })
    }

    fn event(self) -> DbResult<EventSettingsRecord> {
        let id = self.id;
        Ok(EventSettingsRecord {
            event_key: some(id, self.c1)?,
            subscribers: some(id, self.c2)?,
            send_webhook: some(id, self.flag)?,
        })
    }

    fn destination(self, account_id: i64) -> DbResult<DestinationRecord> {
        let id = self.id;
        Ok(DestinationRecord {
            id,
            account_id,
            name: some(id, self.c1)?,
            uuid: some(id, self.c2)?,
            kind: some(id, self.c3)?.parse().map_err(|why| corrupt(id, why))?,
            summary: some(id, self.c4)?,
            events: some(id, self.c5)?,
            scopes: some(id, self.c6)?,
            config: some(id, self.c7)?,
            redacted_config: some(id, self.c8)?,
            enabled: some(id, self.flag)?,
            created_at: some(id, self.created_at)?,
            updated_at: some(id, self.updated_at)?,
            config_changed_at: self.changed_at,
        })
    }
}

/// What its table demands, and only the union lets be missing.
fn some<T>(id: i64, value: Option<T>) -> DbResult<T> {
    value.ok_or_else(|| corrupt(id, "a column is missing").into())
}
