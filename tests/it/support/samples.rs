//! The sample payloads, as the reference prints them.

use serde_json::Value;

#[path = "../../../src/domain/catalog/tests/reference.rs"]
mod reference;

/// What a platform posts.
pub fn sample(key: &str) -> Value {
    all().into_iter().find(|(name, _)| *name == key).unwrap().1
}

/// Every event's key and sample, in the catalogue's order.
pub fn all() -> Vec<(&'static str, Value)> {
    reference::SAMPLES.iter().map(|(key, text)| (*key, serde_json::from_str(text).unwrap())).collect()
}
