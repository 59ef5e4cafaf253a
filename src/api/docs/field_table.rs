//! A schema as rows: field, type, whether it has to be there, what it means.

use serde_json::{Map, Value};

use super::prose::{Prose, prose};
use super::read::{resolved, text};

/// Deeper than any body of ours.
const DEEPEST: usize = 6;

/// The fields of a body.
#[derive(Clone, Debug, Default)]
pub(super) struct FieldTable {
    pub rows: Vec<Row>,
    /// Where it may be one thing or another.
    pub variants: Vec<Variant>,
}

/// One of several shapes.
#[derive(Clone, Debug)]
pub(super) struct Variant {
    pub title: String,
    pub rows: Vec<Row>,
}

/// A field, a parameter or a header.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub name: String,
    /// `list of string`, `header, string`.
    pub kind: String,
    pub is_required: bool,
    pub text: Prose,
}

impl FieldTable {
    /// The fields of a schema, inner ones by their path: `data.attributes.name`, `results[].error`.
    pub fn of(document: &Value, schema: &Value) -> Self {
        let mut shape = Self::default();
        shape.add(document, schema, "", 0);
        shape
    }

    fn add(&mut self, document: &Value, schema: &Value, path: &str, depth: usize) {
        let schema = resolved(document, schema);
        if depth > DEEPEST {
            return;
        }
        for (name, property) in properties(schema) {
            let path = format!("{path}{name}");
            self.rows.push(row(document, &path, property, is_required(schema, name)));
            self.add(document, property, &format!("{path}."), depth + 1);
        }
        if let Some(items) = schema.get("items") {
            self.add(document, items, &format!("{}[].", path.trim_end_matches('.')), depth + 1);
        }
        for variant in alternatives(schema) {
            let mut inner = Self::default();
            inner.add(document, variant, path, depth + 1);
            // What may be one of several texts has no fields of its own.
            if !inner.rows.is_empty() {
                self.variants.push(Variant { title: word(variant).to_owned(), rows: inner.rows });
            }
        }
    }
}

/// What a value may be, where it may be one thing or another.
pub(super) fn alternatives(schema: &Value) -> impl Iterator<Item = &Value> {
    let either = ["oneOf", "anyOf"].into_iter().filter_map(|word| schema.get(word)?.as_array());
    either.flatten()
}

/// The name of a schema without what tells it from others of that name: `run_failed` for `posted.run_failed`.
fn word(schema: &Value) -> &str {
    name(schema).rsplit('.').next().unwrap_or_default()
}

/// The name of a schema among the components.
pub(super) fn name(schema: &Value) -> &str {
    text(schema, "$ref").rsplit('/').next().unwrap_or_default()
}

fn properties(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema.get("properties").and_then(Value::as_object).into_iter().flat_map(Map::iter)
}

fn is_required(schema: &Value, name: &str) -> bool {
    let required = schema.get("required").and_then(Value::as_array);
    required.is_some_and(|names| names.iter().any(|required| required == name))
}

fn row(document: &Value, path: &str, property: &Value, is_required: bool) -> Row {
    let property = resolved(document, property);
    Row {
        name: path.to_owned(),
        kind: kind(document, property),
        is_required,
        text: prose(text(property, "description")),
    }
}

/// The type in words: `string (uuid)`, `list of integer`, `info | warning | critical`.
pub(super) fn kind(document: &Value, schema: &Value) -> String {
    let schema = resolved(document, schema);
    let bare = |value: &Value| value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
    if let Some(only) = schema.get("const") {
        return bare(only);
    }
    if let Some(Value::Array(values)) = schema.get("enum") {
        return values.iter().map(bare).collect::<Vec<_>>().join(" | ");
    }
    let types = match schema.get("type") {
        Some(Value::Array(types)) => types.iter().map(bare).collect::<Vec<_>>().join(" or "),
        Some(one) => bare(one),
        None => String::new(),
    };
    match (types.as_str(), schema.get("items"), schema.get("format")) {
        ("array", Some(items), _) => match kind(document, items) {
            inner if inner.is_empty() || inner.contains('|') => "list".to_owned(),
            inner => format!("list of {inner}"),
        },
        (_, _, Some(format)) => format!("{types} ({})", bare(format)),
        _ => types,
    }
}
