//! Links that stand for a forgotten password, once: mailed, good for a quarter of an hour, never seen by whoever had
//! them sent, never for an operator, and no way around a second factor.

use secrecy::{ExposeSecret as _, SecretString};

use crate::access::{MayAdminister, NewLink, Permit, link_hash};
use crate::actions::{App, Records};
use crate::db::users::{MemberRecord, UserRecord};
use crate::domain::audit::{AuditAction, AuditEntry};
use crate::domain::clock::from_ms;
use crate::domain::field_errors::FieldErrors;
use crate::domain::personal_mail::PersonalMail;
use crate::domain::text;
use crate::error::{Error, Result};

use super::{members, missing};

/// How long a link is good.
const GOOD_FOR_MS: i64 = 15 * 60 * 1_000;
/// Nobody is mailed again before this, whoever asks: each link ends the one before it.
const AGAIN_AFTER_MS: i64 = 3 * 60 * 1_000;

/// Mails a link to whoever has this address, if they may have one. What is answered, and how soon, does not tell
/// whether anybody has it: the work is done beside the request.
pub(crate) fn ask_for_link(app: &App, email: &str) {
    let (app, email, mailed) = (app.clone(), email.to_owned(), app.mailed.clone());
    let sent = async move {
        let user = app.db.user_by_email(&email).await?;
        let Some(user) = user.filter(|user| !user.operator && !user.disabled) else { return Ok(()) };
        send_link(&app, &user, None).await.map(|_| ())
    };
    mailed.beside(async move {
        let sent: Result<()> = sent.await;
        if let Err(error) = sent {
            tracing::error!(%error, "a sign-in link could not be made");
        }
    });
}

/// Mails a link to one of the account's people; nobody but them sees it. 403 about an operator, 422 about `link` if
/// there is no mail server, the person is kept out, or was mailed one a moment ago.
pub(crate) async fn mail_link_to_member(
    app: &App,
    permit: &Permit<MayAdminister>,
    member: &MemberRecord,
) -> Result<()> {
    members::may_touch(permit, member)?;
    if member.operator {
        let message = "There are no sign-in links for operators.".to_owned();
        return Err(Error::Forbidden { code: "FORBIDDEN", message });
    }
    let refuse = |problem: &'static str| Err(FieldErrors::one_sentence("link", problem).into());
    if app.sender.mail_folder().is_some() {
        return refuse("No mail server is set up: ask an operator to run ringpost user sign-in-link");
    }
    if member.disabled {
        return refuse("This person is disabled: ask an operator to enable them");
    }
    let user = app.db.user(&member.id).await?.ok_or_else(missing)?;
    if let Err(again_at) = send_link(app, &user, Some(permit.caller.signature().to_owned())).await? {
        let problem = format!(
            "{} has a link that is less than three minutes old: another one can be mailed at {}",
            user.email,
            text::moment(from_ms(again_at))
        );
        return Err(FieldErrors::one_sentence("link", problem).into());
    }
    let entry = AuditEntry::new(AuditAction::SignInLinkSent, &user.email).in_account(permit.account.id);
    app.audit(&permit.caller, entry).await;
    Ok(())
}

/// The inner error is when the next one can be mailed.
async fn send_link(app: &App, user: &UserRecord, sent_by: Option<String>) -> Result<Result<(), i64>> {
    // A link into a file reaches nobody but whoever reads the server's disk.
    if app.sender.mail_folder().is_some() {
        return Ok(Ok(()));
    }
    let link = match keep_link(app, user, AGAIN_AFTER_MS).await? {
        Ok(link) => link,
        Err(again_at) => return Ok(Err(again_at)),
    };
    let url = url(&app.config.public_url(), link.expose_secret());
    app.mail_stored(&user.email, PersonalMail::SignInLink { url, sent_by }).await;
    Ok(Ok(()))
}

/// Makes a link and keeps its hash; the one before it is over. If that one is younger than `patience`, nothing is made,
/// and the inner error is when the next one can be.
pub(super) async fn keep_link(
    records: &Records,
    user: &UserRecord,
    patience: i64,
) -> Result<Result<SecretString, i64>> {
    let link = NewLink::generate();
    let until = records.clock.now_ms() + GOOD_FOR_MS;
    let kept = records.db.save_sign_in_link(user.id.clone(), link.hash, until, until - patience).await?;
    Ok(match kept {
        None => Ok(link.text),
        Some(other_until) => Err(other_until - GOOD_FOR_MS + patience),
    })
}

pub(super) fn url(public_url: &str, link: &str) -> String {
    format!("{public_url}/login/link/{link}")
}

/// Whether a link is good. Looking uses nothing up: mail scanners look too.
pub(crate) async fn has_link(records: &Records, link: &str) -> Result<bool> {
    Ok(records.db.owner_of_sign_in_link(&link_hash(link), records.clock.now_ms()).await?.is_some())
}

/// Uses a link up and answers whose it was; 404 for any other, and for somebody who may have none any more.
pub(crate) async fn use_link(records: &Records, link: &str) -> Result<UserRecord> {
    let over = || Error::NotFound("This link is over: ask for another one.".to_owned());
    let owner = records.db.use_sign_in_link(link_hash(link), records.clock.now_ms()).await?;
    let user = match owner {
        Some(owner) => records.db.user(&owner).await?,
        None => None,
    };
    match user.filter(|user| !user.operator && !user.disabled) {
        Some(user) => {
            records.audit_nobody(AuditEntry::new(AuditAction::SignInLinkUsed, &user.email)).await;
            Ok(user)
        }
        None => {
            let entry = AuditEntry::new(AuditAction::SignInLinkUsed, "a sign-in link");
            records.audit_nobody(entry.refused("not good, or not any more")).await;
            Err(over())
        }
    }
}
