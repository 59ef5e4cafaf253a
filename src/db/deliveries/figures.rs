//! How a day went, counted by hour.

use std::fmt::Write as _;

use sqlx::AssertSqlSafe;

use crate::db::{Db, DbResult, browse};
use crate::domain::delivery::{Channel, State};

/// What became of the deliveries of the events of one hour. Each count ends one above [`MOST_AN_HOUR`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HourCount {
    /// Received.
    pub delivered: i64,
    /// Certainly not received.
    pub failed: i64,
    /// Nobody knows.
    pub unknown: i64,
    /// Waiting, or under way.
    pub open: i64,
}

/// Counting stops one above it: a chart needs no more.
pub const MOST_AN_HOUR: i64 = 10_000;

/// Each hour's counts by state, and what of the delivered went to a file. `hours` are pairs of ids between which the
/// hour's events are; they are ours, and no text of anybody else.
fn sql(hours: &[(String, String)]) -> String {
    let mut values = String::new();
    for (place, (low, high)) in hours.iter().enumerate() {
        let comma = if place == 0 { "" } else { ", " };
        // Writing to a string cannot fail.
        let _ = write!(values, "{comma}({place}, '{low}', '{high}')");
    }
    let most = MOST_AN_HOUR + 1;
    format!(
        "with hours (hour, low, high) as (values {values}),
           states (state) as (values ('delivered'), ('failed'), ('unknown'), ('pending'), ('sending'))
         select h.hour, s.state, (select count(*) from (select 1 from deliveries d
           where d.account_id = $1 and d.state = s.state and d.event_id >= h.low and d.event_id < h.high
           limit {most}) as counted)
         from hours h cross join states s
         union all
         select h.hour, 'file', (select count(*) from (select 1 from deliveries d
           where d.account_id = $1 and d.reason = 'written_to_file' and d.event_id >= h.low
             and d.event_id < h.high limit {most}) as counted)
         from hours h"
    )
}

/// What of one hour was received, where too much of it went to files to tell from the two counts.
fn sql_of_received() -> String {
    let most = MOST_AN_HOUR + 1;
    format!(
        "select count(*) from (select 1 from deliveries d
           where d.account_id = $1 and d.state = 'delivered' and d.event_id >= $2 and d.event_id < $3
             and (d.reason is null or d.reason <> 'written_to_file') limit {most}) as counted"
    )
}

/// So many of the newest answers of each channel are looked at.
pub const MOST_ANSWERS: i64 = 500;

/// How long the newest answers took, of each channel that posts, in milliseconds.
fn sql_of_answers() -> String {
    let of_channel = |channel: &Channel| {
        format!(
            "select n.took_ms from (select d.took_ms, d.status, d.event_id from deliveries d
               where d.account_id = $1 and d.channel = '{channel}' and d.channel <> 'email' and d.event_id >= $2
               order by d.event_id desc limit {MOST_ANSWERS}) n
              where n.took_ms is not null and n.status is not null"
        )
    };
    let posted = Channel::ALL.iter().filter(|channel| **channel != Channel::Email);
    posted.map(of_channel).collect::<Vec<_>>().join(" union all ")
}

impl Db {
    /// How long the newest answers to what was posted took, in milliseconds, of the events after an id.
    pub(crate) async fn answer_times(&self, account_id: i64, after: &str) -> DbResult<Vec<i64>> {
        let sql = AssertSqlSafe(sql_of_answers());
        Ok(browse!(self, pool => sqlx::query_scalar(sql).bind(account_id).bind(after).fetch_all(pool))?)
    }

    /// What became of the deliveries of each of these hours' events.
    pub async fn count_by_hour(
        &self,
        account_id: i64,
        hours: &[(String, String)],
    ) -> DbResult<Vec<HourCount>> {
        let sql = AssertSqlSafe(sql(hours));
        let rows: Vec<(i32, String, i64)> =
            browse!(self, pool => sqlx::query_as(sql).bind(account_id).fetch_all(pool))?;
        let mut counts = vec![HourCount::default(); hours.len()];
        let mut in_files = vec![0; hours.len()];
        for (hour, state, count) in rows {
            let hour = usize::try_from(hour).unwrap_or(usize::MAX);
            let Some(of_hour) = counts.get_mut(hour) else { continue };
            match state.parse::<State>() {
                Ok(State::Delivered) => of_hour.delivered += count,
                Ok(State::Failed) => of_hour.failed += count,
                Ok(State::Unknown) => of_hour.unknown += count,
                Ok(State::Pending | State::Sending) => of_hour.open += count,
                Ok(State::Skipped) | Err(_) => {
                    if let Some(of_hour) = in_files.get_mut(hour) {
                        *of_hour = count;
                    }
                }
            }
        }
        for ((of_hour, in_files), (low, high)) in counts.iter_mut().zip(in_files).zip(hours) {
            // A mail in a file has reached nobody. What is above the most was not counted to its end.
            if in_files > 0 && of_hour.delivered > MOST_AN_HOUR {
                of_hour.delivered = self.count_received(account_id, low, high).await?;
            } else {
                of_hour.delivered -= in_files;
            }
        }
        Ok(counts)
    }

    async fn count_received(&self, account_id: i64, low: &str, high: &str) -> DbResult<i64> {
        let sql = AssertSqlSafe(sql_of_received());
        Ok(browse!(self, pool => {
            sqlx::query_scalar(sql).bind(account_id).bind(low).bind(high).fetch_one(pool)
        })?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::plan::{databases, uses};

    #[tokio::test]
    async fn the_figures_are_counted_in_the_indexes() {
        let sql = sql(&[("01".to_owned(), "02".to_owned()), ("02".to_owned(), "03".to_owned())]);
        for (_folder, mut connection) in databases().await {
            uses(&mut connection, &sql, &["deliveries_by_state", "deliveries_in_files"]).await;
            uses(&mut connection, &sql_of_received(), &["deliveries_by_state"]).await;
            uses(&mut connection, &sql_of_answers(), &["deliveries_by_channel"]).await;
        }
    }
}
