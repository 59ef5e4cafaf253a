//! What the log keeps of a request and its answer, without what is secret in them.

use std::borrow::Cow;
use std::fmt::Write as _;

use http::header::{CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue};
use http::response::Parts;
use hyper::ext::ReasonPhrase;

use crate::domain::values::WebhookUrl;

/// The most that is kept of an answer's head and of its body.
const HEAD_KEPT: usize = 8 * 1_024;
const BODY_KEPT: usize = 16 * 1_024;

/// What a hidden header value reads as.
const REDACTED: &str = "••••••••";

/// Request line and headers as the client sends them. Values marked sensitive are hidden.
pub(super) fn request_head(headers: &HeaderMap, length: usize) -> String {
    let mut head = String::with_capacity(512);
    head.push_str("POST /… HTTP/1.1\n");
    for (name, value) in headers {
        write_header(&mut head, name, value);
    }
    // hyper adds it, as the last.
    let _ = writeln!(head, "{CONTENT_LENGTH}: {length}");
    head
}

/// Status line and headers, the first 8 KiB.
pub(super) fn response_head(response: &Parts, mask: &Mask<'_>) -> String {
    let reason = match response.extensions.get::<ReasonPhrase>() {
        Some(given) => String::from_utf8_lossy(given.as_bytes()),
        None => response.status.canonical_reason().unwrap_or_default().into(),
    };
    let mut head = String::with_capacity(512);
    let _ = writeln!(head, "{:?} {} {reason}", response.version, response.status.as_u16());
    for (name, value) in &response.headers {
        write_header(&mut head, name, value);
    }
    kept(mask.hide(head.into()), HEAD_KEPT)
}

/// The first 16 KiB of a body, as text.
pub(super) fn response_body(bytes: &[u8], mask: &Mask<'_>) -> String {
    kept(mask.hide(String::from_utf8_lossy(bytes)), BODY_KEPT)
}

fn write_header(head: &mut String, name: &HeaderName, value: &HeaderValue) {
    head.push_str(name.as_str());
    head.push_str(": ");
    if value.is_sensitive() {
        head.push_str(REDACTED);
    } else {
        head.push_str(&String::from_utf8_lossy(value.as_bytes()));
    }
    head.push('\n');
}

/// Cut at a character; NUL, which a text column of `PostgreSQL` cannot hold, is replaced.
fn kept(text: Cow<'_, str>, limit: usize) -> String {
    let mut text = text.into_owned();
    text.truncate(text.floor_char_boundary(limit));
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text }
}

/// Receivers like to repeat what they were asked ("Cannot POST /hooks/s3cret", a `Location` with the token in
/// it), and the answer is shown to people who may not see the URL.
pub(super) struct Mask<'a>(Vec<Cow<'a, str>>);

/// Shorter parts of a URL are words, not tokens.
const TOKEN_LEN: usize = 8;

impl<'a> Mask<'a> {
    pub(super) fn new(url: &'a WebhookUrl, headers: &'a HeaderMap) -> Self {
        let url = url.as_url();
        let path = url.path();
        let query = url.query().unwrap_or_default();
        let mut secrets: Vec<Cow<'a, str>> = vec![path.into(), query.into()];
        if !query.is_empty() {
            secrets.push(format!("{path}?{query}").into());
        }
        secrets.retain(|secret| secret.len() > 2);
        let parts = path.split('/').chain(query.split(['&', '='])).map(Cow::Borrowed);
        let decoded = url.query_pairs().flat_map(|(name, value)| [name, value]);
        let values = headers.values().filter(|value| value.is_sensitive());
        let values = values.map(|value| String::from_utf8_lossy(value.as_bytes()));
        secrets.extend(parts.chain(decoded).chain(values).filter(|part| part.len() >= TOKEN_LEN));
        // The longest first: a part hidden early would leave the rest of the whole in view.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.dedup();
        Self(secrets)
    }

    /// The text without any of it.
    pub(super) fn hide<'t>(&self, mut text: Cow<'t, str>) -> Cow<'t, str> {
        for secret in &self.0 {
            if text.contains(&**secret) {
                text = text.replace(&**secret, "…").into();
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
            let shown = mask.hide(said.into());
            for secret in ["s3cr3tT0ken", "An0ther", "Bearer abc"] {
                assert!(!shown.contains(secret), "{shown}");
            }
        }
        assert_eq!(mask.hide("ok".into()), "ok");
    }

    #[test]
    fn a_url_without_path_hides_nothing() {
        let url = WebhookUrl::parse("https://hooks.acme.example", Schemes::HttpsOnly).unwrap();
        assert_eq!(Mask::new(&url, &HeaderMap::new()).hide("a/b?c".into()), "a/b?c");
    }

    #[test]
    fn long_texts_are_cut_at_a_character_and_nul_is_replaced() {
        assert_eq!(kept("a\0ä".into(), 3), "a\u{fffd}");
    }
}
