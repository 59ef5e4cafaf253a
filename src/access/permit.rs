//! The one gate, and the proof that somebody has passed it: an action asks for a permit in its signature, so
//! that nothing is done without one and nothing is authorised twice.

use std::marker::PhantomData;

use crate::db::Db;
use crate::domain::account::Account;
use crate::domain::role::{Permission, Role};
use crate::error::{Error, Result};

use super::Caller;

/// What a caller must be allowed to do to pass; handlers and actions name it in their signatures.
pub trait Gate: Send + Sync {
    /// What the role has to allow.
    const PERMISSION: Permission;
}

/// Viewers, editors and admins.
pub struct MayRead;
/// Editors and admins.
pub struct MayEdit;
/// Admins.
pub struct MayAdminister;
/// Programs that post events, and admins.
pub struct MayPostEvents;

impl Gate for MayRead {
    const PERMISSION: Permission = Permission::Read;
}
impl Gate for MayEdit {
    const PERMISSION: Permission = Permission::EditNotifications;
}
impl Gate for MayAdminister {
    const PERMISSION: Permission = Permission::Administer;
}
impl Gate for MayPostEvents {
    const PERMISSION: Permission = Permission::PostEvents;
}

/// A gate that lets nobody pass whom `G` turns away: who may edit may read.
pub trait Includes<G: Gate>: Gate {}

impl<G: Gate> Includes<G> for G {}
impl Includes<MayRead> for MayEdit {}
impl Includes<MayRead> for MayAdminister {}
impl Includes<MayEdit> for MayAdminister {}
impl Includes<MayPostEvents> for MayAdminister {}

/// The proof that a caller may do in an account what `G` names. Only [`authorize`] makes one.
#[derive(Debug)]
pub struct Permit<G: Gate> {
    /// The account.
    pub account: Account,
    /// The caller's role in it.
    pub role: Role,
    /// Who it is.
    pub caller: Caller,
    gate: PhantomData<fn() -> G>,
}

/// The proof that a caller is an operator. Only [`authorize_operator`] makes one.
#[derive(Debug)]
pub struct OperatorPermit {
    /// Who it is.
    pub caller: Caller,
    proof: PhantomData<()>,
}

/// The proof that a caller may do in every account what `G` names. Only [`authorize_everywhere`] makes one.
#[derive(Debug)]
pub struct EverywherePermit<G: Gate> {
    /// Who it is.
    pub caller: Caller,
    gate: PhantomData<fn() -> G>,
}

/// The one gate: a stranger learns nothing (404), a member without the role learns which one it takes (403).
pub async fn authorize<G: Gate>(db: &Db, caller: &Caller, account_id: i64) -> Result<Permit<G>> {
    let missing = || Error::not_found("account");
    let role = caller.role_in(db, account_id).await?.ok_or_else(missing)?;
    let account = db.known_account(account_id).await?.ok_or_else(missing)?;
    if !role.may(G::PERMISSION) {
        return Err(refusal(G::PERMISSION));
    }
    Ok(Permit { account, role, caller: caller.clone(), gate: PhantomData })
}

/// The gate of what belongs to no account: 403 for everybody but operators.
pub fn authorize_operator(caller: &Caller) -> Result<OperatorPermit> {
    if !caller.is_operator() {
        return Err(Error::needs("operator"));
    }
    Ok(OperatorPermit { caller: caller.clone(), proof: PhantomData })
}

/// The gate of what the platform does about its accounts: 403 for everybody but operators, and tokens of all accounts
/// with the role that it takes.
pub fn authorize_everywhere<G: Gate>(caller: &Caller) -> Result<EverywherePermit<G>> {
    let may = match caller {
        Caller::Token { account_id: None, role, .. } => role.may(G::PERMISSION),
        Caller::Token { account_id: Some(_), .. } => false,
        Caller::Person { operator, .. } => *operator,
        Caller::CommandLine => true,
    };
    if may {
        return Ok(EverywherePermit { caller: caller.clone(), gate: PhantomData });
    }
    let role = match G::PERMISSION {
        Permission::PostEvents => "ingest",
        Permission::Read => "viewer",
        Permission::EditNotifications => "editor",
        Permission::Administer => "admin",
    };
    Err(Error::Forbidden {
        code: "FORBIDDEN",
        message: format!(
            "This needs an operator, or a token of all accounts with the {role} role or more: \
             ringpost token create --all-accounts --role {role} --name platform."
        ),
    })
}

/// Names the role that it takes.
fn refusal(permission: Permission) -> Error {
    Error::needs(match permission {
        Permission::PostEvents => "ingest or admin",
        Permission::Read => "viewer, editor or admin",
        Permission::EditNotifications => "editor or admin",
        Permission::Administer => "admin",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn includes<Wide: Gate, Narrow: Includes<Wide>>() -> bool {
        Role::ALL.iter().all(|role| !role.may(Narrow::PERMISSION) || role.may(Wide::PERMISSION))
    }

    #[test]
    fn a_gate_includes_only_what_each_of_its_roles_may_do() {
        assert!(includes::<MayRead, MayEdit>() && includes::<MayRead, MayAdminister>());
        assert!(includes::<MayEdit, MayAdminister>() && includes::<MayPostEvents, MayAdminister>());
    }

    #[test]
    fn no_token_is_an_operator() {
        let everywhere = Caller::Token {
            id: String::new(),
            name: "platform".to_owned(),
            account_id: None,
            role: Role::Admin,
        };
        assert_eq!(authorize_operator(&everywhere).unwrap_err().status(), 403);
        assert!(authorize_operator(&Caller::CommandLine).is_ok());
    }
}
