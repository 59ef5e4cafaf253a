//! The accounts that a person can open, and where operators create them.

use askama::Template;
use askama_web::WebTemplate;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum_extra::extract::Form;
use axum_login::tower_sessions::Session;
use http::StatusCode;
use serde::Deserialize;

use super::PageResult;
use super::auth::{self, Auth, SignedIn};
use super::icon::Icon;
use super::page::{Notice, Shell};
use crate::access::authorize_operator;
use crate::actions::App;
use crate::actions::accounts::{self, AccountInput};
use crate::domain::field_errors::FieldErrors;
use crate::error::split_fields;

/// The list, which is also the account switcher.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "accounts.html")]
pub struct AccountsPage {
    /// Title `Accounts`, no account; errors of the form's fields.
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
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
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

impl AccountForm {
    fn parse(&self) -> Result<(i64, AccountInput), FieldErrors> {
        let Self { id, name, environment, contact_name, contact_email } = self;
        AccountInput::parse_new(id, [name, environment, contact_name, contact_email])
    }
}

pub(super) fn routes() -> Router<App> {
    Router::new().route("/accounts", get(show).post(create))
}

async fn show(State(app): State<App>, person: SignedIn, auth: Auth) -> PageResult<AccountsPage> {
    page(&app, &person, &auth.session, AccountForm::default()).await
}

async fn create(
    State(app): State<App>,
    person: SignedIn,
    auth: Auth,
    Form(form): Form<AccountForm>,
) -> PageResult<Response> {
    let operator = authorize_operator(&person.caller())?;
    let created = async {
        let (id, input) = form.parse()?;
        accounts::create(&app, &operator, id, input).await
    };
    match split_fields(created.await)? {
        Ok(account) => {
            let notice = Notice::done(format!("{} created.", account.name));
            auth::leave_notices(&auth.session, &[notice]).await?;
            Ok(Redirect::to(&format!("/accounts/{}/notifications", account.id)).into_response())
        }
        Err(errors) => {
            let mut page = page(&app, &person, &auth.session, form).await?;
            page.shell.errors = errors;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

async fn page(
    app: &App,
    person: &SignedIn,
    session: &Session,
    form: AccountForm,
) -> PageResult<AccountsPage> {
    let mut rows: Vec<AccountRow> = accounts::list(app, &person.caller())
        .await?
        .into_iter()
        .map(|account| AccountRow {
            id: account.id,
            name: account.name,
            environment: account.environment,
            contact: account.contact.email.to_string(),
        })
        .collect();
    rows.sort_by_key(|row| row.name.to_lowercase());
    let shell = auth::shell_outside_accounts(app, person, session, "Accounts").await?;
    Ok(AccountsPage { shell, accounts: rows, form: person.operator.then_some(form) })
}
