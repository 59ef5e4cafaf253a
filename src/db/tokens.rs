//! API tokens: only their hash is kept.

use crate::domain::role::Role;

use super::columns::{Identified, from_row};
use super::snapshots::{Stale, change};
use super::{Db, DbResult, read, write};

/// A stored token.
#[derive(Clone, Debug)]
pub struct TokenRecord {
    /// `UUIDv7`.
    pub id: String,
    /// The account it belongs to; `None` for all accounts.
    pub account_id: Option<i64>,
    /// What it may do.
    pub role: Role,
    /// What it is for, in its maker's words.
    pub name: String,
    /// SHA-256 of the token, as hex.
    pub hash: String,
    /// Its first characters, to be recognised by.
    pub prefix: String,
    /// Its last four characters.
    pub last4: String,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: i64,
    /// The last request with it, to the minute.
    pub last_used_at: Option<i64>,
    /// When it ends by itself.
    pub expires_at: Option<i64>,
    /// When somebody ended it.
    pub revoked_at: Option<i64>,
}
from_row!(TokenRecord {
    id,
    account_id,
    role,
    name,
    hash,
    prefix,
    last4,
    created_by,
    created_at,
    last_used_at,
    expires_at,
    revoked_at
});

const TOKEN: &str = "select id, account_id, role, name, hash, prefix, last4, created_by, created_at,
       last_used_at, expires_at, revoked_at from tokens";

impl Db {
    /// The token with this hash, unless it was revoked.
    pub(super) async fn unrevoked_token(&self, hash: &str) -> DbResult<Option<TokenRecord>> {
        let sql = sqlx::AssertSqlSafe(format!("{TOKEN} where hash = $1 and revoked_at is null"));
        let token: Option<Identified<_>> =
            read!(self, pool => sqlx::query_as(sql).bind(hash).fetch_optional(pool))?;
        Ok(token.map(Identified::into_inner))
    }

    /// An account's own tokens that were not revoked, the newest first; `None` asks for every account's, and
    /// for those that may act in all.
    pub async fn tokens(&self, account_id: Option<i64>) -> DbResult<Vec<TokenRecord>> {
        let sql = sqlx::AssertSqlSafe(format!(
            "{TOKEN} where revoked_at is null and ($1 is null or account_id = $1) order by id desc"
        ));
        let tokens: Vec<Identified<_>> =
            read!(self, pool => sqlx::query_as(sql).bind(account_id).fetch_all(pool))?;
        Ok(tokens.into_iter().map(Identified::into_inner).collect())
    }

    /// Stores a new token; `false` if one with this id is there.
    pub async fn create_token(&self, token: TokenRecord) -> DbResult<bool> {
        change!(self, Stale::Tokens, tx => {
            let done = sqlx::query(
                "insert into tokens
                   (id, account_id, role, name, hash, prefix, last4, created_by, created_at, expires_at)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                 on conflict (id) do nothing",
            )
            .bind(token.id)
            .bind(token.account_id)
            .bind(token.role)
            .bind(token.name)
            .bind(token.hash)
            .bind(token.prefix)
            .bind(token.last4)
            .bind(token.created_by)
            .bind(token.created_at)
            .bind(token.expires_at)
            .execute(tx)
            .await?;
            Ok(done.rows_affected() == 1)
        })
    }

    /// Ends a token; with `account_id`, only if it belongs to that account. `false` if there is none.
    pub async fn revoke_token(&self, id: String, account_id: Option<i64>, now: i64) -> DbResult<bool> {
        change!(self, Stale::Tokens, tx => {
            let done = sqlx::query(
                "update tokens set revoked_at = $3
                 where id = $1 and revoked_at is null and ($2 is null or account_id = $2)",
            )
            .bind(id)
            .bind(account_id)
            .bind(now)
            .execute(tx)
            .await?;
            Ok(done.rows_affected() == 1)
        })
    }

    /// Notes that a token was used. Nobody's rights change by it, so that what is in memory stays.
    pub(crate) async fn note_token_use(&self, id: String, now: i64) -> DbResult<()> {
        write!(self, tx => {
            sqlx::query("update tokens set last_used_at = $2 where id = $1")
                .bind(id)
                .bind(now)
                .execute(tx)
                .await?;
            Ok(())
        })
    }
}
