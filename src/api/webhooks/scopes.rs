//! The schema of a scope.

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, OneOfBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

/// The values of one field of the payload that are let through: a list, or one alone.
pub(super) enum ScopeValues {}

impl PartialSchema for ScopeValues {
    fn schema() -> RefOr<Schema> {
        let either = || [Type::String, Type::Integer].into_iter().collect::<SchemaType>();
        let one = || ObjectBuilder::new().schema_type(either());
        OneOfBuilder::new().item(ArrayBuilder::new().items(one())).item(one()).into()
    }
}

impl ToSchema for ScopeValues {}
