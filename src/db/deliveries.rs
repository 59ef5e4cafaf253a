//! The log: deliveries as people and programs read them.

mod by_event;
mod event_filter;
mod figures;
mod lead;
mod list;
mod search;

use std::time::Duration;

use uuid::Uuid;

use crate::domain::clock::from_ms;
use crate::domain::delivery::{Delivery, Stages};

use super::columns::{DELIVERY, from_row};
use super::{Db, DbResult, browse};

pub use by_event::EventRecord;
pub use event_filter::EventFilter;
pub(super) use event_filter::{HIGHEST, LOWEST};
pub use figures::{HourCount, MOST_AN_HOUR};
pub(super) use lead::Lead;
pub use list::LogPlace;
pub(crate) use search::{MOST_ADDRESSES, MOST_TO_ADDRESS};

/// What left and what came back.
#[derive(Clone, Debug)]
pub struct TranscriptRecord {
    /// Request line and headers.
    pub request_head: Option<String>,
    /// The body, where it is not the event's payload itself.
    pub request_body: Option<String>,
    /// Status line and headers.
    pub response_head: Option<String>,
    /// The first part of the answer's body.
    pub response_body: Option<String>,
    /// The event's payload.
    pub payload: String,
    resolve_us: Option<i64>,
    policy_us: Option<i64>,
    connect_us: Option<i64>,
    tls_us: Option<i64>,
    sent_us: Option<i64>,
    first_byte_us: Option<i64>,
    done_us: Option<i64>,
    certificate_until: Option<i64>,
}
from_row!(TranscriptRecord {
    request_head,
    request_body,
    response_head,
    response_body,
    payload,
    resolve_us,
    policy_us,
    connect_us,
    tls_us,
    sent_us,
    first_byte_us,
    done_us,
    certificate_until,
});

impl TranscriptRecord {
    /// How far the attempt came, and when.
    #[must_use]
    pub fn stages(&self) -> Stages {
        let end = |us: Option<i64>| us.and_then(|us| u64::try_from(us).ok()).map(Duration::from_micros);
        Stages {
            resolved: end(self.resolve_us),
            allowed: end(self.policy_us),
            connected: end(self.connect_us),
            secured: end(self.tls_us),
            certificate_until: self.certificate_until.map(from_ms),
            sent: end(self.sent_us),
            first_byte: end(self.first_byte_us),
            done: end(self.done_us),
        }
    }
}

impl Db {
    /// One delivery, whosever it is.
    pub async fn delivery_of_any_account(&self, id: &str) -> DbResult<Option<Delivery>> {
        let sql = sqlx::AssertSqlSafe(format!("select {DELIVERY} from deliveries d where id = $1"));
        Ok(browse!(self, pool => sqlx::query_as(sql).bind(id).fetch_optional(pool))?)
    }

    /// One line of an account's log.
    pub async fn delivery(&self, account_id: i64, id: &str) -> DbResult<Option<Delivery>> {
        let sql = sqlx::AssertSqlSafe(format!(
            "select {DELIVERY} from deliveries d where account_id = $1 and id = $2"
        ));
        Ok(browse!(self, pool => sqlx::query_as(sql).bind(account_id).bind(id).fetch_optional(pool))?)
    }

    /// Those of these deliveries that are the account's, in the order of their ids.
    pub async fn deliveries_by_ids(&self, account_id: i64, ids: &[String]) -> DbResult<Vec<Delivery>> {
        let places = places(2, ids.len());
        let sql = sqlx::AssertSqlSafe(format!(
            "select {DELIVERY} from deliveries d where account_id = $1 and id in {places} order by id"
        ));
        Ok(browse!(self, pool => {
            let mut query = sqlx::query_as(sql).bind(account_id);
            for id in ids {
                query = query.bind(id);
            }
            query.fetch_all(pool)
        })?)
    }

    /// Those of these deliveries that a later send stands for.
    pub async fn sent_again(&self, ids: &[String]) -> DbResult<Vec<String>> {
        let places = places(1, ids.len());
        let sql = sqlx::AssertSqlSafe(format!(
            "select resend_of from deliveries where resend_of in {places} and resend_of is not null
               and state <> 'skipped'"
        ));
        Ok(browse!(self, pool => {
            let mut query = sqlx::query_scalar(sql);
            for id in ids {
                query = query.bind(id);
            }
            query.fetch_all(pool)
        })?)
    }

    /// What was sent and answered, for one line of the log.
    pub async fn transcript(&self, account_id: i64, id: &str) -> DbResult<Option<TranscriptRecord>> {
        Ok(browse!(self, pool => sqlx::query_as(
            "select d.request_head, d.request_body, d.response_head, d.response_body, e.payload,
               d.resolve_us, d.policy_us, d.connect_us, d.tls_us, d.sent_us, d.first_byte_us, d.done_us,
               d.certificate_until
             from deliveries d join events e on e.id = d.event_id
             where d.account_id = $1 and d.id = $2",
        )
        .bind(account_id)
        .bind(id)
        .fetch_optional(pool))?)
    }

    /// The sends of one event to one target, oldest first: the first, and those that repeat it.
    pub async fn chain(&self, account_id: i64, first_id: Uuid) -> DbResult<Vec<Delivery>> {
        let sql = sqlx::AssertSqlSafe(chain());
        Ok(
            browse!(self, pool => sqlx::query_as(sql).bind(account_id).bind(first_id.to_string()).fetch_all(pool))?,
        )
    }

    /// The first deliveries of one event, in the order in which they were planned: read no further than asked.
    pub(crate) async fn first_deliveries_of(
        &self,
        account_id: i64,
        event_id: Uuid,
        most: i64,
    ) -> DbResult<Vec<Delivery>> {
        let sql = sqlx::AssertSqlSafe(format!("{} limit $3", of_event()));
        Ok(browse!(self, pool => sqlx::query_as(sql)
            .bind(account_id)
            .bind(event_id.to_string())
            .bind(most)
            .fetch_all(pool))?)
    }

    /// The deliveries of one event, in the order in which they were planned.
    pub async fn deliveries_of(&self, account_id: i64, event_id: Uuid) -> DbResult<Vec<Delivery>> {
        let sql = sqlx::AssertSqlSafe(of_event());
        Ok(
            browse!(self, pool => sqlx::query_as(sql).bind(account_id).bind(event_id.to_string()).fetch_all(pool))?,
        )
    }
}

/// The first of a chain is found by its id, the others by an index that holds nothing but resends. The account is
/// hidden from the engines: the order of the ids must not lead them through all of its log.
fn chain() -> String {
    format!(
        "select {DELIVERY} from deliveries d where coalesce(d.account_id, 0) = $1 and d.id = $2
         union all
         select {DELIVERY} from deliveries d
         where coalesce(d.account_id, 0) = $1 and d.first_id = $2 and d.resend_of is not null
         order by id"
    )
}

fn of_event() -> String {
    format!(
        "select {DELIVERY} from deliveries d where coalesce(d.account_id, 0) = $1 and d.event_id = $2 order by d.id"
    )
}

/// `($2, $3)`: so many places, from this number on.
fn places(first: usize, count: usize) -> String {
    let places: Vec<String> = (first..first + count).map(|number| format!("${number}")).collect();
    format!("({})", places.join(", "))
}

/// `%` and `_` in what somebody searches for mean themselves.
pub(super) fn escape_like(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::plan::{databases, uses};

    #[tokio::test]
    async fn the_sends_of_a_chain_and_of_an_event_are_found_by_their_indexes() {
        for (_folder, mut connection) in databases().await {
            uses(&mut connection, &chain(), &["deliveries_chain (first_id=?)", "(id=?)"]).await;
            uses(&mut connection, &of_event(), &["deliveries_event (event_id=?)"]).await;
        }
    }
}
