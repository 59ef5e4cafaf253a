//! Who is asking.

use crate::db::Db;
use crate::domain::role::Role;
use crate::error::Result;

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
    /// A command: whoever can open the database is an operator.
    CommandLine,
}

impl Caller {
    /// The caller's role in an account; `None` for a stranger.
    pub(crate) async fn role_in(&self, db: &Db, account_id: i64) -> Result<Option<Role>> {
        Ok(match self {
            Self::CommandLine | Self::Person { operator: true, .. } => Some(Role::Admin),
            Self::Person { user_id, .. } => db.role(user_id, account_id).await?,
            Self::Token { account_id: own, role, .. } => {
                (own.is_none() || *own == Some(account_id)).then_some(*role)
            }
        })
    }

    /// Whether the caller is an admin of every account, who also creates accounts. No token is.
    #[must_use]
    pub(crate) fn is_operator(&self) -> bool {
        matches!(self, Self::CommandLine | Self::Person { operator: true, .. })
    }

    /// Who the security log says it was: a token is told from a person of the same name.
    #[must_use]
    pub(crate) fn audit_name(&self) -> String {
        match self {
            Self::Token { id, name, .. } => format!("token {name} ({id})"),
            Self::Person { .. } | Self::CommandLine => self.signature().to_owned(),
        }
    }

    /// What is written down where something was made: an address, a token's name.
    #[must_use]
    pub fn signature(&self) -> &str {
        match self {
            Self::Person { email, .. } => email,
            Self::Token { name, .. } => name,
            Self::CommandLine => "the command line",
        }
    }
}
