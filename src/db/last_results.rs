//! What became of the last event of each type.

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
}

fn statement(keys: usize) -> String {
    let values: Vec<String> = (0..keys).map(|index| format!("(${})", index + 2)).collect();
    let values = values.join(", ");
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

#[cfg(test)]
mod tests {
    use super::statement;
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
}
