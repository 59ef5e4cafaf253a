//! What became of the last event of each type, and of the last mail to each address.

use crate::domain::delivery::Delivery;

use super::columns::DELIVERY;
use super::{Db, DbResult, browse};

impl Db {
    /// The deliveries of the last event of each of these types that was posted to an account, in the order in which
    /// they were planned.
    pub(crate) async fn last_deliveries_of_events(
        &self,
        account_id: i64,
        keys: &[&str],
    ) -> DbResult<Vec<Delivery>> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let sql = sqlx::AssertSqlSafe(statement(keys.len()));
        Ok(browse!(self, pool => {
            let query = sqlx::query_as(sql).bind(account_id);
            keys.iter().fold(query, |query, key| query.bind(*key)).fetch_all(pool)
        })?)
    }

    /// The newest mail to each of these addresses that has ended; who got none yet is left out.
    pub(crate) async fn last_mails(&self, account_id: i64, addresses: &[String]) -> DbResult<Vec<Delivery>> {
        if addresses.is_empty() {
            return Ok(Vec::new());
        }
        let sql = sqlx::AssertSqlSafe(mails(addresses.len()));
        Ok(browse!(self, pool => {
            let query = sqlx::query_as(sql).bind(account_id);
            addresses.iter().fold(query, |query, address| query.bind(address.as_str())).fetch_all(pool)
        })?)
    }
}

fn mails(addresses: usize) -> String {
    let values = values(addresses);
    format!(
        "select {DELIVERY} from (values {values}) k
         join deliveries d on d.id = (
           select m.id from deliveries m
            where m.account_id = $1 and lower(m.recipient) = k.column1 and m.channel = 'email'
              and m.state in ('delivered', 'failed', 'unknown')
            order by m.event_id desc, m.id desc limit 1
         )"
    )
}

fn statement(keys: usize) -> String {
    let values = values(keys);
    format!(
        "select {DELIVERY} from (values {values}) k
         join deliveries d on d.event_id = (
           select e.id from events e
            where e.account_id = $1 and e.event_key = k.column1 and e.triggered_by = 'event'
            order by e.id desc limit 1
         )
         order by d.id"
    )
}

/// `($2), ($3)`: so many rows after the account.
fn values(count: usize) -> String {
    let rows: Vec<String> = (2..2 + count).map(|number| format!("(${number})")).collect();
    rows.join(", ")
}

#[cfg(test)]
mod tests {
    use super::{mails, statement};
    use crate::db::plan::{databases, uses};

    #[tokio::test]
    async fn the_last_events_are_found_by_their_type() {
        for (_folder, mut connection) in databases().await {
            let sql = statement(7);
            uses(
                &mut connection,
                &sql,
                &["events_by_key (account_id=? AND event_key=?)", "deliveries_event"],
            )
            .await;
        }
    }

    #[tokio::test]
    async fn the_last_mails_are_found_by_their_recipient() {
        for (_folder, mut connection) in databases().await {
            uses(&mut connection, &mails(50), &["deliveries_by_recipient"]).await;
        }
    }
}
