//! The gate before every page of an account.

use std::ops::Deref;

use axum::extract::{FromRequestParts, OriginalUri, RawPathParams};
use axum_login::tower_sessions::Session;
use http::request::Parts;

use crate::access::{Gate, Permit, authorize};
use crate::actions::App;
use crate::error::Error;
use crate::session::{self, Arrival, SignedIn};
use crate::web::PageError;

/// A signed-in person on a page of an account in which they may do what `G` asks for. Nobody: sign-in.
/// A stranger: 404. A member without the role: 403.
pub(crate) struct Visit<G: Gate> {
    /// The running server.
    pub app: App,
    /// The account in the path, the person's role in it, and the proof that it suffices.
    pub permit: Permit<G>,
    /// Who it is.
    pub person: SignedIn,
    /// Their session, for what is shown once.
    pub session: Session,
}

impl<G: Gate> Deref for Visit<G> {
    type Target = Permit<G>;

    fn deref(&self) -> &Permit<G> {
        &self.permit
    }
}

impl<G: Gate> FromRequestParts<App> for Visit<G> {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        let person = signed_in(parts, app).await?;
        let params = RawPathParams::from_request_parts(parts, app).await;
        let account_id = params
            .ok()
            .and_then(|params| params.iter().find(|(name, _)| *name == "account_id")?.1.parse().ok())
            .ok_or_else(|| Error::not_found("account"))?;
        let (person, session) = person;
        let permit = authorize(&app.db, &person.caller(), account_id).await?;
        Ok(Self { app: app.clone(), permit, person, session })
    }
}

/// Somebody who is signed in, on a page that belongs to no account.
impl FromRequestParts<App> for SignedIn {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        Ok(signed_in(parts, app).await?.0)
    }
}

impl FromRequestParts<App> for Arrival {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        Ok(Self::of(parts, app).await?)
    }
}

/// Somebody who is signed in and may still have something to do before anything else.
pub(crate) struct Arriving(pub SignedIn);

impl FromRequestParts<App> for Arriving {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        Ok(Self(arriving(parts, app).await?.0))
    }
}

async fn signed_in(parts: &mut Parts, app: &App) -> Result<(SignedIn, Session), PageError> {
    let (person, session) = arriving(parts, app).await?;
    match person.to_do {
        None => Ok((person, session)),
        Some(to_do) => Err(PageError::ToDo(to_do)),
    }
}

async fn arriving(parts: &mut Parts, app: &App) -> Result<(SignedIn, Session), PageError> {
    if let Some(signed_in) = session::signed_in(parts, app).await? {
        return Ok(signed_in);
    }
    // Only a page can be come back to; a form would have to be filled in again.
    let next = (parts.method == http::Method::GET)
        .then(|| parts.extensions.get::<OriginalUri>())
        .flatten()
        .and_then(|uri| uri.path_and_query())
        .map(ToString::to_string);
    Err(PageError::SignIn { next })
}
