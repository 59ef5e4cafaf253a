//! Links that stand for a password once. Only their hash is kept.

use super::{Db, DbResult, browse, write};

impl Db {
    /// Keeps a link of a person; the one before it is over. If there is one that ends after `unless_after`, nothing
    /// happens, and the answer is when it ends.
    pub(crate) async fn save_sign_in_link(
        &self,
        user_id: String,
        hash: String,
        expires_at: i64,
        unless_after: i64,
    ) -> DbResult<Option<i64>> {
        write!(self, tx => {
            let saved = sqlx::query(
                "insert into sign_in_links (user_id, hash, expires_at) values ($1, $2, $3)
                 on conflict (user_id) do update set hash = excluded.hash, expires_at = excluded.expires_at
                 where sign_in_links.expires_at <= $4",
            )
            .bind(&user_id)
            .bind(hash)
            .bind(expires_at)
            .bind(unless_after)
            .execute(&mut *tx)
            .await?;
            if saved.rows_affected() == 1 {
                return Ok(None);
            }
            Ok(sqlx::query_scalar("select expires_at from sign_in_links where user_id = $1")
                .bind(user_id)
                .fetch_optional(tx)
                .await?)
        })
    }

    /// Whose link this is, while it is good.
    pub(crate) async fn owner_of_sign_in_link(&self, hash: &str, now: i64) -> DbResult<Option<String>> {
        Ok(browse!(self, pool => sqlx::query_scalar(
            "select user_id from sign_in_links where hash = $1 and expires_at > $2",
        )
        .bind(hash)
        .bind(now)
        .fetch_optional(pool))?)
    }

    /// Uses a link up and answers whose it was; `None` for whoever comes second.
    pub(crate) async fn use_sign_in_link(&self, hash: String, now: i64) -> DbResult<Option<String>> {
        write!(self, tx => {
            Ok(sqlx::query_scalar(
                "delete from sign_in_links where hash = $1 and expires_at > $2 returning user_id",
            )
            .bind(hash)
            .bind(now)
            .fetch_optional(tx)
            .await?)
        })
    }

    /// Forgets links and invitations that were over before.
    pub(crate) async fn delete_links_over_before(&self, before: i64) -> DbResult<()> {
        write!(self, tx => {
            sqlx::query("delete from sign_in_links where expires_at < $1").bind(before).execute(&mut *tx).await?;
            sqlx::query("delete from invitations where expires_at < $1").bind(before).execute(&mut *tx).await?;
            Ok(())
        })
    }
}
