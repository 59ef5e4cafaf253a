//! People: who may sign in, and what they may do in an account.

mod first_run;

pub(crate) use first_run::{FirstRunFields, FirstRunPermit, is_first_run, set_up};

use std::net::IpAddr;

use secrecy::SecretString;

use crate::access::{Caller, Guessed, MayAdminister, NewPassword, OperatorPermit, Permit};
use crate::db::sessions::SessionRecord;
use crate::db::users::{Change, MemberRecord, NewUser, UserRecord};
use crate::domain::audit::{AuditAction, AuditEntry};
use crate::domain::field_errors::FieldErrors;
use crate::domain::role::Role;
use crate::domain::values::{EmailAddress, Name};
use crate::error::{Error, Result};

use super::{App, Records};

/// A person who is to be added.
#[derive(Clone, Debug)]
pub(crate) struct PersonInput {
    /// How they are called.
    pub name: Name,
    /// What they sign in with.
    pub email: EmailAddress,
}

/// What became of somebody who was invited into an account.
pub(crate) enum Invitation {
    /// They could sign in already, and do so with the password that they have.
    Joined,
    /// They are new and need this password.
    Created(NewPassword),
}

impl PersonInput {
    /// Reads two texts; the errors are called after the fields of this type.
    pub(crate) fn parse(name: &str, email: &str) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let name = errors.take("name", "The name", Name::parse(name));
        let email = errors.take("email", "The email address", EmailAddress::parse(email));
        name.zip(email).map(|(name, email)| Self { name, email }).ok_or(errors)
    }

    async fn into_user(self, records: &Records, password: NewPassword, operator: bool) -> Result<NewUser> {
        Ok(NewUser {
            id: records.clock.new_id().to_string(),
            email: self.email.folded(),
            name: self.name.into(),
            password_hash: records.passwords.hash(password).await?,
            operator,
        })
    }
}

/// The people of the account, by address.
pub(crate) async fn list(records: &Records, permit: &Permit<MayAdminister>) -> Result<Vec<MemberRecord>> {
    Ok(records.db.members(permit.account.id).await?)
}

/// One of the account's people; 404 for anybody else.
pub(crate) async fn member(
    records: &Records,
    permit: &Permit<MayAdminister>,
    id: &str,
) -> Result<MemberRecord> {
    let found = list(records, permit).await?.into_iter().find(|member| member.id == id);
    found.ok_or_else(|| Error::not_found("user"))
}

/// Everybody, by address, with their accounts and roles.
pub(crate) async fn list_of_all_accounts(
    records: &Records,
    _: &OperatorPermit,
) -> Result<Vec<(UserRecord, Vec<(i64, Role)>)>> {
    let users = records.db.users().await?;
    let mut people = Vec::with_capacity(users.len());
    for user in users {
        let memberships = records.db.memberships(&user.id).await?;
        people.push((user, memberships));
    }
    Ok(people)
}

/// The person with this address; 404 for nobody.
pub(crate) async fn find(records: &Records, _: &OperatorPermit, email: &EmailAddress) -> Result<UserRecord> {
    records.db.user_by_email(&email.folded()).await?.ok_or_else(|| Error::not_found("user"))
}

/// Gives somebody a role in the account. Who cannot sign in yet gets a one-time password. 422 about `email` if
/// they have a role here already.
pub(crate) async fn invite(
    records: &Records,
    permit: &Permit<MayAdminister>,
    person: PersonInput,
    role: Role,
) -> Result<Invitation> {
    let (db, account_id) = (&records.db, permit.account.id);
    let email = person.email.folded();
    if let Some(user) = db.user_by_email(&email).await? {
        if db.role(&user.id, account_id).await?.is_some() {
            let problem = format!("{email} is in this account already: change the role there");
            return Err(FieldErrors::one_sentence("email", problem).into());
        }
        db.set_role(user.id, account_id, role).await?;
        let entry = AuditEntry::new(AuditAction::RoleChanged, email).in_account(account_id);
        records.audit(&permit.caller, entry.detail(role.as_str())).await;
        return Ok(Invitation::Joined);
    }
    let password = NewPassword::one_time();
    let user = person.into_user(records, password.clone(), false).await?;
    create(records, &permit.caller, user, Some((account_id, role))).await?;
    Ok(Invitation::Created(password))
}

/// Adds a person with a password of an operator's choice, as an operator or with a role in an account.
pub(crate) async fn add(
    records: &Records,
    operator: &OperatorPermit,
    person: PersonInput,
    password: NewPassword,
    is_operator: bool,
    membership: Option<(&Permit<MayAdminister>, Role)>,
) -> Result<()> {
    let user = person.into_user(records, password, is_operator).await?;
    let membership = membership.map(|(permit, role)| (permit.account.id, role));
    create(records, &operator.caller, user, membership).await
}

async fn create(
    records: &Records,
    maker: &Caller,
    user: NewUser,
    membership: Option<(i64, Role)>,
) -> Result<()> {
    let (email, is_operator) = (user.email.clone(), user.operator);
    match records.db.create_user(user, membership, records.clock.now_ms()).await {
        Ok(()) => {
            let role =
                if is_operator { "operator" } else { membership.map_or("", |(_, role)| role.as_str()) };
            let account_id = membership.map(|(account_id, _)| account_id);
            let entry = AuditEntry::new(AuditAction::PersonAdded, email).detail(role);
            records.audit(maker, AuditEntry { account_id, ..entry }).await;
            Ok(())
        }
        Err(error) if error.violates("users", "email") => {
            let problem = format!("{email} is here already: give them a role instead");
            Err(FieldErrors::one_sentence("email", problem).into())
        }
        Err(error) => Err(error.into()),
    }
}

/// Gives somebody a role in the account, or another one. 422 about `role` if the account would be left
/// without an admin.
pub(crate) async fn set_role(
    records: &Records,
    permit: &Permit<MayAdminister>,
    user_id: String,
    role: Role,
) -> Result<()> {
    let account_id = permit.account.id;
    let before = records.db.role(&user_id, account_id).await?.map_or("no role", Role::as_str);
    done("role", records.db.set_role(user_id.clone(), account_id, role).await?)?;
    let entry = AuditEntry::new(AuditAction::RoleChanged, name(records, &user_id).await?);
    records.audit(&permit.caller, entry.in_account(account_id).detail(format!("{before} → {role}"))).await;
    Ok(())
}

/// What the security log calls a person.
async fn name(records: &Records, user_id: &str) -> Result<String> {
    Ok(records.db.user(user_id).await?.map_or_else(|| user_id.to_owned(), |user| user.email))
}

/// Keeps a person out of every account, or lets them in again. 422 about `status` if an account would be left
/// without an admin.
pub(crate) async fn set_disabled(
    records: &Records,
    operator: &OperatorPermit,
    user_id: String,
    disabled: bool,
) -> Result<()> {
    disable(records, &operator.caller, user_id, disabled).await
}

async fn disable(records: &Records, by: &Caller, user_id: String, disabled: bool) -> Result<()> {
    done("status", records.db.set_disabled(user_id.clone(), disabled).await?)?;
    let action = if disabled { AuditAction::PersonDisabled } else { AuditAction::PersonEnabled };
    records.audit(by, AuditEntry::new(action, name(records, &user_id).await?)).await;
    Ok(())
}

/// Changes the role of one of the account's people, and whether they may sign in. 404 if they are not one,
/// 422 as in [`set_role`] and [`set_disabled`].
pub(crate) async fn change_member(
    records: &Records,
    permit: &Permit<MayAdminister>,
    member: MemberRecord,
    role: Role,
    disabled: bool,
) -> Result<()> {
    if member.role != role {
        set_role(records, permit, member.id.clone(), role).await?;
    }
    if member.disabled != disabled {
        disable(records, &permit.caller, member.id, disabled).await?;
    }
    Ok(())
}

fn done(path: &str, change: Change) -> Result<()> {
    match change {
        Change::Done => Ok(()),
        Change::Missing => Err(Error::not_found("user")),
        Change::LastAdmin => {
            let problem = "This is the last admin of an account: make somebody else admin first";
            Err(FieldErrors::one_sentence(path, problem).into())
        }
    }
}

/// Replaces a person's password, as an operator who need not know the old one; their sessions end.
pub(crate) async fn reset_password(
    records: &Records,
    operator: &OperatorPermit,
    user_id: String,
    password: NewPassword,
) -> Result<()> {
    let hash = records.passwords.hash(password).await?;
    records.db.set_password(user_id.clone(), hash).await?;
    let entry = AuditEntry::new(AuditAction::PasswordReset, name(records, &user_id).await?);
    records.audit(&operator.caller, entry).await;
    Ok(())
}

/// Where a person is signed in, the latest first.
pub(crate) async fn sessions(records: &Records, user_id: &str) -> Result<Vec<SessionRecord>> {
    Ok(records.db.sessions_of(user_id, records.clock.now_ms()).await?)
}

/// Notes that a person has ended the session that asks.
pub(crate) async fn signed_out(records: &Records, caller: &Caller) {
    records.audit(caller, AuditEntry::new(AuditAction::SignOut, caller.signature())).await;
}

/// Ends every session of a person.
pub(crate) async fn sign_out_everywhere(records: &Records, caller: &Caller, user_id: &str) -> Result<()> {
    records.db.delete_sessions_of(user_id.to_owned()).await?;
    let entry = AuditEntry::new(AuditAction::SessionsEnded, name(records, user_id).await?);
    records.audit(caller, entry.detail("everywhere")).await;
    Ok(())
}

/// Replaces the password of a person who proves to know the old one; all their sessions end. Answers the
/// person as they are then. 422 about `current_password` and `new_password`.
pub(crate) async fn change_own_password(
    app: &App,
    caller: &Caller,
    user_id: &str,
    address: IpAddr,
    current: SecretString,
    new: SecretString,
) -> Result<UserRecord> {
    let missing = || Error::not_found("user");
    let user = app.db.user(user_id).await?.ok_or_else(missing)?;
    let mut errors = FieldErrors::default();
    let now = app.clock.now_ms();
    let attempt = match app.limits.attempts.begin(Guessed::SignedIn(user_id), address, now).await {
        Err(Error::TooMany { message, .. }) => {
            return Err(FieldErrors::one_sentence("current_password", message).into());
        }
        begun => begun?,
    };
    if app.passwords.verify(Some(user.password_hash), current).await? {
        attempt.succeeded().await?;
    } else {
        attempt.failed(now).await?;
        errors.push_sentence("current_password", "The current password is wrong");
        let entry = AuditEntry::new(AuditAction::PasswordChanged, &user.email);
        app.audit(caller, entry.refused("wrong current password")).await;
    }
    let new = errors.take("new_password", "", NewPassword::parse(new, &user.email));
    let new = new.filter(|_| errors.is_empty()).ok_or(errors)?;
    app.db.set_password(user.id, app.passwords.hash(new).await?).await?;
    app.audit(caller, AuditEntry::new(AuditAction::PasswordChanged, &user.email)).await;
    app.db.user(user_id).await?.ok_or_else(missing)
}
