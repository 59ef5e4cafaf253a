//! An account: an organization on the platform.

use super::values::EmailAddress;

/// An organization, as the platform knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The platform's number for it, the payload's `account_id`.
    pub id: i64,
    /// Its name, the payload's `account_name`.
    pub name: String,
    /// The namespace its events carry when they name none.
    pub environment: String,
    /// Who always hears everything.
    pub contact: Contact,
    /// Whether the contact is mailed when a webhook has failed for an hour.
    pub failure_mails: bool,
}

/// The primary contact of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// How the person is called.
    pub name: String,
    /// Where the mails go.
    pub email: EmailAddress,
}
