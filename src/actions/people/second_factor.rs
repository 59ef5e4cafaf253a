//! A person's second factor: turned on with a first code, asked for at each sign-in, renewed and removed by its owner.

use std::net::IpAddr;

use secrecy::SecretString;

use crate::access::{Authenticator, Caller, Guessed, Recovery, RecoveryCodes};
use crate::actions::App;
use crate::db::second_factors::SecondFactorRecord;
use crate::db::users::UserRecord;
use crate::domain::audit::{AuditAction, AuditEntry};
use crate::domain::field_errors::FieldErrors;
use crate::domain::personal_mail::PersonalMail;
use crate::error::{Error, Result};
use crate::vault::Cell;

use super::{missing, own};

const WRONG_CODE: &str = "That code is not right. Enter the one your app shows now";
const USED_CODE: &str = "That code was used before. Wait for the next one";

/// What a person's profile says about their second factor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FactorState {
    /// When it was turned on.
    pub since: i64,
    /// How many recovery codes are left.
    pub codes_left: usize,
}

/// A new authenticator for a person, not kept yet.
pub(crate) fn new_authenticator(email: &str) -> Result<Authenticator> {
    Authenticator::generate(email)
}

/// A person's second factor; `None` without one.
pub(crate) async fn factor_state(app: &App, user_id: &str) -> Result<Option<FactorState>> {
    let Some(factor) = app.db.second_factor(user_id).await? else { return Ok(None) };
    let codes = open(app, Cell::RecoveryCodes(user_id), &factor.recovery_codes)?;
    let codes_left = RecoveryCodes::from_text(&codes).unused();
    Ok(Some(FactorState { since: factor.created_at, codes_left }))
}

/// Turns a second factor on, for somebody who shows a code of it; their sessions end. Answers the person as they are
/// then, and the recovery codes, to be shown once. 422 about `code`, and about `current_password` where it is asked
/// for.
pub(crate) async fn add_second_factor(
    app: &App,
    caller: &Caller,
    user_id: &str,
    address: IpAddr,
    key: &SecretString,
    code: &str,
    current: Option<SecretString>,
) -> Result<(UserRecord, SecretString)> {
    let user = app.db.user(user_id).await?.ok_or_else(missing)?;
    let now = app.clock.now();
    let mut errors = FieldErrors::default();
    if let Some(current) = current {
        errors.extend(own::wrong_password(app, caller, &user, address, current).await?);
    }
    let step = Authenticator::from_key(key, &user.email)?.step_of(code, now.as_millisecond());
    if step.is_none() {
        errors.push_sentence("code", WRONG_CODE);
    }
    let step = step.filter(|_| errors.is_empty()).ok_or(errors)?;
    let codes = RecoveryCodes::generate().to_text();
    let factor = SecondFactorRecord {
        secret: seal(app, Cell::SecondFactor(user_id), key)?,
        recovery_codes: seal(app, Cell::RecoveryCodes(user_id), &codes)?,
        created_at: now.as_millisecond(),
    };
    if !app.db.add_second_factor(user_id.to_owned(), factor, step).await? {
        let problem = "A second factor is on already: remove it first";
        return Err(FieldErrors::one_sentence("code", problem).into());
    }
    app.audit(caller, AuditEntry::new(AuditAction::SecondFactorSet, &user.email)).await;
    app.mail_stored(&user.email, PersonalMail::SecondFactorAdded { at: now });
    Ok((app.db.user(user_id).await?.ok_or_else(missing)?, codes))
}

/// Removes a person's own second factor, for who knows the password and shows a code; their sessions end. 422 about
/// `current_password`, `code` and `recovery`.
pub(crate) async fn remove_own_second_factor(
    app: &App,
    caller: &Caller,
    user_id: &str,
    address: IpAddr,
    current: SecretString,
    code: &str,
    recovery: &str,
) -> Result<UserRecord> {
    let user = prove(app, caller, user_id, address, current, code, recovery).await?;
    app.db.remove_second_factor(user.id.clone()).await?;
    app.audit(caller, AuditEntry::new(AuditAction::SecondFactorRemoved, &user.email)).await;
    app.mail_stored(&user.email, PersonalMail::SecondFactorRemoved { at: app.clock.now() });
    app.db.user(user_id).await?.ok_or_else(missing)
}

/// Replaces the recovery codes of somebody who knows the password and shows a code: those before are void. Answers the
/// new ones, to be shown once. 422 about `current_password`, `code` and `recovery`.
pub(crate) async fn renew_recovery_codes(
    app: &App,
    caller: &Caller,
    user_id: &str,
    address: IpAddr,
    current: SecretString,
    code: &str,
    recovery: &str,
) -> Result<SecretString> {
    let user = prove(app, caller, user_id, address, current, code, recovery).await?;
    let codes = RecoveryCodes::generate().to_text();
    let sealed = seal(app, Cell::RecoveryCodes(&user.id), &codes)?;
    let is_first = match app.db.second_factor(&user.id).await? {
        Some(now) => app.db.replace_recovery_codes(user.id.clone(), now.recovery_codes, sealed).await?,
        None => false,
    };
    // Somebody has used a code, or made new ones, in this very moment: these would never work.
    if !is_first {
        let problem = "The recovery codes were changed in another window. Try again";
        return Err(FieldErrors::one_sentence("code", problem).into());
    }
    app.audit(caller, AuditEntry::new(AuditAction::RecoveryCodesMade, &user.email)).await;
    app.mail_stored(&user.email, PersonalMail::RecoveryCodesMade { at: app.clock.now() });
    Ok(codes)
}

/// The person, once they have shown the password and a code: an open session alone touches no second factor.
async fn prove(
    app: &App,
    caller: &Caller,
    user_id: &str,
    address: IpAddr,
    current: SecretString,
    code: &str,
    recovery: &str,
) -> Result<UserRecord> {
    let user = app.db.user(user_id).await?.ok_or_else(missing)?;
    let wrong = own::wrong_password(app, caller, &user, address, current).await?;
    if !wrong.is_empty() {
        return Err(wrong.into());
    }
    check_code(app, &user, address, code, recovery).await?;
    Ok(user)
}

/// Uses up a code of the app, or a recovery code if one was typed. 422 about `code` or `recovery`; after the third
/// wrong one in a row there is a pause, as for passwords.
pub(crate) async fn check_code(
    app: &App,
    user: &UserRecord,
    address: IpAddr,
    code: &str,
    recovery: &str,
) -> Result<()> {
    let is_recovery = !recovery.trim().is_empty();
    let (field, action) = match is_recovery {
        true => ("recovery", AuditAction::RecoveryCodeUsed),
        false => ("code", AuditAction::SecondFactorUsed),
    };
    let wrong = |problem: String| Err(Error::from(FieldErrors::one_sentence(field, problem)));
    let now = app.clock.now_ms();
    let attempt = match app.limits.attempts.begin(Guessed::Code(&user.id), address, now).await {
        Err(Error::TooMany { message, .. }) => return wrong(message),
        begun => begun?,
    };
    let Some(factor) = app.db.second_factor(&user.id).await? else {
        attempt.failed(now).await?;
        return wrong("There is no second factor any more: sign in again".to_owned());
    };
    let problem = match is_recovery {
        true => wrong_recovery(app, user, &factor, recovery).await?,
        false => wrong_code(app, user, &factor, code, now).await?,
    };
    let entry = AuditEntry::new(action, &user.email);
    match problem {
        None => {
            attempt.succeeded().await?;
            app.audit_nobody(entry).await;
            Ok(())
        }
        Some(problem) => {
            attempt.failed(now).await?;
            app.audit_nobody(entry.refused("wrong code")).await;
            wrong(problem.to_owned())
        }
    }
}

async fn wrong_code(
    app: &App,
    user: &UserRecord,
    factor: &SecondFactorRecord,
    typed: &str,
    now: i64,
) -> Result<Option<&'static str>> {
    let key = open(app, Cell::SecondFactor(&user.id), &factor.secret)?;
    let Some(step) = Authenticator::from_key(&key, &user.email)?.step_of(typed, now) else {
        return Ok(Some(WRONG_CODE));
    };
    let is_first = app.db.use_step(user.id.clone(), step).await?;
    Ok((!is_first).then_some(USED_CODE))
}

async fn wrong_recovery(
    app: &App,
    user: &UserRecord,
    factor: &SecondFactorRecord,
    typed: &str,
) -> Result<Option<&'static str>> {
    let cell = Cell::RecoveryCodes(&user.id);
    let codes = RecoveryCodes::from_text(&open(app, cell, &factor.recovery_codes)?);
    let left = match codes.redeem(typed) {
        Recovery::Good(left) => seal(app, cell, &left.to_text())?,
        Recovery::Used => return Ok(Some("This recovery code was used before")),
        Recovery::Wrong => return Ok(Some("This is not one of your recovery codes")),
    };
    // Of two who send it at once, one comes in.
    let is_first =
        app.db.replace_recovery_codes(user.id.clone(), factor.recovery_codes.clone(), left).await?;
    Ok((!is_first).then_some("This recovery code was used before"))
}

fn seal(app: &App, cell: Cell<'_>, secret: &SecretString) -> Result<String> {
    app.vault.seal(cell, secret).map_err(Error::internal)
}

fn open(app: &App, cell: Cell<'_>, sealed: &str) -> Result<SecretString> {
    app.vault.open(cell, sealed).map_err(Error::internal)
}
