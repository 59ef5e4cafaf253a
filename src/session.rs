//! Sessions of signed-in people, kept in the database; pages and APIs stand behind the same ones.

mod cross_site;
pub(crate) mod device;
mod enter;
mod kept;
mod people;
mod store;

use axum::extract::FromRequestParts;
use axum::{Router, middleware};
use axum_login::AuthManagerLayerBuilder;
use axum_login::tower_sessions::cookie::SameSite;
use axum_login::tower_sessions::{Expiry, Session, SessionManagerLayer, session, session_store};
use http::request::Parts;
use serde::de::DeserializeOwned;
use time::Duration;

pub(crate) use cross_site::is_cross_site;
pub(crate) use enter::{Arrival, WayIn, enter, wait_for_code, waiting_for_code};
pub(crate) use kept::{Fields, has_dropped, keep, take};
pub use people::ToDo;
pub(crate) use people::{Auth, Credentials, People, SignInError, SignedIn, judge};

use crate::actions::App;
use crate::error::Error;

/// The last request is noted at most this often: each note is a write.
const SEEN_EVERY_MS: i64 = 60_000;
const SEEN: &str = "seen";
/// Sent by pages that look again by themselves: they keep no session alive, and take nothing that was left to be said.
const WATCHING: &str = "x-watching";
/// Set while somebody who came by a link has not chosen a password.
const CAME_BY_LINK: &str = "came_by_link";

/// Puts sessions and sign-in around routes.
pub(crate) fn with_sessions(router: Router<App>, app: &App) -> Router<App> {
    let https = app.config.is_https();
    // The prefix makes browsers refuse the cookie from another host or without TLS; they refuse it on http.
    let name = if https { "__Host-ringpost" } else { "ringpost" };
    let sessions = SessionManagerLayer::new(store::Store::new(app))
        .with_name(name)
        .with_secure(https)
        // Strict would make links in mails arrive signed out.
        .with_same_site(SameSite::Lax)
        .with_expiry(Expiry::OnInactivity(Duration::milliseconds(store::IDLE_MS)));
    let router = router.layer(middleware::from_fn_with_state(app.clone(), device::remember));
    router.layer(AuthManagerLayerBuilder::new(People::new(app), sessions).build())
}

/// Who is signed in on this request, and their session; `None` for nobody.
pub(crate) async fn signed_in(parts: &mut Parts, app: &App) -> Result<Option<(SignedIn, Session)>, Error> {
    let auth = Auth::from_request_parts(parts, app).await.map_err(|(_, why)| Error::internal(why))?;
    let Some(mut person) = auth.user else { return Ok(None) };
    let now = app.clock.now_ms();
    let seen: Option<i64> = auth.session.get(SEEN).await.map_err(failed)?;
    person.is_watching = parts.headers.contains_key(WATCHING);
    if !person.is_watching && seen.is_none_or(|seen| now - seen >= SEEN_EVERY_MS) {
        // A changed session is saved, with a new idle limit.
        auth.session.insert(SEEN, now).await.map_err(failed)?;
    }
    if auth.session.get::<bool>(CAME_BY_LINK).await.map_err(failed)?.is_some() {
        person.to_do = Some(ToDo::ChoosePassword);
    }
    Ok(Some((person, auth.session)))
}

/// Takes something out of a session. One that does not hold it stays as it is: removing what is not there would write
/// it, and a page that is only looked at would need the database's lock, and the disk.
pub(crate) async fn take_out<T: DeserializeOwned>(session: &Session, name: &str) -> Result<Option<T>, Error> {
    if session.get_value(name).await.map_err(failed)?.is_none() {
        return Ok(None);
    }
    session.remove(name).await.map_err(failed)
}

/// The id under which a session is stored; `None` before it is.
#[must_use]
pub(crate) fn stored_id(session: &Session) -> Option<String> {
    session.id().map(|id| store::hash(&id))
}

/// A session that could not be read or written: the database's fault, or ours.
pub(crate) fn failed(error: session::Error) -> Error {
    match error {
        // What the store answers while the database is away.
        session::Error::Store(session_store::Error::Backend(_)) => Error::Unavailable {
            code: "UNAVAILABLE",
            message: "The database is not available. Try again later.".to_owned(),
            retry_after: 5,
        },
        other => Error::internal(other),
    }
}

/// The same of signing in or out.
pub(crate) fn sign_in_failed(error: axum_login::Error<People>) -> Error {
    match error {
        axum_login::Error::Session(error) => failed(error),
        axum_login::Error::Backend(SignInError::Broken(error)) => error,
        other @ axum_login::Error::Backend(SignInError::Wait { .. }) => Error::internal(other),
    }
}
