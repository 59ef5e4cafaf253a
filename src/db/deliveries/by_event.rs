//! The log by event.

use sqlx::AssertSqlSafe;

use crate::db::{Db, DbResult, browse};
use crate::domain::delivery::Delivery;

use super::event_filter::{EventFilter, HIGHEST, LOWEST, Question};
use super::lead::Lead;
use super::{DELIVERY, places};

/// An event of the log.
#[derive(Clone, Debug)]
pub struct EventRecord {
    /// Time-ordered.
    pub id: String,
    /// The catalogue's key.
    pub event_key: String,
    /// The payload's JSON text.
    pub payload: String,
    /// When it was accepted.
    pub created_at: i64,
}
crate::db::columns::from_row!(EventRecord { id, event_key, payload, created_at });

impl Db {
    /// The ids of up to `limit` events of an account, newest first.
    pub async fn log_by_event(
        &self,
        account_id: i64,
        filter: &EventFilter,
        limit: i64,
    ) -> DbResult<Vec<String>> {
        let mut ids: Vec<String> = match &filter.q {
            Some(q) => self.search(account_id, filter, q, limit).await?,
            None => {
                let Question { sql, texts } = filter.question(self.lead(account_id, filter).await?);
                browse!(self, pool => {
                    let mut query = sqlx::query_scalar(AssertSqlSafe(sql)).bind(account_id);
                    for text in texts {
                        query = query.bind(text);
                    }
                    query.bind(limit).fetch_all(pool)
                })?
            }
        };
        if filter.ascending {
            ids.reverse();
        }
        Ok(ids)
    }

    /// How many events there are, counted up to `most`.
    pub async fn count_by_event(&self, account_id: i64, filter: &EventFilter, most: i64) -> DbResult<i64> {
        let Question { sql, texts } = filter.question(self.lead(account_id, filter).await?);
        let sql = AssertSqlSafe(format!("select count(*) from ({sql}) as counted"));
        Ok(browse!(self, pool => {
            let mut query = sqlx::query_scalar(sql).bind(account_id);
            for text in texts {
                query = query.bind(text);
            }
            query.bind(most).fetch_one(pool)
        })?)
    }

    /// How many deliveries with the filter's status fit, counted up to `most`.
    pub async fn count_deliveries(&self, account_id: i64, filter: &EventFilter, most: i64) -> DbResult<i64> {
        let mut texts = filter.bounds();
        let rows = filter.led(filter.status.map_or(Lead::State, Lead::of_status), &mut texts);
        let sql = AssertSqlSafe(format!(
            "select count(*) from (select 1 from {rows} limit ${}) as counted",
            texts.len() + 2
        ));
        Ok(browse!(self, pool => {
            let mut query = sqlx::query_scalar(sql).bind(account_id);
            for text in texts {
                query = query.bind(text);
            }
            query.bind(most).fetch_one(pool)
        })?)
    }

    /// These events of an account, newest first.
    pub async fn events_of(&self, account_id: i64, ids: &[String]) -> DbResult<Vec<EventRecord>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let sql = AssertSqlSafe(format!(
            "select id, event_key, payload, created_at from events
             where account_id = $1 and id in {} order by id desc",
            places(2, ids.len())
        ));
        Ok(browse!(self, pool => {
            let mut query = sqlx::query_as(sql).bind(account_id);
            for id in ids {
                query = query.bind(id);
            }
            query.fetch_all(pool)
        })?)
    }

    /// The deliveries of these events, in the order in which they were planned.
    pub async fn deliveries_of_all(&self, account_id: i64, events: &[String]) -> DbResult<Vec<Delivery>> {
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let sql = AssertSqlSafe(of_events(events.len()));
        Ok(browse!(self, pool => {
            let mut query = sqlx::query_as(sql).bind(account_id);
            for id in events {
                query = query.bind(id);
            }
            query.fetch_all(pool)
        })?)
    }

    /// The newest events between two ids.
    pub async fn newest_events(
        &self,
        account_id: i64,
        (above, below): (Option<&str>, Option<&str>),
        most: i64,
    ) -> DbResult<Vec<EventRecord>> {
        Ok(browse!(self, pool => sqlx::query_as(
            "select id, event_key, payload, created_at from events
             where account_id = $1 and id > $2 and id < $3 order by id desc limit $4",
        )
        .bind(account_id)
        .bind(above.unwrap_or(LOWEST))
        .bind(below.unwrap_or(HIGHEST))
        .bind(most)
        .fetch_all(pool))?)
    }
}

/// The account is hidden from the engines: the order of the ids must not lead them through all of its log.
fn of_events(count: usize) -> String {
    format!(
        "select {DELIVERY} from deliveries d where coalesce(d.account_id, 0) = $1 and d.event_id in {} order by d.id",
        places(2, count)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::plan::{databases, uses};

    #[tokio::test]
    async fn the_deliveries_of_events_are_found_by_their_events() {
        for (_folder, mut connection) in databases().await {
            for count in [1, 51] {
                uses(&mut connection, &of_events(count), &["deliveries_event (event_id=?)"]).await;
            }
        }
    }
}
