//! The gate before every page of an account.

use std::marker::PhantomData;

use axum::extract::{FromRequestParts, OriginalUri, RawPathParams};
use axum_login::tower_sessions::Session;
use http::request::Parts;

use crate::access::authorize;
use crate::actions::App;
use crate::domain::account::Account;
use crate::domain::role::{Permission, Role};
use crate::error::Error;
use crate::session::{self, SignedIn};
use crate::web::PageError;

/// What a visitor must be allowed to do to come in; a handler names it in its signature.
pub trait Gate: Send + Sync {
    /// The action that the role has to allow.
    const PERMISSION: Permission;
}

/// Viewers, editors and admins.
pub struct MayRead;
/// Editors and admins.
pub struct MayEdit;
/// Admins.
pub struct MayAdminister;

impl Gate for MayRead {
    const PERMISSION: Permission = Permission::Read;
}
impl Gate for MayEdit {
    const PERMISSION: Permission = Permission::EditNotifications;
}
impl Gate for MayAdminister {
    const PERMISSION: Permission = Permission::Administer;
}

/// A signed-in person on a page of an account in which they may do what `G` asks for. Nobody: sign-in.
/// A stranger: 404. A member without the role: 403.
pub struct Visit<G: Gate> {
    /// The running server.
    pub app: App,
    /// The account in the path.
    pub account: Account,
    /// The person's role in it.
    pub role: Role,
    /// Who it is.
    pub person: SignedIn,
    /// Their session, for what is shown once.
    pub session: Session,
    gate: PhantomData<G>,
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
        let granted = authorize(&app.db, &person.0.caller(), account_id, G::PERMISSION).await?;
        let (person, session) = person;
        let (account, role) = (granted.account, granted.role);
        Ok(Self { app: app.clone(), account, role, person, session, gate: PhantomData })
    }
}

/// Somebody who is signed in, on a page that belongs to no account.
impl FromRequestParts<App> for SignedIn {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        Ok(signed_in(parts, app).await?.0)
    }
}

async fn signed_in(parts: &mut Parts, app: &App) -> Result<(SignedIn, Session), PageError> {
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
