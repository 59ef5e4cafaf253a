//! Accounts: the organizations on the platform.

mod provisioning;

use crate::access::{Caller, Includes, MayAdminister, MayRead, OperatorPermit, Permit};
use crate::domain::account::{Account, Contact};
use crate::domain::audit::{AuditAction, AuditEntry};
use crate::domain::field_errors::FieldErrors;
use crate::domain::history::SettingChange;
use crate::domain::values::{EmailAddress, Name};
use crate::error::{Error, Result};

use super::Records;
use super::history::Author;
use super::notifications::{MOST_TRIES, always_changed};

pub(crate) use provisioning::{find, put};

/// The highest number of an account: what the description of the API allows.
const HIGHEST: i64 = 999_999_999_999_999_999;

/// What can be said about an account; its number is given by the platform and never changes.
#[derive(Clone, Debug)]
pub(crate) struct AccountInput {
    /// Its name, the payload's `account_name`.
    pub name: Name,
    /// The namespace that its events carry when they name none.
    pub environment: Name,
    /// How the primary contact is called.
    pub contact_name: Name,
    /// Who always hears everything.
    pub contact_email: EmailAddress,
    /// Whether the contact is mailed while a webhook fails; `None` leaves it as it is, and a new account has it on.
    pub failure_mails: Option<bool>,
}

impl AccountInput {
    /// Reads four texts; the errors are called after the fields of this type.
    pub(crate) fn parse(
        name: &str,
        environment: &str,
        contact_name: &str,
        contact_email: &str,
    ) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let name = errors.take("name", "The organization name", Name::parse(name));
        let environment = errors.take("environment", "The environment", Name::parse(environment));
        let contact_name = errors.take("contact_name", "The name", Name::parse(contact_name));
        let contact_email =
            errors.take("contact_email", "The email address", EmailAddress::parse(contact_email));
        match (name, environment, contact_name, contact_email) {
            (Some(name), Some(environment), Some(contact_name), Some(contact_email)) => {
                Ok(Self { name, environment, contact_name, contact_email, failure_mails: None })
            }
            _ => Err(errors),
        }
    }

    /// Reads the platform's number for a new account, called `id` in the errors, with the rest.
    pub(crate) fn parse_new(
        id: &str,
        [name, environment, contact_name, contact_email]: [&str; 4],
    ) -> Result<(i64, Self), FieldErrors> {
        let mut errors = FieldErrors::default();
        let id = id.trim().parse().ok().filter(|id| (1..=HIGHEST).contains(id));
        if id.is_none() {
            let problem = "The organization ID must be a whole number above 0 of at most 18 digits, like 100";
            errors.push_sentence("id", problem);
        }
        match (id, Self::parse(name, environment, contact_name, contact_email)) {
            (Some(id), Ok(input)) => Ok((id, input)),
            (None, Ok(_)) => Err(errors),
            (_, Err(others)) => {
                errors.extend(others);
                Err(errors)
            }
        }
    }

    /// A new account with this number.
    #[must_use]
    pub(crate) fn into_account(self, id: i64) -> Account {
        Account {
            id,
            name: self.name.into(),
            environment: self.environment.into(),
            contact: Contact { name: self.contact_name.into(), email: self.contact_email },
            failure_mails: self.failure_mails.unwrap_or(true),
        }
    }

    /// An account as it is to be.
    #[must_use]
    pub(crate) fn laid_over(self, before: &Account) -> Account {
        let failure_mails = self.failure_mails.or(Some(before.failure_mails));
        Self { failure_mails, ..self }.into_account(before.id)
    }
}

/// The accounts that the caller can open, by number.
pub(crate) async fn list(records: &Records, caller: &Caller) -> Result<Vec<Account>> {
    match caller {
        Caller::Token { account_id: None, .. } => Ok(records.db.accounts().await?),
        _ if caller.is_operator() => Ok(records.db.accounts().await?),
        _ => list_own(records, caller).await,
    }
}

/// The accounts that the caller belongs to, by number; an operator need not belong to any.
pub(crate) async fn list_own(records: &Records, caller: &Caller) -> Result<Vec<Account>> {
    Ok(match caller {
        Caller::Person { user_id, .. } => records.db.accounts_of(user_id).await?,
        Caller::Token { account_id: Some(id), .. } => records.db.account(*id).await?.into_iter().collect(),
        Caller::Token { account_id: None, .. } | Caller::CommandLine => Vec::new(),
    })
}

/// Creates an account. 422 about `id` if there is one with this number.
pub(crate) async fn create(
    records: &Records,
    operator: &OperatorPermit,
    id: i64,
    input: AccountInput,
) -> Result<Account> {
    create_by(records, &operator.caller, id, input).await
}

async fn create_by(records: &Records, caller: &Caller, id: i64, input: AccountInput) -> Result<Account> {
    let account = input.into_account(id);
    match records.db.create_account(account.clone(), records.clock.now_ms()).await {
        Ok(()) => {
            let entry = AuditEntry::new(AuditAction::AccountCreated, &account.name).in_account(id);
            records.audit(caller, entry).await;
            Ok(account)
        }
        Err(error) if error.violates("accounts", "id") => {
            let problem = format!("There is an account {id} already: choose another ID");
            Err(FieldErrors::one_sentence("id", problem).into())
        }
        Err(error) => Err(error.into()),
    }
}

/// An account as it is this moment, to be changed.
pub(crate) async fn current(records: &Records, permit: &Permit<impl Includes<MayRead>>) -> Result<Account> {
    records.db.account(permit.account.id).await?.ok_or_else(|| Error::not_found("account"))
}

/// Changes what can be said about an account, if they are still as they were read; `false` if
/// somebody else has changed them since.
pub(crate) async fn update(
    records: &Records,
    permit: &Permit<MayAdminister>,
    before: &Account,
    input: AccountInput,
) -> Result<bool> {
    store(records, &permit.caller, before, input.laid_over(before)).await
}

/// Changes the primary contact alone; what is `None` stays.
pub(crate) async fn set_contact(
    records: &Records,
    permit: &Permit<MayAdminister>,
    name: Option<Name>,
    email: Option<EmailAddress>,
) -> Result<Contact> {
    for _ in 0..MOST_TRIES {
        let before = current(records, permit).await?;
        let contact = Contact {
            name: name.clone().map_or_else(|| before.contact.name.clone(), Into::into),
            email: email.clone().unwrap_or_else(|| before.contact.email.clone()),
        };
        let after = Account { contact: contact.clone(), ..before.clone() };
        if store(records, &permit.caller, &before, after).await? {
            return Ok(contact);
        }
    }
    Err(always_changed("this account"))
}

async fn store(records: &Records, caller: &Caller, before: &Account, after: Account) -> Result<bool> {
    let changes = SettingChange::of_account(before, &after);
    if changes.is_empty() {
        return Ok(true);
    }
    let entry = AuditEntry::new(AuditAction::AccountChanged, &after.name).in_account(after.id);
    // Nothing of an account itself is secret.
    let history = Author::of(caller).records(&records.clock, None, after.id, changes)?;
    let now = records.clock.now_ms();
    if !records.db.update_account(Some(before.clone()), after, history, now).await? {
        return Ok(false);
    }
    records.audit(caller, entry).await;
    Ok(true)
}
