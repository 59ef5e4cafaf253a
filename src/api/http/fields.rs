//! Taking the fields of a JSON object one by one; what is missing, mistyped or left over is a 422 that
//! names it.

use std::borrow::Cow;

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

    /// A field that has to be there; a default stands for one that is not, until [`BodyFields::finish`] refuses.
    pub fn required<T: Default>(&mut self, name: &str, what: &str, read: fn(Value) -> Option<T>) -> T {
        if !self.given.contains_key(name) {
            self.fault(name, format!("is missing: it must be {what}"));
        }
        self.optional(name, what, read).unwrap_or_default()
    }

    /// A field that may be left out.
    pub(crate) fn optional<T>(&mut self, name: &str, what: &str, read: fn(Value) -> Option<T>) -> Option<T> {
        let read = read(self.given.shift_remove(name)?);
        if read.is_none() {
            self.fault(name, format!("must be {what}"));
        }
        read
    }

    /// Notes what is wrong with a field; `problem` is as in [`FieldErrors::push`].
    pub fn fault(&mut self, name: &str, problem: impl Into<Cow<'static, str>>) {
        self.errors.push(format!("{}{name}", self.path), problem);
    }

    /// Everything that was wrong, unknown fields too.
    pub fn finish(mut self) -> Result<()> {
        Ok(self.take_errors().or(())?)
    }

    /// What was wrong with one field; the rest is dropped.
    pub fn only(&mut self, name: &str) -> FieldErrors {
        let path = format!("{}{name}", self.path);
        std::mem::take(&mut self.errors).only(&path)
    }

    /// The same for an object inside another, whose errors are told together.
    pub(crate) fn take_errors(&mut self) -> FieldErrors {
        let unknown: Vec<String> = self.given.keys().cloned().collect();
        for name in unknown {
            self.fault(&name, "is not a field here");
        }
        std::mem::take(&mut self.errors)
    }
}

pub(in crate::api) fn text(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
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
