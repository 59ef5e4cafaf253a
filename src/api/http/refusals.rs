//! The refusals that operations share, each with an example that the program itself has written.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::json;
use utoipa::openapi::schema::{Schema, Type};
use utoipa::openapi::{Content, Header, Object, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, PartialSchema, ToSchema};

use crate::domain::field_errors::FieldErrors;
use crate::error::Error;

use super::envelope::ErrorEnvelope;
use super::schemas;

/// The request id of the examples.
const TRACE_ID: &str = "01969b3e-5c1e-7d1a-9a44-2f5d0b7e11aa";

/// A component of the description, by its name.
#[derive(Clone, Copy, Debug)]
pub(in crate::api) enum Refusal {
    BadRequest,
    InvalidRules,
    Unauthorized,
    Forbidden,
    NotFound,
    NotAcceptable,
    Conflict,
    ResourceConflict,
    PreconditionFailed,
    TooLarge,
    UnsupportedMedia,
    Invalid,
    TooMany,
    Internal,
    DeliveryFailed,
    Unavailable,
}

impl Refusal {
    const ALL: [Self; 16] = [
        Self::BadRequest,
        Self::InvalidRules,
        Self::Unauthorized,
        Self::Forbidden,
        Self::NotFound,
        Self::NotAcceptable,
        Self::Conflict,
        Self::ResourceConflict,
        Self::PreconditionFailed,
        Self::TooLarge,
        Self::UnsupportedMedia,
        Self::Invalid,
        Self::TooMany,
        Self::Internal,
        Self::DeliveryFailed,
        Self::Unavailable,
    ];

    fn name(self) -> String {
        format!("{self:?}")
    }

    /// When it is answered.
    fn description(self) -> &'static str {
        match self {
            Self::BadRequest => {
                "The request cannot be read: broken JSON, an unknown parameter, an unknown kind."
            }
            Self::InvalidRules => "The body cannot be read, or the rules contradict one another.",
            Self::Unauthorized => "No token, no session, or one that is not known any more.",
            Self::Forbidden => "The role is not enough, or `X-Requested-With` is missing.",
            Self::NotFound => "There is no such thing, or it is another account's.",
            Self::NotAcceptable => "JSON:API is accepted only with parameters that are not known here.",
            Self::ResourceConflict => "The type or the id is another resource's.",
            Self::Conflict => {
                "The idempotency key was used for another body, or what is asked is not possible as things stand."
            }
            Self::PreconditionFailed => "Somebody else has saved since the revision of `If-Match`.",
            Self::TooLarge => "The body is larger than is read here.",
            Self::UnsupportedMedia => "The body has another content type.",
            Self::Invalid => "The request was read, and fields are wrong. `details` names each.",
            Self::TooMany => "Too many requests: wait for `Retry-After` seconds.",
            Self::Internal => "A defect of ours. The log holds its cause, under the trace id.",
            Self::DeliveryFailed => "The receiver or the mail server did not take it.",
            Self::Unavailable => "Not now: the queue or the disk is full, or the database does not answer.",
        }
    }

    fn example(self) -> Error {
        let bad_request = |code, message: &str| Error::BadRequest {
            code,
            message: message.to_owned(),
            fields: FieldErrors::default(),
        };
        match self {
            Self::BadRequest => {
                bad_request("MALFORMED_JSON", "The body is not JSON: look at line 1, column 1.")
            }
            Self::InvalidRules => bad_request(
                "CONNECTOR_INVALID_CONFIG",
                "The connector configuration is invalid. An organization has one webhook URL.",
            ),
            Self::Unauthorized => Error::Unauthorized,
            Self::Forbidden => Error::needs("admin"),
            Self::NotFound => Error::not_found("destination"),
            Self::NotAcceptable => Error::NotAcceptable(
                "Accept application/vnd.api+json without parameters, or application/json.".to_owned(),
            ),
            Self::ResourceConflict => Error::Conflict {
                code: "TYPE_CONFLICT",
                message: "data.type must be notification/webhooks, not “cars”.".to_owned(),
            },
            Self::Conflict => Error::Conflict {
                code: "IDEMPOTENCY_KEY_REUSED",
                message: "This Idempotency-Key was used for another body: use a new key.".to_owned(),
            },
            Self::PreconditionFailed => Error::PreconditionFailed(
                "Somebody else has saved since: get it again, then put your change.".to_owned(),
            ),
            Self::TooLarge => Error::TooLarge("The body is larger than 64 KiB.".to_owned()),
            Self::UnsupportedMedia => {
                Error::UnsupportedMedia("Send Content-Type: application/json.".to_owned())
            }
            Self::Invalid => Error::invalid("name", "must have 1 to 120 characters"),
            Self::TooMany => {
                Error::TooMany { message: "Too many requests at once: slow down.".to_owned(), retry_after: 1 }
            }
            Self::Internal => Error::internal("an example"),
            Self::DeliveryFailed => {
                Error::DeliveryFailed("Failed: example.com answered 500 in 184 ms.".to_owned())
            }
            Self::Unavailable => Error::Unavailable {
                code: "QUEUE_FULL",
                message: "Too many deliveries are waiting: try again later.".to_owned(),
                retry_after: 5,
            },
        }
    }

    fn response(self) -> Response {
        let error = self.example();
        let example = json!(ErrorEnvelope::of(&error, TRACE_ID, Timestamp::UNIX_EPOCH));
        let schema = schemas::reference::<ErrorEnvelope>();
        let content = Content::builder().schema(Some(schema)).example(Some(example));
        let response = ResponseBuilder::new()
            .description(self.description())
            .content("application/json", content.build());
        match error.retry_after() {
            Some(seconds) => {
                let mut header = Header::new(Object::with_type(Type::Integer));
                header.example = Some(json!(seconds));
                response.header("Retry-After", header).build()
            }
            None => response.build(),
        }
    }
}

/// `components.responses`.
pub(in crate::api) fn components() -> impl Iterator<Item = (String, Response)> {
    Refusal::ALL.into_iter().map(|refusal| (refusal.name(), refusal.response()))
}

/// `components.schemas`, by which they all look alike.
pub(in crate::api) fn schemas() -> Vec<(String, RefOr<Schema>)> {
    let mut schemas = vec![(ErrorEnvelope::name().into_owned(), ErrorEnvelope::schema())];
    ErrorEnvelope::schemas(&mut schemas);
    schemas
}

type Responses = BTreeMap<String, RefOr<Response>>;

fn references(refusals: &[Refusal]) -> Responses {
    let reference = |refusal: &Refusal| {
        let status = refusal.example().status().to_string();
        (status, Ref::from_response_name(refusal.name()).into())
    };
    refusals.iter().map(reference).collect()
}

/// Of a call that is open to everybody.
pub(in crate::api) enum OpenRefusals {}
/// Of a call that asks who is calling.
pub(in crate::api) enum CallerRefusals {}
/// Of a call for one thing of the catalogue.
pub(in crate::api) enum MissingRefusals {}
/// Of a call that not every role may make.
pub(in crate::api) enum ForbiddenRefusals {}
/// Of a call for one account, which is named in the path or the body.
pub(in crate::api) enum AccountRefusals {}
/// Of a call for one account, which may be named in a header.
pub(in crate::api) enum TenantRefusals {}
/// Of a call with a body.
pub(in crate::api) enum BodyRefusals {}
/// Of a call with an idempotency key.
pub(in crate::api) enum ConflictRefusals {}
/// Of rules that contradict one another.
pub(in crate::api) enum RulesRefusals {}
/// Of a change that may ask for a revision.
pub(in crate::api) enum RevisionRefusals {}
/// Of a test that did not arrive.
pub(in crate::api) enum DeliveryRefusals {}
/// Of a call that is answered in JSON:API.
pub(in crate::api) enum JsonApiRefusals {}
/// Of a resource that is sent in JSON:API.
pub(in crate::api) enum ResourceRefusals {}
/// Of a call that is limited by rate.
pub(in crate::api) enum RateRefusals {}

impl IntoResponses for OpenRefusals {
    fn responses() -> Responses {
        references(&[Refusal::TooLarge])
    }
}

impl IntoResponses for CallerRefusals {
    fn responses() -> Responses {
        use Refusal::{BadRequest, Internal, Unauthorized, Unavailable};
        references(&[BadRequest, Unauthorized, Internal, Unavailable])
    }
}

impl IntoResponses for MissingRefusals {
    fn responses() -> Responses {
        references(&[Refusal::NotFound])
    }
}

impl IntoResponses for ForbiddenRefusals {
    fn responses() -> Responses {
        references(&[Refusal::Forbidden])
    }
}

impl IntoResponses for AccountRefusals {
    fn responses() -> Responses {
        let mut responses = CallerRefusals::responses();
        responses.extend(references(&[Refusal::Forbidden, Refusal::NotFound]));
        responses
    }
}

impl IntoResponses for TenantRefusals {
    fn responses() -> Responses {
        let mut responses = AccountRefusals::responses();
        responses.extend(references(&[Refusal::Invalid]));
        responses
    }
}

impl IntoResponses for BodyRefusals {
    fn responses() -> Responses {
        references(&[Refusal::TooLarge, Refusal::UnsupportedMedia, Refusal::Invalid])
    }
}

impl IntoResponses for JsonApiRefusals {
    fn responses() -> Responses {
        references(&[Refusal::NotAcceptable])
    }
}

impl IntoResponses for ResourceRefusals {
    fn responses() -> Responses {
        references(&[Refusal::ResourceConflict])
    }
}

impl IntoResponses for RateRefusals {
    fn responses() -> Responses {
        references(&[Refusal::TooMany])
    }
}

impl IntoResponses for ConflictRefusals {
    fn responses() -> Responses {
        references(&[Refusal::Conflict])
    }
}

impl IntoResponses for RulesRefusals {
    fn responses() -> Responses {
        references(&[Refusal::InvalidRules])
    }
}

impl IntoResponses for RevisionRefusals {
    fn responses() -> Responses {
        references(&[Refusal::PreconditionFailed])
    }
}

impl IntoResponses for DeliveryRefusals {
    fn responses() -> Responses {
        references(&[Refusal::DeliveryFailed])
    }
}
