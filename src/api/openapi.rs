//! `GET /api/openapi.json`: what every JSON route takes and answers, and what receivers get.
//!
//! The words are written by hand, a fragment for each dialect. What the program knows better is added when
//! it starts: errors from [`crate::error::Error`], events from the catalogue.

mod errors;
mod events;

use serde_json::{Map, Value, json};

use crate::domain::catalog::Catalog;

const FRAGMENTS: [&str; 11] = [
    include_str!("openapi/document.json"),
    include_str!("openapi/events.json"),
    include_str!("openapi/providers.json"),
    include_str!("openapi/provider-sends.json"),
    include_str!("openapi/provider-schemas.json"),
    include_str!("openapi/webhooks.json"),
    include_str!("openapi/webhook-answers.json"),
    include_str!("openapi/webhook-schemas.json"),
    include_str!("openapi/rules.json"),
    include_str!("openapi/server.json"),
    include_str!("openapi/outgoing.json"),
];

/// What differs from one server to the next.
#[derive(Clone, Copy, Debug)]
pub struct ServerInfo<'a> {
    /// Which events there are.
    pub catalog: &'a Catalog,
    /// The header of the hex signature.
    pub signature_header: &'a str,
    /// Whether an event's derived links may be left out.
    pub builds_links: bool,
}

/// The OpenAPI 3.1 document of a server.
///
/// # Panics
/// Never: the fragments are part of the program, and a test reads them.
#[must_use]
#[expect(clippy::expect_used, reason = "the fragments are part of the program, and a test reads them")]
pub fn document(server: ServerInfo<'_>) -> Value {
    let mut document = Value::Null;
    for fragment in FRAGMENTS {
        merge(&mut document, serde_json::from_str(fragment).expect("a fragment is JSON"));
    }
    merge(&mut document, json!({ "info": { "version": env!("CARGO_PKG_VERSION") } }));
    merge(&mut document, json!({ "components": { "responses": errors::responses() } }));
    let signature = json!({ "name": server.signature_header });
    merge(&mut document, json!({ "components": { "parameters": { "Signature": signature } } }));
    let notification = document.pointer("/webhooks/notification").cloned().unwrap_or_default();
    merge(&mut document, events::described(server, &notification));
    operations(&mut document).for_each(errors::add_common);
    document
}

/// Lays `addition` over `document`: objects are merged, anything else is replaced.
fn merge(document: &mut Value, addition: Value) {
    match (document, addition) {
        (Value::Object(into), Value::Object(from)) => {
            for (name, value) in from {
                merge(into.entry(name).or_insert(Value::Null), value);
            }
        }
        (document, addition) => *document = addition,
    }
}

/// Every operation of every path.
fn operations(document: &mut Value) -> impl Iterator<Item = &mut Map<String, Value>> {
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    paths
        .into_iter()
        .flat_map(Map::values_mut)
        .filter_map(Value::as_object_mut)
        .flat_map(Map::values_mut)
        .filter_map(Value::as_object_mut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_merged_and_anything_else_is_replaced() {
        let mut document = json!({ "paths": { "/a": 1 }, "tags": ["x"] });
        merge(&mut document, json!({ "paths": { "/b": 2 }, "tags": ["y"] }));
        assert_eq!(document, json!({ "paths": { "/a": 1, "/b": 2 }, "tags": ["y"] }));
    }

    #[test]
    fn a_server_that_builds_links_lets_them_be_left_out() {
        let required = |builds_links| {
            let catalog = Catalog::builtin();
            let server = ServerInfo { catalog: &catalog, signature_header: "X-Signed", builds_links };
            document(server).pointer("/components/schemas/run_failed.posted/required").cloned().unwrap()
        };
        assert!(required(false).as_array().unwrap().contains(&json!("admin_link")));
        assert!(!required(true).as_array().unwrap().contains(&json!("admin_link")));
    }
}
