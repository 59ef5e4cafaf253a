//! The people of one account: their role in it, and their leaving it.

use crate::access::{MayAdminister, Permit};
use crate::actions::Records;
use crate::db::users::{Loss, MemberRecord};
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
    let (now, heir) = (records.clock.now_ms(), heir(permit, keep_tokens));
    done("role", records.db.set_role(member.id, permit.account.id, role, heir, now).await?)
}

/// Gives somebody a role in the account, as an operator who may name anybody.
pub(crate) async fn set_role(
    records: &Records,
    permit: &Permit<MayAdminister>,
    user_id: String,
    role: Role,
    keep_tokens: bool,
) -> Result<()> {
    if !permit.caller.is_operator() {
        return Err(Error::needs("operator"));
    }
    let (now, heir) = (records.clock.now_ms(), heir(permit, keep_tokens));
    done("role", records.db.set_role(user_id, permit.account.id, role, heir, now).await?)
}

/// Takes somebody out of the account; who they are and their other accounts stay. Their tokens become the caller's,
/// or end. 403 about an operator, 422 about `member` for the last admin.
pub(crate) async fn remove(
    records: &Records,
    permit: &Permit<MayAdminister>,
    member: MemberRecord,
    keep_tokens: bool,
) -> Result<()> {
    may_touch(permit, &member)?;
    let (now, heir) = (records.clock.now_ms(), heir(permit, keep_tokens));
    done("member", records.db.take_away(member.id, Loss::Membership(permit.account.id), heir, now).await?)
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
