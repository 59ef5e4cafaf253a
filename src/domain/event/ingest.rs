//! The ingest check: from what a platform posts to the payload that receivers get.

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Payload;
use crate::domain::account::Account;
use crate::domain::catalog::{Catalog, EventType, Field, FieldType};
use crate::domain::field_errors::FieldErrors;
use crate::domain::text::{self, a_json_type};

/// An event that may be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct ValidEvent {
    /// The catalogue's key.
    pub key: String,
    /// Every field of the event and no other, in the catalogue's order.
    pub payload: Payload,
}

/// Checks what was posted for `account` and completes it: `environment` and `account_name` from the account,
/// `timestamp` from `now`, derived links where the platform's domain is known. `null` counts as left out,
/// times with an offset are turned into UTC, and all faults are found at once.
pub fn parse(
    catalog: &Catalog,
    body: Value,
    account: &Account,
    platform_domain: Option<&str>,
    now: Timestamp,
) -> Result<ValidEvent, FieldErrors> {
    let Value::Object(mut given) = body else {
        let problem = format!("must be a JSON object, not {}", a_json_type(&body));
        return Err(FieldErrors::one("event", problem));
    };
    given.retain(|_, value| !value.is_null());
    let event_type = recognise(catalog, &given)?;
    complete(&mut given, event_type, account, platform_domain, now);
    errors(event_type, &given, account, platform_domain)
        .or(ValidEvent { key: event_type.key.clone(), payload: event_type.in_order(given) })
}

fn recognise<'a>(catalog: &'a Catalog, given: &Payload) -> Result<&'a EventType, FieldErrors> {
    let keys = || {
        let keys: Vec<&str> = catalog.events().map(|event_type| event_type.key.as_str()).collect();
        keys.join(", ")
    };
    let named = given.get("event_type");
    let known = named.and_then(Value::as_str).and_then(|name| catalog.by_wire_or_key(name));
    let problem = match (known, named) {
        (Some(event_type), _) => return Ok(event_type),
        (None, None) => format!("is missing: use one of {}", keys()),
        (None, Some(Value::String(name))) => {
            let name = text::quoted(name);
            format!("“{name}” is not known: use one of {}", keys())
        }
        (None, Some(other)) => format!("must be a string, not {}", a_json_type(other)),
    };
    Err(FieldErrors::one("event_type", problem))
}

fn complete(
    given: &mut Payload,
    event_type: &EventType,
    account: &Account,
    platform_domain: Option<&str>,
    now: Timestamp,
) {
    given.insert("event_type".to_owned(), json!(event_type.wire_name));
    given.entry("environment").or_insert_with(|| json!(account.environment));
    given.entry("account_name").or_insert_with(|| json!(account.name));
    let timestamp = given.entry("timestamp").or_insert_with(|| json!(text::rfc3339(now)));
    if let Some(utc) = timestamp.as_str().and_then(in_utc) {
        *timestamp = Value::String(utc);
    }
    for field in event_type.fields() {
        let derived = field.derived.as_ref().zip(platform_domain);
        if let Some(url) = derived.and_then(|(template, domain)| template.fill_url(given, domain)) {
            given.entry(&field.name).or_insert(Value::String(url));
        }
    }
}

/// The same moment in UTC with its own precision; None if it is not a time, or before the year 0.
fn in_utc(time: &str) -> Option<String> {
    let utc = time.parse::<Timestamp>().ok()?.to_string();
    (!utc.starts_with('-')).then_some(utc)
}

/// Refuses what the published schema refuses (a test holds that), and two things that a schema cannot say:
/// whose event it is, and that the time is one.
fn errors(
    event_type: &EventType,
    given: &Payload,
    account: &Account,
    platform_domain: Option<&str>,
) -> FieldErrors {
    let mut errors = FieldErrors::default();
    for field in event_type.fields() {
        let problem = match given.get(&field.name) {
            None => missing(field, event_type, given, platform_domain),
            Some(value) if !field.kind.fits(value) => Some(mistyped(field, value)),
            Some(value) => untrue(field, value, account),
        };
        if let Some(problem) = problem {
            errors.push(&field.name, problem);
        }
    }
    for name in given.keys().filter(|name| event_type.field(name).is_none()) {
        let problem = format!("is not a field of {}: remove it or correct its name", event_type.key);
        // Somebody else's name may be long, or hold anything.
        errors.push_about(name, text::quoted(name), problem);
    }
    errors
}

/// None for a link that would have been derived, were it not for a fault that is named anyway.
fn missing(field: &Field, event_type: &EventType, given: &Payload, domain: Option<&str>) -> Option<String> {
    let Some((template, _)) = field.derived.as_ref().zip(domain) else {
        return Some(format!("is missing: add it as {}", field.kind.a()));
    };
    let is_sound = |source: &str| {
        let field = event_type.field(source);
        field.is_none_or(|f| given.get(source).is_some_and(|value| f.kind.fits(value)))
    };
    template.fields().all(is_sound).then(|| {
        "is missing and cannot be built: a value in it is not only letters, digits, dots, dashes and \
         underscores. Add the address"
            .to_owned()
    })
}

fn mistyped(field: &Field, value: &Value) -> String {
    let wanted = field.kind.a();
    match value {
        Value::Number(number) if field.kind == FieldType::Integer => {
            format!("must be {wanted} of at most 64 bits, not {number}")
        }
        other => format!("must be {wanted}, not {}", a_json_type(other)),
    }
}

fn untrue(field: &Field, value: &Value, account: &Account) -> Option<String> {
    match (field.name.as_str(), value) {
        ("account_id", id) if id.as_i64() != Some(account.id) => {
            Some(format!("must be {}, not {id}", account.id))
        }
        ("environment" | "account_name", Value::String(text)) if text.trim().is_empty() => {
            Some("must not be empty: leave it out for the account's own".to_owned())
        }
        ("timestamp", Value::String(time)) if in_utc(time).is_none() => {
            let time = text::quoted(time);
            Some(format!("must be an RFC 3339 time like 2026-05-04T12:00:00Z, not “{time}”"))
        }
        _ => None,
    }
}
