//! Who looks at a page: sessions in the database, sign-in, and the gate before every account's page.

mod backend;
mod cross_site;
mod store;
mod visit;

use axum::Router;
use axum_login::AuthManagerLayerBuilder;
use axum_login::tower_sessions::cookie::SameSite;
use axum_login::tower_sessions::{Expiry, SessionManagerLayer};
use time::Duration;

pub use backend::{Auth, Credentials, People, SignInError, SignedIn};
pub use cross_site::refuse_cross_site;
pub use visit::{Gate, MayAdminister, MayEdit, MayRead, Visit};

use crate::app::App;

/// A session ends when nothing was asked for this long.
const IDLE: Duration = Duration::minutes(60);

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
        .with_expiry(Expiry::OnInactivity(IDLE));
    router.layer(AuthManagerLayerBuilder::new(People::new(app), sessions).build())
}
