//! The schema of what narrows a subscription.

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{
    AdditionalProperties, ArrayBuilder, ObjectBuilder, OneOfBuilder, Schema, SchemaType, Type,
};
use utoipa::{PartialSchema, ToSchema};

/// Field of the payload to the values that are let through: a list, or one alone.
pub(super) enum Scopes {}

impl PartialSchema for Scopes {
    fn schema() -> RefOr<Schema> {
        let one = || ObjectBuilder::new().schema_type(SchemaType::from_iter([Type::String, Type::Integer]));
        let values = OneOfBuilder::new().item(ArrayBuilder::new().items(one())).item(one());
        ObjectBuilder::new()
            .additional_properties(Some(AdditionalProperties::RefOr(values.into())))
            .description(Some("Field of the payload to the values that are let through."))
            .into()
    }
}

impl ToSchema for Scopes {}
