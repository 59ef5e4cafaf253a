//! What somebody has typed is not lost with their session: the form is kept for when they have signed in again, with
//! the same browser and as the same person.

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use axum_login::tower_sessions::Session;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::actions::App;
use crate::db::kept_forms::KeptFormRecord;
use crate::domain::text;
use crate::error::Error;
use crate::vault::Cell;

use super::people::{Auth, SignedIn};
use super::{device, failed, take_out};

/// The largest form of all.
const MAX_FORM: usize = 256 * 1_024;
/// Where a session carries the form to its page.
const KEPT: &str = "kept_form";
/// Where it notes that a form was dropped.
const DROPPED: &str = "kept_form_dropped";
const FORM: &str = "application/x-www-form-urlencoded";

/// The fields of a form, in their order.
pub(crate) type Fields = Vec<(String, String)>;

#[derive(Serialize, Deserialize)]
struct Kept {
    path: String,
    fields: Fields,
}

/// Keeps the form of somebody whose session has ended, and leads to sign-in. Only a browser that holds the cookie of
/// an earlier sign-in is kept anything for, and one form at a time: strangers fill no disk.
pub(crate) async fn keep(State(app): State<App>, request: Request, next: Next) -> Response {
    let is_signed_in = request.extensions().get::<Auth>().is_none_or(|auth| auth.user.is_some());
    let is_form =
        request.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(FORM.as_bytes()));
    if is_signed_in || !is_form || request.method() != Method::POST {
        return next.run(request).await;
    }
    let Some(device) = device::of(&app, request.headers()) else { return next.run(request).await };
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, MAX_FORM).await else {
        return next.run(Request::from_parts(parts, Body::empty())).await;
    };
    let fields: Fields = url::form_urlencoded::parse(&bytes).into_owned().collect();
    let page = page_of(parts.uri.path(), &fields).filter(|_| !fields.is_empty());
    let Some(path) = page else { return next.run(Request::from_parts(parts, Body::from(bytes))).await };
    match store(&app, &device, &path, fields).await {
        Ok(()) => {
            let query = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("next", &path)
                .append_pair("kept", "1")
                .finish();
            Redirect::to(&format!("/login?{query}")).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "a form could not be kept");
            next.run(Request::from_parts(parts, Body::from(bytes))).await
        }
    }
}

async fn store(app: &App, device: &device::Device, path: &str, fields: Fields) -> Result<(), Error> {
    let id = hash(device);
    let kept = serde_json::to_string(&Kept { path: path.to_owned(), fields }).map_err(Error::internal)?;
    let sealed = app.vault.seal(Cell::KeptForm(&id), &kept.into()).map_err(Error::internal)?;
    let record = KeptFormRecord {
        device: id,
        user_id: device.user_id.clone(),
        path: path.to_owned(),
        fields: sealed,
        created_at: app.clock.now_ms(),
    };
    Ok(app.db.keep_form(record).await?)
}

/// Hands the form of this browser to the session that its writer has just opened. For anybody else it is dropped, and
/// they are told that there was one.
pub(super) async fn hand_over(
    app: &App,
    session: &Session,
    person: &SignedIn,
    headers: &HeaderMap,
) -> Result<(), Error> {
    let Some(device) = device::of(app, headers) else { return Ok(()) };
    let Some(record) = app.db.take_kept_form(hash(&device)).await? else { return Ok(()) };
    if device.user_id != person.id || record.user_id != person.id {
        return session.insert(DROPPED, true).await.map_err(failed);
    }
    // One that was sealed with a key that is gone is lost, like the session.
    let Ok(kept) = app.vault.open(Cell::KeptForm(&record.device), &record.fields) else { return Ok(()) };
    let kept: Kept = serde_json::from_str(kept.expose_secret()).map_err(Error::internal)?;
    session.insert(KEPT, kept).await.map_err(failed)
}

/// Whether this sign-in has dropped a form that somebody else had sent with the same browser; told once.
pub(crate) async fn has_dropped(session: &Session) -> Result<bool, Error> {
    Ok(take_out::<bool>(session, DROPPED).await?.is_some())
}

/// The form that belongs on this page, once.
pub(crate) async fn take(session: &Session, path: &str) -> Result<Option<Fields>, Error> {
    let kept: Option<Kept> = session.get(KEPT).await.map_err(failed)?;
    let Some(kept) = kept.filter(|kept| kept.path.split('?').next() == Some(path)) else { return Ok(None) };
    session.remove::<Kept>(KEPT).await.map_err(failed)?;
    Ok(Some(kept.fields))
}

fn hash(device: &device::Device) -> String {
    text::hex(&Sha256::digest(&device.cookie))
}

/// The page that shows the form which is posted here; `None` for one that nobody has typed.
fn page_of(path: &str, fields: &Fields) -> Option<String> {
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    let ["accounts", account, tail @ ..] = parts.as_slice() else { return None };
    let account: i64 = account.parse().ok()?;
    let page = match tail {
        ["notifications", ..] => "notifications".to_owned(),
        ["company"] => "company".to_owned(),
        ["people"] => "people".to_owned(),
        ["destinations"] | ["destinations", "test"] => {
            let kind = fields.iter().find(|(name, _)| name == "kind").map(|(_, kind)| kind)?;
            let query =
                url::form_urlencoded::Serializer::new(String::new()).append_pair("kind", kind).finish();
            format!("destinations/new?{query}")
        }
        ["destinations", id] | ["destinations", id, "test", "unsaved"] => {
            format!("destinations/{}", id.parse::<i64>().ok()?)
        }
        _ => return None,
    };
    Some(format!("/accounts/{account}/{page}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_goes_back_to_the_page_that_shows_it() {
        let of = |path: &str| page_of(path, &vec![("kind".to_owned(), "slack".to_owned())]);
        let page = |path: &str| Some(path.to_owned());
        assert_eq!(
            of("/accounts/100/notifications/test/run_failed/webhook"),
            page("/accounts/100/notifications")
        );
        assert_eq!(of("/accounts/100/company"), page("/accounts/100/company"));
        assert_eq!(of("/accounts/100/people"), page("/accounts/100/people"));
        assert_eq!(of("/accounts/100/destinations"), page("/accounts/100/destinations/new?kind=slack"));
        assert_eq!(of("/accounts/100/destinations/7/test/unsaved"), page("/accounts/100/destinations/7"));
        for path in [
            "/accounts/100/destinations/7/pause",
            "/accounts/100/people/remove",
            "/accounts/x/company",
            "/logout",
            "/accounts/100/tokens",
        ] {
            assert_eq!(of(path), None, "{path}");
        }
    }
}
