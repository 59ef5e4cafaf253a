//! What the log keeps of a request and its answer, without what is secret in them.

use std::fmt::Write as _;

use http::header::{ACCEPT, CONTENT_LENGTH, HOST, HeaderMap, HeaderName, HeaderValue};
use hyper::ext::ReasonPhrase;
use reqwest::Response;

use crate::domain::values::WebhookUrl;

/// The most that is kept of an answer's head and of its body.
const HEAD_KEPT: usize = 8 * 1_024;
const BODY_KEPT: usize = 16 * 1_024;

/// What a hidden header value reads as.
const REDACTED: &str = "••••••••";

/// Request line and headers as the client sends them. Values marked sensitive are hidden.
pub(super) fn request_head(url: &WebhookUrl, headers: &HeaderMap, length: usize) -> String {
    let mut head = String::from("POST /… HTTP/1.1\n");
    for (name, value) in headers {
        write_header(&mut head, name, value);
    }
    // reqwest and hyper add these three, in this order.
    let _ = writeln!(head, "{ACCEPT}: */*\n{HOST}: {}\n{CONTENT_LENGTH}: {length}", url.authority());
    head
}

/// Status line and headers, the first 8 KiB.
pub(super) fn response_head(response: &Response, mask: &Mask) -> String {
    let status = response.status();
    let reason = match response.extensions().get::<ReasonPhrase>() {
        Some(given) => String::from_utf8_lossy(given.as_bytes()).into_owned(),
        None => status.canonical_reason().unwrap_or_default().to_owned(),
    };
    let mut head = format!("{:?} {} {reason}\n", response.version(), status.as_u16());
    for (name, value) in response.headers() {
        write_header(&mut head, name, value);
    }
    kept(&mask.hide(&head), HEAD_KEPT)
}

/// The first 16 KiB of a body, as text.
pub(super) fn response_body(bytes: &[u8], mask: &Mask) -> String {
    kept(&mask.hide(&String::from_utf8_lossy(bytes)), BODY_KEPT)
}

fn write_header(head: &mut String, name: &HeaderName, value: &HeaderValue) {
    let shown =
        if value.is_sensitive() { REDACTED.into() } else { String::from_utf8_lossy(value.as_bytes()) };
    let _ = writeln!(head, "{name}: {shown}");
}

/// Cut at a character; NUL, which a text column of `PostgreSQL` cannot hold, is replaced.
fn kept(text: &str, limit: usize) -> String {
    let end = text.floor_char_boundary(limit);
    text.get(..end).unwrap_or_default().replace('\0', "\u{fffd}")
}

/// Receivers like to repeat what they were asked ("Cannot POST /hooks/s3cret", a `Location` with the token in
/// it), and the answer is shown to people who may not see the URL.
pub(super) struct Mask(Vec<String>);

/// Shorter parts of a URL are words, not tokens.
const TOKEN_LEN: usize = 8;

impl Mask {
    pub(super) fn new(url: &WebhookUrl, headers: &HeaderMap) -> Self {
        let url = url.as_url();
        let path = url.path();
        let query = url.query().unwrap_or_default();
        let mut secrets = vec![format!("{path}?{query}"), path.to_owned(), query.to_owned()];
        secrets.retain(|secret| secret.len() > 2);
        let parts = path.split('/').chain(query.split(['&', '='])).map(str::to_owned);
        let decoded = url.query_pairs().flat_map(|(name, value)| [name.into_owned(), value.into_owned()]);
        let values = headers.values().filter(|value| value.is_sensitive());
        let values = values.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        secrets.extend(parts.chain(decoded).chain(values).filter(|part| part.len() >= TOKEN_LEN));
        // The longest first: a part hidden early would leave the rest of the whole in view.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.dedup();
        Self(secrets)
    }

    /// The text without any of it.
    pub(super) fn hide(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.0 {
            if text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), "…");
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::values::Schemes;

    #[test]
    fn an_answer_that_repeats_the_url_or_a_secret_header_gives_neither_away() {
        let url = "https://hooks.acme.example/services/T0/s3cr3tT0ken?key=An0ther%20Key&v=1";
        let url = WebhookUrl::parse(url, Schemes::HttpsOnly).unwrap();
        let mut secret = HeaderValue::from_static("Bearer abc");
        secret.set_sensitive(true);
        let headers = HeaderMap::from_iter([(http::header::AUTHORIZATION, secret)]);
        let mask = Mask::new(&url, &headers);
        for said in [
            "Cannot POST /services/T0/s3cr3tT0ken?key=An0ther%20Key&v=1",
            "location: https://elsewhere.example/services/T0/s3cr3tT0ken",
            r"unknown hook \/services\/T0\/s3cr3tT0ken",
            r#"{"key": "An0ther Key", "authorization": "Bearer abc"}"#,
        ] {
            let shown = mask.hide(said);
            for secret in ["s3cr3tT0ken", "An0ther", "Bearer abc"] {
                assert!(!shown.contains(secret), "{shown}");
            }
        }
        assert_eq!(mask.hide("ok"), "ok");
    }

    #[test]
    fn a_url_without_path_hides_nothing() {
        let url = WebhookUrl::parse("https://hooks.acme.example", Schemes::HttpsOnly).unwrap();
        assert_eq!(Mask::new(&url, &HeaderMap::new()).hide("a/b?c"), "a/b?c");
    }

    #[test]
    fn long_texts_are_cut_at_a_character_and_nul_is_replaced() {
        assert_eq!(kept("a\0ä", 3), "a\u{fffd}");
    }
}
