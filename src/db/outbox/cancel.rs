//! Cancelling: what has not left when its sender was told that it failed never leaves.

use uuid::Uuid;

use crate::db::{Db, DbResult, write};

impl Db {
    /// Ends the deliveries of an event that wait. What was never tried is skipped as cancelled; a mail that waits
    /// for another try ends as its last one did. What is being sent goes on. Whoever still holds one of them in
    /// memory finds that it no longer waits when its turn comes. Answers how many there were.
    pub async fn cancel_waiting(&self, account_id: i64, event_id: Uuid, now: i64) -> DbResult<u64> {
        write!(self, tx => {
            let done = sqlx::query(
                // A mail whose last try has no outcome, or got no answer, may have arrived.
                "update deliveries set
                   state = case when attempt = 0 then 'skipped'
                     when coalesce(reason, 'no_answer') = 'no_answer' then 'unknown' else 'failed' end,
                   reason = case when attempt = 0 then 'cancelled' else coalesce(reason, 'interrupted') end,
                   finished_at = $3, instance = null
                 where account_id = $1 and event_id = $2 and state = 'pending'",
            )
            .bind(account_id)
            .bind(event_id.to_string())
            .bind(now)
            .execute(tx)
            .await?;
            Ok(done.rows_affected())
        })
    }
}
