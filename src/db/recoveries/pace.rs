//! How the sends of a recovery go, receiver by receiver.

use sqlx::AssertSqlSafe;

use crate::db::columns::DELIVERY;
use crate::db::{Db, DbResult, read};
use crate::domain::delivery::{Delivery, State, Target};

/// So many receivers are named.
const MOST_NAMED: i64 = 20;

const SENT_TO: &str =
    "from deliveries where recovery = $1 and recovery is not null and recipient = $2 and target = $3
               and destination_id is not distinct from $4";

// The `coalesce` keeps SQLite from reading all that the recovery has sent in each of these states.
fn sql_of_last() -> String {
    format!(
        "select state {SENT_TO} and coalesce(state, '') in ('delivered', 'failed', 'unknown') order by id desc
           limit $5"
    )
}

impl Db {
    /// Where a recovery's sends that are under way go. A mail that was put off waits for hours: it holds nobody up.
    pub async fn recovery_open(&self, id: &str) -> DbResult<Vec<Target>> {
        let sql = AssertSqlSafe(format!(
            "select {DELIVERY} from deliveries d where d.recovery = $1 and d.recovery is not null
               and d.state in ('pending', 'sending') and (d.state = 'sending' or d.attempt = 0)"
        ));
        let rows: Vec<Delivery> = read!(self, pool => sqlx::query_as(sql).bind(id).fetch_all(pool))?;
        Ok(rows.into_iter().map(|row| row.target).collect())
    }

    /// The states of a recovery's last sends to a receiver that have ended, the newest first, and whether one has
    /// arrived.
    pub async fn sends_to_receiver(
        &self,
        id: &str,
        receiver: &Target,
        looked_at: usize,
    ) -> DbResult<(Vec<State>, bool)> {
        let most = i64::try_from(looked_at).unwrap_or(i64::MAX);
        let sql = AssertSqlSafe(sql_of_last());
        let last: Vec<State> = read!(self, pool => sqlx::query_scalar(sql)
            .bind(id)
            .bind(receiver.recipient())
            .bind(receiver.kind())
            .bind(receiver.destination_id())
            .bind(most)
            .fetch_all(pool))?;
        if last.contains(&State::Delivered) {
            return Ok((last, true));
        }
        let sql = AssertSqlSafe(format!(
            "select count(*) from (select 1 {SENT_TO} and coalesce(state, '') = 'delivered' limit 1) as arrived"
        ));
        let arrived: i64 = read!(self, pool => sqlx::query_scalar(sql)
            .bind(id)
            .bind(receiver.recipient())
            .bind(receiver.kind())
            .bind(receiver.destination_id())
            .fetch_one(pool))?;
        Ok((last, arrived > 0))
    }

    /// The receivers at which sends of a recovery have failed, a few of them if there are many.
    pub async fn receivers_with_failures(&self, id: &str) -> DbResult<Vec<Target>> {
        let sql = AssertSqlSafe(format!(
            "select {DELIVERY} from deliveries d where d.id in (
               select min(f.id) from deliveries f where f.recovery = $1 and f.recovery is not null
                 and f.state in ('failed', 'unknown')
               group by f.target, f.destination_id, f.recipient having count(*) >= 5 limit {MOST_NAMED})
             order by d.id"
        ));
        let rows: Vec<Delivery> = read!(self, pool => sqlx::query_as(sql).bind(id).fetch_all(pool))?;
        Ok(rows.into_iter().map(|row| row.target).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::plan::{databases, uses};

    #[tokio::test]
    async fn the_last_sends_to_a_receiver_are_read_by_their_index() {
        for (_folder, mut connection) in databases().await {
            uses(&mut connection, &sql_of_last(), &["deliveries_of_recovery_receiver"]).await;
        }
    }
}
