//! The end of a recovery: what it had queued is not sent any more if somebody stops it.

use crate::db::{Db, DbResult, write};
use crate::domain::recovery::RecoveryEnd;

/// Whoever holds one of them in memory finds that it no longer waits when its turn comes. A mail that the mail server
/// has put off was begun: it goes on.
const WITHDRAW: &str =
    "update deliveries set state = 'skipped', reason = 'recovery_stopped', finished_at = $2,
       instance = null
     where recovery = $1 and recovery is not null and state = 'pending' and attempt = 0
       and exists (select 1 from recoveries r where r.id = $1 and r.stopped_by is not null)";

impl Db {
    /// Ends a recovery that goes on; `false` if it has ended already. If somebody stops it, what it has queued and
    /// not begun is skipped in the same transaction.
    pub async fn end_recovery(
        &self,
        account_id: i64,
        id: String,
        end: RecoveryEnd,
        now: i64,
    ) -> DbResult<bool> {
        let (by, reason) = match end {
            RecoveryEnd::StoppedBy(who) => (Some(who), None),
            RecoveryEnd::Failing => (None, Some("failing")),
            RecoveryEnd::Restored => (None, Some("restored")),
            RecoveryEnd::Done | RecoveryEnd::Running => (None, None),
        };
        write!(self, tx => {
            let done = sqlx::query(
                "update recoveries set stopped_by = $1, stop_reason = $2, finished_at = $3
                 where account_id = $4 and id = $5 and finished_at is null",
            )
            .bind(by)
            .bind(reason)
            .bind(now)
            .bind(account_id)
            .bind(&id)
            .execute(&mut *tx)
            .await?;
            let has_ended = done.rows_affected() == 1;
            if has_ended {
                sqlx::query(WITHDRAW).bind(&id).bind(now).execute(tx).await?;
            }
            Ok(has_ended)
        })
    }

    /// Withdraws what was queued for a recovery while somebody stopped it; nothing, if nobody did.
    pub async fn withdraw_from_stopped(&self, id: String, now: i64) -> DbResult<()> {
        write!(self, tx => {
            sqlx::query(WITHDRAW).bind(&id).bind(now).execute(tx).await?;
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::plan::{databases, uses};

    #[tokio::test]
    async fn what_is_withdrawn_is_found_by_its_recovery() {
        for (_folder, mut connection) in databases().await {
            uses(&mut connection, WITHDRAW, &["deliveries_of_recovery (recovery=? AND state=?)"]).await;
        }
    }
}
