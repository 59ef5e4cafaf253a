//! The signed-in person: password, second factor and sessions.

mod factor_changes;
mod new_password;
mod second_factor;

pub use factor_changes::{NewCodesPage, RemoveFactorPage};
pub use new_password::NewPasswordPage;
pub use second_factor::{QrCode, RecoveryCodesPage, SecondFactorPage};

use askama::Template;
use askama_web::WebTemplate;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum_extra::extract::Form;
use http::StatusCode;
use secrecy::SecretString;
use serde::Deserialize;

use super::PageResult;
use super::auth::{self, Arrival, Auth, SignedIn, WayIn};
use super::page::{Notice, Shell, When};
use crate::actions::{App, people};
use crate::db::sessions::SessionRecord;
use crate::domain::user_agent;
use crate::error::split_fields;
use crate::session;

/// The person's own page.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "profile.html")]
pub struct ProfilePage {
    /// Title `Profile`, no account; errors of `current_password` and `new_password`.
    pub shell: Shell,
    /// How the person is called.
    pub name: String,
    /// The second factor; none while it is off.
    pub factor: Option<FactorRow>,
    /// Where the person is signed in, this session first.
    pub sessions: Vec<SessionRow>,
}

/// A second factor that is on.
#[derive(Clone, Debug)]
pub struct FactorRow {
    /// Since when.
    pub since: When,
    /// How many recovery codes are left.
    pub codes_left: usize,
}

/// One place where the person is signed in.
#[derive(Clone, Debug)]
pub struct SessionRow {
    /// What the path ends in that ends it; it signs nobody in.
    pub id: String,
    /// The browser in words (`Firefox on Linux`), or its user agent cut short.
    pub browser: String,
    /// The address it came from.
    pub address: String,
    /// When the person signed in.
    pub started: When,
    /// When it was last used.
    pub last_used: When,
    /// Whether it is the one that asks.
    pub current: bool,
}

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/profile", get(show))
        .route("/profile/password", post(change_password))
        .route("/profile/new-password", get(new_password::show).post(new_password::choose))
        .route("/profile/second-factor", get(second_factor::show).post(second_factor::turn_on))
        .route(
            "/profile/second-factor/remove",
            get(factor_changes::ask_to_remove).post(factor_changes::remove),
        )
        .route("/profile/recovery-codes", get(second_factor::codes))
        .route(
            "/profile/recovery-codes/new",
            get(factor_changes::ask_for_codes).post(factor_changes::new_codes),
        )
        .route("/profile/sessions/{id}/end", post(end_session))
        .route("/profile/sign-out-everywhere", post(sign_out_everywhere))
}

#[derive(Deserialize)]
struct PasswordForm {
    #[serde(default)]
    current_password: SecretString,
    #[serde(default)]
    new_password: SecretString,
}

async fn show(State(app): State<App>, person: SignedIn, auth: Auth) -> PageResult<ProfilePage> {
    page(&app, &person, &auth).await
}

async fn change_password(
    State(app): State<App>,
    person: SignedIn,
    auth: Auth,
    arrival: Arrival,
    Form(form): Form<PasswordForm>,
) -> PageResult<Response> {
    let PasswordForm { current_password, new_password } = form;
    let (caller, address) = (person.caller(), arrival.address);
    let changed =
        people::change_own_password(&app, &caller, &person.id, address, current_password, new_password).await;
    match split_fields(changed)? {
        Ok(renewed) => {
            // Every session has ended, this one too; the person goes on in a new one.
            let session = auth.session.clone();
            auth::enter(&app, auth, &SignedIn::of(renewed, &app), &arrival, WayIn::Renewed).await?;
            let notice = Notice::done("Password changed. Other sessions have ended.");
            auth::leave_notices(&session, &[notice]).await?;
            Ok(Redirect::to("/profile").into_response())
        }
        Err(errors) => {
            let mut page = page(&app, &person, &auth).await?;
            page.shell.errors = errors;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

async fn end_session(
    State(app): State<App>,
    person: SignedIn,
    mut auth: Auth,
    Path(id): Path<String>,
) -> PageResult<Redirect> {
    people::end_session(&app, &person.caller(), &person.id, &id).await?;
    if auth::stored_id(&auth.session).as_ref() == Some(&id) {
        auth.logout().await.map_err(session::sign_in_failed)?;
        return Ok(Redirect::to("/login?bye=1"));
    }
    auth::leave_notices(&auth.session, &[Notice::done("That session has ended.")]).await?;
    Ok(Redirect::to("/profile"))
}

async fn sign_out_everywhere(
    State(app): State<App>,
    person: SignedIn,
    mut auth: Auth,
) -> PageResult<Redirect> {
    people::sign_out_everywhere(&app, &person.caller(), &person.id).await?;
    auth.logout().await.map_err(session::sign_in_failed)?;
    Ok(Redirect::to("/login?bye=1"))
}

async fn page(app: &App, person: &SignedIn, auth: &Auth) -> PageResult<ProfilePage> {
    let now = app.clock.now();
    let current = auth::stored_id(&auth.session);
    let stored = people::sessions(app, &person.id).await?;
    let row = |session: SessionRecord| SessionRow {
        browser: user_agent::describe(&session.user_agent),
        current: Some(&session.id) == current.as_ref(),
        address: session.address,
        started: When::at(session.created_at, now),
        last_used: When::at(session.seen_at, now),
        id: session.id,
    };
    let mut sessions: Vec<SessionRow> = stored.into_iter().map(row).collect();
    sessions.sort_by_key(|session| !session.current);
    let factor = people::factor_state(app, &person.id).await?;
    let factor =
        factor.map(|state| FactorRow { since: When::at(state.since, now), codes_left: state.codes_left });
    let shell = auth::shell_outside_accounts(app, person, &auth.session, "Profile").await?;
    Ok(ProfilePage { shell, name: person.name.clone(), factor, sessions })
}
