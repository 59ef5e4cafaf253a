//! The first run: the person with the terminal makes the first account and becomes its admin.

use askama::Template;
use askama_web::WebTemplate;

use super::page::Plain;
use axum::Router;
use axum::extract::{ConnectInfo, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum_extra::extract::Form;
use http::{HeaderMap, StatusCode};
use secrecy::SecretString;
use serde::Deserialize;
use std::net::SocketAddr;

use super::PageResult;
use super::auth::Auth;
use super::company::{self, AccountFields};
use super::login::enter;
use crate::access::Passwords;
use crate::actions::App;
use crate::db::users::NewUser;
use crate::domain::account::Account;
use crate::error::Error;

/// The first-run form; it exists only while no user does. Whoever fills it in becomes an operator and
/// the primary contact of the first account.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "setup.html")]
pub struct SetupPage {
    /// Title `Set up Ringpost`; errors of the fields below and of `password`.
    pub plain: Plain,
    /// The one-time code as it was typed.
    pub code: String,
    /// The person's name.
    pub name: String,
    /// The person's address.
    pub email: String,
    /// The platform's number for the organization.
    pub account_id: String,
    /// The organization's name.
    pub account_name: String,
    /// The environment that its events carry.
    pub environment: String,
}

pub(super) fn routes() -> Router<App> {
    Router::new().route("/setup", get(show).post(create))
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct SetupForm {
    code: String,
    name: String,
    email: String,
    password: SecretString,
    account_id: String,
    account_name: String,
    environment: String,
}

async fn show(State(app): State<App>) -> PageResult<Response> {
    only_while_nobody_is_here(&app).await?;
    Ok(page(SetupForm::default(), Plain::titled("Set up Ringpost")).into_response())
}

async fn create(
    State(app): State<App>,
    auth: Auth,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(form): Form<SetupForm>,
) -> PageResult<Response> {
    only_while_nobody_is_here(&app).await?;
    let now = app.clock.now_ms();
    let wait = |retry_after| Error::TooMany { message: "Too many tries.".to_owned(), retry_after };
    app.limits.sign_ins.check(&peer.ip(), now).map_err(wait)?;
    let account = match check(&app, &form) {
        Ok(account) => account,
        Err(plain) => {
            if plain.errors.of("code").is_some() {
                app.limits.sign_ins.note(peer.ip(), now);
            }
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page(form, plain)).into_response());
        }
    };
    let path = format!("/accounts/{}/notifications", account.id);
    let id = app.clock.new_id().to_string();
    let user = NewUser {
        id: id.clone(),
        email: account.contact.email.folded(),
        name: account.contact.name.clone(),
        password_hash: app.passwords.hash(form.password).await?,
        operator: true,
    };
    if !app.db.set_up(account, user, now).await? {
        return Err(Error::not_found("page").into());
    }
    let person = app.db.user(&id).await?.ok_or_else(|| Error::not_found("user"))?;
    enter(auth, &person.into(), peer, &headers).await?;
    Ok(Redirect::to(&path).into_response())
}

async fn only_while_nobody_is_here(app: &App) -> PageResult<()> {
    if app.setup.expose().is_none() || app.db.has_users().await? {
        return Err(Error::not_found("page").into());
    }
    Ok(())
}

fn check(app: &App, form: &SetupForm) -> Result<Account, Plain> {
    let mut plain = Plain::titled("Set up Ringpost");
    if !app.setup.is(&form.code) {
        plain.errors.push_sentence("code", "The one-time code is not the one that was printed at the start");
    }
    let fields = AccountFields {
        name: &form.account_name,
        environment: &form.environment,
        contact_name: &form.name,
        contact_email: &form.email,
    };
    let names = company::Names {
        name: "account_name",
        environment: "environment",
        contact_name: "name",
        contact_email: "email",
    };
    let account = fields.check(&form.account_id, Some("account_id"), &names, &mut plain.errors);
    if let Some(fault) = Passwords::fault(&form.password, &form.email) {
        plain.errors.push_sentence("password", fault.trim_end_matches('.'));
    }
    account.filter(|_| plain.errors.is_empty()).ok_or(plain)
}

fn page(form: SetupForm, plain: Plain) -> SetupPage {
    let SetupForm { code, name, email, account_id, account_name, environment, .. } = form;
    SetupPage { plain, code, name, email, account_id, account_name, environment }
}
