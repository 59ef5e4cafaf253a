//! The first run: the person with the terminal makes the first account and becomes its admin.

use askama::Template;
use askama_web::WebTemplate;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum_extra::extract::Form;
use http::StatusCode;
use secrecy::SecretString;
use serde::Deserialize;

use super::auth::{self, Arrival, Auth, SignedIn, WayIn};
use super::error_page::ErrorPage;
use super::page::{Notice, Plain};
use super::{PageError, PageResult};
use crate::actions::App;
use crate::actions::people::{self, FirstRunFields, FirstRunPermit};
use crate::error::{Error, split_fields};

const TITLE: &str = "Set up Ringpost";

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
    if !people::is_first_run(&app).await? {
        return Ok(ErrorPage::set_up_already().into_response());
    }
    Ok(page(SetupForm::default(), Plain::titled(TITLE)).into_response())
}

async fn create(
    State(app): State<App>,
    auth: Auth,
    arrival: Arrival,
    Form(form): Form<SetupForm>,
) -> PageResult<Response> {
    match set_up(app, auth, arrival, form).await {
        Err(PageError::Failed(Error::NotFound(_))) => Ok(ErrorPage::set_up_already().into_response()),
        done => done,
    }
}

async fn set_up(app: App, auth: Auth, arrival: Arrival, form: SetupForm) -> PageResult<Response> {
    let code = split_fields(FirstRunPermit::of(&app, &form.code, arrival.address).await)?;
    match (code, form.fields().parse()) {
        (Ok(permit), Ok(input)) => {
            let path = format!("/accounts/{}/welcome", input.account_id);
            let account = input.account.name.clone();
            let person = people::set_up(&app, permit, input).await?;
            let ready = Notice {
                text: format!("You are signed in as {}, operator and admin of {account}.", person.email),
                ..Notice::done("Your account is ready.")
            };
            let session = auth.session.clone();
            auth::enter(&app, auth, &SignedIn::of(person, &app), &arrival, WayIn::Renewed).await?;
            auth::leave_notices(&session, &[ready]).await?;
            Ok(Redirect::to(&path).into_response())
        }
        (code, input) => {
            let mut plain = Plain::titled(TITLE);
            plain.errors.extend(code.err().unwrap_or_default());
            plain.errors.extend(input.err().unwrap_or_default());
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page(form, plain)).into_response())
        }
    }
}

impl SetupForm {
    fn fields(&self) -> FirstRunFields<'_> {
        let Self { name, email, password, account_id, account_name, environment, .. } = self;
        FirstRunFields { name, email, password, account_id, account_name, environment }
    }
}

fn page(form: SetupForm, plain: Plain) -> SetupPage {
    let SetupForm { code, name, email, account_id, account_name, environment, .. } = form;
    SetupPage { plain, code, name, email, account_id, account_name, environment }
}
