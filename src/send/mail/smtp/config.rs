//! `--smtp-url`: which mail server, how secure, and as whom.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use secrecy::SecretString;
use url::{Host, Url};

use crate::domain::field_errors::InvalidValue;

/// A mail server. Its text form shows no user and no password.
#[derive(Clone, Debug)]
pub struct SmtpConfig {
    /// A name or an address, which is also what its certificate must be for.
    pub host: String,
    /// 465 for `smtps`, 587 for STARTTLS, 25 otherwise, unless given.
    pub port: u16,
    /// When TLS begins.
    pub security: Security,
    /// As whom to sign in, if at all.
    pub credentials: Option<SmtpCredentials>,
}

/// When TLS begins on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// At once: `smtps://`.
    Tls,
    /// By STARTTLS, or nothing is sent: `smtp://…?tls=required`.
    StartTls,
    /// By STARTTLS where the server offers it: `smtp://…?tls=opportunistic`.
    Opportunistic,
    /// Never: `smtp://`.
    Plain,
}

/// A user and a password, taken percent-decoded from the URL.
#[derive(Clone, Debug)]
pub struct SmtpCredentials {
    /// The user's name, often a mail address.
    pub user: String,
    /// The password.
    pub password: SecretString,
}

impl SmtpConfig {
    /// Whether the server runs on this machine, where nobody listens in.
    #[must_use]
    pub(crate) fn is_loopback(&self) -> bool {
        let address = self.host.parse::<IpAddr>();
        self.host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|ip| ip.to_canonical().is_loopback())
    }
}

impl FromStr for SmtpConfig {
    type Err = InvalidValue;

    /// The error says what to write and never repeats the URL, which may hold a password.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url =
            Url::parse(text.trim()).map_err(|_| InvalidValue::new(format!("cannot be read: {FORMS}")))?;
        let security = security(&url)?;
        let host = match url.host() {
            Some(Host::Domain(name)) if !name.is_empty() => decoded(name)?,
            Some(Host::Ipv4(address)) => address.to_string(),
            Some(Host::Ipv6(address)) => address.to_string(),
            _ => return Err(InvalidValue::new(format!("names no host: {FORMS}"))),
        };
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(InvalidValue::new(format!("must end after the port and ?tls=…: {FORMS}")));
        }
        let default_port = match security {
            Security::Tls => 465,
            Security::StartTls => 587,
            Security::Opportunistic | Security::Plain => 25,
        };
        let config = Self {
            host,
            port: url.port().unwrap_or(default_port),
            security,
            credentials: credentials(&url)?,
        };
        if config.credentials.is_some() && security == Security::Plain && !config.is_loopback() {
            return Err(InvalidValue::new(format!(
                "would send the password to {} in clear: use smtps://, or add ?tls=required for STARTTLS",
                config.host
            )));
        }
        Ok(config)
    }
}

const FORMS: &str = "write smtps://user:password@host, smtp://user:password@host?tls=required, or smtp://host; \
                     special characters of the user and the password are percent-encoded";

fn security(url: &Url) -> Result<Security, InvalidValue> {
    let tls = match url.query_pairs().collect::<Vec<_>>().as_slice() {
        [] => None,
        [(name, value)] if name == "tls" => Some(value.clone().into_owned()),
        _ => return Err(InvalidValue::new(format!("has a parameter other than tls: {FORMS}"))),
    };
    match (url.scheme(), tls.as_deref()) {
        ("smtps", None) => Ok(Security::Tls),
        ("smtps", Some(_)) => {
            Err(InvalidValue::new("is smtps, which is TLS from the start: leave ?tls= out"))
        }
        ("smtp", None) => Ok(Security::Plain),
        ("smtp", Some("required")) => Ok(Security::StartTls),
        ("smtp", Some("opportunistic")) => Ok(Security::Opportunistic),
        ("smtp", Some(_)) => {
            Err(InvalidValue::new("has a tls parameter that is neither required nor opportunistic"))
        }
        _ => Err(InvalidValue::new(format!("does not start with smtp:// or smtps://: {FORMS}"))),
    }
}

fn credentials(url: &Url) -> Result<Option<SmtpCredentials>, InvalidValue> {
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        ("", Some(_)) => Err(InvalidValue::new("has a password without a user")),
        (_, None) => Err(InvalidValue::new("has a user without a password")),
        (user, Some(password)) => Ok(Some(SmtpCredentials {
            user: decoded(user)?,
            password: SecretString::from(decoded(password)?),
        })),
    }
}

fn decoded(text: &str) -> Result<String, InvalidValue> {
    let bad = || {
        InvalidValue::new("has a part that is not UTF-8 when percent-decoded, or holds a control character")
    };
    let text = percent_encoding::percent_decode_str(text).decode_utf8().map_err(|_| bad())?;
    if text.chars().any(char::is_control) { Err(bad()) } else { Ok(text.into_owned()) }
}

/// Without user and password: `mail.acme.example:587 with STARTTLS`.
impl fmt::Display for SmtpConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = match self.security {
            Security::Tls => " with TLS",
            Security::StartTls => " with STARTTLS",
            Security::Opportunistic => " with STARTTLS where offered",
            Security::Plain => " in clear",
        };
        write!(f, "{}:{}{how}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn every_form_is_read_with_its_default_port() {
        for (typed, shown) in [
            ("smtps://mail.acme.example", "mail.acme.example:465 with TLS"),
            ("smtps://mail.acme.example:2465/", "mail.acme.example:2465 with TLS"),
            ("smtp://mail.acme.example?tls=required", "mail.acme.example:587 with STARTTLS"),
            ("smtp://mail.acme.example/?tls=required", "mail.acme.example:587 with STARTTLS"),
            (
                "smtp://mail.acme.example?tls=opportunistic",
                "mail.acme.example:25 with STARTTLS where offered",
            ),
            ("smtp://127.0.0.1:2525", "127.0.0.1:2525 in clear"),
            ("smtp://u:p@localhost", "localhost:25 in clear"),
            ("smtp://u:p@[::1]:2525", "::1:2525 in clear"),
        ] {
            assert_eq!(typed.parse::<SmtpConfig>().expect(typed).to_string(), shown);
        }
    }

    #[test]
    fn user_and_password_are_percent_decoded_and_never_printed() {
        let config: SmtpConfig =
            "smtps://ops%40acme.example:s3%2Fc%3Aret%25@mail.acme.example".parse().unwrap();
        let credentials = config.credentials.as_ref().unwrap();
        assert_eq!(credentials.user, "ops@acme.example");
        assert_eq!(credentials.password.expose_secret(), "s3/c:ret%");
        assert!(!format!("{config:?} {config}").contains("s3"));
    }

    #[test]
    fn each_refusal_says_what_to_write_and_shows_no_password() {
        for (typed, why) in [
            ("mail.acme.example", "cannot be read"),
            ("http://mail.acme.example", "smtp:// or smtps://"),
            ("smtp://", "names no host"),
            ("smtp://u:s3cret@mail.acme.example", "in clear"),
            ("smtp://u:s3cret@10.0.0.1", "?tls=required"),
            ("smtp://u@localhost", "without a password"),
            ("smtp://:s3cret@localhost", "without a user"),
            ("smtp://u:s3%0Acret@localhost", "control character"),
            ("smtp://localhost?tls=maybe", "neither required nor opportunistic"),
            ("smtp://localhost?ssl=1", "other than tls"),
            ("smtps://u:s3cret@localhost?tls=required", "leave ?tls= out"),
            ("smtp://localhost/inbox", "must end after"),
        ] {
            let error = typed.parse::<SmtpConfig>().expect_err(typed).to_string();
            assert!(error.contains(why) && !error.contains("s3"), "{typed}: {error}");
        }
    }
}
