//! Changes to people. Those that take something away end the person's sessions, and none leaves an account
//! without an admin.

use crate::db::{Db, DbResult, write};
use crate::domain::role::Role;

/// What became of a change that could leave an account without an admin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is done.
    Done,
    /// It would have removed the last admin who can sign in.
    LastAdmin,
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

/// A session opened under an old role or password must not go on under the new one.
macro_rules! end_sessions {
    ($tx:ident, $user_id:expr) => {
        sqlx::query("delete from sessions where user_id = $1").bind($user_id).execute(&mut *$tx).await?
    };
}

impl Db {
    /// Gives an existing person a role in an account, or another one; their sessions there end.
    pub(crate) async fn set_role(&self, user_id: String, account_id: i64, role: Role) -> DbResult<Change> {
        write!(self, tx => {
            if role != Role::Admin && is_last_admin!(tx, account_id, &user_id) {
                return Ok(Change::LastAdmin);
            }
            sqlx::query(
                "insert into memberships (user_id, account_id, role) values ($1, $2, $3)
                 on conflict (user_id, account_id) do update set role = excluded.role",
            )
            .bind(&user_id)
            .bind(account_id)
            .bind(role)
            .execute(&mut *tx)
            .await?;
            end_sessions!(tx, &user_id);
            Ok(Change::Done)
        })
    }

    /// Disables or enables a person; disabling ends their sessions. Every account of theirs must keep an
    /// admin who can sign in.
    pub async fn set_disabled(&self, user_id: String, disabled: bool) -> DbResult<Change> {
        write!(self, tx => {
            let accounts: Vec<i64> =
                sqlx::query_scalar("select account_id from memberships where user_id = $1 order by account_id")
                    .bind(&user_id)
                    .fetch_all(&mut *tx)
                    .await?;
            for account_id in accounts {
                if disabled && is_last_admin!(tx, account_id, &user_id) {
                    return Ok(Change::LastAdmin);
                }
            }
            let done = sqlx::query("update users set disabled = $2 where id = $1")
                .bind(&user_id)
                .bind(disabled)
                .execute(&mut *tx)
                .await?;
            if done.rows_affected() == 0 {
                return Ok(Change::Missing);
            }
            if disabled {
                end_sessions!(tx, &user_id);
            }
            Ok(Change::Done)
        })
    }

    /// Replaces a password; every session of the person ends.
    pub(crate) async fn set_password(&self, user_id: String, password_hash: String) -> DbResult<()> {
        write!(self, tx => {
            sqlx::query(
                "update users set password_hash = $2 where id = $1",
            )
            .bind(&user_id)
            .bind(password_hash)
            .execute(&mut *tx)
            .await?;
            end_sessions!(tx, &user_id);
            Ok(())
        })
    }

    /// Notes a right password.
    pub(crate) async fn note_sign_in(&self, user_id: String, now: i64) -> DbResult<()> {
        write!(self, tx => {
            sqlx::query(
                "update users set last_sign_in_at = $2 where id = $1",
            )
            .bind(user_id)
            .bind(now)
            .execute(tx)
            .await?;
            Ok(())
        })
    }
}
