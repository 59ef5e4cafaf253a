//! The fields of the form that hold a list: headers and scopes, one a line, and addresses.

use serde_json::{Map, Value, json};

use crate::domain::catalog::{Catalog, FieldType};

/// Why a list cannot be read, in a sentence without its full stop.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum LineError {
    /// The line is not repeated: without a colon all of it may be the secret.
    #[error("Line {0} of the headers has no colon: write Name: value")]
    NoColon(usize),
    #[error("The header “{0}” is there twice")]
    HeaderTwice(String),
    #[error("Line {0} of the scopes has no equals sign: write field = value, value")]
    NoEqualsSign(usize),
    #[error("Line {0} of the scopes has no values: write field = value, value")]
    NoValues(usize),
    #[error("The scope “{0}” is there twice: write all of its values on one line")]
    ScopeTwice(String),
    #[error("“{text}” is not a whole number, and the scope {field} always is")]
    NotANumber { text: String, field: String },
}

/// Reads `Name: value` lines. What may be in a name or a value is for the one parser to say.
pub(super) fn read_headers(form: &str) -> Result<Map<String, Value>, LineError> {
    let mut headers = Map::new();
    for (number, line) in numbered(form) {
        let Some((name, value)) = line.split_once(':') else {
            return Err(LineError::NoColon(number));
        };
        let name = name.trim();
        if headers.keys().any(|known: &String| known.eq_ignore_ascii_case(name)) {
            return Err(LineError::HeaderTwice(name.to_owned()));
        }
        headers.insert(name.to_owned(), json!(value.trim()));
    }
    Ok(headers)
}

/// Reads `field = value, value` lines. A value is what the catalogue says of the field, a number or a text;
/// a text that holds a comma is written in double quotes.
pub(super) fn read_scopes(form: &str, catalog: &Catalog) -> Result<Map<String, Value>, LineError> {
    let mut scopes = Map::new();
    for (number, line) in numbered(form) {
        let (field, values) = line
            .split_once('=')
            .map(|(field, values)| (field.trim(), values.trim()))
            .ok_or(LineError::NoEqualsSign(number))?;
        if scopes.contains_key(field) {
            return Err(LineError::ScopeTwice(field.to_owned()));
        }
        let texts =
            split_values(values).filter(|texts| !texts.is_empty()).ok_or(LineError::NoValues(number))?;
        let kind = catalog.events().find_map(|event_type| event_type.field(field)).map(|field| field.kind);
        let value = |text: String| match kind {
            Some(FieldType::Integer) => match text.parse::<i64>() {
                Ok(number) => Ok(json!(number)),
                Err(_) => Err(LineError::NotANumber { text, field: field.to_owned() }),
            },
            _ => Ok(json!(text)),
        };
        let values = texts.into_iter().map(value).collect::<Result<Vec<_>, _>>()?;
        scopes.insert(field.to_owned(), Value::Array(values));
    }
    Ok(scopes)
}

/// Writes what [`read_scopes`] reads.
pub(super) fn write_scopes(scopes: &Map<String, Value>) -> String {
    let line = |(field, allowed): (&String, &Value)| {
        let values = match allowed {
            Value::Array(values) => values.as_slice(),
            single => std::slice::from_ref(single),
        };
        let quoted = values.iter().filter_map(Value::as_str).any(needs_quotes);
        let write = |value: &Value| match value {
            Value::String(text) if !quoted => text.clone(),
            value => value.to_string(),
        };
        format!("{field} = {}", values.iter().map(write).collect::<Vec<_>>().join(", "))
    };
    scopes.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Addresses as people separate them. One with a name is left whole, so that the refusal names it.
pub(super) fn split_addresses(form: &str) -> impl Iterator<Item = &str> {
    let has_names = form.contains(['<', '>']);
    form.split(move |c: char| matches!(c, ',' | ';' | '\n') || (c.is_whitespace() && !has_names))
        .map(str::trim)
        .filter(|address| !address.is_empty())
}

fn numbered(form: &str) -> impl Iterator<Item = (usize, &str)> {
    form.lines()
        .map(str::trim)
        .enumerate()
        .map(|(index, line)| (index + 1, line))
        .filter(|(_, line)| !line.is_empty())
}

/// `None` if quotes do not fit together.
fn split_values(values: &str) -> Option<Vec<String>> {
    if !values.contains('"') {
        let parts = values.split(',').map(str::trim).filter(|part| !part.is_empty());
        return Some(parts.map(ToOwned::to_owned).collect());
    }
    let values: Vec<Value> = serde_json::from_str(&format!("[{values}]")).ok()?;
    let text = |value| match value {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    values.into_iter().map(text).collect()
}

fn needs_quotes(text: &str) -> bool {
    text.is_empty() || text.trim() != text || text.contains([',', '"']) || text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scopes(form: &str) -> Result<Value, String> {
        read_scopes(form, &Catalog::builtin()).map(Value::Object).map_err(|error| error.to_string())
    }

    #[test]
    fn headers_are_one_a_line_and_a_line_without_a_colon_is_not_repeated() {
        let read = read_headers("X-Token: a:b\r\n\n  X-Env :prod ").unwrap();
        assert_eq!(Value::Object(read), json!({ "X-Token": "a:b", "X-Env": "prod" }));
        let why = read_headers("X-A: 1\nBearer s3cret").unwrap_err().to_string();
        assert_eq!(why, "Line 2 of the headers has no colon: write Name: value");
        assert_eq!(read_headers("X-A: 1\nx-a: 2").unwrap_err(), LineError::HeaderTwice("x-a".to_owned()));
    }

    #[test]
    fn a_scope_value_is_what_the_catalogue_says_of_its_field() {
        assert_eq!(
            scopes("integration_id = 42, 43\nintegration_name = 42, Shopify").unwrap(),
            json!({ "integration_id": [42, 43], "integration_name": ["42", "Shopify"] })
        );
        let why = scopes("integration_id = x").unwrap_err();
        assert_eq!(why, "“x” is not a whole number, and the scope integration_id always is");
    }

    #[test]
    fn a_scope_line_that_cannot_be_read_is_named() {
        assert!(
            scopes("integration_id = 1\nintegration_name")
                .unwrap_err()
                .starts_with("Line 2 of the scopes has no equals sign")
        );
        assert!(scopes("integration_id = ,").unwrap_err().starts_with("Line 1 of the scopes has no values"));
        assert!(scopes("integration_id = 1\nintegration_id = 2").unwrap_err().contains("twice"));
        assert!(scopes("integration_name = \"a").unwrap_err().starts_with("Line 1"));
    }

    #[test]
    fn scopes_read_back_as_they_were_written() {
        let stored =
            json!({ "integration_id": [42, 43], "integration_name": ["Widget, Inc.", "\"Q\"", " x\n"] });
        let text = write_scopes(stored.as_object().unwrap());
        assert_eq!(text.lines().count(), 2);
        assert_eq!(scopes(&text).unwrap(), stored);
    }

    #[test]
    fn addresses_are_split_and_one_with_a_name_stays_whole() {
        let split = |form| split_addresses(form).collect::<Vec<_>>();
        assert_eq!(
            split("a@x.example; b@x.example\nc@x.example ,"),
            ["a@x.example", "b@x.example", "c@x.example"]
        );
        assert_eq!(split("Ops <ops@x.example>, b@x.example"), ["Ops <ops@x.example>", "b@x.example"]);
    }
}
