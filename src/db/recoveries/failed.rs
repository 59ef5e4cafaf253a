//! What a recovery sends again: counted by target, and read bit by bit in the order of its index.

use sqlx::{AssertSqlSafe, ColumnIndex, Decode, FromRow, Row, Type};

use crate::db::columns::DELIVERY;
use crate::db::deliveries::{EventFilter, HIGHEST, LOWEST, Lead};
use crate::db::{Db, DbResult, browse, read};
use crate::domain::delivery::{Delivery, LogStatus};
use crate::domain::recovery::RecoveryFilter;

use super::RecoveryRecord;

/// How many there are of one kind of failure.
#[derive(Clone, Debug)]
pub struct FailureGroup {
    /// One delivery of them.
    pub example: Delivery,
    /// How many.
    pub count: i64,
}

/// A delivery that is next to be sent again. A row that cannot be read as one has a place all the same: it keeps no
/// other from being sent.
#[derive(Debug)]
pub struct FailedRow {
    /// As it is stored.
    pub event_id: String,
    /// As it is stored.
    pub id: String,
    /// What the row holds.
    pub delivery: DbResult<Delivery>,
}

impl<'r, R> FromRow<'r, R> for FailedRow
where
    R: Row,
    Delivery: FromRow<'r, R>,
    &'static str: ColumnIndex<R>,
    String: Decode<'r, R::Database> + Type<R::Database>,
{
    fn from_row(row: &'r R) -> sqlx::Result<Self> {
        let delivery = Delivery::from_row(row).map_err(Into::into);
        Ok(Self { event_id: row.try_get("event_id")?, id: row.try_get("id")?, delivery })
    }
}

impl<'r, R> FromRow<'r, R> for FailureGroup
where
    R: Row,
    Delivery: FromRow<'r, R>,
    &'static str: ColumnIndex<R>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
{
    fn from_row(row: &'r R) -> sqlx::Result<Self> {
        Ok(Self { example: Delivery::from_row(row)?, count: row.try_get("count")? })
    }
}

/// What has failed and may be sent again: the last of its chain, no test, not younger than the recovery. `$1` is the
/// account, `$2` and `$3` the ids around the events, `$4` the id that they have to be older than.
fn failed(filter: &RecoveryFilter, texts: &mut Vec<String>) -> String {
    let of_log = EventFilter {
        status: Some(filter.status),
        event: filter.event.clone(),
        channel: filter.channel,
        destination: filter.destination,
        ..EventFilter::default()
    };
    format!(
        "d.account_id = $1 and d.state = 'failed' and d.event_id > $2 and d.event_id < $3 and d.id < $4
           and d.triggered_by <> 'test'
           and not exists (select 1 from deliveries r where r.resend_of = d.id and r.resend_of is not null
             and r.state <> 'skipped'){}",
        of_log.of_deliveries(Lead::State, texts)
    )
}

/// Counting stops here.
pub(crate) const MOST_RECOVERED: i64 = 100_000;

fn sql_of_groups(filter: &RecoveryFilter, texts: &mut Vec<String>) -> String {
    let failed = failed(filter, texts);
    format!(
        "select {DELIVERY}, g.count from (
           select min(f.id) as id, count(*) as count from (
             select d.id, d.target, d.channel, d.destination_id, d.recipient, d.event_key from deliveries d
             where {failed} limit {MOST_RECOVERED}
           ) f group by f.target, f.channel, f.destination_id, f.recipient, f.event_key
         ) g join deliveries d on d.id = g.id order by g.count desc"
    )
}

// The `coalesce` keeps SQLite from reading, for each row, all that its recovery has sent.
fn sql_of_next(filter: &RecoveryFilter, texts: &mut Vec<String>) -> String {
    let failed = failed(filter, texts);
    // The account comes before the texts.
    let at = texts.len() + 2;
    let (event, delivery, recovery, limit) = (at, at + 1, at + 2, at + 3);
    format!(
        "select {DELIVERY} from deliveries d where {failed}
           and d.event_id >= ${event} and (d.event_id > ${event} or d.id > ${delivery})
           and not exists (select 1 from deliveries r where r.first_id = d.first_id and r.resend_of is not null
             and r.resend_of = d.id and coalesce(r.recovery, '') = ${recovery})
         order by d.event_id, d.id limit ${limit}"
    )
}

impl Db {
    /// What would be sent again, by target and event, the most first; at most [`MOST_RECOVERED`] are counted.
    pub async fn failure_groups(
        &self,
        account_id: i64,
        filter: &RecoveryFilter,
        younger: &str,
    ) -> DbResult<Vec<FailureGroup>> {
        let mut texts = bounds(filter, younger);
        let sql = AssertSqlSafe(sql_of_groups(filter, &mut texts));
        Ok(browse!(self, pool => {
            let mut query = sqlx::query_as(sql).bind(account_id);
            for text in texts {
                query = query.bind(text);
            }
            query.fetch_all(pool)
        })?)
    }

    /// How many deliveries of these events are in another state that a recovery leaves alone.
    pub async fn count_in_log(
        &self,
        account_id: i64,
        filter: &RecoveryFilter,
        status: LogStatus,
    ) -> DbResult<i64> {
        let filter = EventFilter {
            status: Some(status),
            event: filter.event.clone(),
            channel: filter.channel,
            destination: filter.destination,
            above: filter.above.clone(),
            below: filter.below.clone(),
            ..EventFilter::default()
        };
        self.count_deliveries(account_id, &filter, MOST_RECOVERED).await
    }

    /// The next deliveries to send again, the oldest event's first.
    pub async fn next_failed(&self, recovery: &RecoveryRecord, limit: usize) -> DbResult<Vec<FailedRow>> {
        let filter = RecoveryFilter {
            status: recovery.status,
            event: recovery.event_key.clone(),
            channel: recovery.channel,
            destination: recovery.destination_id,
            above: Some(recovery.above.clone()),
            below: Some(recovery.below.clone()),
        };
        let mut texts = bounds(&filter, &recovery.id);
        let sql = AssertSqlSafe(sql_of_next(&filter, &mut texts));
        texts.extend([recovery.last_event.clone(), recovery.last_delivery.clone(), recovery.id.clone()]);
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        Ok(read!(self, pool => {
            let mut query = sqlx::query_as(sql).bind(recovery.account_id);
            for text in texts {
                query = query.bind(text);
            }
            query.bind(limit).fetch_all(pool)
        })?)
    }
}

fn bounds(filter: &RecoveryFilter, younger: &str) -> Vec<String> {
    let or = |text: &Option<String>, other: &str| text.clone().unwrap_or_else(|| other.to_owned());
    vec![or(&filter.above, LOWEST), or(&filter.below, HIGHEST), younger.to_owned()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::plan::{databases, uses};

    #[tokio::test]
    async fn what_is_sent_next_is_read_in_the_order_of_its_index() {
        let filter = RecoveryFilter {
            status: LogStatus::Failed,
            event: None,
            channel: None,
            destination: None,
            above: None,
            below: None,
        };
        for (_folder, mut connection) in databases().await {
            let next = sql_of_next(&filter, &mut bounds(&filter, HIGHEST));
            uses(
                &mut connection,
                &next,
                &["deliveries_by_state", "deliveries_resend_of_once", "deliveries_chain"],
            )
            .await;
            let groups = sql_of_groups(&filter, &mut bounds(&filter, HIGHEST));
            uses(&mut connection, &groups, &["deliveries_by_state"]).await;
        }
    }
}
