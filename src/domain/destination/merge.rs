//! A partial update of a configuration; providers-api.txt, PATCH.

use serde_json::{Map, Value};

use crate::domain::kinds::{FieldShape, Kind};

use super::REDACTED;

/// Lays `patch` over `stored`: what is not named keeps its value, a placeholder changes nothing, `null`
/// removes, and headers are merged by name.
#[must_use]
pub fn merge(kind: Kind, mut stored: Map<String, Value>, patch: Map<String, Value>) -> Map<String, Value> {
    let has_headers = |name: &str| {
        kind.spec().fields.iter().any(|field| field.name == name && field.shape == FieldShape::Headers)
    };
    for (name, value) in patch {
        match value {
            Value::Null => {
                stored.shift_remove(&name);
            }
            Value::String(text) if text == REDACTED && stored.contains_key(&name) => {}
            Value::Object(inner) if has_headers(&name) => {
                let before = match stored.shift_remove(&name) {
                    Some(Value::Object(before)) => before,
                    _ => Map::new(),
                };
                stored.insert(name, Value::Object(merge_headers(before, inner)));
            }
            value => {
                stored.insert(name, value);
            }
        }
    }
    stored
}

/// Header names are one name in any case.
fn merge_headers(mut stored: Map<String, Value>, patch: Map<String, Value>) -> Map<String, Value> {
    for (name, value) in patch {
        let known = stored.keys().find(|known| known.eq_ignore_ascii_case(&name)).cloned();
        match (known, value) {
            (Some(known), Value::Null) => {
                stored.shift_remove(&known);
            }
            (None, Value::Null) => {}
            (Some(_), Value::String(text)) if text == REDACTED => {}
            (known, value) => {
                stored.insert(known.unwrap_or(name), value);
            }
        }
    }
    stored
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn merged(stored: Value, patch: Value) -> Value {
        let (Value::Object(stored), Value::Object(patch)) = (stored, patch) else { unreachable!() };
        Value::Object(merge(Kind::WEBHOOK, stored, patch))
    }

    #[test]
    fn what_is_not_named_stays_and_placeholders_change_nothing() {
        let stored =
            json!({ "url": "https://a.example/", "secret": "s", "headers": { "X-A": "1", "X-B": "2" } });
        let patch = json!({ "url": "https://b.example/", "secret": REDACTED, "headers": { "x-a": REDACTED, "X-B": null, "X-C": "3" } });
        let expected =
            json!({ "url": "https://b.example/", "secret": "s", "headers": { "X-A": "1", "X-C": "3" } });
        assert_eq!(merged(stored, patch), expected);
    }

    #[test]
    fn null_removes_and_a_placeholder_for_nothing_is_kept_to_be_refused() {
        assert_eq!(merged(json!({ "secret": "s" }), json!({ "secret": null })), json!({}));
        assert_eq!(merged(json!({}), json!({ "secret": REDACTED })), json!({ "secret": REDACTED }));
    }
}
