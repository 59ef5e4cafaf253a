//! What somebody or something is called.

use std::fmt;
use std::str::FromStr;

use validator::{Validate, ValidationError};

use crate::domain::field_errors::InvalidValue;
use crate::domain::text;

/// The name of a person, an organization, an environment or a token: one line of 1 to 120 characters without
/// control characters, because names go into the headers and subjects of mails.
#[derive(Clone, Debug, PartialEq, Eq, Validate)]
pub struct Name {
    #[validate(length(min = 1, message = "must not be empty"), custom(function = "one_short_line"))]
    text: String,
}

impl Name {
    /// Reads a name, without the spaces around it.
    pub fn parse(typed: &str) -> Result<Self, InvalidValue> {
        let name = Self { text: typed.trim().to_owned() };
        let Err(errors) = name.validate() else { return Ok(name) };
        let first =
            errors.field_errors().into_values().flatten().next().and_then(|error| error.message.clone());
        Err(InvalidValue::new(first.unwrap_or_else(|| "cannot be used".into())))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

fn one_short_line(name: &str) -> Result<(), ValidationError> {
    const MOST: usize = 120;
    let problem = if name.contains(text::is_unseen) || (!name.is_empty() && !text::is_seen(name)) {
        "must be one line without control or invisible characters".into()
    } else if name.chars().count() > MOST {
        format!("must have at most {MOST} characters").into()
    } else {
        return Ok(());
    };
    Err(ValidationError::new("line").with_message(problem))
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.text
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Name {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_short_line() {
        let problem = |text: &str| Name::parse(text).unwrap_err().to_string();
        assert_eq!(Name::parse("  Zoë & Sons ").unwrap().as_str(), "Zoë & Sons");
        assert!(Name::parse(&"ü".repeat(120)).is_ok());
        assert_eq!(problem(" \n "), "must not be empty");
        assert_eq!(problem(&"a".repeat(121)), "must have at most 120 characters");
        for text in
            ["Dana\r\nBcc: eve@evil.example", "a\u{2028}b", "\u{202e}gro.emca", "a\u{200b}b", "a\u{ad}b"]
        {
            assert_eq!(problem(text), "must be one line without control or invisible characters");
        }
    }

    #[test]
    fn a_name_has_something_to_see_and_may_have_what_belongs_to_it() {
        for text in ["\u{2800}", "\u{3164}", "\u{ad}", "\u{e0041}", "\u{200d} \u{fe0f}", "\u{34f}", "\u{61c}"]
        {
            assert!(Name::parse(text).is_err(), "{text:?}");
        }
        let england = "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}";
        for text in [england, "👨\u{200d}👩\u{200d}👧", "می\u{200c}خواهم", "❤\u{fe0f}", "⠓⠊\u{2800}⠓⠊", "ㅎ"]
        {
            assert!(Name::parse(text).is_ok(), "{text:?}");
        }
    }
}
