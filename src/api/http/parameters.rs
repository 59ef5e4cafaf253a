//! Parameters for the description: an extractor says itself what it reads.

use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{Schema, Type};
use utoipa::openapi::{ObjectBuilder, RefOr, Required};

use super::schemas;

/// A header that may be left out.
pub(in crate::api) fn header(name: &str, description: &str, schema: impl Into<RefOr<Schema>>) -> Parameter {
    parameter(ParameterIn::Header, name, schema).description(Some(description)).build()
}

/// A header that has to be there.
pub(in crate::api) fn required_header(
    name: &str,
    description: &str,
    schema: impl Into<RefOr<Schema>>,
) -> Parameter {
    let header = parameter(ParameterIn::Header, name, schema).required(Required::True);
    header.description(Some(description)).build()
}

/// A query parameter.
pub(in crate::api) fn query(name: &str, description: &str, schema: impl Into<RefOr<Schema>>) -> Parameter {
    parameter(ParameterIn::Query, name, schema).description(Some(description)).build()
}

/// A part of the path.
pub(in crate::api) fn path(name: &str, description: &str, schema: impl Into<RefOr<Schema>>) -> Parameter {
    let path = parameter(ParameterIn::Path, name, schema).required(Required::True);
    path.description(Some(description)).build()
}

/// The `{id}` of a path, a UUID.
pub(in crate::api) fn id(description: &str) -> Parameter {
    path("id", description, string().format(Some(schemas::format("uuid"))))
}

/// A text, to be narrowed.
pub(in crate::api) fn string() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn parameter(place: ParameterIn, name: &str, schema: impl Into<RefOr<Schema>>) -> ParameterBuilder {
    ParameterBuilder::new().name(name).parameter_in(place).schema(Some(schema))
}
