//! Taking a typed list apart, as people type and paste it.

use crate::domain::field_errors::InvalidValue;
use crate::domain::text;
use crate::domain::values::EmailAddress;

const LINK: &str = "mailto:";
/// More of something that is no address is not repeated.
const LONGEST: usize = 80;

/// What stands for one address.
pub(super) struct ListPart {
    /// As it was typed, where it was more than the address.
    pub typed: Option<String>,
    /// The address, or why it is none.
    pub address: Result<EmailAddress, InvalidValue>,
}

/// The parts of a list, in their order.
pub(super) fn parts(typed: &str) -> Vec<ListPart> {
    segments(typed).into_iter().flat_map(segment).collect()
}

/// Cuts at commas, semicolons and line ends, but not inside a name in quotes that an address in brackets follows.
fn segments(typed: &str) -> Vec<&str> {
    let (mut found, mut rest, mut from) = (Vec::new(), typed, 0);
    while let Some(at) = rest.get(from..).and_then(|tail| tail.find([',', ';', '\n', '"'])) {
        let at = from + at;
        let (before, after) = (rest.get(..at).unwrap_or_default(), rest.get(at + 1..).unwrap_or_default());
        if rest.get(at..).is_some_and(|tail| tail.starts_with('"')) {
            let name = after.split_once('"').filter(|(_, tail)| tail.trim_start().starts_with('<'));
            from = at + 1 + name.map_or(0, |(name, _)| name.len() + 1);
        } else {
            found.push(before);
            (rest, from) = (after, 0);
        }
    }
    found.push(rest);
    found
}

/// The addresses of a segment: those in brackets, and those without.
fn segment(text: &str) -> Vec<ListPart> {
    let (mut parts, mut rest) = (Vec::new(), text);
    while let Some((name, tail)) = rest.split_once('<') {
        let Some((inside, tail)) = tail.split_once('>') else {
            parts.push(wrong(rest, "has a < without its >: write only the address, like ops@example.com"));
            return parts;
        };
        let typed = format!("{name}<{inside}>");
        // What looks like an address before a name is one of its own.
        parts.extend(unquoted(name).split_whitespace().filter(|word| word.contains('@')).map(plain));
        parts.push(if inside.trim().is_empty() {
            wrong(&typed, "has nothing between < and >: write the address there")
        } else {
            let ListPart { address, .. } = plain(inside.trim());
            ListPart { typed: Some(shown(&typed)), address }
        });
        rest = tail;
    }
    parts.extend(rest.split_whitespace().map(plain));
    parts
}

/// An address alone, or in a link.
fn plain(word: &str) -> ListPart {
    let Some((_, link)) =
        word.split_at_checked(LINK.len()).filter(|(scheme, _)| scheme.eq_ignore_ascii_case(LINK))
    else {
        return ListPart { typed: None, address: read(word) };
    };
    let address = link.split('?').next().unwrap_or_default();
    if address.contains('%') {
        return wrong(word, "has a % code in it: write the address itself, like ops@example.com");
    }
    ListPart { typed: Some(shown(word)), address: read(address) }
}

fn read(word: &str) -> Result<EmailAddress, InvalidValue> {
    EmailAddress::parse(word).map_err(|why| InvalidValue::new(format!("“{}” {why}", shown(word))))
}

fn wrong(typed: &str, why: &str) -> ListPart {
    ListPart { typed: None, address: Err(InvalidValue::new(format!("“{}” {why}", shown(typed)))) }
}

fn shown(typed: &str) -> String {
    text::capped(&text::one_line(typed), LONGEST)
}

/// A name without what stands in quotes: people write an address there too.
fn unquoted(name: &str) -> String {
    name.split('"').step_by(2).collect::<Vec<_>>().join(" ")
}
