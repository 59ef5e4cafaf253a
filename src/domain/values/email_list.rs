//! The comma-separated list of an event's subscribers.

mod read;

use std::collections::HashSet;
use std::fmt;

use super::EmailAddress;
use crate::domain::field_errors::InvalidValue;
use read::ListPart;

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
    /// What was more than an address (`Dana <dana@acme.example>`), and of which only this was kept.
    pub reduced: Vec<(String, EmailAddress)>,
}

impl EmailList {
    /// Splits on commas, semicolons, spaces and newlines, drops duplicates and the primary contact. Of
    /// `Name <a@b>` and `mailto:a@b` the address is kept. The errors name every address that is wrong, and why:
    /// `“oncall@acme” is missing …`.
    pub fn parse(typed: &str, primary: &EmailAddress) -> Result<ParsedList, Vec<InvalidValue>> {
        let mut seen = HashSet::new();
        let (mut parsed, mut wrong) = (ParsedList::default(), Vec::new());
        for ListPart { typed, address } in read::parts(typed) {
            let address = match address {
                Ok(address) => address,
                Err(why) => {
                    wrong.push(why);
                    continue;
                }
            };
            if let Some(typed) = typed {
                parsed.reduced.push((typed, address.clone()));
            }
            if address == *primary {
                parsed.dropped_primary = true;
            } else if seen.insert(address.folded()) {
                parsed.list.0.push(address);
            }
        }
        if parsed.list.len() > MAX_SUBSCRIBERS {
            wrong.push(too_many(parsed.list.len()));
        }
        let told = wrong.len();
        if told > MAX_SUBSCRIBERS {
            wrong.truncate(MAX_SUBSCRIBERS);
            wrong.push(InvalidValue::new(format!("has {} wrong addresses more", told - MAX_SUBSCRIBERS)));
        }
        if wrong.is_empty() { Ok(parsed) } else { Err(wrong) }
    }

    /// The list with others behind it that are not on it yet, if it has room for them.
    pub fn with(&self, others: &Self) -> Result<Self, InvalidValue> {
        let new = others.iter().filter(|address| !self.holds(address));
        let list: Self = self.iter().chain(new).cloned().collect();
        if list.len() > MAX_SUBSCRIBERS {
            return Err(too_many(list.len()));
        }
        Ok(list)
    }

    /// The list without one of them.
    #[must_use]
    pub fn without(&self, gone: &EmailAddress) -> Self {
        self.iter().filter(|address| *address != gone).cloned().collect()
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

    /// Whether an address is on it.
    #[must_use]
    pub fn holds(&self, address: &EmailAddress) -> bool {
        self.0.contains(address)
    }
}

fn too_many(count: usize) -> InvalidValue {
    InvalidValue::new(format!("holds at most {MAX_SUBSCRIBERS} addresses, not {count}"))
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

    fn parse(typed: &str) -> Result<ParsedList, Vec<InvalidValue>> {
        EmailList::parse(typed, &EmailAddress::parse("dana@acme.example").unwrap())
    }

    fn wrong(typed: &str) -> Vec<String> {
        parse(typed).unwrap_err().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_pasted_list_is_split_trimmed_and_deduplicated() {
        let parsed = parse("a@x.example; b@x.example\nA@X.example ,, c@x.example").unwrap();
        assert_eq!(parsed.list.to_string(), "a@x.example, b@x.example, c@x.example");
        assert!(!parsed.dropped_primary && parsed.reduced.is_empty());
    }

    #[test]
    fn the_primary_contact_is_dropped_and_reported() {
        let parsed = parse("Dana@Acme.example, ops@acme.example").unwrap();
        assert_eq!((parsed.list.to_string().as_str(), parsed.dropped_primary), ("ops@acme.example", true));
    }

    #[test]
    fn every_wrong_address_is_named_at_once() {
        assert_eq!(
            wrong("ops@acme.example, oncall@acme night.acme.example;ops@@acme.example"),
            [
                "“oncall@acme” is missing a domain ending, like .com",
                "“night.acme.example” is missing an @, like ops@example.com",
                "“ops@@acme.example” has two @: write one, like ops@example.com",
            ]
        );
        let many = "x ".repeat(1_000);
        assert_eq!(wrong(&many).len(), 201);
        assert_eq!(wrong(&many)[200], "has 800 wrong addresses more");
    }

    #[test]
    fn a_list_has_an_end() {
        let many = |n: usize| (0..n).map(|i| format!("a{i}@x.example")).collect::<Vec<_>>().join(",");
        assert_eq!(parse(&many(200)).unwrap().list.len(), 200);
        assert_eq!(wrong(&many(201)), ["holds at most 200 addresses, not 201"]);
    }

    #[test]
    fn a_list_grows_as_long_as_there_is_room_and_nobody_is_on_it_twice() {
        let list = |typed: &str| parse(typed).unwrap().list;
        let two = list("ops@acme.example, lee@acme.example");
        assert_eq!(two.with(&list("LEE@acme.example, sam@acme.example")).unwrap().len(), 3);
        assert_eq!(two.without(&"OPS@acme.example".parse().unwrap()).to_string(), "lee@acme.example");
        let many: Vec<String> = (0..199).map(|n| format!("s{n}@x.example")).collect();
        assert_eq!(
            list(&many.join(",")).with(&two).unwrap_err().to_string(),
            "holds at most 200 addresses, not 201"
        );
    }

    #[test]
    fn of_names_and_links_the_address_is_kept_and_said() {
        for (typed, kept) in [
            ("Lee Park <lee@acme.example>", "lee@acme.example"),
            ("\"Park, Lee\" <lee@acme.example>; ops@acme.example", "lee@acme.example, ops@acme.example"),
            ("<lee@acme.example>", "lee@acme.example"),
            ("lee@acme.example <lee@acme.example>", "lee@acme.example"),
            ("Lee <lee@acme.example> Sam <sam@acme.example>", "lee@acme.example, sam@acme.example"),
            ("ops@acme.example Lee <lee@acme.example>", "ops@acme.example, lee@acme.example"),
            ("mailto:lee@acme.example?subject=Hi", "lee@acme.example"),
            ("Lee <MAILTO:lee@acme.example>", "lee@acme.example"),
        ] {
            let parsed = parse(typed).expect(typed);
            assert_eq!(parsed.list.to_string(), kept, "{typed}");
            assert!(!parsed.reduced.is_empty(), "{typed}");
        }
        let (typed, kept) =
            parse("ops@acme.example, Lee  Park <lee@acme.example>").unwrap().reduced.remove(0);
        assert_eq!((typed.as_str(), kept.as_str()), ("Lee Park <lee@acme.example>", "lee@acme.example"));
    }

    #[test]
    fn what_is_no_address_in_brackets_or_links_is_named() {
        assert_eq!(
            wrong("Lee <lee@acme.example, Sam <sam@acme>"),
            [
                "“Lee <lee@acme.example” has a < without its >: write only the address, like ops@example.com",
                "“sam@acme” is missing a domain ending, like .com",
            ]
        );
        assert_eq!(
            wrong("mailto:a%40b.example"),
            ["“mailto:a%40b.example” has a % code in it: write the address itself, like ops@example.com"]
        );
        assert_eq!(wrong("Lee <>"), ["“Lee <>” has nothing between < and >: write the address there"]);
        assert_eq!(wrong("lee@acme.example>").len(), 1);
    }

    proptest! {
        #[test]
        fn what_is_saved_reads_back_the_same(typed in "[a-c,; \n@.<>\":]{0,40}") {
            if let Ok(parsed) = parse(&typed) {
                let again = parse(&parsed.list.to_string()).unwrap();
                prop_assert_eq!(again.list, parsed.list);
            }
        }
    }
}
