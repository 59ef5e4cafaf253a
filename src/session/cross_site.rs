//! Whether a browser says that another site is asking.

use http::HeaderMap;
use http::header::{HOST, ORIGIN};

/// The rule of `tower_http::csrf`, for calls of which only the handler knows whether a session is behind
/// them: `Sec-Fetch-Site` decides, else `Origin` has to name our own host. A call with a cookie that says neither comes
/// from no browser of this decade, and from no page of ours.
#[must_use]
pub(crate) fn is_cross_site(headers: &HeaderMap) -> bool {
    let value = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    match (value("sec-fetch-site"), value(ORIGIN.as_str())) {
        (Some(site), _) => !matches!(site, "same-origin" | "none"),
        (None, None) => true,
        (None, Some(origin)) => {
            origin.split_once("://").map(|(_, authority)| authority) != value(HOST.as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(pairs: &[(&'static str, &'static str)]) -> bool {
        let header = |(name, value): &(&'static str, &'static str)| {
            (http::HeaderName::from_static(name), http::HeaderValue::from_static(value))
        };
        is_cross_site(&pairs.iter().map(header).collect())
    }

    #[test]
    fn only_our_own_pages_are_not_cross_site() {
        assert!(asked(&[("host", "r.example")]));
        assert!(!asked(&[("host", "r.example"), ("origin", "https://r.example")]));
        assert!(!asked(&[("sec-fetch-site", "same-origin")]));
        assert!(asked(&[("sec-fetch-site", "same-site"), ("origin", "https://r.example")]));
        assert!(asked(&[("host", "r.example"), ("origin", "https://evil.example")]));
        assert!(asked(&[("host", "r.example"), ("origin", "null")]));
    }
}
