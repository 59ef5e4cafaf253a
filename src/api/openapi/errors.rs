//! The errors, each with an example that the program itself has written.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::api::http::envelope;
use crate::domain::field_errors::FieldErrors;
use crate::error::Error;

/// The request id of the examples.
const TRACE_ID: &str = "01969b3e-5c1e-7d1a-9a44-2f5d0b7e11aa";

/// Name, when it is answered, and an example.
fn known() -> [(&'static str, &'static str, Error); 13] {
    let bad_request = |code, message: &str| Error::BadRequest {
        code,
        message: message.to_owned(),
        fields: FieldErrors::default(),
    };
    [
        (
            "BadRequest",
            "The request cannot be read: broken JSON, an unknown parameter, an unknown kind.",
            bad_request("MALFORMED_JSON", "The body is not JSON: expected value at line 1 column 1."),
        ),
        (
            "InvalidRules",
            "The body cannot be read, or the rules contradict one another.",
            bad_request(
                "CONNECTOR_INVALID_CONFIG",
                "The connector configuration is invalid. An organization has one webhook URL.",
            ),
        ),
        ("Unauthorized", "No token, no session, or one that is not known any more.", Error::Unauthorized),
        ("Forbidden", "The role is not enough, or `X-Requested-With` is missing.", Error::needs("admin")),
        ("NotFound", "There is no such thing, or it is another account's.", Error::not_found("destination")),
        (
            "Conflict",
            "The idempotency key was used for another body.",
            Error::Conflict {
                code: "IDEMPOTENCY_KEY_REUSED",
                message: "This Idempotency-Key was used for another event.".to_owned(),
            },
        ),
        (
            "TooLarge",
            "The body is larger than is read here.",
            Error::TooLarge("The body is larger than 64 KiB.".to_owned()),
        ),
        (
            "UnsupportedMedia",
            "The body has another content type.",
            Error::UnsupportedMedia("Send Content-Type: application/json.".to_owned()),
        ),
        (
            "Invalid",
            "The request was read, and fields are wrong. `details` names each.",
            Error::invalid("name", "must have 1 to 120 characters"),
        ),
        (
            "TooMany",
            "Too many requests: wait for `Retry-After` seconds.",
            Error::TooMany { message: "Too many requests at once: slow down.".to_owned(), retry_after: 1 },
        ),
        (
            "Internal",
            "A defect of ours. The log holds its cause, under the trace id.",
            Error::internal("an example"),
        ),
        (
            "Unavailable",
            "Not now: the queue or the disk is full, or the database does not answer.",
            Error::Unavailable {
                code: "QUEUE_FULL",
                message: "Too many deliveries are waiting: try again later.".to_owned(),
                retry_after: 5,
            },
        ),
        ("MethodNotAllowed", "Not with this method; `Allow` names those that are.", Error::MethodNotAllowed),
    ]
}

/// `components.responses`.
pub(super) fn responses() -> Map<String, Value> {
    known().into_iter().map(|(name, when, error)| (name.to_owned(), response(when, &error))).collect()
}

fn response(when: &str, error: &Error) -> Value {
    let example = envelope::document(error, TRACE_ID, Timestamp::UNIX_EPOCH);
    let schema = json!({ "$ref": "#/components/schemas/Error" });
    let mut response = json!({
        "description": when,
        "content": { "application/json": { "schema": schema, "example": example } },
    });
    if let (Some(seconds), Some(response)) = (error.retry_after(), response.as_object_mut()) {
        let header = json!({ "schema": { "type": "integer" }, "example": seconds });
        response.insert("headers".to_owned(), json!({ "Retry-After": header }));
    }
    response
}

/// What every operation may answer that asks who is calling.
pub(super) fn add_common(operation: &mut Map<String, Value>) {
    if operation.contains_key("security") {
        return;
    }
    let Some(Value::Object(responses)) = operation.get_mut("responses") else { return };
    for (status, name) in [("401", "Unauthorized"), ("500", "Internal"), ("503", "Unavailable")] {
        let reference = json!({ "$ref": format!("#/components/responses/{name}") });
        responses.entry(status).or_insert(reference);
    }
    responses.sort_keys();
}
