//! Who has been asked whether they want the mails of an account's lists, and who has confirmed it.

use crate::domain::values::EmailAddress;

use super::columns::corrupt;
use super::snapshots::{Stale, change};
use super::{Db, DbResult, read};

impl Db {
    /// Addresses that have not confirmed and were not asked since then.
    pub(crate) async fn unasked(&self, account_id: i64, since: i64) -> DbResult<Vec<EmailAddress>> {
        let rows: Vec<String> = read!(self, pool => sqlx::query_scalar(
            "select address from confirmations
             where account_id = $1 and confirmed_at is null and (asked_at is null or asked_at < $2)
             order by address",
        )
        .bind(account_id)
        .bind(since)
        .fetch_all(pool))?;
        let address = |text: String| text.parse().map_err(|why| corrupt(account_id, why).into());
        rows.into_iter().map(address).collect()
    }

    /// Notes when they were asked.
    pub(crate) async fn note_asked(
        &self,
        account_id: i64,
        addresses: Vec<EmailAddress>,
        now: i64,
    ) -> DbResult<()> {
        change!(self, Stale::Account(account_id), tx => {
            for address in addresses {
                sqlx::query("update confirmations set asked_at = $3 where account_id = $1 and address = $2")
                    .bind(account_id)
                    .bind(address.folded())
                    .bind(now)
                    .execute(&mut *tx)
                    .await?;
            }
            Ok(())
        })
    }

    /// Notes that the owner of an address wants the mails; saying it twice is the same.
    pub(crate) async fn confirm(&self, account_id: i64, address: &EmailAddress, now: i64) -> DbResult<()> {
        let address = address.folded();
        change!(self, Stale::Account(account_id), tx => {
            sqlx::query(
                "update confirmations set confirmed_at = $3
                 where account_id = $1 and address = $2 and confirmed_at is null",
            )
            .bind(account_id)
            .bind(address)
            .bind(now)
            .execute(tx)
            .await?;
            Ok(())
        })
    }

    /// Counts everybody as confirmed: the operator demands it no longer.
    pub(crate) async fn confirm_all(&self, now: i64) -> DbResult<()> {
        let waiting: Vec<i64> = read!(self, pool => sqlx::query_scalar(
            "select distinct account_id from confirmations where confirmed_at is null",
        )
        .fetch_all(pool))?;
        for account_id in waiting {
            change!(self, Stale::Account(account_id), tx => {
                sqlx::query(
                    "update confirmations set confirmed_at = $2 where account_id = $1 and confirmed_at is null",
                )
                .bind(account_id)
                .bind(now)
                .execute(tx)
                .await?;
                Ok(())
            })?;
        }
        Ok(())
    }
}
