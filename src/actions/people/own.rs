//! What people do about themselves: their sessions and their password.

use std::net::IpAddr;

use secrecy::SecretString;

use crate::access::{Caller, Guessed, NewPassword};
use crate::actions::{App, Records};
use crate::db::sessions::SessionRecord;
use crate::db::users::UserRecord;
use crate::domain::audit::{AuditAction, AuditEntry};
use crate::domain::field_errors::FieldErrors;
use crate::domain::personal_mail::PersonalMail;
use crate::error::{Error, Result};

use super::missing;

/// Somebody who has shown the first factor; `None` if they are kept out by now.
pub(crate) async fn enabled(records: &Records, user_id: &str) -> Result<Option<UserRecord>> {
    Ok(records.db.user(user_id).await?.filter(|user| !user.disabled))
}

/// Notes that somebody came in. They hear of a browser that is new.
pub(crate) async fn entered(app: &App, user_id: &str, email: &str, news: Option<PersonalMail>) -> Result<()> {
    app.db.note_sign_in(user_id.to_owned(), app.clock.now_ms()).await?;
    if let Some(mail) = news {
        app.mail_stored(email, mail).await;
    }
    Ok(())
}

/// Notes that a person has ended the session that asks.
pub(crate) async fn signed_out(records: &Records, caller: &Caller) {
    records.audit(caller, AuditEntry::new(AuditAction::SignOut, caller.signature())).await;
}

/// Where a person is signed in, the latest first.
pub(crate) async fn sessions(records: &Records, user_id: &str) -> Result<Vec<SessionRecord>> {
    Ok(records.db.sessions_of(user_id, records.clock.now_ms()).await?)
}

/// Ends one session of a person. 404 if it is not theirs.
pub(crate) async fn end_session(records: &Records, caller: &Caller, user_id: &str, id: &str) -> Result<()> {
    if !records.db.delete_session_of(user_id.to_owned(), id.to_owned()).await? {
        return Err(Error::not_found("session"));
    }
    let entry = AuditEntry::new(AuditAction::SessionsEnded, caller.signature());
    records.audit(caller, entry.detail("one")).await;
    Ok(())
}

/// Ends every session of a person.
pub(crate) async fn sign_out_everywhere(records: &Records, caller: &Caller, user_id: &str) -> Result<()> {
    records.db.delete_sessions_of(user_id.to_owned()).await?;
    let entry = AuditEntry::new(AuditAction::SessionsEnded, caller.signature());
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
    let user = app.db.user(user_id).await?.ok_or_else(missing)?;
    let mut errors = FieldErrors::default();
    errors.extend(wrong_password(app, caller, &user, address, current).await?);
    let new = errors.take("new_password", "", NewPassword::parse(new, &user.email));
    let new = new.filter(|_| errors.is_empty()).ok_or(errors)?;
    replace(app, caller, user, new, false).await
}

/// Replaces the password of somebody who has just come in by one that was made for them, or by a link: only the door
/// can know that, and that the address is theirs. 422 about `new_password`.
pub(crate) async fn choose_password(
    app: &App,
    caller: &Caller,
    user_id: &str,
    new: SecretString,
) -> Result<UserRecord> {
    let user = app.db.user(user_id).await?.ok_or_else(missing)?;
    let mut errors = FieldErrors::default();
    let new = errors.take("new_password", "", NewPassword::parse(new.clone(), &user.email));
    let new = new.ok_or(errors)?;
    if app.passwords.verify(Some(user.password_hash.clone()), new.expose().into()).await? {
        let problem = "This is the password that you have: choose another";
        return Err(FieldErrors::one_sentence("new_password", problem).into());
    }
    replace(app, caller, user, new, true).await
}

async fn replace(
    app: &App,
    caller: &Caller,
    user: UserRecord,
    new: NewPassword,
    proves: bool,
) -> Result<UserRecord> {
    app.db.set_password(user.id.clone(), app.passwords.hash(new).await?, None, proves).await?;
    app.limits.attempts.forgive(&user.email, &user.id).await?;
    app.audit(caller, AuditEntry::new(AuditAction::PasswordChanged, &user.email)).await;
    app.mail_stored(&user.email, PersonalMail::PasswordChanged { at: app.clock.now() }).await;
    app.db.user(&user.id).await?.ok_or_else(missing)
}

/// What is wrong with the password that somebody typed who is signed in: a guess counts as one at the sign-in.
pub(super) async fn wrong_password(
    app: &App,
    caller: &Caller,
    user: &UserRecord,
    address: IpAddr,
    typed: SecretString,
) -> Result<FieldErrors> {
    let wrong = |problem: String| FieldErrors::one_sentence("current_password", problem);
    let now = app.clock.now_ms();
    let attempt = match app.limits.attempts.begin(Guessed::SignedIn(&user.id), address, now).await {
        Err(Error::TooMany { message, .. }) => return Ok(wrong(message)),
        begun => begun?,
    };
    if app.passwords.verify(Some(user.password_hash.clone()), typed).await? {
        attempt.succeeded().await?;
        return Ok(FieldErrors::default());
    }
    attempt.failed(now).await?;
    let entry = AuditEntry::new(AuditAction::PasswordChanged, &user.email);
    app.audit(caller, entry.refused("wrong current password")).await;
    Ok(wrong("The current password is wrong".to_owned()))
}
