//! The Company tab: what the platform calls the account, and who always hears everything.

use askama::Template;
use askama_web::WebTemplate;

use super::page::Shell;
use crate::domain::role::Action;

/// The account and its primary contact; a form for admins, a list for everybody else.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "company.html")]
pub struct CompanyPage {
    /// Title `Company`, tab `company`; problems of the form's fields.
    pub shell: Shell,
    /// The platform's number, which cannot be changed.
    pub id: i64,
    /// `name`: saved, or as it was typed.
    pub name: String,
    /// `environment`: saved, or as it was typed.
    pub environment: String,
    /// `contact_name`: saved, or as it was typed.
    pub contact_name: String,
    /// `contact_email`: saved, or as it was typed.
    pub contact_email: String,
}

impl CompanyPage {
    fn editable(&self) -> bool {
        self.shell.may(Action::Administer)
    }
}
