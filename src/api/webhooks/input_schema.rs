//! The document that a client sends, as it is described.

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::api::http::parameters::string;
use crate::api::http::schemas::{any_object, reference};

use super::resource::{AccountType, WebhookType};
use super::webhook_input::WebhookInput;

/// A webhook to make, as a document of JSON:API.
pub(super) enum NewWebhook {}
/// What changes of a webhook, as a document of JSON:API.
pub(super) enum WebhookPatch {}

impl PartialSchema for NewWebhook {
    fn schema() -> RefOr<Schema> {
        document(&["name", "url"])
    }
}

impl ToSchema for NewWebhook {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        document_schemas(schemas);
    }
}

impl PartialSchema for WebhookPatch {
    fn schema() -> RefOr<Schema> {
        document(&[])
    }
}

impl ToSchema for WebhookPatch {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        document_schemas(schemas);
    }
}

/// A document of which these attributes have to be there.
fn document(required: &[&str]) -> RefOr<Schema> {
    let mut attributes = WebhookInput::schema();
    if let RefOr::T(Schema::Object(attributes)) = &mut attributes {
        attributes.required.extend(required.iter().map(|name| (*name).to_owned()));
    }
    let id = ObjectBuilder::new().schema_type(SchemaType::from_iter([Type::String, Type::Integer]));
    let resource = closed()
        .property("type", reference::<WebhookType>())
        .required("type")
        .property("attributes", attributes)
        .required("attributes")
        .property("id", id.description(Some("The path's, as a text or as a number.")))
        .property("lid", string().description(Some("Ignored.")))
        .property("relationships", relationships())
        .property("links", any_object())
        .property("meta", any_object());
    closed()
        .property("data", resource)
        .required("data")
        .property("jsonapi", any_object())
        .property("links", any_object())
        .property("meta", any_object())
        .into()
}

/// The account of the call, or nothing.
fn relationships() -> ObjectBuilder {
    let identifier = closed()
        .property("type", reference::<AccountType>())
        .required("type")
        .property("id", string().description(Some("The account of the call.")))
        .required("id")
        .property("meta", any_object());
    let account =
        closed().property("data", identifier).property("links", any_object()).property("meta", any_object());
    closed().property("account", account)
}

fn document_schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
    WebhookInput::schemas(schemas);
    schemas.push((WebhookType::name().into_owned(), WebhookType::schema()));
    schemas.push((AccountType::name().into_owned(), AccountType::schema()));
}

fn closed() -> ObjectBuilder {
    ObjectBuilder::new().additional_properties(Some(AdditionalProperties::FreeForm(false)))
}
