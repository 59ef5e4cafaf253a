//! Everybody on this server, for operators: who they are, and what an operator can do about them.

use askama::Template;
use askama_web::WebTemplate;
use axum::Router;
use axum::extract::{FromRequestParts, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum_login::tower_sessions::Session;
use http::StatusCode;
use http::request::Parts;

use super::auth::{self, Auth, SignedIn};
use super::icon::Icon;
use super::page::{Badge, Notice, Shell, Tone, When};
use super::{PageError, PageResult};
use crate::access::{OperatorPermit, authorize_operator};
use crate::actions::{App, people};
use crate::db::users::UserRecord;
use crate::domain::field_errors::FieldErrors;
use crate::domain::role::Role;
use crate::error::{Error, Result, split_fields};

/// Everybody, by address.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "people/list.html")]
pub struct PeoplePage {
    /// Title `Everybody`, no account.
    pub shell: Shell,
    /// By address.
    pub people: Vec<PersonRow>,
}

/// One person, with what an operator can do.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "people/person.html")]
pub struct PersonPage {
    /// Title: the person's name; errors of `status` and `second_factor`.
    pub shell: Shell,
    /// The person.
    pub row: PersonRow,
}

/// The password that was made for somebody, shown this once.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "people/password.html")]
pub struct PersonPasswordPage {
    /// Title `One-time password`.
    pub shell: Shell,
    /// Whose it is; empty once the page has been seen.
    pub email: String,
    /// The password; none on a second visit.
    pub password: Option<String>,
}

/// A person as operators see them.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is shown on its own")]
pub struct PersonRow {
    /// What the path ends in: `people/{id}`.
    pub id: String,
    /// The person's name.
    pub name: String,
    /// The sign-in address.
    pub email: String,
    /// `operator`, `admin in 100`.
    pub roles: Vec<String>,
    /// Whether the person is kept out.
    pub disabled: bool,
    /// Whether a code is asked for at sign-in.
    pub has_second_factor: bool,
    /// Whether the password was made for them and waits to be replaced.
    pub has_one_time_password: bool,
    /// Whether they have shown that the address is theirs.
    pub is_proven: bool,
    /// When the person last signed in, if ever.
    pub last_sign_in: Option<When>,
    /// Whether it is the person who looks.
    pub is_you: bool,
}

impl PersonRow {
    fn badge(&self) -> Badge {
        match (self.disabled, self.has_one_time_password) {
            (true, _) => Badge { tone: Tone::Quiet, icon: Some(Icon::Pause), text: "Disabled" },
            (false, true) => Badge { tone: Tone::Warn, icon: Some(Icon::Clock), text: "One-time password" },
            (false, false) => Badge { tone: Tone::Ok, icon: Some(Icon::Check), text: "Active" },
        }
    }
}

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/people", get(list))
        .route("/people/password", get(password))
        .route("/people/{id}", get(show))
        .route("/people/{id}/disable", post(disable))
        .route("/people/{id}/enable", post(enable))
        .route("/people/{id}/reset-password", post(reset_password))
        .route("/people/{id}/reset-2fa", post(reset_second_factor))
}

/// An operator on a page that belongs to no account; 403 for everybody else.
struct Operator {
    app: App,
    person: SignedIn,
    session: Session,
    permit: OperatorPermit,
}

impl FromRequestParts<App> for Operator {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        let person = SignedIn::from_request_parts(parts, app).await?;
        let auth = Auth::from_request_parts(parts, app).await.map_err(|(_, why)| Error::internal(why))?;
        let permit = authorize_operator(&person.caller())?;
        Ok(Self { app: app.clone(), person, session: auth.session, permit })
    }
}

impl Operator {
    async fn shell(&self, title: &str) -> PageResult<Shell> {
        auth::shell_outside_accounts(&self.app, &self.person, &self.session, title).await
    }

    async fn find(&self, id: &str) -> Result<UserRecord> {
        people::find_by_id(&self.app, &self.permit, id).await
    }

    fn row(&self, user: UserRecord, memberships: Vec<(i64, Role)>) -> PersonRow {
        let now = self.app.clock.now();
        let operator = user.operator.then(|| "operator".to_owned());
        let roles = memberships.into_iter().map(|(account, role)| format!("{role} in {account}"));
        PersonRow {
            is_you: user.id == self.person.id,
            roles: operator.into_iter().chain(roles).collect(),
            last_sign_in: user.last_sign_in_at.map(|ms| When::at(ms, now)),
            has_one_time_password: user.password_expires_at.is_some(),
            is_proven: user.proven,
            id: user.id,
            name: user.name,
            email: user.email,
            disabled: user.disabled,
            has_second_factor: user.has_second_factor,
        }
    }

    async fn page(&self, id: &str, errors: FieldErrors) -> PageResult<PersonPage> {
        let user = self.find(id).await?;
        let memberships = people::memberships(&self.app, &self.permit, id).await?;
        let mut shell = self.shell(&user.name).await?;
        shell.errors = errors;
        Ok(PersonPage { shell, row: self.row(user, memberships) })
    }

    /// The person's page again: with what was done, or with why not.
    async fn answer(&self, id: &str, done: Result<()>, told: String) -> PageResult<Response> {
        match split_fields(done)? {
            Ok(()) => {
                auth::leave_notices(&self.session, &[Notice::done(told)]).await?;
                Ok(Redirect::to(&format!("/people/{id}")).into_response())
            }
            Err(errors) => {
                Ok((StatusCode::UNPROCESSABLE_ENTITY, self.page(id, errors).await?).into_response())
            }
        }
    }
}

async fn list(operator: Operator) -> PageResult<PeoplePage> {
    let everybody = people::list_of_all_accounts(&operator.app, &operator.permit).await?;
    let people = everybody.into_iter().map(|(user, roles)| operator.row(user, roles)).collect();
    Ok(PeoplePage { shell: operator.shell("Everybody").await?, people })
}

async fn show(operator: Operator, Path(id): Path<String>) -> PageResult<PersonPage> {
    operator.page(&id, FieldErrors::default()).await
}

async fn disable(operator: Operator, Path(id): Path<String>) -> PageResult<Response> {
    let user = operator.find(&id).await?;
    let done = if user.id == operator.person.id {
        Err(FieldErrors::one_sentence("status", "You cannot disable yourself: ask another operator").into())
    } else {
        people::set_disabled(&operator.app, &operator.permit, &user, true).await
    };
    operator.answer(&id, done, format!("{} can no longer sign in.", user.email)).await
}

async fn enable(operator: Operator, Path(id): Path<String>) -> PageResult<Response> {
    let user = operator.find(&id).await?;
    let done = people::set_disabled(&operator.app, &operator.permit, &user, false).await;
    operator.answer(&id, done, format!("{} can sign in again.", user.email)).await
}

/// Makes a password to be handed over, which is good for one sign-in within three days.
async fn reset_password(operator: Operator, Path(id): Path<String>) -> PageResult<Response> {
    let user = operator.find(&id).await?;
    if user.id == operator.person.id {
        return Ok(Redirect::to("/profile").into_response());
    }
    let made = people::reset_password(&operator.app, &operator.permit, &user, None).await?;
    if let Some(password) = made {
        auth::show_once(&operator.session, &user.email, password.expose()).await?;
    }
    Ok(Redirect::to("/people/password").into_response())
}

async fn password(operator: Operator) -> PageResult<PersonPasswordPage> {
    let shell = operator.shell("One-time password").await?;
    let (email, password) = auth::seen_once(&operator.session).await?.unzip();
    Ok(PersonPasswordPage { shell, email: email.unwrap_or_default(), password })
}

async fn reset_second_factor(
    State(app): State<App>,
    operator: Operator,
    Path(id): Path<String>,
) -> PageResult<Response> {
    let user = operator.find(&id).await?;
    if user.id == operator.person.id {
        return Ok(Redirect::to("/profile").into_response());
    }
    let done = people::reset_second_factor(&app, &operator.permit, &user).await;
    operator.answer(&id, done, format!("{} signs in without a second factor now.", user.email)).await
}
