//! Custom headers of a destination.

use secrecy::SecretString;
use serde_json::Value;

use super::REDACTED;
use super::config::FieldValue;
use crate::domain::field_errors::FieldErrors;

const MOST: usize = 20;
const LONGEST_VALUE: usize = 4_096;

/// Ours, or the connection's (RFC 9110, 7.6.1): a destination may not set them.
const RESERVED: [&str; 11] = [
    "host",
    "content-length",
    "content-type",
    "connection",
    "keep-alive",
    "transfer-encoding",
    "te",
    "trailer",
    "upgrade",
    "expect",
    "cookie",
];
const RESERVED_PREFIXES: [&str; 3] = ["proxy-", "x-ringpost-", "webhook-"];

/// Checks each header of the field `config.<field>`; no value if there are none.
pub(super) fn parse(
    field: &str,
    value: Value,
    signature_header: &str,
    errors: &mut FieldErrors,
) -> Option<FieldValue> {
    let Value::Object(given) = value else {
        errors.push(format!("config.{field}"), "must be an object of names and values");
        return None;
    };
    if given.len() > MOST {
        errors.push(format!("config.{field}"), format!("holds at most {MOST} headers"));
    }
    let mut headers: Vec<(String, SecretString)> = Vec::with_capacity(given.len());
    for (name, value) in given {
        let fault = name_fault(&name, signature_header)
            .or_else(|| {
                let twice = headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(&name));
                twice.then(|| "is there twice".to_owned())
            })
            .or_else(|| value_fault(&value));
        match (fault, value) {
            (None, Value::String(text)) => headers.push((name, text.into())),
            (fault, _) => {
                let why = fault.unwrap_or_else(|| "must be a string".to_owned());
                errors.push_about(format!("config.{field}.{name}"), format!("The header “{name}”"), why);
            }
        }
    }
    (!headers.is_empty()).then_some(FieldValue::Headers(headers))
}

/// Whether a request needs the header itself, so that nobody may choose the name.
pub(crate) fn is_reserved(name: &str) -> bool {
    let folded = name.to_ascii_lowercase();
    RESERVED.contains(&folded.as_str()) || RESERVED_PREFIXES.iter().any(|prefix| folded.starts_with(prefix))
}

fn name_fault(name: &str, signature_header: &str) -> Option<String> {
    if http::HeaderName::from_bytes(name.as_bytes()).is_err() {
        return Some("has a name that HTTP does not allow: use letters, digits and dashes".to_owned());
    }
    let reserved = is_reserved(name) || name.eq_ignore_ascii_case(signature_header);
    reserved.then(|| "is reserved: choose another name".to_owned())
}

fn value_fault(value: &Value) -> Option<String> {
    let Value::String(text) = value else { return Some("must be a string".to_owned()) };
    if text == REDACTED {
        return Some("must have its real value, not the placeholder that stands for it".to_owned());
    }
    let fits = text.len() <= LONGEST_VALUE && http::HeaderValue::from_str(text).is_ok() && text.is_ascii();
    (!fits).then(|| {
        format!("has a value that HTTP does not allow: one line of at most {LONGEST_VALUE} ASCII characters")
    })
}
