//! Invitations: an admin asks somebody in, and that person accepts. Whether they are here already shows to nobody
//! but themselves.

use secrecy::{ExposeSecret as _, SecretString};

use crate::access::{Caller, MayAdminister, NewLink, NewPassword, Permit, link_hash};
use crate::actions::{App, Records};
use crate::db::invitations::InvitationRecord;
use crate::db::users::UserRecord;
use crate::domain::audit::{AuditAction, AuditEntry};
use crate::domain::field_errors::FieldErrors;
use crate::domain::personal_mail::PersonalMail;
use crate::domain::role::Role;
use crate::domain::values::{EmailAddress, Name};
use crate::error::{Error, Result};

use super::{PersonInput, missing};

/// How long a link is good: three days.
const GOOD_FOR_MS: i64 = 3 * 24 * 60 * 60 * 1_000;
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// An invitation is a mail to an address that somebody typed: more of them would be a weapon.
const MOST_A_DAY: i64 = 200;
/// The same person is not mailed again before this.
const AGAIN_AFTER_MS: i64 = 10 * 60 * 1_000;

/// What somebody is asked to accept.
#[derive(Clone, Debug)]
pub(crate) struct Invitation {
    /// The name of the account.
    pub account_name: String,
    /// Whom it is for.
    pub email: String,
    /// What they would do there.
    pub role: Role,
    /// Who asks.
    pub invited_by: String,
}

/// Asks somebody into the account, by mail. The link is answered too, to be shown once: it makes a new person or lets
/// the invited one accept, and nothing else. 422 about `email` if they have a role here already, or were asked just
/// now, and when too many were.
pub(crate) async fn invite(
    app: &App,
    permit: &Permit<MayAdminister>,
    email: EmailAddress,
    role: Role,
) -> Result<SecretString> {
    let (db, account, now) = (&app.db, &permit.account, app.clock.now_ms());
    let folded = email.folded();
    let refuse = |problem: String| Err(FieldErrors::one_sentence("email", problem).into());
    if db.members(account.id).await?.iter().any(|member| member.email == folded) {
        return refuse(format!("{folded} is in this account already: change the role there"));
    }
    let (asked, last) = db.invited_since(account.id, &folded, now - DAY_MS).await?;
    if last.is_some_and(|last| now - last < AGAIN_AFTER_MS) {
        return refuse(format!("{folded} was invited a moment ago: wait ten minutes to do it again"));
    }
    if asked >= MOST_A_DAY {
        return refuse(format!("{MOST_A_DAY} people were invited within a day: wait until tomorrow"));
    }
    let link = NewLink::generate();
    let invited_by = permit.caller.signature().to_owned();
    let invitation = InvitationRecord {
        id: app.clock.new_id().to_string(),
        account_id: account.id,
        email: folded,
        role,
        invited_by: invited_by.clone(),
        created_at: now,
        expires_at: now + GOOD_FOR_MS,
    };
    let entry = AuditEntry::new(AuditAction::InvitationSent, &invitation.email).in_account(account.id);
    db.invite(invitation, link.hash).await?;
    app.audit(&permit.caller, entry.detail(role.as_str())).await;
    let url = format!("{}/invitations/{}", app.config.public_url(), link.text.expose_secret());
    let mail = PersonalMail::Invitation { account: account.name.clone(), invited_by, role, url: url.clone() };
    app.mail_person(&email, mail);
    Ok(url.into())
}

/// Who is asked into the account and has not come, by address.
pub(crate) async fn invitations_of(
    records: &Records,
    permit: &Permit<MayAdminister>,
) -> Result<Vec<InvitationRecord>> {
    Ok(records.db.invitations(permit.account.id).await?)
}

/// Takes an invitation back; its link is over. 404 if the account has none with this id.
pub(crate) async fn withdraw(records: &Records, permit: &Permit<MayAdminister>, id: String) -> Result<()> {
    let account_id = permit.account.id;
    let email = records.db.withdraw_invitation(id, account_id).await?;
    let email = email.ok_or_else(|| Error::not_found("invitation"))?;
    let entry = AuditEntry::new(AuditAction::InvitationWithdrawn, email).in_account(account_id);
    records.audit(&permit.caller, entry).await;
    Ok(())
}

/// The invitation behind a link; 404 once it was used, replaced, withdrawn, or is three days old.
pub(crate) async fn invitation(records: &Records, link: &str) -> Result<Invitation> {
    let found = records.db.invitation(&link_hash(link), records.clock.now_ms()).await?;
    let found = found.ok_or_else(over)?;
    let account = records.db.account(found.account_id).await?.ok_or_else(over)?;
    Ok(Invitation {
        account_name: account.name,
        email: found.email,
        role: found.role,
        invited_by: found.invited_by,
    })
}

/// Accepts for somebody who is signed in and whom the invitation is for; nothing of theirs ends. 404 for anybody
/// else.
pub(crate) async fn accept(records: &Records, caller: &Caller, link: &str, user_id: &str) -> Result<i64> {
    let user = records.db.user(user_id).await?.ok_or_else(missing)?;
    let now = records.clock.now_ms();
    let joined = records.db.join(link_hash(link), user.id, user.email.clone(), now).await?;
    let account_id = joined.ok_or_else(over)?;
    let entry = AuditEntry::new(AuditAction::InvitationAccepted, &user.email).in_account(account_id);
    records.audit(caller, entry).await;
    Ok(account_id)
}

/// Accepts for somebody new, who chooses a name and a password. 422 about `name` and `password`, and about the
/// password of somebody who has one already: no link replaces that.
pub(crate) async fn accept_anew(
    records: &Records,
    link: &str,
    name: &str,
    password: SecretString,
) -> Result<(UserRecord, i64)> {
    let invitation = invitation(records, link).await?;
    let mut errors = FieldErrors::default();
    let name = errors.take("name", "The name", Name::parse(name));
    let password = errors.take("password", "", NewPassword::parse(password, &invitation.email));
    let (Some(name), Some(password)) = (name, password) else { return Err(errors.into()) };
    let email = EmailAddress::parse(&invitation.email).map_err(Error::internal)?;
    let user = PersonInput { name, email }.into_user(records, password, false).await?;
    let id = user.id.clone();
    match records.db.join_anew(link_hash(link), user, records.clock.now_ms()).await {
        Ok(joined) => {
            let account_id = joined.ok_or_else(over)?;
            let entry = AuditEntry::new(AuditAction::InvitationAccepted, &invitation.email);
            records.audit_nobody(entry.in_account(account_id).detail("a new person")).await;
            Ok((records.db.user(&id).await?.ok_or_else(missing)?, account_id))
        }
        Err(error) if error.violates("users", "email") => {
            let problem = "You have a password here already: sign in with it to accept";
            Err(FieldErrors::one_sentence("password", problem).into())
        }
        Err(error) => Err(error.into()),
    }
}

fn over() -> Error {
    Error::NotFound("This invitation is over: ask for another one.".to_owned())
}
