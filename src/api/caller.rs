//! Who calls an API: a token in the `Authorization` header.

use axum::extract::FromRequestParts;
use http::header::AUTHORIZATION;
use http::request::Parts;
use secrecy::SecretString;

use crate::access::{Caller, hash_of};
use crate::app::App;
use crate::db::tokens::TokenRow;
use crate::error::Error;

use super::envelope::ApiError;

/// `last_used_at` is for people to see whether a token is in use: to the minute is enough, and cheap.
const USE_NOTED_EVERY_MS: i64 = 60_000;

/// A caller with a live token.
pub(super) struct Token(pub Caller);

impl FromRequestParts<App> for Token {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let sent = bearer(parts).ok_or(Error::Unauthorized)?;
        let hash = hash_of(&sent).ok_or(Error::Unauthorized)?;
        let now = app.clock.now_ms();
        let token = app.db.live_token(&hash, now).await?.ok_or(Error::Unauthorized)?;
        if token.last_used_at.is_none_or(|used| now - used >= USE_NOTED_EVERY_MS) {
            app.db.note_token_use(token.id.clone(), now).await?;
        }
        Ok(Self(caller(token)?))
    }
}

fn bearer(parts: &Parts) -> Option<SecretString> {
    let value = parts.headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().into())
}

fn caller(token: TokenRow) -> Result<Caller, Error> {
    let role = token.role.parse().map_err(|why: String| Error::internal(why))?;
    Ok(Caller::Token { id: token.id, name: token.name, account_id: token.account_id, role })
}
