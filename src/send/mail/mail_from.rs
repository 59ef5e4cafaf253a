//! `--mail-from`: who the mails are from.

use std::fmt;
use std::str::FromStr;

use lettre::Address;
use lettre::message::Mailbox;

use crate::domain::field_errors::InvalidValue;

/// An address with an optional name, `Ringpost <ringpost@acme.example>`. Its host may be without a dot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailFrom(Mailbox);

impl MailFrom {
    /// The address that bounces go to.
    pub(super) fn address(&self) -> &Address {
        &self.0.email
    }

    /// The address alone, to be shown.
    pub(crate) fn shown(&self) -> &str {
        self.0.email.as_ref()
    }

    /// The whole of it, for the From header.
    pub(super) fn mailbox(&self) -> Mailbox {
        self.0.clone()
    }
}

impl FromStr for MailFrom {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let (name, address) = match text.strip_suffix('>').and_then(|rest| rest.rsplit_once('<')) {
            Some((name, address)) => (name, address),
            None => ("", text),
        };
        // A line break in a name would start a header of its own.
        let name: String = name.chars().filter(|c| !c.is_control()).collect();
        let name = name.trim().trim_matches('"');
        let address = address.trim();
        match address.parse() {
            Ok(parsed) if address.is_ascii() && !name.contains(['<', '>']) => {
                Ok(Self(Mailbox::new((!name.is_empty()).then(|| name.to_owned()), parsed)))
            }
            _ => Err(InvalidValue::new(format!(
                "“{text}” is not a sender: write an address with an optional name, like \
                 Ringpost <ringpost@example.com>"
            ))),
        }
    }
}

impl fmt::Display for MailFrom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_optional_and_hosts_may_be_local() {
        for (typed, shown) in [
            ("Ringpost <ringpost@localhost>", "Ringpost <ringpost@localhost>"),
            ("ringpost@localhost", "ringpost@localhost"),
            ("<ops@acme.example>", "ops@acme.example"),
            ("\"Acme, Ops\" <ops@acme.example>", "\"Acme, Ops\" <ops@acme.example>"),
            ("A\r\nBcc: x@y.example <ops@acme.example>", "\"ABcc: x@y.example\" <ops@acme.example>"),
        ] {
            assert_eq!(typed.parse::<MailFrom>().expect(typed).to_string(), shown);
        }
        for wrong in
            ["", "Ringpost", "Ringpost <>", "a b@c", "<a@b> c", "Ringpost <ü@acme.example>", "a@b, c@d"]
        {
            let error = wrong.parse::<MailFrom>().unwrap_err().to_string();
            assert!(error.contains("write an address"), "{wrong}: {error}");
        }
    }
}
