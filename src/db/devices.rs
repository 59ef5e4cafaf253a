//! Browsers in which people have signed in before, known again by a cookie of which the hash is kept.

use super::{Db, DbResult, browse, write};

impl Db {
    /// Whether somebody has signed in with this browser before.
    pub async fn is_known_device(&self, user_id: &str, hash: &str) -> DbResult<bool> {
        let count: i64 = browse!(self, pool => sqlx::query_scalar(
            "select count(*) from devices where user_id = $1 and hash = $2",
        )
        .bind(user_id)
        .bind(hash)
        .fetch_one(pool))?;
        Ok(count > 0)
    }

    /// Remembers a browser of a person. `false` if it was known.
    pub async fn remember_device(&self, user_id: String, hash: String, now: i64) -> DbResult<bool> {
        write!(self, tx => {
            let seen = sqlx::query("update devices set seen_at = $3 where user_id = $1 and hash = $2")
                .bind(&user_id)
                .bind(&hash)
                .bind(now)
                .execute(&mut *tx)
                .await?;
            if seen.rows_affected() == 1 {
                return Ok(false);
            }
            let added = sqlx::query(
                "insert into devices (user_id, hash, seen_at) values ($1, $2, $3) on conflict do nothing",
            )
            .bind(user_id)
            .bind(hash)
            .bind(now)
            .execute(&mut *tx)
            .await?;
            Ok(added.rows_affected() == 1)
        })
    }

    /// Forgets what is of no use any more: browsers not seen since `devices`, links and invitations that were over
    /// before `links`.
    pub(crate) async fn delete_stale_links(&self, devices: i64, links: i64) -> DbResult<()> {
        write!(self, tx => {
            sqlx::query("delete from devices where seen_at < $1").bind(devices).execute(&mut *tx).await?;
            sqlx::query("delete from sign_in_links where expires_at < $1").bind(links).execute(&mut *tx).await?;
            sqlx::query("delete from invitations where expires_at < $1").bind(links).execute(&mut *tx).await?;
            Ok(())
        })
    }
}
