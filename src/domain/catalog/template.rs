//! Text with `{field}` in it.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::domain::event::Payload;
use crate::domain::field_errors::InvalidValue;
use crate::domain::text;

/// What stands for `--platform-domain` in a derived field.
pub(crate) const PLATFORM_DOMAIN: &str = "platform_domain";

/// A text of the catalogue in which `{field}` stands for a value of the payload.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Template(Vec<Part>);

#[derive(Clone, Debug)]
enum Part {
    Literal(String),
    Field(String),
}

/// A stretch of a filled template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextPiece {
    /// On one line, not escaped.
    pub text: String,
    /// Whether it came from the payload, which is what a reader looks for.
    pub is_value: bool,
}

impl Template {
    /// The fields that it names.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Literal(_) => None,
            Part::Field(name) => Some(name.as_str()),
        })
    }

    /// The text with the payload's values in it, on one line.
    #[must_use]
    pub fn fill(&self, payload: &Payload) -> String {
        let filled: String = self.pieces(payload).map(|piece| piece.text).collect();
        text::one_line(&filled)
    }

    /// The same, with values and words apart.
    pub(crate) fn pieces(&self, payload: &Payload) -> impl Iterator<Item = TextPiece> {
        self.0.iter().map(|part| match part {
            Part::Literal(words) => TextPiece { text: words.clone(), is_value: false },
            Part::Field(name) => TextPiece { text: shown(name, payload), is_value: true },
        })
    }

    /// The address that a derived field has. None if a value is missing or could change the meaning of the
    /// address: a name like `evil.example/` must not choose its host.
    #[must_use]
    pub(crate) fn fill_url(&self, payload: &Payload, platform_domain: &str) -> Option<String> {
        let mut url = String::new();
        for part in &self.0 {
            match part {
                Part::Literal(words) => url.push_str(words),
                Part::Field(name) if name == PLATFORM_DOMAIN => url.push_str(platform_domain),
                Part::Field(name) => url.push_str(&label(payload.get(name)?)?),
            }
        }
        Some(url)
    }
}

/// A payload's value for people, on one line: times spelled out, everything else as it is.
#[must_use]
pub fn shown(name: &str, payload: &Payload) -> String {
    match payload.get(name) {
        Some(Value::String(time)) if name == "timestamp" => {
            time.parse::<Timestamp>().map_or_else(|_| text::one_line(time), text::moment)
        }
        Some(Value::String(words)) => text::one_line(words),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    }
}

fn label(value: &Value) -> Option<String> {
    let label = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    (!label.is_empty() && label.chars().all(safe)).then_some(label)
}

impl TryFrom<String> for Template {
    type Error = InvalidValue;

    fn try_from(source: String) -> Result<Self, Self::Error> {
        let mut parts = Vec::new();
        let mut rest = source.as_str();
        while let Some((words, after)) = rest.split_once('{') {
            let Some((name, tail)) = after.split_once('}') else {
                return Err(InvalidValue::new(format!(
                    "`{{{after}` is not closed: write a field as {{name}}"
                )));
            };
            if !is_name(name) {
                return Err(InvalidValue::new(format!(
                    "`{{{name}}}` does not name a field: write lower-case letters, digits and _ in the braces"
                )));
            }
            parts.push(Part::Literal(words.to_owned()));
            parts.push(Part::Field(name.to_owned()));
            rest = tail;
        }
        parts.push(Part::Literal(rest.to_owned()));
        parts.retain(|part| !matches!(part, Part::Literal(words) if words.is_empty()));
        Ok(Self(parts))
    }
}

/// Whether a text can be a key, a wire name or a field's name.
pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}
