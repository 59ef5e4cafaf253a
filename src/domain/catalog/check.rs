//! Reading a catalogue file: what a block may say, and every mistake in it with its remedy.

use std::collections::HashSet;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;

use super::event_type::SAMPLE_PLATFORM_DOMAIN;
use super::field::common;
use super::syntax::{self, SyntaxError};
use super::template::{PLATFORM_DOMAIN, Template, is_name};
use super::{EventType, Field, FieldType, MailTemplate, schema};
use crate::domain::event::Payload;
use crate::domain::text::a_json_type;
use crate::domain::trouble::trouble;

/// Why a catalogue cannot be used, and what to change.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// The file is not there, or not readable.
    #[error("{} cannot be read: {}", path.display(), trouble(source))]
    Read {
        /// What `--catalog` named.
        path: PathBuf,
        /// The system's word on it.
        source: std::io::Error,
    },
    /// Not TOML, or a word that blocks do not have.
    #[error("{0}")]
    Syntax(SyntaxError),
    /// Nothing in it.
    #[error("there is no event in it: add an [[event]] block")]
    Empty,
    /// A block does not hold together.
    #[error("event `{event}`: {problem}")]
    Event {
        /// Its key.
        event: String,
        /// A sentence with its remedy.
        problem: String,
    },
    /// A field of a block does not hold together.
    #[error("event `{event}`, field `{field}`: {problem}")]
    Field {
        /// The event's key.
        event: String,
        /// The field's name.
        field: String,
        /// A sentence with its remedy.
        problem: String,
    },
}

/// A message that people send by hand travels under this name.
const ADHOC: &str = "notification";
/// An event of a batch carries its idempotency key beside its fields.
const BATCH_KEY: &str = "idempotency_key";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default, rename = "event")]
    events: Vec<Block>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Block {
    key: String,
    #[serde(default)]
    wire_name: Option<String>,
    group: String,
    title: String,
    description: String,
    #[serde(default)]
    fields: Vec<Field>,
    mail: MailTemplate,
}

/// Reads the events of a file, each with the title of its group.
pub(super) fn read(toml: &str) -> Result<Vec<(String, EventType)>, CatalogError> {
    let file: File = syntax::read(toml).map_err(CatalogError::Syntax)?;
    if file.events.is_empty() {
        return Err(CatalogError::Empty);
    }
    let mut taken = HashSet::new();
    let mut events = Vec::with_capacity(file.events.len());
    for block in file.events {
        block.check_names(&mut taken)?;
        block.check_fields()?;
        events.push(block.build()?);
    }
    Ok(events)
}

impl Block {
    fn wire_name(&self) -> &str {
        self.wire_name.as_deref().unwrap_or(&self.key)
    }

    /// Ingest accepts an event under either of its names, so no two events may share any.
    fn check_names(&self, taken: &mut HashSet<String>) -> Result<(), CatalogError> {
        for (what, text) in [("group", &self.group), ("title", &self.title)] {
            if text.trim().is_empty() {
                return Err(self.problem(format!("its {what} is empty: write what people should read")));
            }
        }
        for name in HashSet::from([self.key.as_str(), self.wire_name()]) {
            if !is_name(name) {
                return Err(self.problem(format!(
                    "`{name}` cannot be a name: use lower-case letters, digits and _, a letter first"
                )));
            }
            if name == ADHOC {
                return Err(
                    self.problem(format!("`{name}` is the name of messages sent by hand: choose another"))
                );
            }
            if !taken.insert(name.to_owned()) {
                return Err(
                    self.problem(format!("an earlier event already has the name `{name}`: choose another"))
                );
            }
        }
        Ok(())
    }

    fn check_fields(&self) -> Result<(), CatalogError> {
        let mut taken: HashSet<String> = common(self.wire_name()).map(|field| field.name).into();
        for field in &self.fields {
            let wrong = |problem: String| Err(self.field_problem(&field.name, problem));
            if !is_name(&field.name) || field.name == PLATFORM_DOMAIN {
                return wrong("this cannot be a name: use lower-case letters, digits and _".to_owned());
            }
            if field.name == BATCH_KEY {
                return wrong("this is what makes an event of a batch count once: choose another".to_owned());
            }
            if !taken.insert(field.name.clone()) {
                return wrong("the payload already has a field of this name: remove one".to_owned());
            }
            if let Some(problem) = sample_fault(field) {
                return wrong(problem);
            }
        }
        Ok(())
    }

    fn build(mut self) -> Result<(String, EventType), CatalogError> {
        let own = std::mem::take(&mut self.fields);
        let mut fields = Vec::from(common(self.wire_name()));
        fields.extend(own);
        self.check_templates(&fields)?;
        self.check_links(&fields)?;
        self.complete_samples(&mut fields)?;
        let schema = schema::build(&self.title, &self.description, &fields);
        let event_type = EventType {
            wire_name: self.wire_name().to_owned(),
            key: self.key,
            title: self.title,
            description: self.description,
            mail: self.mail,
            fields,
            schema,
        };
        Ok((self.group, event_type))
    }

    fn check_templates(&self, fields: &[Field]) -> Result<(), CatalogError> {
        let known = |name: &str| fields.iter().any(|field| field.name == name);
        let written = |name: &str| fields.iter().any(|f| f.name == name && f.derived.is_none());
        for (place, template) in self.mail.templates() {
            if let Some(name) = template.fields().find(|name| !known(name)) {
                return Err(self.problem(format!(
                    "the mail's {place} has `{{{name}}}`, which is not a field: add the field or correct the name"
                )));
            }
        }
        for field in fields {
            let mut names = field.derived.iter().flat_map(Template::fields);
            if let Some(name) = names.find(|name| *name != PLATFORM_DOMAIN && !written(name)) {
                let problem = format!(
                    "its address has `{{{name}}}`: name a field that is not derived, or `{PLATFORM_DOMAIN}`"
                );
                return Err(self.field_problem(&field.name, problem));
            }
        }
        Ok(())
    }

    fn check_links(&self, fields: &[Field]) -> Result<(), CatalogError> {
        for link in self.mail.all_links() {
            let target = fields.iter().find(|field| field.name == link.field);
            if target.is_none_or(|field| field.kind != FieldType::Url) {
                let problem = "the mail links to it, so it must be one of the event's fields, of type `url`";
                return Err(self.field_problem(&link.field, problem.to_owned()));
            }
        }
        Ok(())
    }

    fn complete_samples(&self, fields: &mut [Field]) -> Result<(), CatalogError> {
        let written: Payload = fields
            .iter()
            .filter(|field| field.derived.is_none())
            .map(|field| (field.name.clone(), field.sample.clone()))
            .collect();
        for field in fields {
            let Some(template) = &field.derived else { continue };
            let Some(url) = template.fill_url(&written, SAMPLE_PLATFORM_DOMAIN) else {
                let problem =
                    "its address cannot be built from the samples: they must be plain words or numbers";
                return Err(self.field_problem(&field.name, problem.to_owned()));
            };
            field.sample = Value::String(url);
        }
        Ok(())
    }

    fn problem(&self, problem: String) -> CatalogError {
        CatalogError::Event { event: self.key.clone(), problem }
    }

    fn field_problem(&self, field: &str, problem: String) -> CatalogError {
        CatalogError::Field { event: self.key.clone(), field: field.to_owned(), problem }
    }
}

/// A field has a sample, or its address is built from those of others: one of the two, so that they agree.
fn sample_fault(field: &Field) -> Option<String> {
    match (&field.derived, &field.sample) {
        (None, Value::Null) => Some("it has no sample: add `sample = …`".to_owned()),
        (None, sample) => (!field.kind.fits(sample)).then(|| {
            let (wanted, got) = (field.kind.a(), a_json_type(sample));
            format!("its sample must be {wanted}, not {got}")
        }),
        (Some(_), Value::Null) => (field.kind != FieldType::Url)
            .then(|| "only a field of type `url` can be derived: change its type".to_owned()),
        (Some(_), _) => Some("it is derived, so its sample is built too: remove `sample`".to_owned()),
    }
}
