//! Accounts: the organizations on the platform.

use crate::access::{Caller, MayAdminister, OperatorPermit, Permit};
use crate::domain::account::{Account, Contact};
use crate::domain::audit::{AuditAction, AuditEntry};
use crate::domain::field_errors::FieldErrors;
use crate::domain::values::{EmailAddress, Name};
use crate::error::{Error, Result};

use super::Records;

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
                Ok(Self { name, environment, contact_name, contact_email })
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
        let id = id.trim().parse().ok().filter(|id| *id > 0);
        if id.is_none() {
            errors.push_sentence("id", "The organization ID must be a whole number above 0, like 100");
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

    /// The account with this number.
    #[must_use]
    pub(crate) fn into_account(self, id: i64) -> Account {
        Account {
            id,
            name: self.name.into(),
            environment: self.environment.into(),
            contact: Contact { name: self.contact_name.into(), email: self.contact_email },
        }
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
    let account = input.into_account(id);
    match records.db.create_account(account.clone(), records.clock.now_ms()).await {
        Ok(()) => {
            let entry = AuditEntry::new(AuditAction::AccountCreated, &account.name).in_account(id);
            records.audit(&operator.caller, entry).await;
            Ok(account)
        }
        Err(error) if error.violates("accounts", "id") => {
            let problem = format!("There is an account {id} already: choose another ID");
            Err(FieldErrors::one_sentence("id", problem).into())
        }
        Err(error) => Err(error.into()),
    }
}

/// Changes an account's name, environment and primary contact.
pub(crate) async fn update(
    records: &Records,
    permit: &Permit<MayAdminister>,
    input: AccountInput,
) -> Result<()> {
    store(records, permit, input.into_account(permit.account.id)).await
}

/// Changes the primary contact alone; what is `None` stays.
pub(crate) async fn set_contact(
    records: &Records,
    permit: &Permit<MayAdminister>,
    name: Option<Name>,
    email: Option<EmailAddress>,
) -> Result<Contact> {
    let before = permit.account.clone();
    let name = name.map_or(before.contact.name, Into::into);
    let contact = Contact { name, email: email.unwrap_or(before.contact.email) };
    store(records, permit, Account { contact: contact.clone(), ..permit.account.clone() }).await?;
    Ok(contact)
}

async fn store(records: &Records, permit: &Permit<MayAdminister>, account: Account) -> Result<()> {
    let entry = AuditEntry::new(AuditAction::AccountChanged, &account.name).in_account(account.id);
    if !records.db.update_account(account, records.clock.now_ms()).await? {
        return Err(Error::not_found("account"));
    }
    records.audit(&permit.caller, entry).await;
    Ok(())
}
