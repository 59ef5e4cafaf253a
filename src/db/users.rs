//! People: who may sign in, and their role in each account.

mod change;

use crate::domain::role::Role;
use crate::domain::values::EmailAddress;

use super::columns::{Identified, from_row, in_row};
use super::{Db, DbResult, browse, write};

pub use change::Change;
pub(crate) use change::Loss;
pub(super) use change::end_ways_in;

/// A person who can sign in. `Debug` never shows the password hash.
#[derive(Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a column")]
pub struct UserRecord {
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
    /// Set while the password is one that was made for them: it ends then.
    pub password_expires_at: Option<i64>,
    /// Whether a code is asked for beside the password.
    pub has_second_factor: bool,
    /// Whether they are an admin of any account.
    pub is_admin: bool,
    /// Whether they have shown that the address is theirs, by a mailed link or to an operator.
    pub proven: bool,
    /// The account whose shown link made them, which knows them without.
    pub known_to: Option<i64>,
}
from_row!(UserRecord {
    id,
    email,
    name,
    password_hash,
    operator,
    disabled,
    last_sign_in_at,
    password_expires_at,
    has_second_factor,
    is_admin,
    proven,
    known_to,
});

impl std::fmt::Debug for UserRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UserRecord").field("id", &self.id).field("email", &self.email).finish_non_exhaustive()
    }
}

/// A person on an account's Users page.
#[derive(Clone, Debug)]
pub struct MemberRecord {
    /// The user's id.
    pub id: String,
    /// What they sign in with.
    pub email: String,
    /// How they are called.
    pub name: String,
    /// What they may do there.
    pub role: Role,
    /// An admin of every account, whom nobody below one may touch.
    pub operator: bool,
    /// May not sign in.
    pub disabled: bool,
    /// When they last signed in.
    pub last_sign_in_at: Option<i64>,
}
from_row!(MemberRecord { id, email, name, role, operator, disabled, last_sign_in_at });

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
    /// When the password ends, if it was made for them.
    pub password_expires_at: Option<i64>,
    /// An admin of every account.
    pub operator: bool,
    /// Whether they have shown that the address is theirs.
    pub proven: bool,
    /// The account whose link makes them, if one does.
    pub known_to: Option<i64>,
}

/// Writes a person down, with a role if one is given; a macro because its executor is either engine's.
macro_rules! insert_user {
    ($tx:ident, $user:ident, $membership:expr, $now:expr) => {{
        sqlx::query(
            "insert into users
               (id, email, name, password_hash, operator, disabled, created_at, password_expires_at, proven,
                known_to)
             values ($1, $2, $3, $4, $5, false, $6, $7, $8, $9)",
        )
        .bind(&$user.id)
        .bind($user.email)
        .bind($user.name)
        .bind($user.password_hash)
        .bind($user.operator)
        .bind($now)
        .bind($user.password_expires_at)
        .bind($user.proven)
        .bind($user.known_to)
        .execute(&mut *$tx)
        .await?;
        if let Some((account_id, role)) = $membership {
            sqlx::query("insert into memberships (user_id, account_id, role) values ($1, $2, $3)")
                .bind($user.id)
                .bind(account_id)
                .bind(role)
                .execute(&mut *$tx)
                .await?;
        }
    }};
}
pub(super) use insert_user;

const USER: &str =
    "select id, email, name, password_hash, operator, disabled, last_sign_in_at, password_expires_at,
       proven, known_to,
       exists (select 1 from second_factors f where f.user_id = users.id) as has_second_factor,
       exists (select 1 from memberships m where m.user_id = users.id and m.role = 'admin') as is_admin
     from users";

impl Db {
    /// Whether anybody can sign in at all; while not, `/setup` is open.
    pub async fn has_users(&self) -> DbResult<bool> {
        let count: i64 =
            browse!(self, pool => sqlx::query_scalar("select count(*) from users").fetch_one(pool))?;
        Ok(count > 0)
    }

    /// The person with this address, in any case and with the host's name in either form.
    pub async fn user_by_email(&self, email: &str) -> DbResult<Option<UserRecord>> {
        let sql = sqlx::AssertSqlSafe(format!("{USER} where email = $1"));
        let folded = EmailAddress::fold(email);
        Ok(browse!(self, pool => sqlx::query_as(sql).bind(folded).fetch_optional(pool))?)
    }

    /// The person with this id.
    pub async fn user(&self, id: &str) -> DbResult<Option<UserRecord>> {
        let sql = sqlx::AssertSqlSafe(format!("{USER} where id = $1"));
        Ok(browse!(self, pool => sqlx::query_as(sql).bind(id).fetch_optional(pool))?)
    }

    /// Everybody, by address.
    pub async fn users(&self) -> DbResult<Vec<UserRecord>> {
        let sql = sqlx::AssertSqlSafe(format!("{USER} order by email"));
        Ok(browse!(self, pool => sqlx::query_as(sql).fetch_all(pool))?)
    }

    /// The role of a person in an account; `None` for a stranger.
    pub async fn role(&self, user_id: &str, account_id: i64) -> DbResult<Option<Role>> {
        let role = browse!(self, pool => sqlx::query_scalar(
            "select role from memberships where user_id = $1 and account_id = $2",
        )
        .bind(user_id)
        .bind(account_id)
        .fetch_optional(pool));
        Ok(role.map_err(in_row(user_id))?)
    }

    /// The accounts and roles of a person.
    pub(crate) async fn memberships(&self, user_id: &str) -> DbResult<Vec<(i64, Role)>> {
        let memberships = browse!(self, pool => sqlx::query_as(
            "select account_id, role from memberships where user_id = $1 order by account_id",
        )
        .bind(user_id)
        .fetch_all(pool));
        Ok(memberships.map_err(in_row(user_id))?)
    }

    /// The people of an account, by address.
    pub async fn members(&self, account_id: i64) -> DbResult<Vec<MemberRecord>> {
        let members: Vec<Identified<_>> = browse!(self, pool => sqlx::query_as(
            "select u.id, u.email, u.name, m.role, u.operator, u.disabled, u.last_sign_in_at
             from memberships m join users u on u.id = m.user_id
             where m.account_id = $1 order by u.email",
        )
        .bind(account_id)
        .fetch_all(pool))?;
        Ok(members.into_iter().map(Identified::into_inner).collect())
    }

    /// Creates a person, with a role in an account if one is given. [`super::DbError::Unique`] if the address
    /// is taken.
    pub async fn create_user(
        &self,
        user: NewUser,
        membership: Option<(i64, Role)>,
        now: i64,
    ) -> DbResult<()> {
        write!(self, tx => {
            insert_user!(tx, user, membership, now);
            Ok(())
        })
    }
}
