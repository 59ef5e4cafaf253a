//! Who looks at a page: sessions in the database, sign-in, and the gate before every account's page.

mod backend;
mod cross_site;
mod shell;
mod store;
mod visit;

use std::net::IpAddr;

use axum::Router;
use axum_login::AuthManagerLayerBuilder;
use axum_login::tower_sessions::cookie::SameSite;
use axum_login::tower_sessions::{Expiry, Session, SessionManagerLayer};
use time::Duration;

pub use backend::{Auth, Credentials, People, SignInError, SignedIn};
pub use cross_site::refuse_cross_site;
pub use shell::{leave_notices, shell_outside_accounts};
pub use visit::{Gate, MayAdminister, MayEdit, MayRead, Visit};

use crate::app::App;
use crate::error::Error;

/// Puts sessions and sign-in around the pages.
pub fn with_sessions(router: Router<App>, app: &App) -> Router<App> {
    let https = app.config.is_https();
    // The prefix makes browsers refuse the cookie from another host or without TLS; they refuse it on http.
    let name = if https { "__Host-ringpost" } else { "ringpost" };
    let sessions = SessionManagerLayer::new(store::Store::new(app))
        .with_name(name)
        .with_secure(https)
        // Strict would make links in mails arrive signed out.
        .with_same_site(SameSite::Lax)
        .with_expiry(Expiry::OnInactivity(Duration::milliseconds(store::IDLE_MS)));
    router.layer(AuthManagerLayerBuilder::new(People::new(app), sessions).build())
}

/// Notes where a session was opened, for its owner to recognise it on the profile page.
pub async fn remember_origin(session: &Session, address: IpAddr, agent: &str) -> Result<(), Error> {
    const LONGEST: usize = 200;
    let agent: String = agent.chars().take(LONGEST).collect();
    session.insert(store::ADDRESS, address.to_string()).await.map_err(Error::internal)?;
    session.insert(store::USER_AGENT, agent).await.map_err(Error::internal)
}

/// The id under which a session is stored; `None` before it is.
#[must_use]
pub fn stored_id(session: &Session) -> Option<String> {
    session.id().map(|id| store::hash(&id))
}
