//! The bodies that make and change a destination.

use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::actions::destinations::DestinationPatch;
use crate::api::http::fields::{BodyFields, object, text};
use crate::api::http::schemas::DestinationName;
use crate::domain::destination::DestinationDraft;
use crate::domain::field_errors::FieldErrors;
use crate::domain::kinds::Kind;
use crate::domain::text::quoted;
use crate::error::{Error, Result};

use super::kinds::{AnyConfigPatch, ByKind, ConfigUse, KindBody, example};

/// A destination to make, of any kind.
pub(super) type NewProvider = ByKind<NewProviderBody>;

/// A destination to make.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "its fields are read one by one, so that each refusal is a sentence")]
pub(super) struct NewProviderBody {
    kind: String,
    #[schema(value_type = DestinationName)]
    name: String,
    #[schema(value_type = Object)]
    config: Map<String, Value>,
    /// False while paused; true if it is left out.
    #[schema(required = false)]
    enabled: bool,
}

/// What is not named stays as it is.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ProviderPatch {
    #[schema(value_type = DestinationName, required = false)]
    name: Option<String>,
    /// Pause or resume.
    #[schema(nullable = false)]
    enabled: Option<bool>,
    #[schema(value_type = AnyConfigPatch, required = false)]
    config: Option<Map<String, Value>>,
}

impl NewProvider {
    /// The draft, and what is wrong with the body beside it, see [`refuse_shape`]. 422 names the fields where the kind is not
    /// known, 400 an unknown kind and whatever else is wrong.
    pub fn parse(body: Value) -> Result<(DestinationDraft, FieldErrors)> {
        let mut fields = BodyFields::of_body(body)?;
        let word = fields.required("kind", "a string", text);
        let name = fields.required("name", "a string", text);
        let config = fields.required("config", "an object", object);
        let enabled = fields.optional("enabled", "true or false", |value| value.as_bool());
        let errors = fields.take_errors();
        let kind = word.as_deref().map(str::parse::<Kind>);
        match kind {
            Some(Err(_)) => Err(unknown_kind(&word.unwrap_or_default(), errors)),
            Some(Ok(kind)) => {
                // What is missing is among the errors.
                let (name, config) = (name.unwrap_or_default(), config.unwrap_or_default());
                let (enabled, events, scopes) = (enabled.unwrap_or(true), Vec::new(), Map::new());
                Ok((DestinationDraft { kind, name, enabled, events, scopes, config }, errors))
            }
            None => Err(errors.into()),
        }
    }
}

impl ProviderPatch {
    /// The patch, and what is wrong with the body beside it, see [`refuse_shape`].
    pub fn parse(body: Value) -> Result<(DestinationPatch, FieldErrors)> {
        let mut fields = BodyFields::of_body(body)?;
        let Self { name, enabled, config } = Self {
            name: fields.optional("name", "a string", text),
            enabled: fields.optional("enabled", "true or false", |value| value.as_bool()),
            config: fields.optional("config", "an object", object),
        };
        let patch = DestinationPatch { name, enabled, config, ..DestinationPatch::default() };
        Ok((patch, fields.take_errors()))
    }
}

/// 400 by the reference: the kind is not one of the adapters.
fn unknown_kind(word: &str, others: FieldErrors) -> Error {
    let known: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
    let word = quoted(word);
    let mut fields = FieldErrors::default();
    fields.push("kind", format!("“{word}” is not a kind of destination: use {}", known.join(", ")));
    fields.extend(others);
    Error::BadRequest { code: "UNKNOWN_KIND", message: fields.summary(), fields }
}

impl KindBody for NewProviderBody {
    const USE: ConfigUse = ConfigUse::New;

    fn name_of(kind: &str) -> String {
        format!("New{kind}Provider")
    }

    fn example(kind: Kind) -> Value {
        json!({ "kind": kind.as_str(), "name": "#ops-alerts", "config": example(kind, Self::USE) })
    }
}
