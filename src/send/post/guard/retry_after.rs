//! For how long a receiver wants to be left alone (RFC 9110, 10.2.3).

use std::time::Duration;

use http::StatusCode;
use http::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};
use jiff::Timestamp;

/// What a 429 or 503 says about it, in seconds or as a date. A date is held against the receiver's own clock where
/// the answer tells it, else against ours.
pub(super) fn wanted(status: StatusCode, headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    if !matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        return None;
    }
    let said = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = said.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = httpdate::parse_http_date(said).ok()?;
    let now = date(headers, &DATE).unwrap_or_else(|| now.into());
    Some(until.duration_since(now).unwrap_or_default())
}

fn date(headers: &HeaderMap, name: &HeaderName) -> Option<std::time::SystemTime> {
    httpdate::parse_http_date(headers.get(name)?.to_str().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn said(status: u16, headers: &[(HeaderName, &'static str)]) -> Option<u64> {
        let headers =
            headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect();
        let now = "2026-05-04T12:00:00Z".parse().unwrap();
        wanted(StatusCode::from_u16(status).unwrap(), &headers, now).map(|wait| wait.as_secs())
    }

    #[test]
    fn seconds_and_dates_are_read_and_anything_else_is_nothing() {
        for (value, seconds) in [
            ("120", Some(120)),
            ("0", Some(0)),
            (" 7 ", Some(7)),
            ("Mon, 04 May 2026 12:01:30 GMT", Some(90)),
            ("Monday, 04-May-26 12:01:30 GMT", Some(90)),
            ("Mon, 04 May 2026 11:00:00 GMT", Some(0)),
            ("-1", None),
            ("soon", None),
            ("99999999999999999999999", None),
        ] {
            for status in [429, 503] {
                assert_eq!(said(status, &[(RETRY_AFTER, value)]), seconds, "{value}");
            }
            assert_eq!(said(500, &[(RETRY_AFTER, value)]), None);
            assert_eq!(said(200, &[(RETRY_AFTER, value)]), None);
        }
        assert_eq!(said(503, &[]), None);
    }

    #[test]
    fn a_date_is_held_against_the_receivers_own_clock() {
        let headers =
            [(DATE, "Mon, 04 May 2026 18:00:00 GMT"), (RETRY_AFTER, "Mon, 04 May 2026 18:00:30 GMT")];
        assert_eq!(said(429, &headers), Some(30));
    }
}
