//! The outer form of a JSON:API answer.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::header::{ACCEPT, CONTENT_TYPE as CONTENT_TYPE_HEADER, HeaderValue};
use serde_json::{Map, Value, json};

use crate::domain::account::Account;

use super::resource;
use super::sparse_fields::SparseFields;

/// <https://jsonapi.org/format/#introduction>
pub(super) const CONTENT_TYPE: &str = "application/vnd.api+json";

/// One resource.
pub(super) fn of_one(
    attributes: Map<String, Value>,
    warnings: &[String],
    account: &Account,
    shape: &SparseFields,
) -> Value {
    let mut document = json!({ "data": resource::resource(attributes, shape) });
    let mut parts = Vec::new();
    if shape.included {
        parts.push(("included", json!([resource::account(account, shape)])));
    }
    if !warnings.is_empty() {
        parts.push(("meta", json!({ "warnings": warnings })));
    }
    insert(&mut document, parts);
    document
}

/// A page of a list; `count` if it was asked for.
pub(super) fn of_list(
    data: Vec<Value>,
    count: Option<usize>,
    account: &Account,
    shape: &SparseFields,
) -> Value {
    let included = shape.included.then(|| {
        let accounts = if data.is_empty() { Vec::new() } else { vec![resource::account(account, shape)] };
        ("included", Value::Array(accounts))
    });
    let meta = count.map(|count| ("meta", json!({ "count": count })));
    let mut document = json!({});
    insert(&mut document, [("data", Value::Array(data))].into_iter().chain(included).chain(meta).collect());
    document
}

fn insert(document: &mut Value, parts: Vec<(&str, Value)>) {
    if let Value::Object(document) = document {
        document.extend(parts.into_iter().map(|(name, value)| (name.to_owned(), value)));
    }
}

/// Answers in JSON:API's own content type whoever asks for it or sends it; everybody else gets plain JSON.
/// Errors are the envelope, which is no JSON:API document.
pub(super) async fn in_the_asked_type(request: Request, next: Next) -> Response {
    let headers = request.headers();
    let names = |value: &HeaderValue| value.to_str().is_ok_and(|value| value.contains(CONTENT_TYPE));
    let asked = headers.get_all(ACCEPT).iter().chain(headers.get(CONTENT_TYPE_HEADER)).any(names);
    let mut response = next.run(request).await;
    if asked && response.status().is_success() && response.headers().contains_key(CONTENT_TYPE_HEADER) {
        response.headers_mut().insert(CONTENT_TYPE_HEADER, HeaderValue::from_static(CONTENT_TYPE));
    }
    response
}
