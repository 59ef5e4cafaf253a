//! The document that a client sends; webhooks-api.txt, "Input Schema".

use serde_json::{Map, Value, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::actions::destinations::DestinationPatch;
use crate::api::http::fields::{BodyFields, object, text, texts};
use crate::api::http::parameters::string;
use crate::api::http::schemas::{DestinationName, EventKey, HttpsUrl, any_object, reference};
use crate::domain::account::Account;
use crate::domain::destination::DestinationDraft;
use crate::domain::field_errors::FieldErrors;
use crate::domain::kinds::Kind;
use crate::domain::text::quoted;
use crate::error::{Error, Result};

use super::resource::{ACCOUNTS, AccountType, TYPE, WebhookType};
use super::scopes::Scopes;

const ATTRIBUTES: &str = "data.attributes.";

/// The attributes that may be written. What only we write may be there too, so that a client may send back what
/// it has got: it is not stored.
#[derive(Default, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WebhookInput {
    #[schema(value_type = DestinationName, required = false)]
    name: Option<String>,
    #[schema(value_type = HttpsUrl, required = false)]
    url: Option<String>,
    /// `null` takes the secret away.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 512)]
    secret: Option<Value>,
    /// Keys of the events that it hears about.
    #[schema(value_type = Vec<EventKey>, required = false)]
    events: Option<Vec<String>>,
    #[schema(value_type = Scopes, required = false)]
    scopes: Option<Map<String, Value>>,
    /// Ignored, if it is the path's.
    #[schema(nullable = false)]
    id: Option<i64>,
    /// Ignored, if it is the call's.
    #[schema(nullable = false)]
    account_id: Option<i64>,
    /// Ignored.
    #[schema(value_type = Value, required = false)]
    #[expect(dead_code, reason = "taken, so that it is not refused; never stored")]
    created_at: Option<Value>,
    /// Ignored.
    #[schema(value_type = Value, required = false)]
    #[expect(dead_code, reason = "taken, so that it is not refused; never stored")]
    updated_at: Option<Value>,
}

/// A webhook to make, as a document of JSON:API.
pub(super) enum NewWebhook {}
/// What changes of a webhook, as a document of JSON:API.
pub(super) enum WebhookPatch {}

impl WebhookInput {
    /// What was sent, and what has the wrong shape in it, to be told together with what is wrong with its values.
    /// `id` is the path's, for an update. 422 names the fields where there are no attributes, 409 a type or an id that
    /// is another's, 403 an id for something new.
    pub fn parse(body: Value, account: &Account, id: Option<i64>) -> Result<(Self, FieldErrors)> {
        let mut document = BodyFields::of_body(body)?;
        document.skip(|name| is_foreign(name) || matches!(name, "jsonapi" | "included"));
        let data = document.required("data", "an object", object);
        let mut errors = document.take_errors();
        let mut data = BodyFields::new("data.".to_owned(), data.ok_or_else(|| errors.clone())?);
        data.skip(is_foreign);
        let kind = data.required("type", &format!("the text {TYPE}"), text);
        let sent_id = data.optional("id", "a string", id_text);
        data.optional("lid", "a string", text);
        let relationships = data.optional("relationships", "an object", object);
        let attributes = data.required("attributes", "an object", object);
        refuse_conflict(kind.as_deref(), sent_id.as_deref(), id)?;
        errors.extend(data.take_errors());
        errors.extend(relationships_errors(relationships.unwrap_or_default(), account));
        let Some(attributes) = attributes else { return Err(errors.into()) };
        let mut attributes = BodyFields::new(ATTRIBUTES.to_owned(), attributes);
        // Some clients count a resource's links among its attributes.
        attributes.skip(is_foreign);
        let number = |value: Value| value.as_i64();
        let input = Self {
            name: attributes.optional("name", "a string", text),
            url: attributes.optional("url", "a string", text),
            secret: attributes.optional("secret", "a string", |value| {
                (value.is_string() || value.is_null()).then_some(value)
            }),
            events: attributes.optional("events", "a list of strings", texts),
            scopes: attributes.optional("scopes", "an object", object),
            id: attributes.optional("id", "an integer", number),
            account_id: attributes.optional("account_id", "an integer", number),
            created_at: attributes.optional("created_at", "a time", Some),
            updated_at: attributes.optional("updated_at", "a time", Some),
        };
        if input.id.is_some_and(|sent| id.is_some_and(|id| sent != id)) {
            attributes.fault("id", "is not the one of the address");
        }
        if input.account_id.is_some_and(|sent| sent != account.id) {
            attributes.fault("account_id", "is not the account of this call");
        }
        errors.extend(attributes.take_errors());
        Ok((input, errors))
    }

    /// The secret, if one was sent.
    pub fn secret(&self) -> Option<String> {
        self.secret.clone().and_then(text)
    }

    /// A new webhook, signed with this secret. What has to be there and is not is noted.
    pub(crate) fn into_draft(self, secret: &str, wrong: &mut FieldErrors) -> DestinationDraft {
        let mut demand = |name: &str, value: Option<String>| {
            let missing =
                || FieldErrors::one(format!("{ATTRIBUTES}{name}"), "is missing: it must be a string");
            value.unwrap_or_else(|| {
                wrong.extend_untold(missing());
                String::new()
            })
        };
        let (name, url) = (demand("name", self.name), demand("url", self.url));
        let config = [("url", json!(url)), ("secret", json!(secret))];
        DestinationDraft {
            kind: Kind::WEBHOOK,
            name,
            enabled: true,
            events: self.events.unwrap_or_default(),
            scopes: self.scopes.unwrap_or_default(),
            config: config.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        }
    }

    /// A partial update.
    pub(crate) fn into_patch(self) -> DestinationPatch {
        let mut config = Map::new();
        config.extend(self.url.map(|url| ("url".to_owned(), json!(url))));
        config.extend(self.secret.map(|secret| ("secret".to_owned(), secret)));
        DestinationPatch {
            name: self.name,
            enabled: None,
            events: self.events,
            scopes: self.scopes,
            config: (!config.is_empty()).then_some(config),
        }
    }
}

/// What a document of JSON:API may hold anywhere, and none of it is ours to store.
fn is_foreign(name: &str) -> bool {
    matches!(name, "meta" | "links") || name.starts_with('@')
}

/// A number too: clients that lay the attributes over the resource send back the documented attribute `id`.
fn id_text(value: Value) -> Option<String> {
    match value {
        Value::Number(number) if number.is_i64() => Some(number.to_string()),
        Value::String(id) => Some(id),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// <https://jsonapi.org/format/#crud>: 409 for a resource that belongs elsewhere, 403 for an id that only we
/// give. An empty text is nobody's type.
fn refuse_conflict(kind: Option<&str>, sent_id: Option<&str>, id: Option<i64>) -> Result<()> {
    let conflict = |code, message: String| Err(Error::Conflict { code, message });
    if let Some(other) = kind.filter(|kind| *kind != TYPE) {
        let message = format!("data.type must be {TYPE}, not “{}”.", quoted(other));
        return conflict("TYPE_CONFLICT", message);
    }
    match (sent_id, id) {
        (Some(_), None) => Err(Error::Forbidden {
            code: "CLIENT_GENERATED_ID",
            message: "data.id must be left out: a new webhook gets its id here.".to_owned(),
        }),
        (Some(sent), Some(id)) if sent != id.to_string() => {
            conflict("ID_CONFLICT", format!("data.id must be {id}, as in the address, or be left out."))
        }
        (Some(_) | None, _) => Ok(()),
    }
}

/// A webhook belongs to the account of the call, and to nothing else.
fn relationships_errors(given: Map<String, Value>, account: &Account) -> FieldErrors {
    let mut relationships = BodyFields::new("data.relationships.".to_owned(), given);
    let Some(owner) = relationships.optional("account", "an object", object) else {
        return relationships.take_errors();
    };
    let mut errors = relationships.take_errors();
    let mut owner = BodyFields::new("data.relationships.account.".to_owned(), owner);
    owner.skip(is_foreign);
    let data = owner.optional("data", "an object", object);
    errors.extend(owner.take_errors());
    let Some(data) = data else { return errors };
    let mut identifier = BodyFields::new("data.relationships.account.data.".to_owned(), data);
    identifier.skip(is_foreign);
    let kind = identifier.required("type", "the text accounts", text);
    if kind.is_some_and(|kind| kind != ACCOUNTS) {
        identifier.fault("type", format!("must be {ACCOUNTS}"));
    }
    let id = identifier.required("id", "a string", text);
    if id.is_some_and(|id| id != account.id.to_string()) {
        identifier.fault("id", "is not the account of this call");
    }
    errors.extend(identifier.take_errors());
    errors
}

/// The model's names of fields as this API's: `config.url` is `data.attributes.url` here.
pub(super) fn with_json_api_paths(error: Error) -> Error {
    match error {
        Error::Invalid { fields, .. } => as_attributes(fields).into(),
        other => other,
    }
}

/// The same for fields that are not an error yet.
pub(super) fn as_attributes(fields: FieldErrors) -> FieldErrors {
    fields.renamed(|path| {
        let path = format!("{ATTRIBUTES}{}", path.strip_prefix("config.").unwrap_or(path));
        (path.clone(), path)
    })
}

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
