//! Who calls an API: a token in the `Authorization` header, or a signed-in person.

use axum::extract::FromRequestParts;
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderMap, Method};
use secrecy::SecretString;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};

use crate::access::Caller;
use crate::actions::{App, tokens};
use crate::error::{Error, Result};
use crate::session;

use super::envelope::ApiError;
use super::parameters::required_header;
use super::query;
use super::schemas::words;

/// Somebody who has shown who they are: a live token, or a person with a session. A call that changes
/// something with a session has to come from a script of our own pages, and whoever calls it says what is to change in
/// the body: a query that nobody reads would be taken for a limit.
pub(in crate::api) struct ApiCaller(pub Caller);

/// Only JSON:API has a query where something changes: which fields its answer is to have.
const JSON_API: &str = "/api/v3/";

impl FromRequestParts<App> for ApiCaller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        if let Some(sent) = bearer(parts) {
            let caller = tokens::authenticate(app, &sent).await?;
            refuse_unread_query(parts)?;
            return Ok(Self(caller));
        }
        let (person, _) = session::signed_in(parts, app).await?.ok_or(Error::Unauthorized)?;
        if changes_something(&parts.method) {
            refuse_other_sites(&parts.headers)?;
        }
        if person.to_do.is_some() {
            let message = "Finish signing in first: open the pages and do what they ask for.".to_owned();
            return Err(Error::Forbidden { code: "SIGN_IN_UNFINISHED", message }.into());
        }
        refuse_unread_query(parts)?;
        Ok(Self(person.caller()))
    }
}

/// The header that [`demand_requested_with`] demands.
pub(in crate::api) enum RequestedWith {}

impl IntoParams for RequestedWith {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let description = "Demanded from tokens and sessions alike: browsers cannot send it across sites.";
        vec![required_header("X-Requested-With", description, words(["XMLHttpRequest"]))]
    }
}

/// Whether a call with this method is a mutating one.
pub(in crate::api) fn changes_something(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Browsers add this header for no form of another site, and for no script of one without asking us first.
pub(in crate::api) fn demand_requested_with(headers: &HeaderMap) -> Result<()> {
    let value = headers.get("x-requested-with").map(http::HeaderValue::as_bytes);
    if value.is_some_and(|value| value.eq_ignore_ascii_case(b"XMLHttpRequest")) {
        return Ok(());
    }
    Err(Error::Forbidden {
        code: "MISSING_X_REQUESTED_WITH",
        message: "Send the header X-Requested-With: XMLHttpRequest.".to_owned(),
    })
}

fn refuse_unread_query(parts: &Parts) -> Result<()> {
    if changes_something(&parts.method) && !parts.uri.path().starts_with(JSON_API) {
        query::refuse_any(&parts.uri)?;
    }
    Ok(())
}

fn refuse_other_sites(headers: &HeaderMap) -> Result<()> {
    demand_requested_with(headers)?;
    if session::is_cross_site(headers) {
        let message =
            "This call comes from another site, or does not say where it comes from: use an API token there."
                .to_owned();
        return Err(Error::Forbidden { code: "CROSS_SITE", message });
    }
    Ok(())
}

fn bearer(parts: &Parts) -> Option<SecretString> {
    let value = parts.headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().into())
}
