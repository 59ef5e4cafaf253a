//! Values of settings, read from what somebody typed: the error says what to write instead.

use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

use clap::ValueEnum;
use http::HeaderName;
use url::Url;

use crate::domain::destination::headers;
use crate::domain::field_errors::InvalidValue;

use super::DEFAULT_SIGNATURE_HEADER;

/// How many events one token may post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateLimit {
    /// As many as it likes.
    Off,
    /// So many each second, with bursts of five times as many.
    PerSecond(std::num::NonZeroU32),
}

impl FromStr for RateLimit {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "off" {
            return Ok(Self::Off);
        }
        text.strip_suffix("/s")
            .and_then(|number| number.parse().ok())
            .map(Self::PerSecond)
            .ok_or_else(|| InvalidValue::new("write a number per second, like 1000/s, or off"))
    }
}

/// Who has to sign in with a second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SecondFactorDemand {
    /// Nobody; everybody may.
    Off,
    /// Operators.
    Operators,
    /// Operators, and admins of any account.
    Admins,
    /// Everybody.
    All,
}

impl SecondFactorDemand {
    /// Whether it is meant for somebody.
    #[must_use]
    pub(crate) fn is_for(self, is_operator: bool, is_admin: bool) -> bool {
        match self {
            Self::Off => false,
            Self::Operators => is_operator,
            Self::Admins => is_operator || is_admin,
            Self::All => true,
        }
    }
}

/// Where to listen.
pub(crate) fn listen_address(text: &str) -> Result<SocketAddr, InvalidValue> {
    let forms = "write an IP address and a port from 0 to 65535, like 127.0.0.1:8080 or [::1]:8080";
    text.parse().map_err(|_| InvalidValue::new(forms))
}

pub(super) fn public_url(text: &str) -> Result<Url, InvalidValue> {
    let url = Url::parse(text)
        .map_err(|_| InvalidValue::new("write scheme and host, like https://ringpost.example.com"))?;
    let plain = url.query().is_none() && url.fragment().is_none() && url.path() == "/";
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() || !url.username().is_empty() || !plain {
        return Err(InvalidValue::new("write scheme and host only, like https://ringpost.example.com"));
    }
    Ok(url)
}

pub(super) fn header_name(text: &str) -> Result<HeaderName, InvalidValue> {
    let name = HeaderName::from_bytes(text.as_bytes())
        .map_err(|_| InvalidValue::new("write a header name, like X-Ringpost-Signature"))?;
    if headers::is_reserved(name.as_str()) && name != DEFAULT_SIGNATURE_HEADER {
        return Err(InvalidValue::new("the request needs this header itself: choose another name"));
    }
    Ok(name)
}

pub(super) fn webhook_timeout(text: &str) -> Result<Duration, InvalidValue> {
    let span: jiff::SignedDuration =
        text.parse().map_err(|_| InvalidValue::new("write a duration, like 15s"))?;
    match Duration::try_from(span) {
        Ok(time) if (Duration::from_secs(1)..=Duration::from_mins(1)).contains(&time) => Ok(time),
        _ => Err(InvalidValue::new("choose 1s to 60s")),
    }
}

pub(super) fn drain(text: &str) -> Result<Duration, InvalidValue> {
    let span: jiff::SignedDuration =
        text.parse().map_err(|_| InvalidValue::new("write a duration, like 5s"))?;
    match Duration::try_from(span) {
        Ok(time) if time <= Duration::from_mins(5) => Ok(time),
        _ => Err(InvalidValue::new("choose 0s to 5m")),
    }
}

pub(super) fn expire_after(text: &str) -> Result<Duration, InvalidValue> {
    const DAY: Duration = Duration::from_hours(24);
    let span: jiff::SignedDuration = match text.strip_suffix('d').and_then(|days| days.parse().ok()) {
        Some(days @ 0..=3_650) => jiff::SignedDuration::from_hours(24 * days),
        _ => text.parse().map_err(|_| InvalidValue::new("write a duration, like 24h or 2d"))?,
    };
    match Duration::try_from(span) {
        Ok(time) if (Duration::from_mins(1)..=30 * DAY).contains(&time) => Ok(time),
        _ => Err(InvalidValue::new("choose 1m to 30d")),
    }
}

pub(super) fn bare_domain(text: &str) -> Result<String, InvalidValue> {
    let labels = text
        .split('.')
        .all(|label| !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'));
    if labels && text.contains('.') {
        Ok(text.to_ascii_lowercase())
    } else {
        Err(InvalidValue::new("write a bare domain, like pandium.com"))
    }
}
