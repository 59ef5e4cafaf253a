//! Reading what waits: rows without an owner become ours, rows of ours come back into memory.

use std::sync::Arc;

use sqlx::AssertSqlSafe;

use super::{TOGETHER, places};
use crate::db::columns::{DELIVERY, OutboxRow};
use crate::db::{Db, DbResult, read, write};
use crate::domain::delivery::{OutboxMessage, Reason, State};

/// A row that cannot be read must not hold up all those that can.
const FAIL: &str =
    "update deliveries set state = $2, reason = $3, detail = $4, finished_at = $5, instance = null
     where id = $1 and state = 'pending'";

/// What is due and has no owner.
pub(super) fn unowned(lock: &str) -> String {
    format!(
        "select {DELIVERY}, e.payload from deliveries d join events e on e.id = d.event_id
         where d.state = 'pending' and d.instance is null and d.due_at <= $1
         order by d.due_at, d.id limit $2{lock}"
    )
}

/// What waits in one lane of an account under a name. It was due when it became owned, so that no clock is asked
/// again: one that was put back in the meantime would hide it.
pub(super) fn in_lane() -> String {
    format!(
        "select {DELIVERY}, e.payload from deliveries d join events e on e.id = d.event_id
         where d.state = 'pending' and d.instance = $1 and d.account_id = $2 and d.lane = $3
         order by d.id limit $4"
    )
}

impl Db {
    /// How many deliveries wait under a name, in each lane of each account.
    pub(crate) async fn waiting_by_lane(&self, instance: &str) -> DbResult<Vec<(i64, String, i64)>> {
        Ok(read!(self, pool => sqlx::query_as(
            "select account_id, lane, count(*) from deliveries
             where state = 'pending' and instance = $1 group by account_id, lane",
        )
        .bind(instance)
        .fetch_all(pool))?)
    }

    /// Makes up to `limit` rows ours that wait without an owner and are due; what is due first comes first. They
    /// stay pending. A row that cannot be read fails: it must not hold up all those that can.
    pub async fn claim_unowned(
        &self,
        instance: Arc<str>,
        now: i64,
        limit: i64,
    ) -> DbResult<Vec<OutboxMessage>> {
        let select = unowned(self.skip_locked());
        write!(self, tx => {
            let found: Vec<OutboxRow> = sqlx::query_as(AssertSqlSafe(select))
                .bind(now)
                .bind(limit)
                .fetch_all(&mut *tx)
                .await?;
            let mut messages = Vec::with_capacity(found.len());
            for OutboxRow(found) in found {
                match found {
                    Ok(message) => messages.push(message),
                    Err((id, error)) => {
                        tracing::error!(delivery = %id, %error, "a waiting delivery cannot be read: it failed");
                        sqlx::query(FAIL)
                            .bind(id)
                            .bind(State::Failed)
                            .bind(Reason::NotComposed)
                            .bind(error.to_string())
                            .bind(now)
                            .execute(&mut *tx)
                            .await?;
                    }
                }
            }
            for claimed in messages.chunks(TOGETHER) {
                let claim = format!(
                    "update deliveries set instance = $1
                     where state = 'pending' and instance is null and id in {}",
                    places(2, claimed.len())
                );
                let mut query = sqlx::query(AssertSqlSafe(claim)).bind(&*instance);
                for OutboxMessage { delivery, .. } in claimed {
                    query = query.bind(delivery.id.to_string());
                }
                query.execute(&mut *tx).await?;
            }
            Ok(messages)
        })
    }

    /// What waits under our name in one lane of an account; what was accepted first comes first.
    pub async fn waiting_in_lane(
        &self,
        instance: &str,
        account_id: i64,
        lane: &str,
        now: i64,
        limit: i64,
    ) -> DbResult<Vec<OutboxMessage>> {
        let sql = AssertSqlSafe(in_lane());
        let rows: Vec<OutboxRow> = read!(self, pool => sqlx::query_as(sql)
            .bind(instance)
            .bind(account_id)
            .bind(lane)
            .bind(limit)
            .fetch_all(pool))?;
        let mut messages = Vec::with_capacity(rows.len());
        for OutboxRow(row) in rows {
            match row {
                Ok(message) => messages.push(message),
                Err((id, error)) => self.fail_unreadable(id, error.to_string(), now).await?,
            }
        }
        Ok(messages)
    }

    async fn fail_unreadable(&self, id: String, why: String, now: i64) -> DbResult<()> {
        tracing::error!(delivery = %id, why, "a waiting delivery cannot be read: it failed");
        write!(self, tx => {
            sqlx::query(FAIL)
            .bind(id)
            .bind(State::Failed)
            .bind(Reason::NotComposed)
            .bind(why)
            .bind(now)
            .execute(tx)
            .await?;
            Ok(())
        })
    }
}
