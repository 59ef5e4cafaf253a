//! What the kinds of destinations have to be configured with, as schemas.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::openapi::schema::{
    AdditionalProperties, AnyOfBuilder, ArrayBuilder, Discriminator, Object, ObjectBuilder, OneOfBuilder,
    Schema, SchemaType, Type,
};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

use crate::api::http::parameters::string;
use crate::api::http::schemas::{LONGEST_URL, format, reference, text, url, words};
use crate::domain::destination::REDACTED;
use crate::domain::kinds::{FieldShape, FieldSpec, Kind};
use crate::domain::values::EmailAddress;

/// What a configuration is written for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ConfigUse {
    /// All of it is sent.
    New,
    /// Some of it is sent.
    Patch,
    /// It is answered, and its secrets are not.
    Redacted,
}

/// A body whose `config` depends on its `kind`.
pub(super) trait KindBody: PartialSchema {
    /// What its configuration is written for.
    const USE: ConfigUse;

    /// The name of the schema of one kind (`Slack`), or of the whole (an empty text).
    fn name_of(kind: &str) -> String;

    /// A body of this kind.
    fn example(kind: Kind) -> Value;
}

/// One schema for each kind, told apart by `kind`.
#[derive(Serialize)]
#[serde(transparent)]
pub(super) struct ByKind<T>(pub T);

/// Part of the configuration of any kind: the body does not say which.
pub(super) enum AnyConfigPatch {}

/// A configuration of this kind.
pub(super) fn example(kind: Kind, usage: ConfigUse) -> Map<String, Value> {
    let fields = kind.spec().fields.iter();
    fields.map(|field| (field.name.to_owned(), example_of(field.shape, usage))).collect()
}

fn example_of(shape: FieldShape, usage: ConfigUse) -> Value {
    let secret = |value: &str| json!(if usage == ConfigUse::Redacted { REDACTED } else { value });
    match shape {
        FieldShape::Url => secret("https://hooks.example.com/services/T/B/XYZ"),
        FieldShape::Secret => secret("shared-hmac-secret"),
        FieldShape::Headers => json!({ "X-Token": secret("abc") }),
        FieldShape::Address => json!("ops-alerts@example.com"),
        FieldShape::Addresses => json!(["ops@example.com", "oncall@example.com"]),
    }
}

/// The schema of a kind's configuration.
fn config(kind: Kind, usage: ConfigUse) -> Object {
    let empty = ObjectBuilder::new().description(Some(kind.spec().hint));
    let closed = empty.additional_properties(Some(AdditionalProperties::FreeForm(false)));
    let object = kind.spec().fields.iter().fold(closed, |object, field| {
        let object = object.property(field.name, property(field, usage));
        if field.required && usage != ConfigUse::Patch { object.required(field.name) } else { object }
    });
    object.build()
}

/// A field of a configuration. What may be left out may be null; a patch takes that away, and leaves what is a
/// placeholder.
fn property(field: &FieldSpec, usage: ConfigUse) -> RefOr<Schema> {
    let is_removable = !field.required && usage != ConfigUse::Redacted;
    let types = |kind: Type| if is_removable { or_null(kind) } else { SchemaType::Type(kind) };
    let string = || text(field.hint).schema_type(types(Type::String));
    match (field.shape, usage) {
        (FieldShape::Url | FieldShape::Secret, ConfigUse::Redacted) => text("Redacted.").into(),
        (FieldShape::Url, ConfigUse::New) => url(field.hint, "^https://").into(),
        // Without a format: the placeholder is no address.
        (FieldShape::Url, ConfigUse::Patch) => {
            text(field.hint).pattern(Some("^(https://|•{8}$)")).max_length(Some(LONGEST_URL)).into()
        }
        (FieldShape::Secret, _) => string().min_length(Some(1)).max_length(Some(512)).into(),
        (FieldShape::Headers, _) => headers(field, usage).schema_type(types(Type::Object)).into(),
        (FieldShape::Address, _) if is_removable => string().format(Some(format("email"))).into(),
        (FieldShape::Address, _) => reference::<EmailAddress>(),
        (FieldShape::Addresses, _) => {
            let list = ArrayBuilder::new()
                .items(reference::<EmailAddress>())
                .description(Some("Each gets a mail of its own."));
            list.min_items(Some(1)).max_items(Some(50)).into()
        }
    }
}

fn headers(field: &FieldSpec, usage: ConfigUse) -> ObjectBuilder {
    let name = string().pattern(Some("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$"));
    let value = string().max_length(Some(4_096));
    let value = match usage {
        ConfigUse::New => value.pattern(Some("^[ -~]*$")),
        // One that is null is taken away; a placeholder changes nothing.
        ConfigUse::Patch => value.schema_type(or_null(Type::String)).pattern(Some("^([ -~]*|•{8})$")),
        ConfigUse::Redacted => value,
    };
    ObjectBuilder::new()
        .property_names(Some(name))
        .additional_properties(Some(AdditionalProperties::RefOr(value.into())))
        .max_properties(Some(20))
        .description(Some(field.hint))
}

fn or_null(kind: Type) -> SchemaType {
    SchemaType::from_iter([kind, Type::Null])
}

impl ConfigUse {
    fn name_of(self, kind: Kind) -> String {
        match self {
            Self::New => pascal(kind) + "Config",
            Self::Patch => pascal(kind) + "ConfigPatch",
            Self::Redacted => format!("Redacted{}Config", pascal(kind)),
        }
    }

    fn schemas(self) -> impl Iterator<Item = (String, RefOr<Schema>)> {
        Kind::ALL.iter().map(move |kind| (self.name_of(*kind), config(*kind, self).into()))
    }
}

/// `ops_email` as `OpsEmail`.
fn pascal(kind: Kind) -> String {
    let parts = kind.as_str().split('_');
    parts
        .flat_map(|part| {
            part.chars().take(1).map(|first| first.to_ascii_uppercase()).chain(part.chars().skip(1))
        })
        .collect()
}

impl<T: KindBody> ByKind<T> {
    fn schema_of(kind: Kind) -> Option<Object> {
        let RefOr::T(Schema::Object(mut object)) = T::schema() else { return None };
        let only = words([kind.as_str()]).build();
        object.properties.insert("kind".to_owned(), only.into());
        object.properties.insert("config".to_owned(), Ref::from_schema_name(T::USE.name_of(kind)).into());
        object.examples = vec![T::example(kind)];
        Some(object)
    }
}

impl<T: KindBody> PartialSchema for ByKind<T> {
    fn schema() -> RefOr<Schema> {
        let name = |kind: &Kind| T::name_of(&pascal(*kind));
        let mapping =
            Kind::ALL.iter().map(|kind| (kind.as_str(), format!("#/components/schemas/{}", name(kind))));
        let discriminator = Discriminator::with_mapping("kind", mapping);
        let one_of = Kind::ALL
            .iter()
            .fold(OneOfBuilder::new(), |one_of, kind| one_of.item(Ref::from_schema_name(name(kind))));
        one_of.discriminator(Some(discriminator)).into()
    }
}

impl<T: KindBody + 'static> ToSchema for ByKind<T> {
    fn name() -> Cow<'static, str> {
        T::name_of("").into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.extend(T::USE.schemas());
        let bodies = Kind::ALL
            .iter()
            .filter_map(|kind| Some((T::name_of(&pascal(*kind)), Self::schema_of(*kind)?.into())));
        schemas.extend(bodies);
    }
}

impl PartialSchema for AnyConfigPatch {
    fn schema() -> RefOr<Schema> {
        let names = ConfigUse::Patch.schemas().map(|(name, _)| Ref::from_schema_name(name));
        let any_of = names.fold(AnyOfBuilder::new(), AnyOfBuilder::item);
        any_of.description(Some("Only the fields that change, in the shape of its kind.")).into()
    }
}

impl ToSchema for AnyConfigPatch {
    fn name() -> Cow<'static, str> {
        "ConfigPatch".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.extend(ConfigUse::Patch.schemas());
    }
}
