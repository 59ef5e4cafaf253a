//! Destinations: what may be seen in clear, the configuration sealed. Of mails nothing may but the name.

use std::num::ParseIntError;

use serde_json::{Map, Value};

use crate::domain::delivery::Delivery;
use crate::domain::destination::Destination;
use crate::domain::kinds::Kind;

use super::account_changes::AccountChange;
use super::columns::{DELIVERY, Identified, corrupt, from_row};
use super::history::HistoryRecord;
use super::{Db, DbError, DbResult, read, write};

/// A stored destination.
#[derive(Clone, Debug)]
pub struct DestinationRecord {
    /// The integer id of webhooks-api.txt.
    pub id: i64,
    /// The id of providers-api.txt.
    pub uuid: String,
    /// Whose it is.
    pub account_id: i64,
    /// What it is.
    pub kind: Kind,
    /// The administrator's name for it.
    pub name: String,
    /// The host that is posted to; empty where all of the configuration is sealed.
    pub summary: String,
    /// False while paused.
    pub enabled: bool,
    /// JSON array of event keys.
    pub events: String,
    /// JSON object.
    pub scopes: String,
    /// Sealed.
    pub config: String,
    /// The configuration with every secret redacted, as JSON; empty where all of it is sealed.
    pub redacted_config: String,
    /// When it was made.
    pub created_at: i64,
    /// When it was changed.
    pub updated_at: i64,
    /// When its configuration was: where it sends to, and with what.
    pub config_changed_at: Option<i64>,
}
from_row!(DestinationRecord {
    id,
    uuid,
    account_id,
    kind,
    name,
    summary,
    enabled,
    events,
    scopes,
    config,
    redacted_config,
    created_at,
    updated_at,
    config_changed_at
});

/// As routing sees it, but for the addresses of mails: those are in the sealed configuration.
impl TryFrom<DestinationRecord> for Destination {
    type Error = DbError;

    fn try_from(row: DestinationRecord) -> DbResult<Self> {
        let json = |error: serde_json::Error| corrupt(row.id, error);
        Ok(Self {
            id: row.id,
            kind: row.kind,
            name: row.name,
            summary: row.summary,
            recipients: Vec::new(),
            enabled: row.enabled,
            events: serde_json::from_str(&row.events).map_err(json)?,
            scopes: serde_json::from_str::<Map<String, Value>>(&row.scopes).map_err(json)?,
        })
    }
}

const ROW: &str =
    "select id, uuid, account_id, kind, name, summary, enabled, events, scopes, config, redacted_config,
       created_at, updated_at, config_changed_at from destinations";

impl Db {
    /// An account's destinations, the oldest first.
    pub async fn destinations(&self, account_id: i64) -> DbResult<Vec<DestinationRecord>> {
        let sql = sqlx::AssertSqlSafe(format!("{ROW} where account_id = $1 order by id"));
        let rows: Vec<Identified<_>> =
            read!(self, pool => sqlx::query_as(sql).bind(account_id).fetch_all(pool))?;
        Ok(rows.into_iter().map(Identified::into_inner).collect())
    }

    /// One destination of an account.
    pub async fn destination(&self, account_id: i64, id: i64) -> DbResult<Option<DestinationRecord>> {
        let sql = sqlx::AssertSqlSafe(format!("{ROW} where account_id = $1 and id = $2"));
        let row: Option<Identified<_>> =
            read!(self, pool => sqlx::query_as(sql).bind(account_id).bind(id).fetch_optional(pool))?;
        Ok(row.map(Identified::into_inner))
    }

    /// A number that no destination has or had: deliveries keep referring to what was deleted.
    pub(crate) async fn next_destination_id(&self) -> DbResult<i64> {
        write!(self, tx => {
            let last: String = sqlx::query_scalar(
                "insert into meta (name, value) values ('last_destination_id', '1')
                 on conflict (name) do update set value = cast(cast(meta.value as bigint) + 1 as text)
                 returning value",
            )
            .fetch_one(tx)
            .await?;
            last.parse().map_err(|why: ParseIntError| corrupt("last_destination_id", why).into())
        })
    }

    /// Stores a new destination; `false` if the account has all that it may have.
    pub(crate) async fn insert_destination(
        &self,
        row: DestinationRecord,
        history: Vec<HistoryRecord>,
    ) -> DbResult<bool> {
        let (account_id, now) = (row.account_id, row.updated_at);
        let change = AccountChange::CreateDestination(row);
        self.change_account(account_id, vec![change], history, now).await
    }

    /// Replaces what may change of a destination, if its sealed configuration is still `read`; `false` if it is not,
    /// or if it was deleted.
    pub(crate) async fn replace_destination(
        &self,
        row: DestinationRecord,
        read: String,
        history: Vec<HistoryRecord>,
    ) -> DbResult<bool> {
        let (account_id, now) = (row.account_id, row.updated_at);
        let change = AccountChange::ReplaceDestination { row, read };
        self.change_account(account_id, vec![change], history, now).await
    }

    /// Deletes a destination; `false` if the account has none of this id.
    pub(crate) async fn delete_destination(
        &self,
        account_id: i64,
        id: i64,
        history: Vec<HistoryRecord>,
        now: i64,
    ) -> DbResult<bool> {
        self.change_account(account_id, vec![AccountChange::DeleteDestination(id)], history, now).await
    }

    /// The last delivery of each destination of an account.
    pub(crate) async fn last_deliveries(&self, account_id: i64) -> DbResult<Vec<Delivery>> {
        let sql = sqlx::AssertSqlSafe(format!(
            "select {DELIVERY}
             from destinations t
             join deliveries d on d.id = (
               select max(l.id) from deliveries l where l.destination_id = t.id and l.account_id = t.account_id
             )
             where t.account_id = $1"
        ));
        Ok(read!(self, pool => sqlx::query_as(sql).bind(account_id).fetch_all(pool))?)
    }

    /// How many deliveries the log holds of a destination.
    pub(crate) async fn count_deliveries_to(&self, account_id: i64, id: i64) -> DbResult<i64> {
        Ok(read!(self, pool => sqlx::query_scalar(
            "select count(*) from deliveries where account_id = $1 and destination_id = $2",
        )
        .bind(account_id)
        .bind(id)
        .fetch_one(pool))?)
    }
}
