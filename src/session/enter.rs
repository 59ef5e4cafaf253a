//! Coming in: a password opens a session, or, where there is a second factor, the wait for its code.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum_login::tower_sessions::Session;
use http::HeaderMap;
use http::header::USER_AGENT;
use http::request::Parts;
use serde::{Deserialize, Serialize};

use crate::actions::{App, people};
use crate::domain::personal_mail::PersonalMail;
use crate::domain::{text, user_agent};
use crate::error::Error;

use super::people::{Auth, SignedIn};
use super::{CAME_BY_LINK, device, failed, kept, sign_in_failed, store, stored_id};

/// Where the wait for a code is noted.
const WAITING: &str = "waiting_for_code";
/// The password was right for so long.
const WAIT_MS: i64 = 10 * 60 * 1_000;

/// From where somebody comes, and with what.
pub(crate) struct Arrival {
    /// The network address.
    pub address: IpAddr,
    /// Of the request: what the browser calls itself, and whether somebody has signed in with it before.
    pub headers: HeaderMap,
}

impl Arrival {
    /// What the browser calls itself, cut short.
    fn user_agent(&self) -> String {
        const LONGEST: usize = 200;
        let agent = self.headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        agent.chars().take(LONGEST).collect()
    }

    /// From a request behind [`with_sessions`](super::with_sessions).
    pub async fn of(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let peer =
            ConnectInfo::<SocketAddr>::from_request_parts(parts, app).await.map_err(Error::internal)?;
        Ok(Self { address: peer.0.ip(), headers: parts.headers.clone() })
    }
}

/// How somebody has come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum WayIn {
    /// With a password.
    Password,
    /// With a link that stood for the password: they choose a new one before anything else.
    Link,
    /// They have just changed what they sign in with, so that they need not be told of it.
    Renewed,
}

/// Opens a session for somebody under a new id, whoever was signed in before. Where it was opened is noted, for its
/// owner to recognise it on the profile page; of a new browser they are told by mail.
pub(crate) async fn enter(
    app: &App,
    mut auth: Auth,
    person: &SignedIn,
    arrival: &Arrival,
    way: WayIn,
) -> Result<(), Error> {
    let (address, agent) = (arrival.address.to_string(), arrival.user_agent());
    let is_new = device::known(app, &arrival.headers, &person.id).is_none();
    leave(&mut auth).await?;
    auth.session.insert(store::ADDRESS, &address).await.map_err(failed)?;
    auth.session.insert(store::USER_AGENT, &agent).await.map_err(failed)?;
    if way == WayIn::Link {
        auth.session.insert(CAME_BY_LINK, true).await.map_err(failed)?;
    }
    auth.session.insert(device::SIGNED_IN, &person.id).await.map_err(failed)?;
    auth.login(person).await.map_err(sign_in_failed)?;
    // axum-login does this for the first sign-in of a session only.
    auth.session.cycle_id().await.map_err(failed)?;
    kept::hand_over(app, &auth.session, person, &arrival.headers).await?;
    let news = PersonalMail::NewDevice { device: user_agent::describe(&agent), address, at: app.clock.now() };
    let news = (is_new && way != WayIn::Renewed).then_some(news);
    people::entered(app, &person.id, &person.email, news).await
}

/// Somebody whose password was right and whose code is not there yet.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct WaitingForCode {
    /// Who.
    pub user_id: String,
    /// Shown to them.
    pub email: String,
    /// How they have come so far.
    pub way: WayIn,
    /// Where they want to go.
    pub next: String,
    /// Changes with the password.
    fingerprint: String,
    /// Then the password has to be typed again.
    until: i64,
}

impl WaitingForCode {
    /// Whether what was right then still is.
    #[must_use]
    pub fn is_still(&self, person: &SignedIn) -> bool {
        self.fingerprint == text::hex(person.fingerprint())
    }
}

/// Notes that somebody has shown the first factor, under a new session id.
pub(crate) async fn wait_for_code(
    app: &App,
    mut auth: Auth,
    person: &SignedIn,
    way: WayIn,
    next: &str,
) -> Result<(), Error> {
    leave(&mut auth).await?;
    let waiting = WaitingForCode {
        user_id: person.id.clone(),
        email: person.email.clone(),
        way,
        next: next.to_owned(),
        fingerprint: text::hex(person.fingerprint()),
        until: app.clock.now_ms() + WAIT_MS,
    };
    auth.session.insert(WAITING, waiting).await.map_err(failed)
}

/// Who waits for a code in this session, for no more than ten minutes.
pub(crate) async fn waiting_for_code(app: &App, session: &Session) -> Result<Option<WaitingForCode>, Error> {
    let waiting: Option<WaitingForCode> = session.get(WAITING).await.map_err(failed)?;
    Ok(waiting.filter(|waiting| app.clock.now_ms() < waiting.until))
}

async fn leave(auth: &mut Auth) -> Result<(), Error> {
    if stored_id(&auth.session).is_some() {
        auth.logout().await.map_err(sign_in_failed)?;
    }
    Ok(())
}
