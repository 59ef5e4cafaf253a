//! Taking the fields of a JSON object one by one; what is missing, mistyped or left over is a 422 that
//! names it.

use std::borrow::Cow;
use std::str::FromStr;

use serde_json::{Map, Value};

use crate::domain::field_errors::FieldErrors;
use crate::error::Result;

/// An object that is being read.
pub(in crate::api) struct BodyFields {
    /// What stands before a field's name in `details`, `data.attributes.`.
    path: String,
    given: Map<String, Value>,
    errors: FieldErrors,
}

impl BodyFields {
    /// The body itself.
    pub(crate) fn of_body(body: Value) -> Result<Self> {
        match body {
            Value::Object(given) => Ok(Self::new(String::new(), given)),
            _ => {
                let mut errors = FieldErrors::default();
                errors.push_about("body", "The body", "must be a JSON object");
                Err(errors.into())
            }
        }
    }

    /// An object further inside.
    pub fn new(path: String, given: Map<String, Value>) -> Self {
        Self { path, given, errors: FieldErrors::default() }
    }

    /// A field that has to be there; `None` once it was noted that it is not, or is something else.
    pub fn required<T>(&mut self, name: &str, what: &str, read: fn(Value) -> Option<T>) -> Option<T> {
        if !self.given.contains_key(name) {
            self.fault(name, format!("is missing: it must be {what}"));
        }
        self.optional(name, what, read)
    }

    /// A field that may be left out.
    pub(crate) fn optional<T>(&mut self, name: &str, what: &str, read: fn(Value) -> Option<T>) -> Option<T> {
        let read = read(self.given.shift_remove(name)?);
        if read.is_none() {
            self.fault(name, format!("must be {what}"));
        }
        read
    }

    /// A field that has to be there and hold one of an enum's words, `what` among them; `None` once anything
    /// else was noted, an empty text too.
    pub fn word<T: FromStr>(&mut self, name: &str, what: &str) -> Option<T> {
        let Some(given) = self.given.shift_remove(name) else {
            self.fault(name, format!("is missing: it must be {what}"));
            return None;
        };
        let word = given.as_str().and_then(|word| word.parse().ok());
        if word.is_none() {
            self.fault(name, format!("must be {what}"));
        }
        word
    }

    /// Takes fields out unread: those that are none of ours, or of which cannot be said whether they belong here.
    pub fn skip(&mut self, is_skipped: impl Fn(&str) -> bool) {
        self.given.retain(|name, _| !is_skipped(name));
    }

    /// Notes what is wrong with a field; `problem` is as in [`FieldErrors::push`].
    pub fn fault(&mut self, name: &str, problem: impl Into<Cow<'static, str>>) {
        self.errors.push(format!("{}{name}", self.path), problem);
    }

    /// Everything that was wrong, unknown fields too; it is told together with what else is wrong.
    pub(crate) fn take_errors(&mut self) -> FieldErrors {
        let unknown: Vec<String> = self.given.keys().cloned().collect();
        for name in unknown {
            self.fault(&name, "is not a field here");
        }
        std::mem::take(&mut self.errors)
    }
}

/// Refuses a body of which a part has the wrong shape, together with what is wrong with the values of the rest: shapes
/// first and values at the next try would make two tries of one.
pub(in crate::api) fn refuse_shape(
    mut wrong: FieldErrors,
    values: impl FnOnce() -> Result<FieldErrors>,
) -> Result<()> {
    if wrong.is_empty() {
        return Ok(());
    }
    wrong.extend_untold(values()?);
    Err(wrong.into())
}

pub(in crate::api) fn text(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

/// A text with something in it.
pub(in crate::api) fn some_text(value: Value) -> Option<String> {
    text(value).filter(|text| !text.trim().is_empty())
}

pub(in crate::api) fn object(value: Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(map) => Some(map),
        _ => None,
    }
}

pub(in crate::api) fn list(value: Value) -> Option<Vec<Value>> {
    match value {
        Value::Array(list) => Some(list),
        _ => None,
    }
}

pub(in crate::api) fn texts(value: Value) -> Option<Vec<String>> {
    list(value)?.into_iter().map(text).collect()
}
