//! Browsers that somebody has signed in with before. They keep a cookie that says so, and whoever holds it is not
//! locked out by strangers who guess: OWASP's device cookies. It signs nobody in.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use axum_login::tower_sessions::Session;
use axum_login::tower_sessions::cookie::{Cookie, SameSite};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use time::Duration;
use uuid::Uuid;

use crate::actions::App;

/// Browsers keep no cookie for longer than 400 days.
const LIFE: Duration = Duration::days(365);
const PURPOSE: &str = "ringpost device v1";
/// Where a sign-in leaves whose browser it is, for the answer to carry the cookie.
pub(super) const SIGNED_IN: &str = "device";

fn cookie_name(app: &App) -> &'static str {
    if app.config.is_https() { "__Host-ringpost-device" } else { "ringpost-device" }
}

/// A browser with which somebody has signed in before.
pub(crate) struct Device {
    /// Who.
    pub user_id: String,
    /// Its cookie.
    pub cookie: String,
}

/// The cookie of a browser with which this person has signed in before; `None` for any other.
#[must_use]
pub(crate) fn known(app: &App, headers: &HeaderMap, user_id: &str) -> Option<String> {
    of(app, headers).filter(|device| device.user_id == user_id).map(|device| device.cookie)
}

/// The browser, if somebody has signed in with it before.
pub(super) fn of(app: &App, headers: &HeaderMap) -> Option<Device> {
    let sent = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut cookies = sent.flat_map(|value| Cookie::split_parse(value.to_owned())).flatten();
    let cookie = cookies.find(|cookie| cookie.name() == cookie_name(app))?;
    let (text, signature) = cookie.value().rsplit_once('.')?;
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    let keys = app.vault.derive_all(PURPOSE);
    let is_ours = keys.iter().any(|key| sign(key, text).ct_eq(&signature).into());
    let (owner, id) = text.split_once('.').filter(|_| is_ours)?;
    let (seconds, _) = id.parse::<Uuid>().ok()?.get_timestamp()?.to_unix();
    let age = app.clock.now().as_second().saturating_sub_unsigned(seconds);
    let device = Device { user_id: owner.to_owned(), cookie: cookie.value().to_owned() };
    (age < LIFE.whole_seconds()).then_some(device)
}

/// Gives the browser its cookie with the answer to a sign-in.
pub(super) async fn remember(State(app): State<App>, request: Request, next: Next) -> Response {
    let session = request.extensions().get::<Session>().cloned();
    let mut response = next.run(request).await;
    let Some(session) = session.filter(Session::is_modified) else { return response };
    if let Ok(Some(user_id)) = session.remove::<String>(SIGNED_IN).await
        && let Ok(value) = HeaderValue::from_str(&cookie(&app, &user_id).to_string())
    {
        response.headers_mut().append(SET_COOKIE, value);
    }
    response
}

fn cookie(app: &App, user_id: &str) -> Cookie<'static> {
    let text = format!("{user_id}.{}", app.clock.new_id());
    let signature = URL_SAFE_NO_PAD.encode(sign(&app.vault.derive(PURPOSE), &text));
    Cookie::build((cookie_name(app), format!("{text}.{signature}")))
        .path("/")
        .http_only(true)
        .secure(app.config.is_https())
        .same_site(SameSite::Lax)
        .max_age(LIFE)
        .build()
}

fn sign(key: &[u8; 32], text: &str) -> Vec<u8> {
    // HMAC takes keys of any length, so this does not happen; an empty signature is no decoded one.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return vec![0] };
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}
