//! `GET /api/docs`: the OpenAPI document as a page to read. It needs no script and loads nothing from elsewhere.

mod prose;
mod read;
mod shape;

use askama::Template;
use serde_json::Value;

use prose::Prose;
use shape::{Row, Shape};

/// The whole reference: `templates/docs.html`.
#[derive(Clone, Debug, Template)]
#[template(path = "docs.html")]
pub struct DocsPage {
    version: String,
    introduction: Prose,
    authentication: Vec<Row>,
    errors: Vec<Answer>,
    error_example: String,
    groups: Vec<Group>,
    headers: Vec<Row>,
    events: Vec<Message>,
}

/// The operations under one tag.
#[derive(Clone, Debug)]
struct Group {
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
    body: Option<Content>,
    answers: Vec<Answer>,
}

/// A body, as it is sent or answered.
#[derive(Clone, Debug)]
struct Content {
    text: Prose,
    media_types: Vec<String>,
    shape: Shape,
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
struct Answer {
    status: String,
    text: Prose,
    /// None where it is an error, or nothing.
    content: Option<Content>,
}

/// What receivers get for one event type.
#[derive(Clone, Debug)]
struct Message {
    key: String,
    title: String,
    text: Prose,
    body: Content,
}

impl DocsPage {
    /// The page of an OpenAPI document of ours.
    #[must_use]
    pub fn of(document: &Value) -> Self {
        read::page(document)
    }
}
