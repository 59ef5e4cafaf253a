//! The accounts that a person can open, and where operators create them.

use askama::Template;
use askama_web::WebTemplate;

use super::icon::Icon;
use super::page::Shell;

/// The list, which is also the account switcher.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "accounts.html")]
pub struct AccountsPage {
    /// Title `Accounts`, no account; problems of the form's fields.
    pub shell: Shell,
    /// The accounts that this person can open, by name.
    pub accounts: Vec<AccountRow>,
    /// The form, for operators.
    pub form: Option<AccountForm>,
}

/// One account of the list.
#[derive(Clone, Debug)]
pub struct AccountRow {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Its environment.
    pub environment: String,
    /// Who always hears everything.
    pub contact: String,
}

/// A new account, as it was typed. The fields are also the names of the form's inputs.
#[derive(Clone, Debug, Default)]
pub struct AccountForm {
    /// The platform's number for it.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The environment that its events carry.
    pub environment: String,
    /// The primary contact's name.
    pub contact_name: String,
    /// The primary contact's address.
    pub contact_email: String,
}
