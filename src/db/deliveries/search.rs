//! Searching: addresses and ids by how they begin.

use std::fmt::Write as _;

use sqlx::AssertSqlSafe;

use crate::db::{Db, DbResult, browse};

use super::event_filter::{EventFilter, Question};
use super::lead::Lead;

/// So many addresses that begin alike are looked for, by the alphabet.
pub(crate) const MOST_ADDRESSES: i64 = 50;
/// So many of the newest deliveries to an address are looked at where something else is filtered too, shared among the
/// addresses that begin alike.
pub(crate) const MOST_TO_ADDRESS: i64 = 5_000;
/// So many of the newest events and deliveries are looked at whose ids begin alike.
const MOST_OF_IDS: i64 = 1_000;

/// What a filter looks at in a delivery.
const ASKED: &str =
    "d.event_id, d.state, d.reason, d.channel, d.destination_id, d.triggered_by, d.resend_of, d.event_key";

/// The addresses that begin like `$2` and end before `$3`, each found from the one before it: however often the log has
/// one, it is looked at once.
fn sql_of_addresses() -> String {
    let next = |after: &str| {
        format!(
            "(select lower(d.recipient) from deliveries d
               where d.account_id = $1 and lower(d.recipient) {after} and lower(d.recipient) < $3
               order by lower(d.recipient) limit 1)"
        )
    };
    let (first, others) = (next(">= $2"), next("> found.address"));
    format!(
        "with recursive found (address, place) as (
           select {first}, 1
           union all
           select {others}, found.place + 1 from found
            where found.address is not null and found.place < {MOST_ADDRESSES})
         select address from found where address is not null"
    )
}

/// The ids of up to `$n` events with deliveries to these addresses, or whose id, or a delivery's, begins like `q`.
fn question(filter: &EventFilter, addresses: &[String], id: Option<&str>) -> Question {
    let mut texts = filter.bounds();
    // No index may lead but those of addresses and ids.
    let fits = filter.of_deliveries(Lead::Events, &mut texts);
    let (order, bounds) = (filter.order(), "d.event_id > $2 and d.event_id < $3");
    let mut parts = Vec::new();
    let limit = texts.len() + addresses.len() + if id.is_some() { 2 } else { 0 } + 2;
    let looked_at = MOST_TO_ADDRESS / i64::try_from(addresses.len().max(1)).unwrap_or(MOST_TO_ADDRESS);
    for address in addresses {
        texts.push(address.clone());
        let to = format!("d.account_id = $1 and lower(d.recipient) = ${} and {bounds}", texts.len() + 1);
        parts.push(if fits.is_empty() {
            format!(
                "select * from (select distinct d.event_id from deliveries d where {to}
                   order by d.event_id {order} limit ${limit}) as found"
            )
        } else {
            format!(
                "select d.event_id from (select {ASKED} from deliveries d where {to}
                   order by d.event_id {order} limit {looked_at}) as d where d.event_id is not null{fits}"
            )
        });
    }
    if let Some(id) = id {
        texts.extend([id.to_owned(), end_of(id)]);
        let (from, to) = (texts.len(), texts.len() + 1);
        parts.push(format!(
            "select d.event_id from (select {ASKED} from deliveries d
               where d.account_id = $1 and d.id >= ${from} and d.id < ${to}
               order by d.id {order} limit {MOST_OF_IDS}) as d where {bounds}{fits}"
        ));
        let mut of_event = format!(
            "select e.id from (select e.id from events e
               where e.account_id = $1 and e.id >= ${from} and e.id < ${to} and e.id > $2 and e.id < $3
               order by e.id {order} limit {MOST_OF_IDS}) as e"
        );
        if !fits.is_empty() {
            // Writing to a string cannot fail.
            let _ =
                write!(of_event, " where exists (select 1 from deliveries d where d.event_id = e.id{fits})");
        }
        parts.push(of_event);
    }
    let every = parts.join(" union all ");
    let sql =
        format!("select distinct event_id from ({every}) as every order by event_id {order} limit ${limit}");
    Question { sql, texts }
}

/// What follows every text that begins like this.
fn end_of(begin: &str) -> String {
    format!("{begin}\u{10ffff}")
}

/// Only what could be the begin of an id is looked for among them.
fn could_be_id(text: &str) -> bool {
    text.len() <= 36 && text.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
}

impl Db {
    /// The ids of up to `limit` events of the account that fit, and of which a recipient, or an id, begins like `q`.
    pub(super) async fn search(
        &self,
        account_id: i64,
        filter: &EventFilter,
        q: &str,
        limit: i64,
    ) -> DbResult<Vec<String>> {
        let begin = q.to_lowercase();
        let sql = AssertSqlSafe(sql_of_addresses());
        let addresses: Vec<String> = browse!(self, pool => sqlx::query_scalar(sql)
            .bind(account_id)
            .bind(&begin)
            .bind(end_of(&begin))
            .fetch_all(pool))?;
        let id = Some(begin.as_str()).filter(|begin| could_be_id(begin));
        if addresses.is_empty() && id.is_none() {
            return Ok(Vec::new());
        }
        let Question { sql, texts } = question(filter, &addresses, id);
        Ok(browse!(self, pool => {
            let mut query = sqlx::query_scalar(AssertSqlSafe(sql)).bind(account_id);
            for text in texts {
                query = query.bind(text);
            }
            query.bind(limit).fetch_all(pool)
        })?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::plan::{databases, steps, uses};
    use crate::domain::delivery::LogStatus;

    #[tokio::test]
    async fn a_search_is_led_by_the_indexes_of_addresses_and_ids() {
        let none = EventFilter::default();
        let failed = EventFilter { status: Some(LogStatus::Failed), ..EventFilter::default() };
        let two = ["ops@acme.example".to_owned(), "ops2@acme.example".to_owned()];
        for (_folder, mut connection) in databases().await {
            let by_recipient = "deliveries_by_recipient (account_id=? AND <expr>";
            uses(&mut connection, &sql_of_addresses(), &[by_recipient]).await;
            for filter in [&none, &failed] {
                let sql = question(filter, &two, Some("0199")).sql;
                let led = ["deliveries_log (account_id=? AND id>? AND id<?)", "events_account"];
                uses(&mut connection, &sql, &led).await;
                let to = "deliveries_by_recipient (account_id=? AND <expr>=? AND event_id>? AND event_id<?)";
                let found = steps(&mut connection, &sql).await;
                assert_eq!(found.iter().filter(|step| step.contains(to)).count(), 2, "{found:?}");
            }
        }
    }

    #[test]
    fn only_what_could_be_an_id_is_looked_for_among_ids() {
        assert!(could_be_id("01969b3e-5c1d-7a02-8c11-0b7d7f1e4a60") && could_be_id("0196"));
        assert!(!could_be_id("ops@acme.example") && !could_be_id("run failed"));
    }
}
