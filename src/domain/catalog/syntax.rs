//! What is wrong with the writing of a catalogue file: the line, and what to write there instead.

use std::fmt;
use std::ops::Range;

use serde::de::DeserializeOwned;

/// What is wrong with a place that is no TOML at all.
pub(crate) const NO_TOML: &str = "this is not TOML: look for a quote, a bracket, a comma or a = there";

/// A place in a file that cannot be read as it should be.
#[derive(Debug, PartialEq, Eq)]
pub struct SyntaxError {
    line: usize,
    column: usize,
    problem: String,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.problem)
    }
}

/// Reads a file. The error tells one place and never repeats the file.
pub(super) fn read<T: DeserializeOwned>(text: &str) -> Result<T, SyntaxError> {
    // What is no TOML at all has no better name than its place.
    let no_toml = |_: &str| NO_TOML.to_owned();
    toml::from_str::<toml::Table>(text).map_err(|error| at(text, &error, no_toml))?;
    toml::from_str(text).map_err(|error| at(text, &error, in_our_words))
}

fn at(text: &str, error: &toml::de::Error, words: impl Fn(&str) -> String) -> SyntaxError {
    let Range { start, .. } = error.span().unwrap_or(0..0);
    let before = text.get(..start).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|letter| *letter != '\n').count() + 1;
    SyntaxError { line, column, problem: words(error.message()) }
}

/// The reader's sentence, told so that it says what to write. Sentences of our own types come through as they are.
pub(crate) fn in_our_words(message: &str) -> String {
    let is_a = |rest: &str| {
        let (given, wanted) = rest.split_once(", expected ").unwrap_or((rest, "something else"));
        format!("this must be {wanted}, not {given}")
    };
    let one_of = |rest: &str, what: &str| {
        let (given, known) = rest.split_once(", expected ").unwrap_or((rest, "another"));
        let known = known.strip_prefix("one of ").unwrap_or(known);
        format!("{given} is not {what}: use {known}")
    };
    let first = message.lines().next().unwrap_or_default();
    if let Some(field) = first.strip_prefix("missing field ") {
        format!("{field} is missing here: add it")
    } else if let Some(field) = first.strip_prefix("duplicate field ") {
        format!("{field} is there twice: remove one")
    } else if let Some(rest) = first.strip_prefix("unknown field ") {
        one_of(rest, "a field here")
    } else if let Some(rest) = first.strip_prefix("unknown variant ") {
        one_of(rest, "a word for this")
    } else if let Some(rest) = first.strip_prefix("invalid type: ").or(first.strip_prefix("invalid value: "))
    {
        is_a(rest)
    } else {
        first.to_owned()
    }
}
