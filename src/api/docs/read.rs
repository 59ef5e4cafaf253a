//! From the document to the page.

use serde_json::{Map, Value};

use super::field_table::{FieldTable, Row, alternatives, kind, name};
use super::prose::prose;
use super::{BodyDoc, DocsPage, Example, Message, Operation, OperationGroup, ResponseDoc};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];
/// Every refusal looks like this one.
const ERROR: &str = "/components/responses/Invalid";

pub(super) fn page(document: &Value) -> DocsPage {
    let info = document.get("info").unwrap_or(&Value::Null);
    let invalid = document.pointer(ERROR).unwrap_or(&Value::Null);
    let example = content(document, invalid).and_then(|content| content.examples.into_iter().next());
    DocsPage {
        version: text(info, "version").to_owned(),
        introduction: prose(text(info, "description")),
        authentication: object(document.pointer("/components/securitySchemes")).map(scheme).collect(),
        errors: errors(document),
        error_example: example.map(|example| example.json).unwrap_or_default(),
        groups: list(document.get("tags")).map(|tag| group(document, tag)).collect(),
        headers: parameters(document, document.pointer("/webhooks/notification/post")),
        events: object(document.get("webhooks")).map(|(key, item)| message(document, key, item)).collect(),
    }
}

/// What a reference stands for, or the value itself.
pub(super) fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let target = value.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix('#'));
    target.and_then(|path| document.pointer(path)).unwrap_or(value)
}

/// A text of an object; empty where there is none.
pub(super) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn object(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flat_map(Map::iter)
}

fn list(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

fn scheme((name, scheme): (&String, &Value)) -> Row {
    let place = match text(scheme, "in") {
        "" => text(scheme, "scheme"),
        place => place,
    };
    let (name, kind) = (name.clone(), place.to_owned());
    Row { name, kind, is_required: false, text: prose(text(scheme, "description")) }
}

/// Those that look like every other, by the status in their example.
fn errors(document: &Value) -> Vec<ResponseDoc> {
    let responses = object(document.pointer("/components/responses"));
    let error = responses.filter_map(|(_, response)| {
        let example = response.pointer("/content/application~1json/example")?;
        let status = example.pointer("/error/status")?.to_string();
        let code = text(example.get("error")?, "code");
        let text = prose(&format!("`{code}` {}", text(response, "description")));
        Some(ResponseDoc { status, text, content: None })
    });
    let mut errors: Vec<ResponseDoc> = error.collect();
    errors.sort_by(|one, other| one.status.cmp(&other.status));
    errors
}

fn group(document: &Value, tag: &Value) -> OperationGroup {
    let title = text(tag, "name");
    let operations = object(document.get("paths")).flat_map(|(path, item)| {
        let found = METHODS.iter().filter_map(move |method| Some((method, item.get(method)?)));
        found.map(move |(method, operation)| (path, item, *method, operation))
    });
    let of_group = operations.filter(|(.., operation)| list(operation.get("tags")).any(|tag| tag == title));
    OperationGroup {
        id: title.to_lowercase().replace(' ', "-"),
        title: title.to_owned(),
        text: prose(text(tag, "description")),
        operations: of_group
            .map(|(path, item, method, operation)| self::operation(document, path, item, method, operation))
            .collect(),
    }
}

fn operation(document: &Value, path: &str, item: &Value, method: &str, operation: &Value) -> Operation {
    let mut parameters = parameters(document, Some(item));
    parameters.extend(self::parameters(document, Some(operation)));
    let body = operation.get("requestBody").map(|body| resolved(document, body));
    Operation {
        id: text(operation, "operationId").to_owned(),
        method: method.to_uppercase(),
        path: path.to_owned(),
        summary: text(operation, "summary").to_owned(),
        text: prose(text(operation, "description")),
        parameters,
        body: body.and_then(|body| content(document, body)),
        answers: object(operation.get("responses")).map(|answer| self::answer(document, answer)).collect(),
    }
}

fn parameters(document: &Value, holder: Option<&Value>) -> Vec<Row> {
    let given = list(holder.and_then(|holder| holder.get("parameters")));
    let row = |parameter: &Value| {
        let parameter = resolved(document, parameter);
        let schema = parameter.get("schema").map(|schema| kind(document, schema)).unwrap_or_default();
        Row {
            name: text(parameter, "name").to_owned(),
            kind: format!("{}, {schema}", text(parameter, "in")),
            is_required: parameter.get("required") == Some(&Value::Bool(true)),
            text: prose(text(parameter, "description")),
        }
    };
    given.map(row).collect()
}

fn answer(document: &Value, (status, response): (&String, &Value)) -> ResponseDoc {
    let response = resolved(document, response);
    let is_error = response
        .pointer("/content/application~1json/schema/$ref")
        .is_some_and(|schema| schema == "#/components/schemas/ErrorEnvelope");
    let content = if is_error { None } else { content(document, response) };
    ResponseDoc { status: status.clone(), text: prose(text(response, "description")), content }
}

/// A body in all its media types: they differ in nothing else.
fn content(document: &Value, holder: &Value) -> Option<BodyDoc> {
    let media = holder.get("content")?.as_object()?;
    let schema = media.values().find_map(|media| media.get("schema"))?;
    let examples = media.values().flat_map(|media| {
        let one = media.get("example").map(|value| example("Example", value));
        let named = object(media.get("examples"))
            .map(|(_, named)| example(text(named, "summary"), named.get("value").unwrap_or(&Value::Null)));
        one.into_iter().chain(named)
    });
    Some(BodyDoc {
        text: prose(text(holder, "description")),
        media_types: media.keys().cloned().collect(),
        shape: FieldTable::of(document, schema),
        examples: examples.chain(schema_examples(document, schema)).collect(),
    })
}

/// The examples of each thing that a body may be.
fn schema_examples<'a>(document: &'a Value, schema: &'a Value) -> impl Iterator<Item = Example> + 'a {
    alternatives(resolved(document, schema)).flat_map(move |variant| {
        let examples = list(resolved(document, variant).get("examples"));
        examples.map(move |value| example(name(variant), value))
    })
}

fn example(title: &str, value: &Value) -> Example {
    Example { title: title.to_owned(), json: format!("{value:#}") }
}

fn message(document: &Value, key: &str, item: &Value) -> Message {
    let post = item.get("post").unwrap_or(&Value::Null);
    let body = post.get("requestBody").and_then(|body| content(document, body));
    Message {
        key: key.to_owned(),
        title: text(post, "summary").to_owned(),
        text: prose(text(post, "description")),
        body: body.unwrap_or_else(|| BodyDoc {
            text: Vec::new(),
            media_types: Vec::new(),
            shape: FieldTable::default(),
            examples: Vec::new(),
        }),
    }
}
