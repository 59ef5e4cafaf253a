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
use crate::api::http::schemas::{HttpsUrl, format, reference, text, url, words};
use crate::domain::destination::{Kind, REDACTED};
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

#[derive(Clone, Copy)]
enum Shape {
    Url,
    Secret,
    Headers,
    Address,
    Addresses,
}

/// The fields of a kind: name, shape, and whether it has to be there.
fn fields(kind: Kind) -> &'static [(&'static str, Shape, bool)] {
    match kind {
        Kind::Slack | Kind::Teams => &[("webhookUrl", Shape::Url, true)],
        Kind::Webhook => {
            &[("url", Shape::Url, true), ("secret", Shape::Secret, false), ("headers", Shape::Headers, false)]
        }
        Kind::OpsEmail => &[
            ("fromEmail", Shape::Address, true),
            ("toEmails", Shape::Addresses, true),
            ("replyTo", Shape::Address, false),
        ],
    }
}

/// A configuration of this kind.
pub(super) fn example(kind: Kind, usage: ConfigUse) -> Map<String, Value> {
    let secret = |value: &str| json!(if usage == ConfigUse::Redacted { REDACTED } else { value });
    let example = match kind {
        Kind::Slack => json!({ "webhookUrl": secret("https://hooks.slack.com/services/T/B/XYZ") }),
        Kind::Teams => json!({ "webhookUrl": secret("https://outlook.office.com/webhook/operations") }),
        Kind::Webhook => json!({
            "url": secret("https://alerts.example.com/ingest"),
            "secret": secret("shared-hmac-secret"),
            "headers": { "X-Token": secret("abc") },
        }),
        Kind::OpsEmail => json!({
            "fromEmail": "ops-alerts@example.com",
            "toEmails": ["ops@example.com", "oncall@example.com"],
            "replyTo": "support@example.com",
        }),
    };
    example.as_object().cloned().unwrap_or_default()
}

/// The schema of a kind's configuration.
fn config(kind: Kind, usage: ConfigUse) -> Object {
    let empty = ObjectBuilder::new().schema_type(Type::Object).description(Some(kind.display_name()));
    let closed = empty.additional_properties(Some(AdditionalProperties::FreeForm(false)));
    let object = fields(kind).iter().fold(closed, |object, (name, shape, required)| {
        let object = object.property(*name, property(*shape, *required, usage));
        if *required && usage != ConfigUse::Patch { object.required(*name) } else { object }
    });
    object.build()
}

/// A field of a configuration.
fn property(shape: Shape, required: bool, usage: ConfigUse) -> RefOr<Schema> {
    let (new, redacted) = (usage == ConfigUse::New, usage == ConfigUse::Redacted);
    let removable = !required && usage == ConfigUse::Patch;
    let types = |kind: Type| if removable { or_null(kind) } else { SchemaType::Type(kind) };
    match shape {
        Shape::Url | Shape::Secret if redacted => text("Redacted.").into(),
        Shape::Url if new => reference::<HttpsUrl>(),
        Shape::Url => {
            url("Where to post. The placeholder of a secret changes nothing.", "^(https://|•{8}$)").into()
        }
        Shape::Secret => text("Signs every POST.")
            .schema_type(types(Type::String))
            .min_length(Some(1))
            .max_length(Some(512))
            .into(),
        Shape::Headers => headers(usage).schema_type(types(Type::Object)).into(),
        Shape::Address if removable => {
            text("Where answers go.").schema_type(types(Type::String)).format(Some(format("email"))).into()
        }
        Shape::Address => reference::<EmailAddress>(),
        Shape::Addresses => ArrayBuilder::new()
            .items(reference::<EmailAddress>())
            .min_items(Some(1))
            .max_items(Some(50))
            .into(),
    }
}

fn headers(usage: ConfigUse) -> ObjectBuilder {
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
        .description(Some("Sent with every POST. Those of HTTP itself and of the signature are reserved."))
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
