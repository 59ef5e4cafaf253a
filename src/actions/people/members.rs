//! The people of one account: their role in it, and their leaving it.

use crate::access::{MayAdminister, Permit};
use crate::actions::Records;
use crate::db::users::{Loss, MemberRecord, UserRecord};
use crate::domain::audit::{AuditAction, AuditEntry};
use crate::domain::role::Role;
use crate::error::{Error, Result};

use super::{done, missing};

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
    found.ok_or_else(missing)
}

/// How many live tokens of the account somebody has made.
pub(crate) async fn count_tokens(
    records: &Records,
    permit: &Permit<MayAdminister>,
    member: &MemberRecord,
) -> Result<i64> {
    Ok(records.db.count_tokens_made_by(&member.email, permit.account.id).await?)
}

/// Gives one of the account's people another role. The tokens of somebody who is no admin any more become the
/// caller's, or end. 403 about an operator, 422 about `role` if the account would be left without an admin.
pub(crate) async fn change_role(
    records: &Records,
    permit: &Permit<MayAdminister>,
    member: MemberRecord,
    role: Role,
    keep_tokens: bool,
) -> Result<()> {
    if member.role == role {
        return Ok(());
    }
    may_touch(permit, &member)?;
    let account_id = permit.account.id;
    let (now, heir) = (records.clock.now_ms(), heir(permit, keep_tokens));
    done("role", records.db.set_role(member.id, account_id, role, heir, now).await?)?;
    let entry = AuditEntry::new(AuditAction::RoleChanged, &member.email).in_account(account_id);
    records.audit(&permit.caller, entry.detail(format!("{} → {role}", member.role))).await;
    let loses_rank = member.role == Role::Admin && !member.operator;
    tell_of_tokens(records, permit, &member.email, keep_tokens && loses_rank).await;
    Ok(())
}

/// Gives somebody a role in the account, as an operator who may name anybody. What they do not lose by it goes on.
pub(crate) async fn set_role(
    records: &Records,
    permit: &Permit<MayAdminister>,
    user: UserRecord,
    role: Role,
    keep_tokens: bool,
) -> Result<()> {
    if !permit.caller.is_operator() {
        return Err(Error::needs("operator"));
    }
    let account_id = permit.account.id;
    let before = records.db.role(&user.id, account_id).await?;
    let loses_rank = before == Some(Role::Admin) && role != Role::Admin && !user.operator;
    let (now, heir) = (records.clock.now_ms(), heir(permit, keep_tokens));
    done("role", records.db.set_role(user.id, account_id, role, heir, now).await?)?;
    let entry = AuditEntry::new(AuditAction::RoleChanged, &user.email).in_account(account_id);
    let before = before.map_or("no role", Role::as_str);
    records.audit(&permit.caller, entry.detail(format!("{before} → {role}"))).await;
    tell_of_tokens(records, permit, &user.email, keep_tokens && loses_rank).await;
    Ok(())
}

/// Takes somebody out of the account; who they are and their other accounts stay. Their tokens become the caller's,
/// or end; an operator stays an admin of the account, and keeps theirs. 403 about an operator, 422 about `member` for
/// the last admin.
pub(crate) async fn remove(
    records: &Records,
    permit: &Permit<MayAdminister>,
    member: MemberRecord,
    keep_tokens: bool,
) -> Result<()> {
    may_touch(permit, &member)?;
    let (now, heir) = (records.clock.now_ms(), heir(permit, keep_tokens));
    let account_id = permit.account.id;
    done("member", records.db.take_away(member.id, Loss::Membership(account_id), heir, now).await?)?;
    let entry = AuditEntry::new(AuditAction::PersonRemoved, &member.email).in_account(account_id);
    records.audit(&permit.caller, entry).await;
    tell_of_tokens(records, permit, &member.email, keep_tokens && !member.operator).await;
    Ok(())
}

/// The security log says whose tokens are the caller's from now on.
async fn tell_of_tokens(records: &Records, permit: &Permit<MayAdminister>, email: &str, are_kept: bool) {
    if are_kept {
        let entry = AuditEntry::new(AuditAction::TokenHandedOver, format!("tokens made by {email}"));
        records.audit(&permit.caller, entry.in_account(permit.account.id)).await;
    }
}

/// Whom an admin of an account may touch there: everybody below an operator. An operator may touch anybody.
pub(super) fn may_touch(permit: &Permit<MayAdminister>, member: &MemberRecord) -> Result<()> {
    if member.operator && !permit.caller.is_operator() {
        return Err(Error::needs("operator"));
    }
    Ok(())
}

fn heir(permit: &Permit<MayAdminister>, keep_tokens: bool) -> Option<String> {
    keep_tokens.then(|| permit.caller.signature().to_owned())
}
