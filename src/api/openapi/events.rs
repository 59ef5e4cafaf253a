//! What the catalogue says: the payloads that are posted to us, and those that receivers get.

use serde_json::{Map, Value, json};

use crate::domain::catalog::{EventType, Field, FieldType};

use super::{ServerInfo, merge};

/// What is filled in when the platform leaves it out.
const FILLED_IN: [&str; 3] = ["environment", "account_name", "timestamp"];

/// The parts of the document that come from the catalogue. An event's webhook is that of an ad-hoc
/// `notification` in other words and with another body.
pub(super) fn described(server: ServerInfo<'_>, notification: &Value) -> Value {
    let mut schemas = Map::new();
    let mut examples = Map::new();
    let mut webhooks = Map::new();
    for event_type in server.catalog.events() {
        let key = &event_type.key;
        schemas.insert(key.clone(), received(event_type));
        schemas.insert(format!("{key}.posted"), posted(event_type, server.builds_links));
        examples.insert(key.clone(), example(event_type));
        webhooks.insert(key.clone(), webhook(event_type, notification));
    }
    let keys: Vec<&str> = server.catalog.events().map(|event_type| event_type.key.as_str()).collect();
    let variants: Vec<Value> =
        keys.iter().map(|key| json!({ "$ref": format!("#/components/schemas/{key}.posted") })).collect();
    schemas.insert("PostedEvent".to_owned(), json!({ "oneOf": variants }));
    schemas
        .insert("EventKey".to_owned(), json!({ "enum": keys, "description": "The key of an event type." }));
    let entries = entries(server);
    let one = entries.first().cloned();
    let answer = |example: Value| {
        let content = json!({ "application/json": { "example": example } });
        json!({ "get": { "responses": { "200": { "content": content } } } })
    };
    json!({
        "paths": {
            "/api/v1/events": {
                "post": { "requestBody": { "content": { "application/json": { "examples": examples } } } }
            },
            "/api/v1/event-types": answer(json!({ "data": entries })),
            "/api/v1/event-types/{key}": answer(json!(one)),
        },
        "components": { "schemas": schemas },
        "webhooks": webhooks,
    })
}

fn received(event_type: &EventType) -> Value {
    let mut schema = event_type.schema().clone();
    if let Some(schema) = schema.as_object_mut() {
        // The whole document has one dialect.
        schema.shift_remove("$schema");
    }
    schema
}

fn posted(event_type: &EventType, builds_links: bool) -> Value {
    let optional =
        |field: &Field| FILLED_IN.contains(&field.name.as_str()) || (builds_links && field.derived.is_some());
    let fields = event_type.fields();
    let required: Vec<&str> =
        fields.iter().filter(|field| !optional(field)).map(|field| field.name.as_str()).collect();
    let property = |field: &Field| {
        let mut property = json!({ "type": field.kind.json_type(), "description": field.description });
        if optional(field) {
            merge(&mut property, json!({ "type": [field.kind.json_type(), "null"] }));
        }
        if field.kind == FieldType::Integer {
            merge(&mut property, json!({ "format": "int64", "minimum": i64::MIN, "maximum": i64::MAX }));
        }
        match field.name.as_str() {
            "event_type" => {
                let mut names = vec![&event_type.wire_name, &event_type.key];
                names.dedup();
                json!({ "enum": names, "description": field.description })
            }
            "timestamp" => {
                merge(&mut property, json!({ "format": "date-time" }));
                property
            }
            _ => property,
        }
    };
    let properties: Map<String, Value> =
        fields.iter().map(|field| (field.name.clone(), property(field))).collect();
    json!({
        "title": event_type.title,
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn example(event_type: &EventType) -> Value {
    json!({ "summary": event_type.title, "value": event_type.reference_sample() })
}

fn webhook(event_type: &EventType, notification: &Value) -> Value {
    let mut webhook = notification.clone();
    let content = json!({
        "schema": { "$ref": format!("#/components/schemas/{}", event_type.key) },
        "example": null,
    });
    let body = json!({ "content": { "application/json": content } });
    merge(
        &mut webhook,
        json!({ "post": {
            "operationId": format!("on_{}", event_type.key),
            "summary": event_type.title,
            "description": event_type.description,
            "requestBody": body,
        } }),
    );
    // The notification's example is gone by now, so nothing of it is left under this one.
    let sample = json!({ "example": event_type.reference_sample() });
    let content = json!({ "content": { "application/json": sample } });
    merge(&mut webhook, json!({ "post": { "requestBody": content } }));
    webhook
}

fn entries(server: ServerInfo<'_>) -> Vec<Value> {
    let groups = server.catalog.groups().iter();
    let entry = |group: &str, event_type: &EventType| {
        json!({
            "key": event_type.key,
            "wire_name": event_type.wire_name,
            "title": event_type.title,
            "description": event_type.description,
            "group": group,
            "sample": event_type.reference_sample(),
        })
    };
    groups.flat_map(|group| group.events.iter().map(move |event| entry(&group.title, event))).collect()
}
