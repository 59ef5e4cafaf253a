//! How far an account has got to its first notification.

use crate::domain::delivery::Delivery;

use super::columns::DELIVERY;
use super::snapshots::{Stale, change};
use super::{Db, DbResult, browse};

/// So many of the newest tests are looked at.
const TESTS: i64 = 50;
/// And so many of the newest events of any kind.
const NEWEST: i64 = 500;

/// The newest delivery of a test that has arrived, else the newest of all. A mail in a file has reached nobody.
fn last_test() -> String {
    format!(
        "select {DELIVERY} from deliveries d
         where d.event_id in (
           select e.id from events e where e.account_id = $1 and e.triggered_by = 'test'
            and e.triggered_by <> 'event' order by e.id desc limit {TESTS}
         )
         order by case when d.state = 'delivered' and (d.reason is null or d.reason <> 'written_to_file')
                  then 0 else 1 end, d.id desc
         limit 1"
    )
}

/// Among the newest of an account, for as many tests as there are.
fn last_event() -> String {
    format!(
        "select n.id, n.event_key, n.created_at from (
           select id, event_key, created_at, triggered_by from events
            where account_id = $1 and id > '' order by id desc limit {NEWEST}
         ) n
         where n.triggered_by = 'event' limit 1"
    )
}

impl Db {
    /// The newest delivery of a test that has arrived, else the newest that has not.
    pub(crate) async fn last_test(&self, account_id: i64) -> DbResult<Option<Delivery>> {
        let sql = sqlx::AssertSqlSafe(last_test());
        Ok(browse!(self, pool => sqlx::query_as(sql).bind(account_id).fetch_optional(pool))?)
    }

    /// The newest event that was posted: its id, its type's key, and when it was accepted.
    pub(crate) async fn last_event(&self, account_id: i64) -> DbResult<Option<(String, String, i64)>> {
        let sql = sqlx::AssertSqlSafe(last_event());
        Ok(browse!(self, pool => sqlx::query_as(sql).bind(account_id).fetch_optional(pool))?)
    }

    /// Whether the list of first steps has left an account's pages.
    pub(crate) async fn has_left_first_steps(&self, account_id: i64) -> DbResult<bool> {
        let left_at: Option<Option<i64>> = browse!(self, pool => sqlx::query_scalar(
            "select first_steps_left_at from accounts where id = $1",
        )
        .bind(account_id)
        .fetch_optional(pool))?;
        Ok(left_at.flatten().is_some())
    }

    /// Takes the list of first steps off an account's pages, or puts it back.
    pub(crate) async fn leave_first_steps(&self, account_id: i64, left_at: Option<i64>) -> DbResult<()> {
        change!(self, Stale::Account(account_id), tx => {
            sqlx::query("update accounts set first_steps_left_at = $2 where id = $1")
                .bind(account_id)
                .bind(left_at)
                .execute(tx)
                .await?;
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::plan::{databases, uses};

    #[tokio::test]
    async fn the_last_test_and_the_last_event_are_found_by_an_index() {
        for (_folder, mut connection) in databases().await {
            uses(&mut connection, &last_test(), &["events_not_posted", "deliveries_event"]).await;
            uses(&mut connection, &last_event(), &["events_account (account_id=? AND id>?)"]).await;
        }
    }
}
