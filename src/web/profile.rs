//! The signed-in person: password and sessions.

use askama::Template;
use askama_web::WebTemplate;

use axum::Router;
use axum::extract::{ConnectInfo, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum_extra::extract::Form;
use http::{HeaderMap, StatusCode};
use secrecy::SecretString;
use serde::Deserialize;
use std::net::SocketAddr;

use super::PageResult;
use super::auth::{self, Auth, SignedIn};
use super::page::{Notice, Shell, When};
use crate::actions::{App, people};
use crate::db::sessions::SessionRecord;
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
    /// Where the person is signed in, this session first.
    pub sessions: Vec<SessionRow>,
}

/// One place where the person is signed in.
#[derive(Clone, Debug)]
pub struct SessionRow {
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
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(form): Form<PasswordForm>,
) -> PageResult<Response> {
    let PasswordForm { current_password, new_password } = form;
    let changed = people::change_own_password(
        &app,
        &person.caller(),
        &person.id,
        peer.ip(),
        current_password,
        new_password,
    )
    .await;
    match split_fields(changed)? {
        Ok(renewed) => {
            // Every session has ended, this one too; the person goes on in a new one.
            let session = auth.session.clone();
            auth::enter(auth, &renewed.into(), peer.ip(), &headers).await?;
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
        browser: browser(&session.user_agent),
        current: Some(&session.id) == current.as_ref(),
        address: session.address,
        started: When::at(session.created_at, now),
        last_used: When::at(session.seen_at, now),
    };
    let mut sessions: Vec<SessionRow> = stored.into_iter().map(row).collect();
    sessions.sort_by_key(|session| !session.current);
    let shell = auth::shell_outside_accounts(app, person, &auth.session, "Profile").await?;
    Ok(ProfilePage { shell, name: person.name.clone(), sessions })
}

/// `Firefox on Linux`, as far as a user agent tells.
fn browser(agent: &str) -> String {
    // Chromium's brands all name Chrome, and Chrome names Safari: the narrower name comes first.
    const BROWSERS: [(&str, &str); 5] = [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    const SYSTEMS: [(&str, &str); 6] = [
        ("Android", "Android"),
        ("iPhone", "iOS"),
        ("iPad", "iPadOS"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    let named = |names: &[(&str, &'static str)]| {
        names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
    };
    match (named(&BROWSERS), named(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        _ if agent.is_empty() => "Unknown".to_owned(),
        _ => agent.chars().take(40).collect(),
    }
}
