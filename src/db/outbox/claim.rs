//! Reading what waits: rows without an owner become ours, rows of ours come back into memory.

use std::sync::Arc;

use crate::db::columns::{DELIVERY, OutboxRow};
use crate::db::{Db, DbResult, read, write};
use crate::domain::delivery::{OutboxMessage, Reason, State};

impl Db {
    /// Makes up to `limit` rows ours that wait without an owner and are due; what is due first comes first. They
    /// stay pending. A row that cannot be read fails: it must not hold up all those that can.
    pub async fn claim_unowned(
        &self,
        instance: Arc<str>,
        now: i64,
        limit: i64,
    ) -> DbResult<Vec<OutboxMessage>> {
        let select = format!(
            "select {DELIVERY}, e.payload from deliveries d join events e on e.id = d.event_id
             where d.state = 'pending' and d.instance is null and d.due_at <= $1
             order by d.due_at, d.id limit $2{}",
            self.skip_locked()
        );
        write!(self, tx => {
            let found: Vec<OutboxRow> = sqlx::query_as(sqlx::AssertSqlSafe(select))
                .bind(now)
                .bind(limit)
                .fetch_all(&mut *tx)
                .await?;
            let mut messages = Vec::with_capacity(found.len());
            for OutboxRow(found) in found {
                match found {
                    Ok(message) => {
                        sqlx::query(
                            "update deliveries set instance = $2
                             where id = $1 and state = 'pending' and instance is null",
                        )
                        .bind(message.delivery.id.to_string())
                        .bind(&*instance)
                        .execute(&mut *tx)
                        .await?;
                        messages.push(message);
                    }
                    Err((id, error)) => {
                        tracing::error!(delivery = %id, %error, "a waiting delivery cannot be read: it failed");
                        sqlx::query(
                            "update deliveries set state = $2, reason = $3, detail = $4, finished_at = $5
                             where id = $1 and state = 'pending'",
                        )
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
            Ok(messages)
        })
    }

    /// What waits under our name in one lane of an account and is due; what was accepted first comes first.
    pub async fn waiting_in_lane(
        &self,
        instance: &str,
        account_id: i64,
        lane: &str,
        now: i64,
        limit: i64,
    ) -> DbResult<Vec<OutboxMessage>> {
        let sql = sqlx::AssertSqlSafe(format!(
            "select {DELIVERY}, e.payload from deliveries d join events e on e.id = d.event_id
             where d.state = 'pending' and d.instance = $1 and d.account_id = $2 and d.lane = $3
               and d.due_at <= $4
             order by d.id limit $5"
        ));
        let rows: Vec<OutboxRow> = read!(self, pool => sqlx::query_as(sql)
            .bind(instance)
            .bind(account_id)
            .bind(lane)
            .bind(now)
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

    /// A row that cannot be read must not hold up all those that can.
    async fn fail_unreadable(&self, id: String, why: String, now: i64) -> DbResult<()> {
        tracing::error!(delivery = %id, why, "a waiting delivery cannot be read: it failed");
        write!(self, tx => {
            sqlx::query(
                "update deliveries set state = $2, reason = $3, detail = $4, finished_at = $5, instance = null
                 where id = $1 and state = 'pending'",
            )
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
