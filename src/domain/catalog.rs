//! The catalogue: which events there are, what they carry, and how they read.
//!
//! Everything that knows about an event type reads it from here, and here it comes from one TOML file.

mod check;
mod event_type;
mod field;
mod mail;
mod schema;
mod syntax;
mod template;
#[cfg(test)]
mod tests;

use std::path::Path;

pub use check::CatalogError;
pub use event_type::EventType;
pub use field::{Field, FieldType};
pub use mail::{Fact, MailLink, MailLinks, MailTemplate, MailTone};
pub use syntax::SyntaxError;
pub(crate) use syntax::{NO_TOML, in_our_words};
pub use template::{Template, TextPiece, shown};

/// The events of this program, unless the operator names another file.
const BUILTIN: &str = include_str!("events.toml");

/// All event types, in the order of the file.
#[derive(Debug)]
pub struct Catalog {
    groups: Vec<EventTypeGroup>,
}

/// Event types under one heading of the settings page.
#[derive(Debug)]
pub struct EventTypeGroup {
    /// The heading.
    pub title: String,
    /// In the order of the file.
    pub events: Vec<EventType>,
}

impl Catalog {
    /// The events of this program: those of the reference documents, and whatever was added to the file.
    ///
    /// # Panics
    /// Never: the file is part of the program, and a test reads it.
    #[must_use]
    #[expect(clippy::expect_used, reason = "the file is part of the program, and a test reads it")]
    pub fn builtin() -> Self {
        Self::from_toml(BUILTIN).expect("the built-in catalogue is sound")
    }

    /// The operator's own file, for `--catalog`.
    pub fn load(path: &Path) -> Result<Self, CatalogError> {
        let toml = std::fs::read_to_string(path)
            .map_err(|source| CatalogError::Read { path: path.to_owned(), source })?;
        Self::from_toml(&toml)
    }

    /// Reads and checks a catalogue. What it returns holds together: names are unique, templates name only
    /// fields that exist, samples have their field's type. The error says what to change.
    pub fn from_toml(toml: &str) -> Result<Self, CatalogError> {
        let mut groups: Vec<EventTypeGroup> = Vec::new();
        for (title, event_type) in check::read(toml)? {
            match groups.iter_mut().find(|group| group.title == title) {
                Some(group) => group.events.push(event_type),
                None => groups.push(EventTypeGroup { title, events: vec![event_type] }),
            }
        }
        Ok(Self { groups })
    }

    /// The headings, each with its events, as the page lists them.
    #[must_use]
    pub fn groups(&self) -> &[EventTypeGroup] {
        &self.groups
    }

    /// All events, as the page lists them.
    pub fn events(&self) -> impl Iterator<Item = &EventType> {
        self.groups.iter().flat_map(|group| &group.events)
    }

    /// The event with this key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&EventType> {
        self.events().find(|event_type| event_type.key == key)
    }

    /// The event that a payload's `event_type` means: platforms write either name.
    #[must_use]
    pub fn by_wire_or_key(&self, name: &str) -> Option<&EventType> {
        self.events().find(|event_type| event_type.key == name || event_type.wire_name == name)
    }
}
