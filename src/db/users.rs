//! People: who may sign in, and their role in each account.

use sqlx::FromRow;

use crate::domain::role::Role;

use super::accounts::stored_wrongly;
use super::{Db, Result, read, write};

/// A person who can sign in. `Debug` never shows the password hash.
#[derive(Clone, FromRow)]
pub struct User {
    /// `UUIDv7`.
    pub id: String,
    /// What they sign in with, folded to lower case.
    pub email: String,
    /// How they are called.
    pub name: String,
    /// PHC string of argon2id.
    pub password_hash: String,
    /// An admin of every account, who also creates accounts.
    pub operator: bool,
    /// May not sign in.
    pub disabled: bool,
    /// When they last signed in.
    pub last_sign_in_at: Option<i64>,
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User").field("id", &self.id).field("email", &self.email).finish_non_exhaustive()
    }
}

/// A person on an account's Users page.
#[derive(Clone, Debug, FromRow)]
pub struct Member {
    /// The user's id.
    pub id: String,
    /// What they sign in with.
    pub email: String,
    /// How they are called.
    pub name: String,
    /// The role's word.
    pub role: String,
    /// May not sign in.
    pub disabled: bool,
    /// When they last signed in.
    pub last_sign_in_at: Option<i64>,
}

/// What is needed to add a person.
#[derive(Clone)]
pub struct NewUser {
    /// `UUIDv7`.
    pub id: String,
    /// Folded to lower case.
    pub email: String,
    /// How they are called.
    pub name: String,
    /// PHC string.
    pub password_hash: String,
    /// An admin of every account.
    pub operator: bool,
}

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

const USER: &str = "select id, email, name, password_hash, operator, disabled, last_sign_in_at from users";

impl Db {
    /// Whether anybody can sign in at all; while not, `/setup` is open.
    pub async fn has_users(&self) -> Result<bool> {
        let count: i64 =
            read!(self, pool => sqlx::query_scalar("select count(*) from users").fetch_one(pool))?;
        Ok(count > 0)
    }

    /// The person with this address, in any case.
    pub async fn user_by_email(&self, email: &str) -> Result<Option<User>> {
        let sql = sqlx::AssertSqlSafe(format!("{USER} where email = $1"));
        let folded = email.trim().to_lowercase();
        Ok(read!(self, pool => sqlx::query_as(sql).bind(folded).fetch_optional(pool))?)
    }

    /// The person with this id.
    pub async fn user(&self, id: &str) -> Result<Option<User>> {
        let sql = sqlx::AssertSqlSafe(format!("{USER} where id = $1"));
        Ok(read!(self, pool => sqlx::query_as(sql).bind(id).fetch_optional(pool))?)
    }

    /// Everybody, by address.
    pub async fn users(&self) -> Result<Vec<User>> {
        let sql = sqlx::AssertSqlSafe(format!("{USER} order by email"));
        Ok(read!(self, pool => sqlx::query_as(sql).fetch_all(pool))?)
    }

    /// The role of a person in an account; `None` for a stranger.
    pub async fn role(&self, user_id: &str, account_id: i64) -> Result<Option<Role>> {
        let role: Option<String> = read!(self, pool => sqlx::query_scalar(
            "select role from memberships where user_id = $1 and account_id = $2",
        )
        .bind(user_id)
        .bind(account_id)
        .fetch_optional(pool))?;
        role.map(|word| word.parse().map_err(stored_wrongly)).transpose()
    }

    /// The accounts and roles of a person.
    pub async fn memberships(&self, user_id: &str) -> Result<Vec<(i64, String)>> {
        Ok(read!(self, pool => sqlx::query_as(
            "select account_id, role from memberships where user_id = $1 order by account_id",
        )
        .bind(user_id)
        .fetch_all(pool))?)
    }

    /// The people of an account, by address.
    pub async fn members(&self, account_id: i64) -> Result<Vec<Member>> {
        Ok(read!(self, pool => sqlx::query_as(
            "select u.id, u.email, u.name, m.role, u.disabled, u.last_sign_in_at
             from memberships m join users u on u.id = m.user_id
             where m.account_id = $1 order by u.email",
        )
        .bind(account_id)
        .fetch_all(pool))?)
    }

    /// Creates a person, with a role in an account if one is given. With `only_first`, nothing happens
    /// and the answer is `false` if there is anybody already.
    pub async fn create_user(
        &self,
        user: NewUser,
        membership: Option<(i64, Role)>,
        only_first: bool,
        now: i64,
    ) -> Result<bool> {
        write!(self, tx => {
            if only_first {
                let count: i64 = sqlx::query_scalar("select count(*) from users").fetch_one(&mut *tx).await?;
                if count > 0 {
                    return Ok(false);
                }
            }
            sqlx::query(
                "insert into users (id, email, name, password_hash, operator, disabled, created_at)
                 values ($1, $2, $3, $4, $5, false, $6)",
            )
            .bind(&user.id)
            .bind(user.email)
            .bind(user.name)
            .bind(user.password_hash)
            .bind(user.operator)
            .bind(now)
            .execute(&mut *tx)
            .await?;
            if let Some((account_id, role)) = membership {
                sqlx::query("insert into memberships (user_id, account_id, role) values ($1, $2, $3)")
                    .bind(user.id)
                    .bind(account_id)
                    .bind(role.as_str())
                    .execute(tx)
                    .await?;
            }
            Ok(true)
        })
    }

    /// Gives an existing person a role in an account, or another one; their sessions there end.
    pub async fn set_role(&self, user_id: String, account_id: i64, role: Role) -> Result<Change> {
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
            .bind(role.as_str())
            .execute(&mut *tx)
            .await?;
            end_sessions!(tx, &user_id);
            Ok(Change::Done)
        })
    }

    /// Takes a person out of an account; their sessions end.
    pub async fn remove_member(&self, user_id: String, account_id: i64) -> Result<Change> {
        write!(self, tx => {
            if is_last_admin!(tx, account_id, &user_id) {
                return Ok(Change::LastAdmin);
            }
            let done = sqlx::query("delete from memberships where user_id = $1 and account_id = $2")
                .bind(&user_id)
                .bind(account_id)
                .execute(&mut *tx)
                .await?;
            if done.rows_affected() == 0 {
                return Ok(Change::Missing);
            }
            end_sessions!(tx, &user_id);
            Ok(Change::Done)
        })
    }

    /// Disables or enables a person; disabling ends their sessions. Every account of theirs must keep an
    /// admin who can sign in.
    pub async fn set_disabled(&self, user_id: String, disabled: bool) -> Result<Change> {
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

    /// Makes a person an operator, or no longer one.
    pub async fn set_operator(&self, user_id: String, operator: bool) -> Result<()> {
        write!(self, tx => {
            sqlx::query("update users set operator = $2 where id = $1")
                .bind(user_id)
                .bind(operator)
                .execute(tx)
                .await?;
            Ok(())
        })
    }

    /// Replaces a password; every session of the person ends.
    pub async fn set_password(&self, user_id: String, password_hash: String) -> Result<()> {
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
    pub async fn note_sign_in(&self, user_id: String, now: i64) -> Result<()> {
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
