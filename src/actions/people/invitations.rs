//! Invitations: an admin asks somebody in, and that person accepts. Whether they are here already shows to nobody
//! but themselves.

use secrecy::{ExposeSecret as _, SecretString};

use crate::access::{Caller, MayAdminister, NewLink, NewPassword, Permit, link_hash};
use crate::actions::{App, Records};
use crate::db::invitations::{InvitationRecord, Newcomer};
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

/// Asks somebody into the account, by mail. Where a mail server is set up, nobody else sees the link, so that who
/// opens it reads the mailbox. Without one it is answered, to be shown once and handed over: it makes a new person who
/// has shown nothing of the address, or lets a known one accept. 422 about `email` if they have a role here already,
/// or were asked just now, and when too many were.
pub(crate) async fn invite(
    app: &App,
    permit: &Permit<MayAdminister>,
    email: EmailAddress,
    role: Role,
) -> Result<Option<SecretString>> {
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
        mailed: app.sender.mail_folder().is_none(),
    };
    let mailed = invitation.mailed;
    let entry = AuditEntry::new(AuditAction::InvitationSent, &invitation.email).in_account(account.id);
    db.invite(invitation, link.hash).await?;
    app.audit(&permit.caller, entry.detail(role.as_str())).await;
    let url = format!("{}/invitations/{}", app.config.public_url(), link.text.expose_secret());
    let mail = PersonalMail::Invitation { account: account.name.clone(), invited_by, role, url: url.clone() };
    app.mail_person(&email, mail).await;
    Ok((!mailed).then(|| url.into()))
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
/// else, 422 about `accept` for somebody who was made through another account's shown link: an account lets in whom
/// it has asked, and nobody whom another one has only called so.
pub(crate) async fn accept(app: &App, caller: &Caller, link: &str, user_id: &str) -> Result<i64> {
    let user = app.db.user(user_id).await?.ok_or_else(missing)?;
    let (hash, now) = (link_hash(link), app.clock.now_ms());
    let found = app.db.invitation(&hash, now).await?.filter(|found| found.email == user.email);
    let found = found.ok_or_else(over)?;
    let is_theirs = user.proven || found.mailed || user.known_to == Some(found.account_id);
    if !is_theirs {
        let problem = match app.sender.mail_folder() {
            None => {
                "Show first that the address is yours: sign out, choose “Forgot your password?” and use the link \
                     that is mailed to you"
            }
            Some(_) => {
                "Nobody knows yet that the address is yours: ask an operator for the role, or for a link of \
                        ringpost user sign-in-link"
            }
        };
        return Err(FieldErrors::one_sentence("accept", problem).into());
    }
    let joined = app.db.join(hash, user.id, user.email.clone(), now).await?;
    let account_id = joined.ok_or_else(over)?;
    let entry = AuditEntry::new(AuditAction::InvitationAccepted, &user.email).in_account(account_id);
    app.audit(caller, entry).await;
    Ok(account_id)
}

/// Makes the person whom the link is for, with this name and password, if there is none; they sign in, and accept.
/// What is answered is the same for somebody who has a password already, and keeps it. Only a link that went to the
/// mailbox alone takes an address over: from somebody who never showed that it is theirs, whose sessions end. 422
/// about `name` and `password`, 404 if the link is over.
pub(crate) async fn choose_first_password(
    app: &App,
    link: &str,
    name: &str,
    password: SecretString,
) -> Result<()> {
    let invitation = invitation(app, link).await?;
    let mut errors = FieldErrors::default();
    let name = errors.take("name", "The name", Name::parse(name));
    let password = errors.take("password", "", NewPassword::parse(password, &invitation.email));
    let (Some(name), Some(password)) = (name, password) else { return Err(errors.into()) };
    let email = EmailAddress::parse(&invitation.email).map_err(Error::internal)?;
    let user = PersonInput { name, email }.into_user(app, password, false).await?;
    let made = match app.db.make_newcomer(link_hash(link), user, app.clock.now_ms()).await {
        // Of two who come at once, the other was first.
        Err(error) if error.violates("users", "email") => Newcomer::Known,
        made => made?,
    };
    match made {
        Newcomer::Over => Err(over()),
        Newcomer::Known => Ok(()),
        Newcomer::Made => {
            let entry = AuditEntry::new(AuditAction::PersonAdded, &invitation.email);
            app.audit_nobody(entry.detail("by an invitation")).await;
            Ok(())
        }
        Newcomer::TookOver(id) => {
            app.limits.attempts.forgive(&invitation.email, &id).await?;
            let entry = AuditEntry::new(AuditAction::PasswordChanged, &invitation.email);
            app.audit_nobody(entry.detail("by the owner of the mailbox, who was not known before")).await;
            app.mail_stored(&invitation.email, PersonalMail::PasswordChanged { at: app.clock.now() }).await;
            Ok(())
        }
    }
}

fn over() -> Error {
    Error::NotFound("This invitation is over: ask for another one.".to_owned())
}
