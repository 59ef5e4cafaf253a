//! Who is asking, and whether they may: passwords, tokens, roles.

mod password;
mod throttle;
mod token;

pub use password::{MAX_PASSWORD, MIN_PASSWORD, Passwords};
pub use throttle::{Failures, Softlocks, Throttle};
pub use token::{NewToken, hash_of};

use crate::db::Db;
use crate::domain::account::Account;
use crate::domain::role::{Permission, Role};
use crate::error::{Error, Result};

/// Somebody who has shown who they are.
#[derive(Clone, Debug)]
pub enum Caller {
    /// A signed-in person.
    Person {
        /// The user's id.
        user_id: String,
        /// Their address.
        email: String,
        /// An admin of every account.
        operator: bool,
    },
    /// A program with a token.
    Token {
        /// The token's id.
        id: String,
        /// What it is called.
        name: String,
        /// The account it belongs to; `None` for all.
        account_id: Option<i64>,
        /// What it may do there.
        role: Role,
    },
}

impl Caller {
    /// The caller's role in an account; `None` for a stranger.
    pub async fn role_in(&self, db: &Db, account_id: i64) -> Result<Option<Role>> {
        Ok(match self {
            Self::Person { operator: true, .. } => Some(Role::Admin),
            Self::Person { user_id, .. } => db.role(user_id, account_id).await?,
            Self::Token { account_id: own, role, .. } => {
                (own.is_none() || *own == Some(account_id)).then_some(*role)
            }
        })
    }
}

/// An account that the caller may act in.
#[derive(Clone, Debug)]
pub struct Granted {
    /// The account.
    pub account: Account,
    /// The caller's role in it.
    pub role: Role,
}

/// The one gate: a stranger learns nothing (404), a member without the role learns which one it takes (403).
pub async fn authorize(db: &Db, caller: &Caller, account_id: i64, permission: Permission) -> Result<Granted> {
    let missing = || Error::not_found("account");
    let role = caller.role_in(db, account_id).await?.ok_or_else(missing)?;
    let account = db.account(account_id).await?.ok_or_else(missing)?;
    if role.may(permission) { Ok(Granted { account, role }) } else { Err(refusal(permission)) }
}

/// Names the role that an action takes.
#[must_use]
pub fn refusal(permission: Permission) -> Error {
    Error::needs(match permission {
        Permission::PostEvents => "ingest or admin",
        Permission::Read => "viewer, editor or admin",
        Permission::EditNotifications => "editor or admin",
        Permission::Administer => "admin",
    })
}
