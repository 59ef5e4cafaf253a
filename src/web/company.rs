//! The Company tab: what the platform calls the account, and who always hears everything.

use askama::Template;
use askama_web::WebTemplate;

use super::page::Shell;
use crate::domain::field_errors::FieldErrors;
use crate::domain::role::Permission;
use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum_extra::extract::Form;
use http::StatusCode;
use serde::Deserialize;
use validator::{Validate, ValidationError};

use super::PageResult;
use super::auth::{MayAdminister, MayRead, Visit};
use super::page::Notice;
use crate::actions::App;
use crate::domain::account::{Account, Contact};
use crate::domain::field_errors::InvalidValue;
use crate::domain::values::EmailAddress;

/// The account and its primary contact; a form for admins, a list for everybody else.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "company.html")]
pub struct CompanyPage {
    /// Title `Company`, tab `company`; errors of the form's fields.
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
        self.shell.may(Permission::Administer)
    }
}

pub(super) fn routes() -> Router<App> {
    Router::new().route("/accounts/{account_id}/company", get(show).post(save))
}

async fn show(visit: Visit<MayRead>) -> PageResult<CompanyPage> {
    let Account { id, name, environment, contact } = visit.account.clone();
    let shell = visit.shell("Company", "company").await?;
    let (contact_name, contact_email) = (contact.name, contact.email.to_string());
    Ok(CompanyPage { shell, id, name, environment, contact_name, contact_email })
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct CompanyForm {
    name: String,
    environment: String,
    contact_name: String,
    contact_email: String,
}

async fn save(visit: Visit<MayAdminister>, Form(form): Form<CompanyForm>) -> PageResult<Response> {
    let fields = AccountFields {
        name: &form.name,
        environment: &form.environment,
        contact_name: &form.contact_name,
        contact_email: &form.contact_email,
    };
    let (id, mut errors) = (visit.account.id, FieldErrors::default());
    if let Some(account) = fields.check(&id.to_string(), None, &Names::default(), &mut errors) {
        visit.app.db.update_account(account, visit.app.clock.now_ms()).await?;
        return Ok(visit.redirect("company", vec![Notice::done("Changes saved.")]).await?.into_response());
    }
    let mut shell = visit.shell("Company", "company").await?;
    shell.errors = errors;
    let CompanyForm { name, environment, contact_name, contact_email } = form;
    let page = CompanyPage { shell, id, name, environment, contact_name, contact_email };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// What is typed about an account, on this page, at the first run and by operators.
#[derive(Validate)]
pub(super) struct AccountFields<'a> {
    #[validate(custom(function = "one_short_line"))]
    pub name: &'a str,
    #[validate(custom(function = "one_short_line"))]
    pub environment: &'a str,
    #[validate(custom(function = "one_short_line"))]
    pub contact_name: &'a str,
    #[validate(custom(function = "an_address"))]
    pub contact_email: &'a str,
}

/// What the fields are called in the form that they come from.
pub(super) struct Names {
    pub name: &'static str,
    pub environment: &'static str,
    pub contact_name: &'static str,
    pub contact_email: &'static str,
}

impl Default for Names {
    fn default() -> Self {
        Self {
            name: "name",
            environment: "environment",
            contact_name: "contact_name",
            contact_email: "contact_email",
        }
    }
}

impl AccountFields<'_> {
    /// The account, or its errors under the names of the form. `id_field` is where the id was typed.
    pub fn check(
        &self,
        id: &str,
        id_field: Option<&'static str>,
        names: &Names,
        errors: &mut FieldErrors,
    ) -> Option<Account> {
        let id = id.trim().parse::<i64>().ok().filter(|id| *id > 0);
        if let (None, Some(field)) = (id, id_field) {
            errors.push_sentence(field, "The organization ID must be a whole number above 0, like 100");
        }
        let faults = self.validate().err();
        let labels = [
            ("name", names.name, "The organization name"),
            ("environment", names.environment, "The environment"),
            ("contact_name", names.contact_name, "The name"),
            ("contact_email", names.contact_email, "The email address"),
        ];
        for (field, shown, label) in labels {
            let fault =
                faults.as_ref().and_then(|faults| faults.field_errors().get(field)?.first()?.message.clone());
            if let Some(fault) = fault {
                errors.push_about(shown, label, fault);
            }
        }
        let email = self.contact_email.parse().ok().filter(|_| errors.is_empty())?;
        Some(Account {
            id: id?,
            name: self.name.trim().to_owned(),
            environment: self.environment.trim().to_owned(),
            contact: Contact { name: self.contact_name.trim().to_owned(), email },
        })
    }
}

impl AccountFields<'_> {
    /// A person's name and address, under those names.
    pub fn check_person(name: &str, email: &str, errors: &mut FieldErrors) {
        for (field, label, checked) in
            [("name", "The name", one_short_line(name)), ("email", "The email address", an_address(email))]
        {
            if let Err(fault) = checked {
                errors.push_about(field, label, fault.message.unwrap_or_default());
            }
        }
    }
}

/// Names go into mail headers and subjects.
fn one_short_line(text: &str) -> Result<(), ValidationError> {
    const MOST: usize = 120;
    let fault = match text.trim() {
        "" => "must not be empty".to_owned(),
        text if text.chars().any(char::is_control) => {
            "must be one line without control characters".to_owned()
        }
        text if text.chars().count() > MOST => format!("must have at most {MOST} characters"),
        _ => return Ok(()),
    };
    Err(ValidationError::new("line").with_message(fault.into()))
}

fn an_address(text: &str) -> Result<(), ValidationError> {
    let fault = |why: InvalidValue| ValidationError::new("address").with_message(why.to_string().into());
    EmailAddress::parse(text).map(drop).map_err(fault)
}
