//! The one parser of configurations: it reads the fields that the kind has, each by its shape.

use secrecy::SecretString;
use serde_json::{Map, Value};

use crate::domain::field_errors::{FieldErrors, InvalidValue};
use crate::domain::kinds::{FieldShape, FieldSpec, Kind};
use crate::domain::values::{EmailAddress, Schemes, WebhookUrl};

use super::config::FieldValue;
use super::headers;
use super::{DestinationConfig, REDACTED};

const LONGEST_SECRET: usize = 512;
const MOST_RECIPIENTS: usize = 50;

/// Checks the object in the documented shape of its kind; `None` if anything is wrong. Paths are
/// `config.<field>`. `null` is the same as a field that is left out.
pub(super) fn parse(
    kind: Kind,
    mut given: Map<String, Value>,
    signature_header: &str,
    errors: &mut FieldErrors,
) -> Option<DestinationConfig> {
    let before = errors.len();
    let mut values = Vec::with_capacity(kind.spec().fields.len());
    for field in kind.spec().fields {
        let value = given.shift_remove(field.name).filter(|value| !value.is_null());
        values.extend(read(field, value, signature_header, errors).map(|value| (field, value)));
    }
    for name in given.keys() {
        errors.push(format!("config.{name}"), format!("is not a field of {} destinations", kind.as_str()));
    }
    (errors.len() == before).then(|| DestinationConfig::new(kind, values))
}

fn read(
    field: &FieldSpec,
    given: Option<Value>,
    signature_header: &str,
    errors: &mut FieldErrors,
) -> Option<FieldValue> {
    let value = match (field.shape, given) {
        (_, None) if !field.required => return None,
        (FieldShape::Addresses, None) => Err(not_addresses()),
        (_, None) => Err(InvalidValue::new("is missing")),
        (FieldShape::Headers, Some(value)) => {
            return headers::parse(field.name, value, signature_header, errors);
        }
        (FieldShape::Url, Some(value)) => url(value).map(FieldValue::Url),
        (FieldShape::Secret, Some(value)) => secret(value).map(FieldValue::Secret),
        (FieldShape::Address, Some(value)) => address(value).map(FieldValue::Address),
        (FieldShape::Addresses, Some(value)) => addresses(value).map(FieldValue::Addresses),
    };
    value.map_err(|problem| errors.push(format!("config.{}", field.name), problem.to_string())).ok()
}

fn text(value: Value) -> Result<String, InvalidValue> {
    match value {
        Value::String(text) if text == REDACTED => {
            Err(InvalidValue::new("must be the real value, not the placeholder that stands for it"))
        }
        Value::String(text) => Ok(text),
        _ => Err(InvalidValue::new("must be a string")),
    }
}

fn url(value: Value) -> Result<WebhookUrl, InvalidValue> {
    WebhookUrl::parse(&text(value)?, Schemes::HttpsOnly)
}

fn address(value: Value) -> Result<EmailAddress, InvalidValue> {
    text(value)?.parse()
}

fn secret(value: Value) -> Result<SecretString, InvalidValue> {
    let text = text(value)?;
    // Nobody means spaces as a secret, and anybody can guess them.
    if text.trim().is_empty() || text.len() > LONGEST_SECRET || text.chars().any(char::is_control) {
        let problem =
            format!("must have 1 to {LONGEST_SECRET} bytes, not only spaces, and no control characters");
        return Err(InvalidValue::new(problem));
    }
    Ok(text.into())
}

fn addresses(value: Value) -> Result<Vec<EmailAddress>, InvalidValue> {
    let Value::Array(values) = value else { return Err(not_addresses()) };
    let mut addresses: Vec<EmailAddress> = Vec::with_capacity(values.len());
    for value in values {
        let address = value.as_str().ok_or_else(not_addresses)?.parse()?;
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    if !(1..=MOST_RECIPIENTS).contains(&addresses.len()) {
        return Err(InvalidValue::new(format!("must hold 1 to {MOST_RECIPIENTS} addresses")));
    }
    Ok(addresses)
}

fn not_addresses() -> InvalidValue {
    InvalidValue::new("must be a list of addresses")
}
