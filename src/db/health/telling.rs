//! Who has to be told that something fails, and that they are.

use crate::db::person_mails::{self, WaitingMail};
use crate::db::snapshots::{Stale, change};
use crate::db::{Db, DbResult, browse};

/// Accounts that are looked for at once.
const ACCOUNTS: i64 = 500;

/// Accounts whose primary contact may be told, and in whose log something has not arrived.
const TO_BE_TOLD: &str = "
    select a.id from accounts a
     where a.id > $1 and a.failure_mails
       and (a.failure_mailed_at is null or a.failure_mailed_at <= $2 or a.failure_mailed_at > $3)
       and (exists (select 1 from deliveries d
                     where d.account_id = a.id and d.state = 'failed' and d.event_id > $4)
         or exists (select 1 from deliveries d
                     where d.account_id = a.id and d.state = 'unknown' and d.event_id > $4))
     order by a.id limit $5";

impl Db {
    /// The next accounts after one, by number, that somebody may have to be told about.
    pub(crate) async fn accounts_in_trouble(
        &self,
        after: i64,
        (told_before, told_after): (i64, i64),
        since: &str,
    ) -> DbResult<Vec<i64>> {
        Ok(browse!(self, pool => sqlx::query_scalar(TO_BE_TOLD)
            .bind(after)
            .bind(told_before)
            .bind(told_after)
            .bind(since)
            .bind(ACCOUNTS)
            .fetch_all(pool))?)
    }

    /// Notes that the primary contact of an account is told, with the mail that does it; `false`, and no mail, if
    /// another has done so, or if it is switched off.
    pub(crate) async fn tell_of_failures(
        &self,
        account_id: i64,
        (told_before, told_after): (i64, i64),
        mail: WaitingMail,
    ) -> DbResult<bool> {
        change!(self, Stale::Account(account_id), tx => {
            let done = sqlx::query(
                "update accounts set failure_mailed_at = $2
                 where id = $1 and failure_mails
                   and (failure_mailed_at is null or failure_mailed_at <= $3 or failure_mailed_at > $4)",
            )
            .bind(account_id)
            .bind(mail.created_at)
            .bind(told_before)
            .bind(told_after)
            .execute(&mut *tx)
            .await?;
            let is_first = done.rows_affected() == 1;
            if is_first {
                let due_at = mail.created_at;
                person_mails::add!(tx, mail, due_at);
            }
            Ok(is_first)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::plan::{databases, uses};

    #[tokio::test]
    async fn accounts_in_trouble_are_found_by_an_index() {
        for (_folder, mut connection) in databases().await {
            let by_state = "deliveries_by_state (account_id=? AND state=? AND event_id>?)";
            uses(&mut connection, TO_BE_TOLD, &[by_state]).await;
        }
    }
}
