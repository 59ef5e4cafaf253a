//! The JSON Schema of an event's payload.

use serde_json::{Map, Value, json};

use super::Field;

/// Builds the schema (draft 2020-12) of an event with these fields, the common ones among them. It describes
/// what receivers get: every field is there, and no other.
pub(super) fn build(title: &str, description: &str, fields: &[Field]) -> Value {
    let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
    let properties: Map<String, Value> =
        fields.iter().map(|field| (field.name.clone(), property(field))).collect();
    let sample: Map<String, Value> =
        fields.iter().map(|field| (field.name.clone(), field.sample.clone())).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        "description": description,
        "type": "object",
        "properties": properties,
        "required": names,
        "additionalProperties": false,
        "examples": [sample],
    })
}

fn property(field: &Field) -> Value {
    let fixed = match field.name.as_str() {
        "event_type" => Some(("const", field.sample.clone())),
        "environment" | "account_name" => Some(("pattern", json!("\\S"))),
        "timestamp" => Some(("format", json!("date-time"))),
        _ => None,
    };
    let property: Map<String, Value> = [
        ("type", json!(field.kind.json_type())),
        ("description", json!(field.description)),
        ("examples", json!([field.sample])),
    ]
    .into_iter()
    .chain(fixed)
    .map(|(word, value)| (word.to_owned(), value))
    .collect();
    Value::Object(property)
}
