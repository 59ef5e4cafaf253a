//! Recoveries: what was asked for, who sees to it, how far it has come.

mod end;
mod failed;
mod pace;

use std::sync::Arc;

use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::domain::delivery::{Channel, LogStatus, Reason, State};
use crate::domain::recovery::{RecoveryCounts, RecoveryEnd, RecoveryFilter};

use super::columns::from_row;
use super::deliveries::{HIGHEST, LOWEST};
use super::{Db, DbResult, browse, read, write};

pub(crate) use failed::MOST_RECOVERED;
pub use failed::{FailedRow, FailureGroup};

/// A recovery as it is stored.
#[derive(Clone, Debug)]
pub struct RecoveryRecord {
    /// `UUIDv7`: deliveries that are younger are none of its own to send.
    pub id: String,
    /// Whose deliveries.
    pub account_id: i64,
    /// Of the filter.
    pub status: LogStatus,
    /// Of the filter.
    pub event_key: Option<String>,
    /// Of the filter.
    pub channel: Option<Channel>,
    /// Of the filter.
    pub destination_id: Option<i64>,
    /// Of the filter: the id before its first event.
    pub above: String,
    /// Of the filter: the id behind its last event.
    pub below: String,
    /// How many deliveries there were when it began.
    pub total: i64,
    /// Who wanted it.
    pub started_by: String,
    /// The event of the last delivery that was seen to.
    pub last_event: String,
    /// The last delivery that was seen to.
    pub last_delivery: String,
    /// Who stopped it.
    pub stopped_by: Option<String>,
    /// Why it has stopped by itself: `failing`, `restored`.
    pub stop_reason: Option<String>,
    /// When it began.
    pub created_at: i64,
    /// When it ended.
    pub finished_at: Option<i64>,
}
from_row!(RecoveryRecord {
    id,
    account_id,
    status,
    event_key,
    channel,
    destination_id,
    above,
    below,
    total,
    started_by,
    last_event,
    last_delivery,
    stopped_by,
    stop_reason,
    created_at,
    finished_at,
});

const RECOVERY: &str =
    "id, account_id, status, event_key, channel, destination_id, above, below, total, started_by,
       last_event, last_delivery, stopped_by, stop_reason, created_at, finished_at";

impl RecoveryRecord {
    /// The same, as if it had seen to everything up to this delivery.
    #[must_use]
    pub(crate) fn behind(&self, row: &FailedRow) -> Self {
        Self { last_event: row.event_id.clone(), last_delivery: row.id.clone(), ..self.clone() }
    }

    /// One that begins.
    #[must_use]
    pub(crate) fn new(
        id: Uuid,
        account_id: i64,
        filter: RecoveryFilter,
        total: i64,
        by: &str,
        now: i64,
    ) -> Self {
        Self {
            id: id.to_string(),
            account_id,
            status: filter.status,
            event_key: filter.event,
            channel: filter.channel,
            destination_id: filter.destination,
            above: filter.above.unwrap_or_else(|| LOWEST.to_owned()),
            below: filter.below.unwrap_or_else(|| HIGHEST.to_owned()),
            total,
            started_by: by.to_owned(),
            last_event: LOWEST.to_owned(),
            last_delivery: LOWEST.to_owned(),
            stopped_by: None,
            stop_reason: None,
            created_at: now,
            finished_at: None,
        }
    }

    /// How it stands.
    #[must_use]
    pub(crate) fn end(&self) -> RecoveryEnd {
        match (&self.stopped_by, self.stop_reason.as_deref(), self.finished_at) {
            (Some(who), _, _) => RecoveryEnd::StoppedBy(who.clone()),
            (None, Some("restored"), _) => RecoveryEnd::Restored,
            (None, Some(_), _) => RecoveryEnd::Failing,
            (None, None, Some(_)) => RecoveryEnd::Done,
            (None, None, None) => RecoveryEnd::Running,
        }
    }
}

impl Db {
    /// Writes a recovery down; whoever runs takes it.
    pub async fn add_recovery(&self, record: RecoveryRecord) -> DbResult<()> {
        write!(self, tx => {
            sqlx::query(
                "insert into recoveries (id, account_id, status, event_key, channel, destination_id, above, below,
                   total, started_by, last_event, last_delivery, created_at)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            )
            .bind(record.id)
            .bind(record.account_id)
            .bind(record.status)
            .bind(record.event_key)
            .bind(record.channel)
            .bind(record.destination_id)
            .bind(record.above)
            .bind(record.below)
            .bind(record.total)
            .bind(record.started_by)
            .bind(record.last_event)
            .bind(record.last_delivery)
            .bind(record.created_at)
            .execute(tx)
            .await?;
            Ok(())
        })
    }

    /// One of an account's recoveries.
    pub async fn recovery(&self, account_id: i64, id: &str) -> DbResult<Option<RecoveryRecord>> {
        let sql =
            AssertSqlSafe(format!("select {RECOVERY} from recoveries where account_id = $1 and id = $2"));
        Ok(browse!(self, pool => sqlx::query_as(sql).bind(account_id).bind(id).fetch_optional(pool))?)
    }

    /// One recovery, whosever it is.
    pub async fn recovery_of_any_account(&self, id: &str) -> DbResult<Option<RecoveryRecord>> {
        let sql = AssertSqlSafe(format!("select {RECOVERY} from recoveries where id = $1"));
        Ok(browse!(self, pool => sqlx::query_as(sql).bind(id).fetch_optional(pool))?)
    }

    /// The recovery of an account that goes on, if one does.
    pub async fn open_recovery(&self, account_id: i64) -> DbResult<Option<RecoveryRecord>> {
        let sql = AssertSqlSafe(format!(
            "select {RECOVERY} from recoveries where account_id = $1 and finished_at is null"
        ));
        Ok(browse!(self, pool => sqlx::query_as(sql).bind(account_id).fetch_optional(pool))?)
    }

    /// What became of its sends.
    pub async fn recovery_counts(&self, id: &str) -> DbResult<RecoveryCounts> {
        let rows: Vec<(State, Option<Reason>, i64)> = browse!(self, pool => sqlx::query_as(
            "select state, reason, count(*) from deliveries where recovery = $1 and recovery is not null
             group by state, reason",
        )
        .bind(id)
        .fetch_all(pool))?;
        let mut counts = RecoveryCounts::default();
        for (state, reason, count) in rows {
            counts.add(state, reason, count);
        }
        Ok(counts)
    }

    /// Takes what goes on and has no living owner, and answers everything that is ours.
    pub async fn claim_recoveries(&self, instance: Arc<str>) -> DbResult<Vec<RecoveryRecord>> {
        let strays: i64 = read!(self, pool => sqlx::query_scalar(
            "select count(*) from recoveries where finished_at is null
               and (instance is null or instance not in (select id from instances))",
        )
        .fetch_one(pool))?;
        if strays > 0 {
            let owner = Arc::clone(&instance);
            write!(self, tx => {
                sqlx::query(
                    "update recoveries set instance = $1 where finished_at is null
                       and (instance is null or instance not in (select id from instances))",
                )
                .bind(&*owner)
                .execute(tx)
                .await?;
                Ok(())
            })?;
        }
        let sql = AssertSqlSafe(format!(
            "select {RECOVERY} from recoveries where finished_at is null and instance = $1 order by id"
        ));
        Ok(read!(self, pool => sqlx::query_as(sql).bind(&*instance).fetch_all(pool))?)
    }

    /// Whether any recovery goes on.
    pub async fn has_open_recovery(&self) -> DbResult<bool> {
        let open: Option<i64> = read!(self, pool => sqlx::query_scalar(
            "select account_id from recoveries where finished_at is null limit 1",
        )
        .fetch_optional(pool))?;
        Ok(open.is_some())
    }

    /// Notes how far a recovery has come; `false` if it was stopped, or is somebody else's by now.
    pub async fn advance_recovery(&self, id: String, instance: Arc<str>, last: &FailedRow) -> DbResult<bool> {
        let (event, delivery) = (last.event_id.clone(), last.id.clone());
        write!(self, tx => {
            let done = sqlx::query(
                "update recoveries set last_event = $1, last_delivery = $2
                 where id = $3 and instance = $4 and finished_at is null",
            )
            .bind(event)
            .bind(delivery)
            .bind(id)
            .bind(&*instance)
            .execute(tx)
            .await?;
            Ok(done.rows_affected() == 1)
        })
    }
}
