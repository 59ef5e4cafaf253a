//! The address of a receiver. It may hold a token, so it is a secret.

use std::fmt;

use sha2::{Digest, Sha256};
use url::{Host, ParseError, Url};

use crate::domain::field_errors::InvalidValue;
use crate::domain::text;

/// The longest URL that is accepted, in bytes.
const MAX_LEN: usize = 2_048;

/// Which schemes a URL may have: settings-page.md allows both, destinations demand https.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schemes {
    /// `http` and `https`.
    HttpOrHttps,
    /// `https` only.
    HttpsOnly,
}

/// A checked, normalised URL. It has no `Display`: [`WebhookUrl::expose`] says what it does, and
/// [`WebhookUrl::label`] is what everybody else may see.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookUrl(Url);

impl WebhookUrl {
    /// Reads what was typed; spaces around it are dropped. The error is a sentence that starts with a
    /// verb ("must start with …"), to stand behind the field's name, and never repeats the URL.
    pub fn parse(typed: &str, schemes: Schemes) -> Result<Self, InvalidValue> {
        let text = typed.trim();
        if text.len() > MAX_LEN {
            return Err(InvalidValue::new(format!("must be at most {MAX_LEN} bytes long")));
        }
        if text.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
            return Err(InvalidValue::new("must not contain spaces, backslashes or control characters"));
        }
        let starts = match schemes {
            Schemes::HttpOrHttps => "must start with http:// or https://",
            Schemes::HttpsOnly => "must start with https://",
        };
        let (scheme, rest) = text.split_once("://").ok_or_else(|| InvalidValue::new(starts))?;
        let known = scheme.eq_ignore_ascii_case("https")
            || (schemes == Schemes::HttpOrHttps && scheme.eq_ignore_ascii_case("http"));
        if !known {
            return Err(InvalidValue::new(starts));
        }
        if rest.is_empty() || rest.starts_with(['/', '?', '#', ':']) {
            return Err(InvalidValue::new(
                "must name a host after the scheme, like https://hooks.example.com/path",
            ));
        }
        let url = Url::parse(text).map_err(|error| InvalidValue::new(problem(error)))?;
        if !url.username().is_empty() || url.password().is_some() || rest_has_userinfo(rest) {
            return Err(InvalidValue::new("must not contain a user name or password before the host"));
        }
        if url.fragment().is_some() {
            return Err(InvalidValue::new("must not contain a # fragment: it is never sent"));
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(InvalidValue::new("must name a host"));
        }
        if url.as_str().len() > MAX_LEN {
            return Err(InvalidValue::new(format!("must be at most {MAX_LEN} bytes long")));
        }
        if url.port() == Some(0) {
            return Err(InvalidValue::new("must not use port 0"));
        }
        Ok(Self(url))
    }

    /// The whole URL, token and all. For the sender, and for people who may edit it.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.as_str()
    }

    /// The parsed URL, for the sender.
    #[must_use]
    pub(crate) fn as_url(&self) -> &Url {
        &self.0
    }

    /// The host as the sender will use it: a name, or an address in whatever spelling was typed.
    #[must_use]
    pub fn host(&self) -> Host<&str> {
        // `parse` has made sure that there is one; an empty name would be refused by the guard.
        self.0.host().unwrap_or(Host::Domain(""))
    }

    /// The port, given or implied by the scheme.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.0.port_or_known_default().unwrap_or(443)
    }

    /// Host, and the port if one is given: `hooks.acme.example:8443`.
    #[must_use]
    pub fn authority(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        self.0.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// What may be shown to anyone: scheme, host and a fingerprint, `https://hooks.acme.example/… (4f9ac1)`.
    #[must_use]
    pub fn label(&self) -> String {
        format!("{}://{}/… ({})", self.0.scheme(), self.authority(), self.fingerprint())
    }

    /// Tells two URLs of one host apart without telling the URL: 24 bits of its SHA-256, as hex.
    #[must_use]
    pub(crate) fn fingerprint(&self) -> String {
        Sha256::digest(self.0.as_str()).first_chunk::<3>().map_or_else(String::new, |bytes| text::hex(bytes))
    }
}

/// What the library has found, in our words.
fn problem(error: ParseError) -> &'static str {
    match error {
        ParseError::InvalidPort => "must have a port from 1 to 65535, or none",
        ParseError::InvalidIpv4Address => "has a host that looks like an IPv4 address and is none",
        ParseError::InvalidIpv6Address => "has a host in brackets that is not an IPv6 address",
        // The library may learn to refuse more.
        _ => "has a host that cannot be read: check its letters and dots",
    }
}

/// `https://@host/` has an empty user name, which `Url` drops before we can see it.
fn rest_has_userinfo(rest: &str) -> bool {
    rest.split(['/', '?', '#']).next().is_some_and(|authority| authority.contains('@'))
}

impl fmt::Debug for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WebhookUrl({})", self.label())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        WebhookUrl::parse(text, Schemes::HttpOrHttps).unwrap_err().to_string()
    }

    #[test]
    fn a_good_url_is_trimmed_and_normalised() {
        let url = WebhookUrl::parse(
            " HTTPS://Hooks.Acme.Example:443/a b".trim_end_matches(" b"),
            Schemes::HttpsOnly,
        );
        assert_eq!(url.unwrap().expose(), "https://hooks.acme.example/a");
        let url = WebhookUrl::parse("http://münchen.example/x?token=1", Schemes::HttpOrHttps).unwrap();
        assert_eq!(url.expose(), "http://xn--mnchen-3ya.example/x?token=1");
    }

    #[test]
    fn each_refusal_says_why() {
        assert!(refused("hooks.acme.example/ringpost").contains("must start with http:// or https://"));
        assert!(refused("ftp://a.example/").contains("must start with"));
        assert!(refused("javascript:alert(1)").contains("must start with"));
        assert!(refused("https:///path").contains("must name a host"));
        assert!(refused("https://").contains("must name a host"));
        assert!(refused("https://user:pw@a.example/").contains("user name"));
        assert!(refused("https://@a.example/").contains("user name"));
        assert!(refused("https://a.example/#x").contains("fragment"));
        assert!(refused("https://a.example/a b").contains("spaces"));
        assert!(refused("https://a.example\\@b.example/").contains("backslashes"));
        assert!(refused("https://a.example/\u{0}x").contains("control"));
        assert!(refused("https://a.example:99999/").contains("port"));
        assert!(refused(&format!("https://a.example/{}", "x".repeat(2_048))).contains("2048"));
        assert!(
            WebhookUrl::parse("http://a.example/", Schemes::HttpsOnly)
                .unwrap_err()
                .to_string()
                .contains("https://")
        );
    }

    #[test]
    fn nothing_but_expose_shows_the_token() {
        let url = WebhookUrl::parse("https://a.example:8443/p?token=s3cret", Schemes::HttpsOnly).unwrap();
        let shown = format!("{} {url:?} {}", url.label(), url.authority());
        assert!(!shown.contains("s3cret") && shown.contains("https://a.example:8443/… ("), "{shown}");
    }
}
