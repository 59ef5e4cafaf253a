//! The first run: whoever reads the terminal makes the first account and becomes its operator.

use std::marker::PhantomData;
use std::net::IpAddr;

use secrecy::SecretString;

use crate::access::{Guessed, NewPassword};
use crate::actions::accounts::AccountInput;
use crate::actions::{App, Records};
use crate::db::users::UserRecord;
use crate::domain::audit::{AuditAction, AuditEntry};
use crate::domain::field_errors::FieldErrors;
use crate::error::{Error, Result};

use super::PersonInput;

/// The first account, and the person who is its primary contact.
#[derive(Clone, Debug)]
pub(crate) struct FirstRunInput {
    /// The platform's number for the account.
    pub account_id: i64,
    /// The account.
    pub account: AccountInput,
    /// What the person will sign in with.
    pub password: NewPassword,
}

/// What was typed for it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FirstRunFields<'a> {
    /// The person's name.
    pub name: &'a str,
    /// The person's address.
    pub email: &'a str,
    /// The person's password.
    pub password: &'a SecretString,
    /// The platform's number for the account.
    pub account_id: &'a str,
    /// The account's name.
    pub account_name: &'a str,
    /// The environment that its events carry.
    pub environment: &'a str,
}

/// The proof that somebody holds the one-time code while nobody can sign in. Only [`FirstRunPermit::of`]
/// makes one.
pub(crate) struct FirstRunPermit(PhantomData<()>);

impl FirstRunFields<'_> {
    /// The errors are called after these fields.
    pub(crate) fn parse(self) -> Result<FirstRunInput, FieldErrors> {
        let texts = [self.account_name, self.environment, self.name, self.email];
        let account = AccountInput::parse_new(self.account_id, texts)
            .map_err(|errors| errors.renamed(|path| (field_of(path).to_owned(), path.to_owned())));
        let mut errors = account.as_ref().err().cloned().unwrap_or_default();
        let password = NewPassword::parse(self.password.clone(), self.email);
        match (account, errors.take("password", "", password)) {
            (Ok((account_id, account)), Some(password)) => {
                Ok(FirstRunInput { account_id, account, password })
            }
            _ => Err(errors),
        }
    }
}

/// The field of [`FirstRunFields`] in which something of an [`AccountInput`] is typed.
fn field_of(path: &str) -> &str {
    match path {
        "id" => "account_id",
        "name" => "account_name",
        "contact_name" => "name",
        "contact_email" => "email",
        same => same,
    }
}

/// Whether nobody can sign in yet.
pub(crate) async fn is_first_run(app: &App) -> Result<bool> {
    Ok(app.setup.expose().is_some() && !app.db.has_users().await?)
}

impl FirstRunPermit {
    /// 404 as soon as anybody can sign in, 429 for whoever guesses, 422 about `code` if it is another.
    pub(crate) async fn of(app: &App, code: &str, address: IpAddr) -> Result<Self> {
        if !is_first_run(app).await? {
            return Err(Error::not_found("page"));
        }
        let now = app.clock.now_ms();
        let attempt = app.limits.attempts.begin(Guessed::Nobody, address, now).await?;
        if !app.setup.is(code) {
            attempt.failed(now).await?;
            let entry = AuditEntry::new(AuditAction::FirstRun, "first operator");
            app.audit_nobody(entry.refused("wrong one-time code")).await;
            let problem = "The one-time code is not the one that was printed at the start";
            return Err(FieldErrors::one_sentence("code", problem).into());
        }
        attempt.succeeded().await?;
        Ok(Self(PhantomData))
    }
}

/// Makes the account and its operator. 404 if somebody else was first.
pub(crate) async fn set_up(records: &Records, _: FirstRunPermit, input: FirstRunInput) -> Result<UserRecord> {
    let FirstRunInput { account_id, account, password } = input;
    let person = PersonInput { name: account.contact_name.clone(), email: account.contact_email.clone() };
    let account = account.into_account(account_id);
    let user = person.into_user(records, password, true).await?;
    let (id, email) = (user.id.clone(), user.email.clone());
    if !records.db.set_up(account, user, records.clock.now_ms()).await? {
        return Err(Error::not_found("page"));
    }
    let entry = AuditEntry::new(AuditAction::FirstRun, &email).in_account(account_id);
    records.audit_nobody(entry.detail("operator")).await;
    records.db.user(&id).await?.ok_or_else(|| Error::not_found("user"))
}
