//! The browser that somebody signs in with, known again by a cookie that stays there: a new one is told about.

use http::HeaderMap;
use http::header::USER_AGENT;
use sha2::{Digest, Sha256};
use time::Duration;
use tower_cookies::cookie::SameSite;
use tower_cookies::{Cookie, Cookies};

use crate::domain::text;

/// As long as browsers keep any cookie.
const KEPT: Duration = Duration::days(400);

/// What tells this browser apart, as it is stored: the cookie it has, or one that it is given now.
pub(super) fn known_by(cookies: &Cookies, is_https: bool) -> String {
    let name = if is_https { "__Host-ringpost-device" } else { "ringpost-device" };
    let sent = cookies.get(name).map(|cookie| cookie.value().to_owned());
    let value = sent.filter(|value| is_ours(value)).unwrap_or_else(|| text::hex(&rand::random::<[u8; 16]>()));
    let cookie = Cookie::build((name, value.clone()))
        .path("/")
        .secure(is_https)
        .http_only(true)
        .same_site(SameSite::Lax)
        .max_age(KEPT);
    cookies.add(cookie.build());
    text::hex(&Sha256::digest(value))
}

fn is_ours(value: &str) -> bool {
    value.len() == 32 && value.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// What a browser calls itself, cut short.
pub(super) fn user_agent(headers: &HeaderMap) -> String {
    const LONGEST: usize = 200;
    let agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    agent.chars().take(LONGEST).collect()
}
