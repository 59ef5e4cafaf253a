//! How the targets of an account are doing: their last deliveries, found by one index however long the log is.

mod questions;
mod telling;

use sqlx::AssertSqlSafe;

use crate::domain::delivery::Delivery;
use crate::domain::health::{LastEnds, NotArrived};

use super::columns::{DELIVERY, from_row};
use super::{Db, DbResult, browse};

use questions::{Asked, day_count, last_ends, not_arrived, tried};
pub(crate) use questions::{AskedTarget, MOST_A_DAY};

/// How a target's deliveries of the last day have ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct DayCount {
    /// All that have ended, whatever came of it.
    pub all: i64,
    /// Those that have failed.
    pub failed: i64,
}

struct EndsRecord {
    destination: Option<i64>,
    delivered: Option<String>,
    failed: Option<String>,
    unknown: Option<String>,
}
from_row!(EndsRecord { destination, delivered, failed, unknown });

struct NotArrivedRecord {
    failed_hour: i64,
    unknown_hour: i64,
    failed_day: i64,
    unknown_day: i64,
    failed: Option<String>,
    unknown: Option<String>,
}
from_row!(NotArrivedRecord { failed_hour, unknown_hour, failed_day, unknown_day, failed, unknown });

/// What has not arrived at a target that is failing.
#[derive(Clone, Debug)]
pub(crate) struct Failures {
    pub in_an_hour: NotArrived,
    pub in_a_day: NotArrived,
    /// The first after which none has arrived.
    pub first: Option<Delivery>,
    /// The newest.
    pub last: Option<Delivery>,
}

impl Db {
    /// How the last deliveries of these targets of an account have ended; `label` is the shared webhook's.
    pub(crate) async fn last_ends(
        &self,
        account_id: i64,
        targets: &[AskedTarget],
        label: &str,
    ) -> DbResult<Vec<(Option<i64>, LastEnds)>> {
        if targets.is_empty() {
            return Ok(Vec::new());
        }
        let Asked { sql, texts } = last_ends(targets, label);
        let rows: Vec<EndsRecord> = browse!(self, pool => {
            let query = sqlx::query_as(AssertSqlSafe(sql)).bind(account_id);
            texts.into_iter().fold(query, |query, text| query.bind(text)).fetch_all(pool)
        })?;
        let ends = |EndsRecord { destination, delivered, failed, unknown }| {
            (destination, LastEnds { delivered, failed, unknown })
        };
        Ok(rows.into_iter().map(ends).collect())
    }

    /// What has not arrived at a failing target since `hour`, and since all that is looked at.
    pub(crate) async fn failures(
        &self,
        account_id: i64,
        target: &AskedTarget,
        label: &str,
        hour: &str,
        ends: &LastEnds,
    ) -> DbResult<Failures> {
        let arrived = ends.delivered.as_deref().unwrap_or(&target.since);
        let Asked { sql, texts } = not_arrived(target, label, hour, arrived);
        let row: NotArrivedRecord = browse!(self, pool => {
            let query = sqlx::query_as(AssertSqlSafe(sql)).bind(account_id);
            texts.into_iter().fold(query, |query, text| query.bind(text)).fetch_one(pool)
        })?;
        let first = [&row.failed, &row.unknown].into_iter().flatten().min().cloned();
        let last = ends.failing().map(ToOwned::to_owned);
        let sql = AssertSqlSafe(format!(
            "select {DELIVERY} from deliveries d where d.account_id = $1 and d.id in ($2, $3) order by d.id"
        ));
        let rows: Vec<Delivery> = browse!(self, pool => sqlx::query_as(sql)
            .bind(account_id)
            .bind(first)
            .bind(last)
            .fetch_all(pool))?;
        Ok(Failures {
            in_an_hour: NotArrived { failed: row.failed_hour, unknown: row.unknown_hour },
            in_a_day: NotArrived { failed: row.failed_day, unknown: row.unknown_day },
            first: rows.first().cloned(),
            last: rows.last().cloned(),
        })
    }

    /// How many deliveries of a target have ended.
    pub(crate) async fn day_count(&self, account_id: i64, target: &AskedTarget) -> DbResult<DayCount> {
        let sql = AssertSqlSafe(day_count(target));
        let (delivered, failed, unknown): (i64, i64, i64) =
            browse!(self, pool => sqlx::query_as(sql).bind(account_id).bind(&target.since).fetch_one(pool))?;
        Ok(DayCount { all: delivered + failed + unknown, failed })
    }

    /// Whether anything was sent to the shared webhook, be it a test.
    pub(crate) async fn was_tried(
        &self,
        account_id: i64,
        shared: &AskedTarget,
        label: &str,
    ) -> DbResult<bool> {
        let sql = AssertSqlSafe(tried(shared));
        let count: i64 = browse!(self, pool => sqlx::query_scalar(sql)
            .bind(account_id)
            .bind(&shared.since)
            .bind(label)
            .fetch_one(pool))?;
        Ok(count > 0)
    }
}
