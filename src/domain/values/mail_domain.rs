//! A mail domain that an operator names.

use std::fmt;
use std::str::FromStr;

use crate::domain::field_errors::InvalidValue;

use super::EmailAddress;

/// A domain with everything below it: `acme.example` covers `ops@acme.example` and `ops@eu.acme.example`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailDomain(String);

impl MailDomain {
    /// Whether an address is in the domain.
    #[must_use]
    pub fn covers(&self, address: &EmailAddress) -> bool {
        let folded = address.folded();
        let Some((_, domain)) = folded.rsplit_once('@') else { return false };
        domain.strip_suffix(&self.0).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    }
}

impl fmt::Display for MailDomain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for MailDomain {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match url::Host::parse(text) {
            Ok(url::Host::Domain(name)) if name.contains('.') && !name.ends_with('.') => Ok(Self(name)),
            Ok(_) | Err(_) => Err(InvalidValue::new("write a mail domain, like acme.example")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_covers_itself_and_what_is_below_it() {
        let domain: MailDomain = "Acme.example".parse().unwrap();
        let covers = |address: &str| domain.covers(&address.parse().unwrap());
        assert!(covers("ops@acme.example") && covers("ops@ACME.example") && covers("ops@eu.acme.example"));
        assert!(!covers("ops@notacme.example") && !covers("ops@acme.example.evil.example"));
    }

    #[test]
    fn what_is_no_domain_is_refused_with_an_example() {
        for text in ["", "acme", "ops@acme.example", "127.0.0.1", "acme.example."] {
            assert!(text.parse::<MailDomain>().unwrap_err().to_string().contains("acme.example"), "{text}");
        }
    }
}
