//! What operators do with people as a whole: keep them out, let them in again, help them in.

use secrecy::{ExposeSecret as _, SecretString};

use crate::access::{MayAdminister, NewPassword, OperatorPermit, Permit};
use crate::actions::{App, Records};
use crate::db::users::{Loss, NewUser, UserRecord};
use crate::domain::audit::{AuditAction, AuditEntry};
use crate::domain::field_errors::FieldErrors;
use crate::domain::personal_mail::PersonalMail;
use crate::domain::role::Role;
use crate::domain::values::EmailAddress;
use crate::error::{Error, Result};

use super::{PersonInput, done, missing, sign_in_links};

/// A password that was made for somebody ends after three days.
const ONE_TIME_MS: i64 = 3 * 24 * 60 * 60 * 1_000;

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
    records.db.user_by_email(&email.folded()).await?.ok_or_else(missing)
}

/// The person with this id; 404 for nobody.
pub(crate) async fn find_by_id(records: &Records, _: &OperatorPermit, id: &str) -> Result<UserRecord> {
    records.db.user(id).await?.ok_or_else(missing)
}

/// A person's accounts and roles.
pub(crate) async fn memberships(
    records: &Records,
    _: &OperatorPermit,
    user_id: &str,
) -> Result<Vec<(i64, Role)>> {
    Ok(records.db.memberships(user_id).await?)
}

/// Adds a person with a password of their own, as an operator or with a role in an account.
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
    create(records, operator, user, membership).await
}

async fn create(
    records: &Records,
    operator: &OperatorPermit,
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
            records.audit(&operator.caller, AuditEntry { account_id, ..entry }).await;
            Ok(())
        }
        Err(error) if error.violates("users", "email") => {
            let problem = format!("{email} is here already: give them a role instead");
            Err(FieldErrors::one_sentence("email", problem).into())
        }
        Err(error) => Err(error.into()),
    }
}

/// Keeps a person out of every account, or lets them in again. 422 about `status` if an account would be left
/// without an admin.
pub(crate) async fn set_disabled(
    records: &Records,
    operator: &OperatorPermit,
    user: &UserRecord,
    disabled: bool,
) -> Result<()> {
    done("status", records.db.set_disabled(user.id.clone(), disabled, records.clock.now_ms()).await?)?;
    let action = if disabled { AuditAction::PersonDisabled } else { AuditAction::PersonEnabled };
    records.audit(&operator.caller, AuditEntry::new(action, &user.email)).await;
    Ok(())
}

/// Removes a person from every account and from here. Their tokens become the caller's, or end.
pub(crate) async fn delete(
    records: &Records,
    operator: &OperatorPermit,
    user: &UserRecord,
    keep_tokens: bool,
) -> Result<()> {
    let heir = keep_tokens.then(|| operator.caller.signature().to_owned());
    let now = records.clock.now_ms();
    done("member", records.db.take_away(user.id.clone(), Loss::Existence, heir, now).await?)?;
    let entry = AuditEntry::new(AuditAction::PersonRemoved, &user.email);
    records.audit(&operator.caller, entry.detail("from everything")).await;
    Ok(())
}

/// Replaces a person's password; their sessions end, and so does a wait after wrong ones. Without one of the operator's choice, one is made and answered,
/// which has to be replaced at its first use and ends after three days.
pub(crate) async fn reset_password(
    app: &App,
    operator: &OperatorPermit,
    user: &UserRecord,
    chosen: Option<NewPassword>,
) -> Result<Option<NewPassword>> {
    let now = app.clock.now();
    let (made, expires_at) = match &chosen {
        Some(_) => (None, None),
        None => (Some(NewPassword::one_time()), Some(now.as_millisecond() + ONE_TIME_MS)),
    };
    let Some(password) = chosen.or_else(|| made.clone()) else { return Ok(None) };
    let hash = app.passwords.hash(password).await?;
    // The operator knows to whom it is handed over.
    app.db.set_password(user.id.clone(), hash, expires_at, true).await?;
    app.limits.attempts.forgive(&user.email, &user.id).await?;
    let entry = AuditEntry::new(AuditAction::PasswordReset, &user.email);
    app.audit(&operator.caller, entry.detail(if made.is_some() { "one-time" } else { "" })).await;
    app.mail_stored(&user.email, PersonalMail::PasswordChanged { at: now }).await;
    Ok(made)
}

/// Takes a person's second factor away, for somebody who has lost it; their sessions end. 422 about `second_factor`
/// if there is none.
pub(crate) async fn reset_second_factor(
    app: &App,
    operator: &OperatorPermit,
    user: &UserRecord,
) -> Result<()> {
    if !app.db.remove_second_factor(user.id.clone()).await? {
        let problem = format!("{} has no second factor", user.email);
        return Err(FieldErrors::one_sentence("second_factor", problem).into());
    }
    app.audit(&operator.caller, AuditEntry::new(AuditAction::SecondFactorRemoved, &user.email)).await;
    app.mail_stored(&user.email, PersonalMail::SecondFactorRemoved { at: app.clock.now() }).await;
    Ok(())
}

/// A sign-in link, for an operator to hand over where no mail can. 403 about an operator, 422 about somebody who is
/// kept out.
pub(crate) async fn make_sign_in_link(
    records: &Records,
    operator: &OperatorPermit,
    user: &UserRecord,
    public_url: &str,
) -> Result<SecretString> {
    if user.operator {
        let message = "There are no sign-in links for operators: set a password instead.".to_owned();
        return Err(Error::Forbidden { code: "FORBIDDEN", message });
    }
    if user.disabled {
        let problem = format!("{} is disabled: enable them first", user.email);
        return Err(FieldErrors::one_sentence("status", problem).into());
    }
    let link = sign_in_links::keep_link(records, user, 0).await?.map_err(|_| missing())?;
    let entry = AuditEntry::new(AuditAction::SignInLinkSent, &user.email);
    records.audit(&operator.caller, entry.detail("made by a command")).await;
    Ok(sign_in_links::url(public_url, link.expose_secret()).into())
}
