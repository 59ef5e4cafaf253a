//! Browser sessions: the id hashed, the data sealed by whoever stores it.

use super::columns::from_row;
use super::{Db, DbResult, browse, write};

/// A stored session.
#[derive(Clone, Debug)]
pub struct SessionRecord {
    /// SHA-256 of the cookie's id, as hex.
    pub id: String,
    /// Who is signed in, if anybody.
    pub user_id: Option<String>,
    /// Sealed.
    pub data: String,
    /// Where the request came from.
    pub address: String,
    /// What the browser calls itself.
    pub user_agent: String,
    /// The absolute limit counts from here.
    pub created_at: i64,
    /// The last request.
    pub seen_at: i64,
    /// The idle limit.
    pub expires_at: i64,
}
from_row!(SessionRecord { id, user_id, data, address, user_agent, created_at, seen_at, expires_at });

const SESSION: &str =
    "select id, user_id, data, address, user_agent, created_at, seen_at, expires_at from sessions";

impl Db {
    /// The session with this id that neither expired nor began before `oldest`.
    pub async fn session(&self, id: &str, now: i64, oldest: i64) -> DbResult<Option<SessionRecord>> {
        let sql =
            sqlx::AssertSqlSafe(format!("{SESSION} where id = $1 and expires_at > $2 and created_at > $3"));
        Ok(browse!(self, pool => sqlx::query_as(sql).bind(id).bind(now).bind(oldest).fetch_optional(pool))?)
    }

    /// A person's sessions, the latest first.
    pub async fn sessions_of(&self, user_id: &str, now: i64) -> DbResult<Vec<SessionRecord>> {
        let sql = sqlx::AssertSqlSafe(format!(
            "{SESSION} where user_id = $1 and expires_at > $2 order by seen_at desc"
        ));
        Ok(browse!(self, pool => sqlx::query_as(sql).bind(user_id).bind(now).fetch_all(pool))?)
    }

    /// Changes a session, which keeps its beginning, address and browser; one that is gone stays so.
    pub(crate) async fn update_session(&self, session: SessionRecord) -> DbResult<()> {
        write!(self, tx => {
            sqlx::query(
                "update sessions set user_id = $2, data = $3, seen_at = $4, expires_at = $5 where id = $1",
            )
            .bind(session.id)
            .bind(session.user_id)
            .bind(session.data)
            .bind(session.seen_at)
            .bind(session.expires_at)
            .execute(tx)
            .await?;
            Ok(())
        })
    }

    /// Stores a new session.
    pub(crate) async fn insert_session(&self, session: SessionRecord) -> DbResult<()> {
        write!(self, tx => {
            sqlx::query(
                "insert into sessions
                   (id, user_id, data, address, user_agent, created_at, seen_at, expires_at)
                 values ($1, $2, $3, $4, $5, $6, $7, $8)",
            )
            .bind(session.id)
            .bind(session.user_id)
            .bind(session.data)
            .bind(session.address)
            .bind(session.user_agent)
            .bind(session.created_at)
            .bind(session.seen_at)
            .bind(session.expires_at)
            .execute(tx)
            .await?;
            Ok(())
        })
    }

    /// Ends one session.
    pub(crate) async fn delete_session(&self, id: String) -> DbResult<()> {
        write!(self, tx => {
            sqlx::query("delete from sessions where id = $1").bind(id).execute(tx).await?;
            Ok(())
        })
    }

    /// Ends one session of a person; `false` if it is not theirs.
    pub(crate) async fn delete_session_of(&self, user_id: String, id: String) -> DbResult<bool> {
        write!(self, tx => {
            let done = sqlx::query("delete from sessions where id = $1 and user_id = $2")
                .bind(id)
                .bind(user_id)
                .execute(tx)
                .await?;
            Ok(done.rows_affected() == 1)
        })
    }

    /// Ends every session of a person.
    pub(crate) async fn delete_sessions_of(&self, user_id: String) -> DbResult<()> {
        write!(self, tx => {
            sqlx::query("delete from sessions where user_id = $1").bind(user_id).execute(tx).await?;
            Ok(())
        })
    }

    /// Forgets sessions that have expired. One that is past its absolute limit is not renewed any more, so it
    /// is among them within the hour.
    pub(crate) async fn delete_expired_sessions(&self, now: i64) -> DbResult<()> {
        write!(self, tx => {
            sqlx::query("delete from sessions where expires_at <= $1").bind(now).execute(tx).await?;
            Ok(())
        })
    }
}
