//! The pages: what people see and press. One file per page holds its view struct (what the template
//! shows) above its handlers (find, act, answer); `templates/` mirrors this folder.

pub mod accounts;
pub mod auth;
pub mod company;
pub mod deliveries;
pub mod destinations;
pub mod error_page;
pub mod history;
pub mod icon;
pub mod invitations;
pub mod login;
pub mod notifications;
pub mod page;
mod page_error;
pub mod people;
pub mod profile;
pub mod security_log;
pub mod setup;
pub mod subscribers;
pub mod tokens;
pub mod unsubscribe;
pub mod users;
pub mod welcome;

use axum::extract::DefaultBodyLimit;
use axum::{Router, middleware};
use tower_http::csrf::CsrfLayer;

use crate::actions::App;
use crate::assets;

pub use page_error::PageError;

const KIB: usize = 1_024;

/// What a page's handler answers.
pub(crate) type PageResult<T> = Result<T, PageError>;

/// Every page, and what they load.
pub fn routes(app: &App) -> Router<App> {
    // Whoever is not signed in has little to say; the settings form of a long catalogue has much.
    let nobody = login::routes()
        .merge(setup::routes())
        .merge(invitations::routes())
        .layer(DefaultBodyLimit::max(8 * KIB));
    let kept = || middleware::from_fn_with_state(app.clone(), auth::keep);
    let settings = notifications::routes().layer(DefaultBodyLimit::max(256 * KIB)).layer(kept());
    let pages = Router::new()
        .merge(people::routes())
        .merge(profile::routes())
        .merge(accounts::routes())
        .merge(company::routes().merge(destinations::routes()).merge(subscribers::routes()).layer(kept()))
        .merge(deliveries::routes())
        .merge(welcome::routes())
        .merge(history::routes())
        .merge(tokens::routes())
        .merge(users::routes())
        .merge(security_log::routes())
        .layer(DefaultBodyLimit::max(64 * KIB))
        .merge(nobody)
        .merge(settings);
    let forms = auth::with_sessions(pages, app)
        .layer(middleware::from_fn(auth::refuse_cross_site))
        .layer(CsrfLayer::new());
    Router::new()
        .merge(forms)
        .merge(unsubscribe::routes().layer(DefaultBodyLimit::max(8 * KIB)))
        .merge(assets::routes())
}
