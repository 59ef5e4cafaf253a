//! Changes to people. Those that take something away end the person's sessions, and the tokens that they made where
//! they may make none any more. None leaves an account without an admin.

use crate::db::snapshots::{Stale, change};
use crate::db::{Db, DbResult, browse, write};
use crate::domain::role::Role;

/// What became of a change that could leave an account without an admin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is done.
    Done,
    /// It would have removed the last admin who can sign in.
    LastAdmin,
    /// It would have removed the last operator who can sign in.
    LastOperator,
    /// There is no such member.
    Missing,
}

/// Whether `user_id` is the only admin of the account who can sign in. Touching the account's row first
/// makes two such changes wait for each other, so that two admins cannot demote one another at once.
macro_rules! is_last_admin {
    ($tx:ident, $account_id:expr, $user_id:expr) => {{
        sqlx::query("update accounts set updated_at = updated_at where id = $1")
            .bind($account_id)
            .execute(&mut *$tx)
            .await?;
        let admins: Vec<String> = sqlx::query_scalar(
            "select m.user_id from memberships m join users u on u.id = m.user_id
             where m.account_id = $1 and m.role = 'admin' and not u.disabled",
        )
        .bind($account_id)
        .fetch_all(&mut *$tx)
        .await?;
        admins.len() == 1 && admins.first() == Some($user_id)
    }};
}

/// Whether taking `user_id` away would leave some account without an admin, or nobody to operate.
macro_rules! is_needed {
    ($tx:ident, $user_id:expr) => {{
        let accounts: Vec<i64> =
            sqlx::query_scalar("select account_id from memberships where user_id = $1 order by account_id")
                .bind($user_id)
                .fetch_all(&mut *$tx)
                .await?;
        for account_id in accounts {
            if is_last_admin!($tx, account_id, $user_id) {
                return Ok(Change::LastAdmin);
            }
        }
        // Each operator's row is written, so that two who take each other away wait for one another.
        sqlx::query("update users set operator = operator where operator").execute(&mut *$tx).await?;
        let operators: Vec<String> =
            sqlx::query_scalar("select id from users where operator and not disabled")
                .fetch_all(&mut *$tx)
                .await?;
        if operators.len() == 1 && operators.first() == Some($user_id) {
            return Ok(Change::LastOperator);
        }
    }};
}

/// Gives a role, or another one.
macro_rules! set_membership {
    ($tx:ident, $user_id:expr, $account_id:expr, $role:expr) => {
        sqlx::query(
            "insert into memberships (user_id, account_id, role) values ($1, $2, $3)
             on conflict (user_id, account_id) do update set role = excluded.role",
        )
        .bind($user_id)
        .bind($account_id)
        .bind($role)
        .execute(&mut *$tx)
        .await?
    };
}

/// Ends the sessions and the sign-in links of somebody: what was opened under an old role or password must not go on
/// under the new one.
macro_rules! end_ways_in {
    ($tx:ident, $user_id:expr) => {
        sqlx::query("delete from sign_in_links where user_id = $1").bind($user_id).execute(&mut *$tx).await?;
        sqlx::query("delete from sessions where user_id = $1").bind($user_id).execute(&mut *$tx).await?;
    };
}
pub(in crate::db) use end_ways_in;

/// Ends what somebody has made where they may make nothing any more, in one account or in all: tokens, which an heir
/// may keep, and invitations.
macro_rules! end_of_tokens {
    ($tx:ident, $user_id:expr, $account_id:expr, $heir:expr, $now:expr) => {
        sqlx::query(
            "update tokens set created_by = coalesce($3, created_by),
               revoked_at = case when $3 is null then $4 else revoked_at end
             where created_by = (select email from users where id = $1) and revoked_at is null
               and ($2 is null or account_id = $2)",
        )
        .bind($user_id)
        .bind($account_id)
        .bind($heir)
        .bind($now)
        .execute(&mut *$tx)
        .await?;
        // A dismissed admin has no way back in a link that they sent to themselves.
        sqlx::query(
            "update invitations set withdrawn = true
             where (select email from users where id = $1) in (invited_by, email)
               and ($2 is null or account_id = $2)",
        )
        .bind($user_id)
        .bind($account_id)
        .execute(&mut *$tx)
        .await?;
    };
}

/// What is taken away from somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    /// Their role in an account.
    Membership(i64),
    /// Signing in.
    Access,
    /// Everything.
    Existence,
}

impl Loss {
    /// The one account that it is about.
    fn account(self) -> Option<i64> {
        match self {
            Self::Membership(account_id) => Some(account_id),
            Self::Access | Self::Existence => None,
        }
    }
}

impl Db {
    /// Gives an existing person a role in an account, which ends nothing, or another one: then their sessions end,
    /// and who is no admin any more leaves their tokens there to `heir`, or they end. An operator stays an admin of
    /// every account, and loses nothing.
    pub(crate) async fn set_role(
        &self,
        user_id: String,
        account_id: i64,
        role: Role,
        heir: Option<String>,
        now: i64,
    ) -> DbResult<Change> {
        change!(self, Stale::Tokens, tx => {
            let is_last = is_last_admin!(tx, account_id, &user_id);
            let before: Option<(Option<Role>, bool)> = sqlx::query_as(
                "select (select role from memberships where user_id = $1 and account_id = $2), operator
                 from users where id = $1",
            )
            .bind(&user_id)
            .bind(account_id)
            .fetch_optional(&mut *tx)
            .await?;
            let Some((before, is_operator)) = before else { return Ok(Change::Missing) };
            if is_last && role != Role::Admin {
                return Ok(Change::LastAdmin);
            }
            set_membership!(tx, &user_id, account_id, role);
            if is_operator || before.is_none_or(|before| before == role) {
                return Ok(Change::Done);
            }
            if before == Some(Role::Admin) {
                end_of_tokens!(tx, &user_id, Some(account_id), heir, now);
            }
            end_ways_in!(tx, &user_id);
            Ok(Change::Done)
        })
    }

    /// Takes something away. The person's sessions and links end; tokens that they made where they may make none
    /// any more are `heir`'s from now on, or end. Every account keeps an admin who can sign in, and the server an
    /// operator. An operator who leaves an account stays an admin of it, and keeps all that.
    pub(crate) async fn take_away(
        &self,
        user_id: String,
        loss: Loss,
        heir: Option<String>,
        now: i64,
    ) -> DbResult<Change> {
        change!(self, Stale::Tokens, tx => {
            match loss.account() {
                Some(account_id) if is_last_admin!(tx, account_id, &user_id) => return Ok(Change::LastAdmin),
                Some(_) => {}
                None => is_needed!(tx, &user_id),
            }
            let is_operator: Option<bool> = sqlx::query_scalar("select operator from users where id = $1")
                .bind(&user_id)
                .fetch_optional(&mut *tx)
                .await?;
            let stays = is_operator == Some(true) && loss.account().is_some();
            if !stays {
                // Before the person: their address names their tokens.
                end_of_tokens!(tx, &user_id, loss.account(), heir, now);
            }
            let taken = match loss {
                Loss::Membership(account_id) => {
                    sqlx::query("delete from memberships where user_id = $1 and account_id = $2")
                        .bind(&user_id)
                        .bind(account_id)
                        .execute(&mut *tx)
                        .await?
                        .rows_affected()
                }
                Loss::Access => {
                    sqlx::query("update users set disabled = true where id = $1")
                        .bind(&user_id)
                        .execute(&mut *tx)
                        .await?
                        .rows_affected()
                }
                Loss::Existence => {
                    sqlx::query("delete from users where id = $1")
                        .bind(&user_id)
                        .execute(&mut *tx)
                        .await?
                        .rows_affected()
                }
            };
            if !stays {
                end_ways_in!(tx, &user_id);
            }
            Ok(if taken == 0 { Change::Missing } else { Change::Done })
        })
    }

    /// Lets somebody sign in again.
    async fn enable(&self, user_id: String) -> DbResult<Change> {
        write!(self, tx => {
            let done = sqlx::query("update users set disabled = false where id = $1")
                .bind(&user_id)
                .execute(tx)
                .await?;
            Ok(if done.rows_affected() == 0 { Change::Missing } else { Change::Done })
        })
    }

    /// Keeps somebody out, or lets them sign in again.
    pub async fn set_disabled(&self, user_id: String, disabled: bool, now: i64) -> DbResult<Change> {
        match disabled {
            true => self.take_away(user_id, Loss::Access, None, now).await,
            false => self.enable(user_id).await,
        }
    }

    /// Replaces a password; every session and link of the person ends. One that was made for them ends by itself
    /// at `expires_at`. `proves` says whether only the owner of the address can have come so far.
    pub(crate) async fn set_password(
        &self,
        user_id: String,
        password_hash: String,
        expires_at: Option<i64>,
        proves: bool,
    ) -> DbResult<()> {
        write!(self, tx => {
            sqlx::query(
                "update users set password_hash = $2, password_expires_at = $3, proven = proven or $4 where id = $1",
            )
            .bind(&user_id)
            .bind(password_hash)
            .bind(expires_at)
            .bind(proves)
            .execute(&mut *tx)
            .await?;
            end_ways_in!(tx, &user_id);
            Ok(())
        })
    }

    /// Notes that somebody came in.
    pub(crate) async fn note_sign_in(&self, user_id: String, now: i64) -> DbResult<()> {
        write!(self, tx => {
            sqlx::query("update users set last_sign_in_at = $2 where id = $1")
                .bind(user_id)
                .bind(now)
                .execute(tx)
                .await?;
            Ok(())
        })
    }

    /// How many live tokens somebody has made for an account.
    pub(crate) async fn count_tokens_made_by(&self, email: &str, account_id: i64) -> DbResult<i64> {
        Ok(browse!(self, pool => sqlx::query_scalar(
            "select count(*) from tokens where created_by = $1 and account_id = $2 and revoked_at is null",
        )
        .bind(email)
        .bind(account_id)
        .fetch_one(pool))?)
    }
}
