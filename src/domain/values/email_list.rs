//! The comma-separated list of an event's subscribers.

use std::collections::HashSet;
use std::fmt;

use super::EmailAddress;
use crate::domain::field_errors::InvalidValue;

/// The most addresses that one list holds.
pub const MAX_SUBSCRIBERS: usize = 200;

/// Subscribers of one event: no duplicates, never the primary contact.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EmailList(Vec<EmailAddress>);

/// A list as it was read, with what had to be said about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParsedList {
    /// The addresses to keep.
    pub list: EmailList,
    /// Whether the primary contact was in it and has been dropped.
    pub dropped_primary: bool,
}

impl EmailList {
    /// Splits on commas, semicolons, spaces and newlines, drops duplicates and the primary contact.
    /// The error names the first address that is wrong, and why: `“oncall@acme” is missing …`.
    pub fn parse(typed: &str, primary: &EmailAddress) -> Result<ParsedList, InvalidValue> {
        // Splitting on spaces would tear `Dana <dana@…>` apart and blame the name.
        if let Some(named) = typed.split([',', ';', '\n']).find(|part| part.contains(['<', '>'])) {
            named.parse::<EmailAddress>()?;
        }
        let mut seen = HashSet::new();
        let mut dropped_primary = false;
        let mut list = Vec::new();
        for part in typed.split(|c: char| c == ',' || c == ';' || c.is_whitespace()).filter(|p| !p.is_empty())
        {
            let address: EmailAddress = part.parse()?;
            if address == *primary {
                dropped_primary = true;
            } else if seen.insert(address.folded()) {
                list.push(address);
            }
        }
        if list.len() > MAX_SUBSCRIBERS {
            return Err(InvalidValue::new(format!(
                "holds at most {MAX_SUBSCRIBERS} addresses, not {}",
                list.len()
            )));
        }
        Ok(ParsedList { list: Self(list), dropped_primary })
    }

    /// The addresses, in the order in which they were typed.
    pub fn iter(&self) -> std::slice::Iter<'_, EmailAddress> {
        self.0.iter()
    }

    /// How many addresses there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nobody subscribes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> IntoIterator for &'a EmailList {
    type Item = &'a EmailAddress;
    type IntoIter = std::slice::Iter<'a, EmailAddress>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl FromIterator<EmailAddress> for EmailList {
    fn from_iter<I: IntoIterator<Item = EmailAddress>>(addresses: I) -> Self {
        Self(addresses.into_iter().collect())
    }
}

/// The saved form, `a@x, b@x`.
impl fmt::Display for EmailList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, address) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{address}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(typed: &str) -> Result<ParsedList, InvalidValue> {
        EmailList::parse(typed, &EmailAddress::parse("dana@acme.example").unwrap())
    }

    #[test]
    fn a_pasted_list_is_split_trimmed_and_deduplicated() {
        let parsed = parse("a@x.example; b@x.example\nA@X.example ,, c@x.example").unwrap();
        assert_eq!(parsed.list.to_string(), "a@x.example, b@x.example, c@x.example");
        assert!(!parsed.dropped_primary);
    }

    #[test]
    fn the_primary_contact_is_dropped_and_reported() {
        let parsed = parse("Dana@Acme.example, ops@acme.example").unwrap();
        assert_eq!((parsed.list.to_string().as_str(), parsed.dropped_primary), ("ops@acme.example", true));
    }

    #[test]
    fn the_wrong_address_is_named() {
        assert_eq!(
            parse("ops@acme.example, oncall@acme").unwrap_err().to_string(),
            "“oncall@acme” is missing a domain ending, like .com"
        );
        assert!(parse("Ops <ops@acme.example>").unwrap_err().to_string().contains("only the address"));
    }

    #[test]
    fn a_list_has_an_end() {
        let many = |n: usize| (0..n).map(|i| format!("a{i}@x.example")).collect::<Vec<_>>().join(",");
        assert_eq!(parse(&many(200)).unwrap().list.len(), 200);
        assert!(parse(&many(201)).unwrap_err().to_string().contains("at most 200"));
    }

    proptest! {
        #[test]
        fn what_is_saved_reads_back_the_same(typed in "[a-c,; \n@.]{0,40}") {
            if let Ok(parsed) = parse(&typed) {
                let again = parse(&parsed.list.to_string()).unwrap();
                prop_assert_eq!(again.list, parsed.list);
            }
        }
    }
}
