//! One mail address.

use std::fmt;
use std::str::FromStr;

use email_address::{EmailAddress as Syntax, Error as SyntaxError, Options};

use crate::domain::field_errors::InvalidValue;

/// A plain address, `local@domain.tld`: ASCII before the @, a host name with a dot after it.
/// International host names are kept as punycode. Two addresses that differ only in case are one.
#[derive(Clone, Debug)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Reads one address. The error says what is wrong with it, to stand behind the quoted address:
    /// `is missing a domain ending, like .com`.
    pub fn parse(typed: &str) -> Result<Self, InvalidValue> {
        let text = typed.trim();
        if text.contains(['<', '>']) {
            return Err(InvalidValue::new(
                "has a name or angle brackets: write only the address, like ops@example.com",
            ));
        }
        if text.chars().any(char::is_control) {
            return Err(InvalidValue::new("contains a control character"));
        }
        let Some((local, domain)) = text.rsplit_once('@') else {
            return Err(InvalidValue::new("is missing an @, like ops@example.com"));
        };
        if local.is_empty() {
            return Err(InvalidValue::new("is missing the part before the @"));
        }
        if !local.is_ascii() {
            return Err(InvalidValue::new("has letters before the @ that mail servers do not accept"));
        }
        if domain.is_empty() {
            return Err(InvalidValue::new("is missing the part after the @"));
        }
        check_local(local)?;
        if domain.starts_with('[') {
            return Err(InvalidValue::new("must have a host name after the @, not an address in brackets"));
        }
        if !domain.contains('.') {
            return Err(InvalidValue::new("is missing a domain ending, like .com"));
        }
        let domain = match url::Host::parse(domain) {
            Ok(url::Host::Domain(name)) => name,
            Ok(_) => return Err(InvalidValue::new("must have a host name after the @, not an IP address")),
            Err(_) => {
                return Err(InvalidValue::new(
                    "has a host name after the @ that cannot be read: check its letters and dots",
                ));
            }
        };
        check_host(&domain)?;
        let address = format!("{local}@{domain}");
        let options = Options::default().with_required_tld().without_display_text().without_domain_literal();
        Syntax::parse_with_options(&address, options).map_err(|error| InvalidValue::new(problem(error)))?;
        Ok(Self(address))
    }

    /// The address, `ops@example.com`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What somebody typed who signs in, in the form in which addresses are compared: an international host name and
    /// its punycode are the same. What is no address stays as it is, and is nobody's.
    #[must_use]
    pub(crate) fn fold(typed: &str) -> String {
        Self::parse(typed).map_or_else(|_| typed.trim().to_lowercase(), |address| address.folded())
    }

    /// The form in which addresses are compared.
    #[must_use]
    pub(crate) fn folded(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

/// What is wrong with the part before the @, by the character that is. Quoted parts are left to the library.
fn check_local(local: &str) -> Result<(), InvalidValue> {
    const MARKS: &str = ".!#$%&'*+-/=?^_`{|}~";
    if local.starts_with('"') {
        return Ok(());
    }
    if local.contains('@') {
        return Err(InvalidValue::new("has two @: write one, like ops@example.com"));
    }
    if local.starts_with('.') || local.ends_with('.') {
        return Err(InvalidValue::new(
            "has a dot at the begin or end of the part before the @: take it away",
        ));
    }
    if local.contains("..") {
        return Err(InvalidValue::new("has two dots in a row before the @: write one"));
    }
    match local.chars().find(|c| !c.is_ascii_alphanumeric() && !MARKS.contains(*c)) {
        Some(' ') => Err(InvalidValue::new("has a space before the @: take it away")),
        Some(c) => Err(InvalidValue::new(format!("has a “{c}” before the @: take it away"))),
        None => Ok(()),
    }
}

/// The same of the part after it.
fn check_host(host: &str) -> Result<(), InvalidValue> {
    if host.split('.').any(str::is_empty) {
        return Err(InvalidValue::new("has a dot too many after the @"));
    }
    if host.split('.').any(|part| part.starts_with('-') || part.ends_with('-')) {
        return Err(InvalidValue::new(
            "has a hyphen at the begin or end of a part after the @: take it away",
        ));
    }
    match host.chars().find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '-')) {
        Some(c) => Err(InvalidValue::new(format!(
            "has a “{c}” after the @, where only letters, digits, hyphens and dots may stand"
        ))),
        None => Ok(()),
    }
}

/// What the library has found, in our words.
fn problem(error: SyntaxError) -> &'static str {
    match error {
        SyntaxError::LocalPartTooLong => "has more than 64 characters before the @",
        SyntaxError::DomainTooLong => "has more than 254 characters after the @",
        SyntaxError::SubDomainTooLong => "has a part of more than 63 characters after the @",
        SyntaxError::SubDomainEmpty | SyntaxError::DomainInvalidSeparator | SyntaxError::DomainEmpty => {
            "has a dot too many after the @"
        }
        SyntaxError::DomainTooFew => "is missing a domain ending, like .com",
        SyntaxError::UnbalancedQuotes => "has a quotation mark too many",
        SyntaxError::InvalidCharacter
        | SyntaxError::MissingSeparator
        | SyntaxError::LocalPartEmpty
        | SyntaxError::InvalidComment
        | SyntaxError::InvalidIPAddress
        | SyntaxError::UnsupportedDomainLiteral
        | SyntaxError::UnsupportedDisplayName
        | SyntaxError::MissingDisplayName
        | SyntaxError::MissingEndBracket => {
            "cannot be read as an address: write only letters, digits, dots and hyphens around the @"
        }
    }
}

impl PartialEq for EmailAddress {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for EmailAddress {}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for EmailAddress {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text).map_err(|why| InvalidValue::new(format!("“{}” {why}", text.trim())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_says_why() {
        for (typed, why) in [
            ("oncall@acme", "missing a domain ending"),
            ("oncall", "missing an @"),
            ("@acme.example", "before the @"),
            ("oncall@", "after the @"),
            ("Dana <dana@acme.example>", "only the address"),
            ("dana@[127.0.0.1]", "not an address in brackets"),
            ("dana@127.0.0.1", "not an IP address"),
            ("dänä@acme.example", "before the @"),
            ("a b@acme.example", "has a space before the @"),
            ("a(b@acme.example", "has a “(” before the @"),
            ("a@b@acme.example", "has two @"),
            ("ops@@acme.example", "has two @"),
            ("a@acme..example", "has a dot too many after the @"),
            ("a@acme.example.", "has a dot too many after the @"),
            ("a@-acme.example", "has a hyphen at the begin or end"),
            ("a@ac_me.example", "has a “_” after the @"),
            ("a@ac me.example", "cannot be read: check"),
            (".a@acme.example", "has a dot at the begin or end"),
            ("a..b@acme.example", "has two dots in a row"),
        ] {
            let error = EmailAddress::parse(typed).expect_err(typed).to_string();
            assert!(error.contains(why), "{typed}: {error}");
        }
    }

    #[test]
    fn hosts_may_be_international_and_case_does_not_matter() {
        assert_eq!(
            EmailAddress::parse(" ops@Bücher.example ").unwrap().as_str(),
            "ops@xn--bcher-kva.example"
        );
        assert_eq!(EmailAddress::parse("Ops@acme.example"), EmailAddress::parse("ops@ACME.example"));
    }
}
