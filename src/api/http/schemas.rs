//! Schemas that several APIs share: words, names, addresses.

use std::borrow::Cow;

use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Schema, Type};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

use crate::domain::kinds::Kind;
use crate::domain::notification::Severity;
use crate::domain::values::EmailAddress;

use super::parameters::string;

/// The longest address that is posted to.
pub(in crate::api) const LONGEST_URL: usize = 2_048;

/// The key of an event type. Which there are is known when the server starts.
pub(in crate::api) enum EventKey {}
/// An object that may hold anything.
pub(in crate::api) enum JsonObject {}
/// What a destination is called.
pub(in crate::api) enum DestinationName {}
/// Where a destination posts.
pub(in crate::api) enum HttpsUrl {}
/// Where the settings page's shared webhook posts.
pub(in crate::api) enum SharedUrl {}

/// A text, to be narrowed.
pub(in crate::api) fn text(description: &str) -> ObjectBuilder {
    string().description(Some(description))
}

/// One of these words.
pub(in crate::api) fn words<'a>(words: impl IntoIterator<Item = &'a str>) -> ObjectBuilder {
    string().enum_values(Some(words))
}

/// A moment of RFC 3339, or a day in UTC.
pub(in crate::api) fn moments() -> ObjectBuilder {
    let day = "[0-9]{4}-[0-9]{2}-[0-9]{2}";
    let time = r"T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:[0-9]{2})?";
    string().pattern(Some(format!("^{day}({time})?$"))).examples(["2026-05-04T11:30:00Z"])
}

/// `true` and nothing else.
pub(in crate::api) fn always_true() -> Schema {
    always(true)
}

/// `false` and nothing else.
pub(in crate::api) fn always_false() -> Schema {
    always(false)
}

/// A schema by its name among the components.
pub(in crate::api) fn reference<T: ToSchema>() -> RefOr<Schema> {
    Ref::from_schema_name(T::name()).into()
}

fn always(value: bool) -> Schema {
    ObjectBuilder::new().schema_type(Type::Boolean).enum_values(Some([value])).into()
}

impl PartialSchema for EventKey {
    fn schema() -> RefOr<Schema> {
        text("The key of an event type.").into()
    }
}
impl ToSchema for EventKey {}

impl PartialSchema for JsonObject {
    fn schema() -> RefOr<Schema> {
        any_object().into()
    }
}
impl ToSchema for JsonObject {}

/// The characters of a name that show nothing, as `is_unseen` of `domain::text` has them.
const UNSEEN: &str = r"\x00-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb";

/// Those that are nothing by themselves, as far as a pattern of two bytes a character can say it.
const NOTHING_ALONE: &str = r"\x20\xa0\u034f\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200a\u200c\u200d\u202f\u205f\u2800\u3000\ufe00-\ufe0f";

impl PartialSchema for DestinationName {
    fn schema() -> RefOr<Schema> {
        text("For people, without control or invisible characters. Names may repeat.")
            .min_length(Some(1))
            .max_length(Some(120))
            .pattern(Some(format!("^[^{UNSEEN}]*[^{UNSEEN}{NOTHING_ALONE}][^{UNSEEN}]*$")))
            .into()
    }
}
impl ToSchema for DestinationName {}

impl PartialSchema for HttpsUrl {
    fn schema() -> RefOr<Schema> {
        url("Where to post: https only, without user name and fragment.", "^https://").into()
    }
}
impl ToSchema for HttpsUrl {}

impl PartialSchema for SharedUrl {
    fn schema() -> RefOr<Schema> {
        url("Where to post: http or https, without user name and fragment.", "^https?://").into()
    }
}
impl ToSchema for SharedUrl {}

/// An address to post to.
pub(in crate::api) fn url(description: &str, pattern: &str) -> ObjectBuilder {
    text(description).format(Some(format("iri"))).pattern(Some(pattern)).max_length(Some(LONGEST_URL))
}

/// An object that may hold anything.
pub(in crate::api) fn any_object() -> Schema {
    ObjectBuilder::new().additional_properties(Some(AdditionalProperties::FreeForm(true))).into()
}

/// A format that has no word in the library.
pub(in crate::api) fn format(name: &str) -> utoipa::openapi::SchemaFormat {
    utoipa::openapi::SchemaFormat::Custom(name.to_owned())
}

impl PartialSchema for EmailAddress {
    fn schema() -> RefOr<Schema> {
        text("A plain address with an ASCII local part.").format(Some(format("email"))).into()
    }
}
impl ToSchema for EmailAddress {
    fn name() -> Cow<'static, str> {
        "Email".into()
    }
}

impl PartialSchema for Kind {
    fn schema() -> RefOr<Schema> {
        words(Self::ALL.iter().map(|kind| kind.as_str())).into()
    }
}
impl ToSchema for Kind {}

impl PartialSchema for Severity {
    fn schema() -> RefOr<Schema> {
        words(Self::ALL.iter().map(|severity| severity.as_str())).into()
    }
}
impl ToSchema for Severity {}
