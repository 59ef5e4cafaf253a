//! What the catalogue says: the payloads that are posted to us, and those that receivers get.

use serde_json::{Map, Value, json};
use utoipa::openapi::example::Example;
use utoipa::openapi::path::{HttpMethod, OperationBuilder, PathItem, Paths, PathsBuilder};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::{Content, OpenApi, Ref, RefOr, Required, Response, ResponseBuilder};

use crate::api::event_types::EventTypeList;
use crate::domain::catalog::{Catalog, EventType, Field, FieldType};
use crate::domain::notification::AD_HOC;

use super::{ServerInfo, headers};

/// What is filled in when the platform leaves it out.
const FILLED_IN: [&str; 3] = ["environment", "account_name", "timestamp"];
const JSON: &str = "application/json";

/// The schema of what receivers get.
fn payload_name(key: &str) -> String {
    format!("payload.{key}")
}

/// The schema of what is posted to us.
fn posted_name(key: &str) -> String {
    format!("posted.{key}")
}

/// The schema of what is posted to us among others.
fn batched_name(key: &str) -> String {
    format!("batched.{key}")
}

/// The schemas that the catalogue stands for. A name of ours has no dot, so that they never meet.
pub(super) fn schemas(server: ServerInfo<'_>) -> Map<String, Value> {
    let mut schemas = Map::new();
    for event_type in server.catalog.events() {
        schemas.insert(payload_name(&event_type.key), payload(event_type));
        let posted = posted(event_type, server.builds_links);
        schemas.insert(batched_name(&event_type.key), batched(posted.clone()));
        schemas.insert(posted_name(&event_type.key), posted);
    }
    let keys: Vec<&str> = server.catalog.events().map(|event_type| event_type.key.as_str()).collect();
    let reference = |key: &&str| json!({ "$ref": format!("#/components/schemas/{}", posted_name(key)) });
    let posted: Vec<Value> = keys.iter().map(reference).collect();
    schemas.insert("PostedEvent".to_owned(), json!({ "oneOf": posted }));
    let batched =
        keys.iter().map(|key| json!({ "$ref": format!("#/components/schemas/{}", batched_name(key)) }));
    schemas.insert("BatchedEvent".to_owned(), json!({ "oneOf": batched.collect::<Vec<_>>() }));
    let key = json!({ "type": "string", "enum": keys, "description": "The key of an event type." });
    schemas.insert("EventKey".to_owned(), key);
    schemas.insert(payload_name(AD_HOC), ad_hoc());
    schemas
}

/// The `webhooks` of the document: an ad-hoc notification, then each event.
pub(super) fn webhooks(server: ServerInfo<'_>) -> Paths {
    let description = "An administrator sends a notification to a webhook destination.";
    let ad_hoc = webhook(server, AD_HOC, "Notification", description, ad_hoc_example());
    let events = server.catalog.events().map(|event_type| {
        let sample = Value::Object(event_type.reference_sample());
        let EventType { key, title, description, .. } = event_type;
        (key.as_str(), webhook(server, key, title, description, sample))
    });
    let all = std::iter::once((AD_HOC, ad_hoc)).chain(events);
    all.fold(PathsBuilder::new(), |paths, (key, item)| paths.path(key, item)).build()
}

/// The samples as the examples of what is posted, and of the catalogue that is read.
pub(super) fn add_examples(api: &mut OpenApi, catalog: &Catalog) {
    let sample = |event_type: &EventType| {
        let sample = Value::Object(event_type.reference_sample());
        let example = Example::builder().summary(&event_type.title).value(Some(sample)).build();
        (event_type.key.clone(), RefOr::T(example))
    };
    for path in ["/api/v1/events", "/api/v1/events/explain"] {
        let post = api.paths.paths.get_mut(path).and_then(|item| item.post.as_mut());
        if let Some(RefOr::T(body)) = post.and_then(|post| post.request_body.as_mut())
            && let Some(RefOr::T(content)) = body.content.get_mut(JSON)
        {
            content.examples = catalog.events().map(sample).collect();
        }
    }
    let batch = api.paths.paths.get_mut("/api/v1/events/batch").and_then(|item| item.post.as_mut());
    if let Some(RefOr::T(body)) = batch.and_then(|post| post.request_body.as_mut()) {
        let samples: Vec<_> = catalog.events().take(2).map(EventType::reference_sample).collect();
        if let Some(RefOr::T(content)) = body.content.get_mut(JSON) {
            content.example = Some(json!(samples));
        }
    }
    let list = EventTypeList::of(catalog);
    if let Some(content) = answer(api, "/api/v1/event-types") {
        content.example = Some(json!(list));
    }
    let first = catalog.events().next().and_then(|first| list.into_entry(&first.key));
    if let Some(content) = answer(api, "/api/v1/event-types/{key}") {
        content.example = first.map(|first| json!(first));
    }
}

/// What a GET of a path answers.
fn answer<'a>(api: &'a mut OpenApi, path: &str) -> Option<&'a mut Content> {
    let get = api.paths.paths.get_mut(path)?.get.as_mut()?;
    let RefOr::T(response) = get.responses.responses.get_mut("200")? else { return None };
    let RefOr::T(content) = response.content.get_mut(JSON)? else { return None };
    Some(content)
}

fn webhook(server: ServerInfo<'_>, key: &str, title: &str, description: &str, sample: Value) -> PathItem {
    let schema = Ref::from_schema_name(payload_name(key));
    let content = Content::builder().schema(Some(schema)).example(Some(sample)).build();
    let body = RequestBodyBuilder::new().required(Some(Required::True)).content(JSON, content).build();
    let response =
        |description: &str| -> Response { ResponseBuilder::new().description(description).build() };
    let operation = OperationBuilder::new()
        .operation_id(Some(format!("on_{key}")))
        .summary(Some(title))
        .description(Some(description))
        .securities(Some([]))
        .parameters(Some(headers::of_post(server.signature_header)))
        .request_body(Some(body))
        .response("2XX", response("Delivered. The body is kept for the log, and not read further."))
        .response("default", response("Failed. Redirects are not followed. Nothing is posted twice."));
    PathItem::new(HttpMethod::Post, operation)
}

fn payload(event_type: &EventType) -> Value {
    let mut schema = event_type.schema().clone();
    if let Some(schema) = schema.as_object_mut() {
        // The whole document has one dialect, and generators name types by their titles.
        schema.shift_remove("$schema");
        schema.shift_remove("title");
    }
    schema
}

fn posted(event_type: &EventType, builds_links: bool) -> Value {
    let optional =
        |field: &Field| FILLED_IN.contains(&field.name.as_str()) || (builds_links && field.derived.is_some());
    let fields = event_type.fields();
    let required: Vec<&str> =
        fields.iter().filter(|field| !optional(field)).map(|field| field.name.as_str()).collect();
    let properties: Map<String, Value> = fields
        .iter()
        .map(|field| (field.name.clone(), property(event_type, field, optional(field))))
        .collect();
    json!({
        "description": event_type.description,
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// The same in a batch.
fn batched(mut posted: Value) -> Value {
    let key = json!({
        "type": ["string", "null"], "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$",
        "description": "Makes the event count once. It is no part of the payload.",
    });
    if let Some(Value::Object(properties)) = posted.get_mut("properties") {
        properties.insert("idempotency_key".to_owned(), key);
    }
    posted
}

/// A field as it may be posted.
fn property(event_type: &EventType, field: &Field, is_optional: bool) -> Value {
    let kind = field.kind.json_type();
    let kind = if is_optional { json!([kind, "null"]) } else { json!(kind) };
    let mut property = Map::new();
    property.insert("type".to_owned(), kind);
    property.insert("description".to_owned(), json!(field.description));
    match (field.name.as_str(), field.kind) {
        ("event_type", _) => {
            let mut names = vec![&event_type.wire_name, &event_type.key];
            names.dedup();
            property.insert("enum".to_owned(), json!(names));
        }
        ("timestamp", _) => {
            property.insert("format".to_owned(), json!("date-time"));
        }
        (_, FieldType::Integer) => {
            property.insert("format".to_owned(), json!("int64"));
            property.insert("minimum".to_owned(), json!(i64::MIN));
            property.insert("maximum".to_owned(), json!(i64::MAX));
        }
        (_, FieldType::String | FieldType::Url) => {}
    }
    Value::Object(property)
}

fn ad_hoc() -> Value {
    let text = json!({ "type": "string" });
    let fields = json!({ "type": "array", "items": { "$ref": "#/components/schemas/NotificationField" } });
    json!({
        "description": "What an administrator has sent.",
        "type": "object",
        "properties": {
            "event_type": { "type": "string", "const": AD_HOC },
            "environment": text,
            "account_id": { "type": "integer", "format": "int64" },
            "account_name": text,
            "timestamp": { "type": "string", "format": "date-time" },
            "title": text,
            "body": text,
            "severity": { "$ref": "#/components/schemas/Severity" },
            "fields": fields,
            "sourceUrl": { "type": ["string", "null"] },
        },
        "required": [
            "event_type", "environment", "account_id", "account_name", "timestamp", "title", "body", "severity",
            "fields", "sourceUrl",
        ],
        "additionalProperties": false,
    })
}

fn ad_hoc_example() -> Value {
    json!({
        "event_type": AD_HOC,
        "environment": "prod-acme",
        "account_id": 100,
        "account_name": "Acme Corp",
        "timestamp": "2026-05-04T12:00:00Z",
        "title": "Alert: acceptance rate drop",
        "body": "acceptance_rate < 0.05 (observed 0.04, baseline 0.08)",
        "severity": "warning",
        "fields": [{ "label": "Observed", "value": "0.04" }],
        "sourceUrl": "https://app.example.com/dashboards/operations",
    })
}
