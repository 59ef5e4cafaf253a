//! `GET /api/docs`: the OpenAPI document as a page to read. It needs no script and loads nothing from elsewhere.

mod field_table;
mod prose;
mod read;

use askama::Template;
use serde_json::Value;

use field_table::{FieldTable, Row};
use prose::Prose;

/// The whole reference: `templates/docs/reference.html`.
#[derive(Clone, Debug, Template)]
#[template(path = "docs/reference.html")]
pub struct DocsPage {
    version: String,
    introduction: Prose,
    authentication: Vec<Row>,
    errors: Vec<ResponseDoc>,
    error_example: String,
    groups: Vec<OperationGroup>,
    headers: Vec<Row>,
    events: Vec<Message>,
}

/// The operations under one tag.
#[derive(Clone, Debug)]
struct OperationGroup {
    id: String,
    title: String,
    text: Prose,
    operations: Vec<Operation>,
}

/// One method on one path.
#[derive(Clone, Debug)]
struct Operation {
    id: String,
    method: String,
    path: String,
    summary: String,
    text: Prose,
    parameters: Vec<Row>,
    body: Option<BodyDoc>,
    answers: Vec<ResponseDoc>,
}

/// A body, as it is sent or answered.
#[derive(Clone, Debug)]
struct BodyDoc {
    text: Prose,
    media_types: Vec<String>,
    shape: FieldTable,
    examples: Vec<Example>,
}

/// A body in full.
#[derive(Clone, Debug)]
struct Example {
    title: String,
    json: String,
}

/// One status.
#[derive(Clone, Debug)]
struct ResponseDoc {
    status: String,
    text: Prose,
    /// None where it is an error, or nothing.
    content: Option<BodyDoc>,
}

/// What receivers get for one event type.
#[derive(Clone, Debug)]
struct Message {
    key: String,
    title: String,
    text: Prose,
    body: BodyDoc,
}

impl DocsPage {
    /// The page of an OpenAPI document of ours.
    #[must_use]
    pub fn of(document: &Value) -> Self {
        read::page(document)
    }
}
