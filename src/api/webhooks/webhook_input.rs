//! The document that a client sends; webhooks-api.txt, "Input Schema".

use serde_json::{Map, Value, json};

use crate::actions::destinations::DestinationPatch;
use crate::api::http::fields::{BodyFields, object, text, texts};
use crate::domain::account::Account;
use crate::domain::destination::DestinationDraft;
use crate::domain::field_errors::FieldErrors;
use crate::domain::kinds::Kind;
use crate::error::{Error, Result};

use super::resource::TYPE;

const ATTRIBUTES: &str = "data.attributes.";

/// The attributes that may be written; what only we write is read over, so that a client may send back what
/// it has got.
#[derive(Default)]
pub(super) struct WebhookInput {
    name: Option<String>,
    url: Option<String>,
    /// `null` takes the secret away.
    secret: Option<Value>,
    events: Option<Vec<String>>,
    scopes: Option<Map<String, Value>>,
}

impl WebhookInput {
    /// `id` is the path's, for an update. 422 names the fields.
    pub fn parse(body: Value, account: &Account, id: Option<i64>) -> Result<Self> {
        let mut document = BodyFields::of_body(body)?;
        let data = document.required("data", "an object", object);
        document.finish()?;
        let mut data = BodyFields::new("data.".to_owned(), data);
        let kind = data.required("type", "a string", text);
        if !kind.is_empty() && kind != TYPE {
            data.fault("type", format!("must be {TYPE}"));
        }
        let said = data.optional("id", "a string", text);
        if said.is_some_and(|said| id.is_some_and(|id| said != id.to_string())) {
            data.fault("id", "is not the one of the address");
        }
        data.optional("relationships", "an object", object);
        let attributes = data.required("attributes", "an object", object);
        let mut errors = data.take_errors();
        let mut attributes = BodyFields::new(ATTRIBUTES.to_owned(), attributes);
        let written = Self {
            name: attributes.optional("name", "a string", text),
            url: attributes.optional("url", "a string", text),
            secret: attributes.optional("secret", "a string", |value| {
                (value.is_string() || value.is_null()).then_some(value)
            }),
            events: attributes.optional("events", "a list of strings", texts),
            scopes: attributes.optional("scopes", "an object", object),
        };
        read_over(&mut attributes, account, id);
        errors.extend(attributes.take_errors());
        Ok(errors.or(written)?)
    }

    /// The secret, if one was sent.
    pub fn secret(&self) -> Option<String> {
        self.secret.clone().and_then(text)
    }

    /// A new webhook, signed with this secret.
    pub fn into_draft(self, secret: &str) -> Result<DestinationDraft> {
        let mut missing = FieldErrors::default();
        let mut demand = |name: &str, value: Option<String>| {
            value.unwrap_or_else(|| {
                missing.push(format!("{ATTRIBUTES}{name}"), "is missing: it must be a string");
                String::new()
            })
        };
        let (name, url) = (demand("name", self.name), demand("url", self.url));
        if !missing.is_empty() {
            return Err(missing.into());
        }
        let config = [("url", json!(url)), ("secret", json!(secret))];
        Ok(DestinationDraft {
            kind: Kind::WEBHOOK,
            name,
            enabled: true,
            events: self.events.unwrap_or_default(),
            scopes: self.scopes.unwrap_or_default(),
            config: config.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        })
    }

    /// A partial update.
    pub fn into_patch(self) -> DestinationPatch {
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

/// What may only be what it is.
fn read_over(attributes: &mut BodyFields, account: &Account, id: Option<i64>) {
    let number = |value: Value| value.as_i64();
    let said = attributes.optional("id", "an integer", number);
    if said.is_some_and(|said| id.is_some_and(|id| said != id)) {
        attributes.fault("id", "is not the one of the address");
    }
    let said = attributes.optional("account_id", "an integer", number);
    if said.is_some_and(|said| said != account.id) {
        attributes.fault("account_id", "is not the account of this call");
    }
    attributes.optional("created_at", "a time", Some);
    attributes.optional("updated_at", "a time", Some);
}

/// The model's names of fields as this API's: `config.url` is `data.attributes.url` here.
pub(super) fn in_json_api(error: Error) -> Error {
    let Error::Invalid { fields, .. } = error else { return error };
    let renamed = fields.renamed(|path| {
        let path = format!("{ATTRIBUTES}{}", path.strip_prefix("config.").unwrap_or(path));
        (path.clone(), path)
    });
    renamed.into()
}
