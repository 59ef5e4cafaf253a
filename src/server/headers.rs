//! Security headers, on every answer: pages, files, redirects, health and errors alike.

use http::HeaderValue;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS,
};
use tower_http::set_header::SetResponseHeaderLayer;

/// Nothing inline, nothing from elsewhere, nobody may frame us.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Sets one header, or nothing where there is no value.
type Set = SetResponseHeaderLayer<Option<HeaderValue>>;

/// The headers of every answer; with `is_https`, browsers are told to stay on TLS.
pub(super) fn security(is_https: bool) -> (Set, Set, Set, Set, Set, Set, Set) {
    (
        always(X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // `no-referrer` would make browsers send `Origin: null` with our own forms.
        always(REFERRER_POLICY, "same-origin"),
        always(HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        always(HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        unless_set(CONTENT_SECURITY_POLICY, Some(CSP)),
        // What is not marked as a lasting file may show somebody's data.
        unless_set(CACHE_CONTROL, Some("no-store")),
        unless_set(STRICT_TRANSPORT_SECURITY, is_https.then_some("max-age=63072000; includeSubDomains")),
    )
}

fn always(name: HeaderName, value: &'static str) -> Set {
    Set::overriding(name, Some(HeaderValue::from_static(value)))
}

/// A handler may have set its own.
fn unless_set(name: HeaderName, value: Option<&'static str>) -> Set {
    Set::if_not_present(name, value.map(HeaderValue::from_static))
}
