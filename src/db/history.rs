//! The history of settings: written in the transaction of the change itself, read newest first.

use crate::domain::history::Setting;

use super::columns::{Identified, from_row};
use super::deliveries::escape_like;
use super::{Db, DbResult, browse, write};

/// How many are forgotten at once.
const FORGET_AT_ONCE: i64 = 500;

/// Which changes to show. Empty fields do not filter.
#[derive(Clone, Debug, Default)]
pub struct HistoryFilter {
    /// Part of the actor, or of the network address.
    pub who: Option<String>,
    /// What was changed.
    pub setting: Option<Setting>,
    /// Not before this moment.
    pub from: Option<i64>,
    /// Before this moment.
    pub until: Option<i64>,
    /// Older than this change.
    pub before: Option<String>,
}

/// One change.
#[derive(Clone, Debug)]
pub struct HistoryRecord {
    /// `UUIDv7`, which sorts by time.
    pub id: String,
    /// Whose settings they are.
    pub account_id: i64,
    /// When, in Unix milliseconds.
    pub at: i64,
    /// Who: an address, a token's name, the command line.
    pub actor: String,
    /// By which door.
    pub via: String,
    /// From which network address; empty for a command.
    pub address: String,
    /// What.
    pub setting: Setting,
    /// Of what.
    pub object: String,
    /// What that was called then.
    pub title: String,
    /// As it was, redacted.
    pub before_shown: String,
    /// As it was from then on, redacted.
    pub after_shown: String,
    /// What a revert writes back, sealed, where the redacted text does not say it.
    pub sealed_before: Option<String>,
    /// Whether it can be brought back.
    pub revertible: bool,
}
from_row!(HistoryRecord {
    id,
    account_id,
    at,
    actor,
    via,
    address,
    setting,
    object,
    title,
    before_shown,
    after_shown,
    sealed_before,
    revertible
});

const ROW: &str =
    "select id, account_id, at, actor, via, address, setting, object, title, before_shown, after_shown,
       sealed_before, revertible from history";

/// Writes changes in the transaction that makes them.
macro_rules! note {
    ($tx:expr, $records:expr) => {
        for record in $records {
            sqlx::query(
                "insert into history (id, account_id, at, actor, via, address, setting, object, title, before_shown,
                   after_shown, sealed_before, revertible)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            )
            .bind(record.id)
            .bind(record.account_id)
            .bind(record.at)
            .bind(record.actor)
            .bind(record.via)
            .bind(record.address)
            .bind(record.setting)
            .bind(record.object)
            .bind(record.title)
            .bind(record.before_shown)
            .bind(record.after_shown)
            .bind(record.sealed_before)
            .bind(record.revertible)
            .execute(&mut *$tx)
            .await?;
        }
    };
}
pub(super) use note;

impl Db {
    /// Up to `limit` changes of an account, newest first.
    pub async fn history(
        &self,
        account_id: i64,
        filter: &HistoryFilter,
        limit: i64,
    ) -> DbResult<Vec<HistoryRecord>> {
        let sql = sqlx::AssertSqlSafe(format!(
            "{ROW} where account_id = $1
               and ($2 is null or lower(actor) like $2 escape '\\' or address like $2 escape '\\')
               and ($3 is null or setting = $3)
               and ($4 is null or at >= $4)
               and ($5 is null or at < $5)
               and ($6 is null or id < $6)
             order by id desc limit $7"
        ));
        let like = filter.who.as_ref().map(|who| format!("%{}%", escape_like(&who.to_lowercase())));
        let rows: Vec<Identified<HistoryRecord>> = browse!(self, pool => sqlx::query_as(sql)
            .bind(account_id)
            .bind(like)
            .bind(filter.setting)
            .bind(filter.from)
            .bind(filter.until)
            .bind(&filter.before)
            .bind(limit)
            .fetch_all(pool))?;
        Ok(rows.into_iter().map(Identified::into_inner).collect())
    }

    /// Forgets changes that are older; answers how many, of a number that does not hold up others.
    pub(crate) async fn delete_history_before(&self, oldest: i64) -> DbResult<u64> {
        write!(self, tx => {
            let done = sqlx::query(
                "delete from history where id in (select id from history where at < $1 order by at limit $2)",
            )
            .bind(oldest)
            .bind(FORGET_AT_ONCE)
            .execute(tx)
            .await?;
            Ok(done.rows_affected())
        })
    }

    /// One change of an account.
    pub(crate) async fn history_entry(&self, account_id: i64, id: &str) -> DbResult<Option<HistoryRecord>> {
        let sql = sqlx::AssertSqlSafe(format!("{ROW} where account_id = $1 and id = $2"));
        let row: Option<Identified<HistoryRecord>> =
            browse!(self, pool => sqlx::query_as(sql).bind(account_id).bind(id).fetch_optional(pool))?;
        Ok(row.map(Identified::into_inner))
    }

    /// The newest change of the same setting of the same thing.
    pub(crate) async fn latest_change_like(&self, change: &HistoryRecord) -> DbResult<Option<HistoryRecord>> {
        let sql = sqlx::AssertSqlSafe(format!(
            "{ROW} where account_id = $1 and setting = $2 and object = $3 order by id desc limit 1"
        ));
        let row: Option<Identified<HistoryRecord>> = browse!(self, pool => sqlx::query_as(sql)
            .bind(change.account_id)
            .bind(change.setting)
            .bind(&change.object)
            .fetch_optional(pool))?;
        Ok(row.map(Identified::into_inner))
    }
}
