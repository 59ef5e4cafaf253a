//! Second factors: what is kept of an authenticator and of recovery codes, sealed by whoever stores it.

use super::columns::from_row;
use super::{Db, DbResult, browse, write};

/// A person's second factor.
#[derive(Clone, Debug)]
pub struct SecondFactorRecord {
    /// The shared secret, sealed.
    pub secret: String,
    /// The recovery codes, sealed.
    pub recovery_codes: String,
    /// When it was turned on.
    pub created_at: i64,
}
from_row!(SecondFactorRecord { secret, recovery_codes, created_at });

impl Db {
    /// A person's second factor, if they have one.
    pub async fn second_factor(&self, user_id: &str) -> DbResult<Option<SecondFactorRecord>> {
        Ok(browse!(self, pool => sqlx::query_as(
            "select secret, recovery_codes, created_at from second_factors where user_id = $1",
        )
        .bind(user_id)
        .fetch_optional(pool))?)
    }

    /// Turns a second factor on; every session that began without it ends. `false` if there is one already.
    pub(crate) async fn add_second_factor(
        &self,
        user_id: String,
        factor: SecondFactorRecord,
        last_step: i64,
    ) -> DbResult<bool> {
        write!(self, tx => {
            let added = sqlx::query(
                "insert into second_factors (user_id, secret, recovery_codes, last_step, created_at)
                 values ($1, $2, $3, $4, $5) on conflict do nothing",
            )
            .bind(&user_id)
            .bind(factor.secret)
            .bind(factor.recovery_codes)
            .bind(last_step)
            .bind(factor.created_at)
            .execute(&mut *tx)
            .await?;
            if added.rows_affected() == 0 {
                return Ok(false);
            }
            sqlx::query("delete from sessions where user_id = $1").bind(user_id).execute(&mut *tx).await?;
            Ok(true)
        })
    }

    /// Turns it off; the person's sessions end. `false` if there is none.
    pub(crate) async fn remove_second_factor(&self, user_id: String) -> DbResult<bool> {
        write!(self, tx => {
            let removed = sqlx::query("delete from second_factors where user_id = $1")
                .bind(&user_id)
                .execute(&mut *tx)
                .await?;
            if removed.rows_affected() == 0 {
                return Ok(false);
            }
            sqlx::query("delete from sessions where user_id = $1").bind(user_id).execute(&mut *tx).await?;
            Ok(true)
        })
    }

    /// Notes that the code of a time step was used. `false` if it, or a later one, was used before: of two who
    /// send the same code at once, one comes in.
    pub(crate) async fn use_step(&self, user_id: String, step: i64) -> DbResult<bool> {
        write!(self, tx => {
            let used = sqlx::query(
                "update second_factors set last_step = $2 where user_id = $1 and last_step < $2",
            )
            .bind(user_id)
            .bind(step)
            .execute(tx)
            .await?;
            Ok(used.rows_affected() == 1)
        })
    }

    /// Replaces the recovery codes, if they are still those that were read.
    pub(crate) async fn replace_recovery_codes(
        &self,
        user_id: String,
        read: String,
        now: String,
    ) -> DbResult<bool> {
        write!(self, tx => {
            let done = sqlx::query(
                "update second_factors set recovery_codes = $3 where user_id = $1 and recovery_codes = $2",
            )
            .bind(user_id)
            .bind(read)
            .bind(now)
            .execute(tx)
            .await?;
            Ok(done.rows_affected() == 1)
        })
    }
}
