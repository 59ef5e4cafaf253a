//! The Company tab: what the platform calls the account, and who always hears everything.

use askama::Template;
use askama_web::WebTemplate;

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum_extra::extract::Form;
use http::StatusCode;
use serde::Deserialize;

use super::PageResult;
use super::auth::{MayAdminister, MayRead, Visit};
use super::page::{Notice, Shell};
use crate::actions::App;
use crate::actions::accounts::{self, AccountInput};
use crate::domain::account::Account;
use crate::domain::role::Permission;

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

#[derive(Default, Deserialize)]
#[serde(default)]
struct CompanyForm {
    name: String,
    environment: String,
    contact_name: String,
    contact_email: String,
}

async fn save(visit: Visit<MayAdminister>, Form(form): Form<CompanyForm>) -> PageResult<Response> {
    let CompanyForm { name, environment, contact_name, contact_email } = form;
    let errors = match AccountInput::parse(&name, &environment, &contact_name, &contact_email) {
        Ok(input) => {
            accounts::update(&visit.app, &visit.permit, input).await?;
            let notice = Notice::done("Changes saved.");
            return Ok(visit.redirect("company", vec![notice]).await?.into_response());
        }
        Err(errors) => errors,
    };
    let (id, mut shell) = (visit.account.id, visit.shell("Company", "company").await?);
    shell.errors = errors;
    let page = CompanyPage { shell, id, name, environment, contact_name, contact_email };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}
