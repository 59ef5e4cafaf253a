//! Reading the destination's form: what was typed, and the draft or patch that it means.

use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use uuid::{Builder, Uuid};

use crate::actions::destinations::{DestinationPatch, StoredDestination};
use crate::domain::catalog::Catalog;
use crate::domain::destination::{DestinationDraft, merge};
use crate::domain::field_errors::FieldErrors;
use crate::domain::kinds::{FieldShape, FieldSpec, Kind};
use crate::error::Error;
use crate::send::post::sign;

use super::lines;
use super::view::DestinationForm;

/// What the form asks for, still to be checked by the one parser.
#[derive(Clone)]
pub(super) struct DestinationInput {
    /// Laid over what is stored, or over nothing; `null` takes away.
    pub patch: DestinationPatch,
    /// A secret that was made for this save, to be shown once.
    pub new_secret: Option<String>,
}

impl DestinationForm {
    /// What was posted about a destination of this kind.
    #[must_use]
    pub fn read(kind: Kind, posted: &[(String, String)]) -> Self {
        let mut form = Self::default();
        for (name, value) in posted {
            // Browsers end the lines of a text area with both.
            let value = value.replace("\r\n", "\n");
            match name.as_str() {
                "name" => form.name = value,
                "scopes" => form.scopes = value,
                "generate_secret" => form.generate_secret = true,
                "remove_secret" => form.remove_secret = true,
                name => {
                    if let Some(key) = name.strip_prefix("events.") {
                        form.events.push(key.to_owned());
                    } else if let Some(header) = name.strip_prefix("remove_header.") {
                        form.remove_header.push(header.to_owned());
                    } else if let Some(field) = kind.spec().fields.iter().find(|field| field.input == name) {
                        form.set(field, value);
                    }
                }
            }
        }
        form
    }

    /// What is stored, as if it had been typed; secrets stay empty.
    pub fn of(stored: &StoredDestination) -> Self {
        let mut form = Self {
            name: stored.row.name.clone(),
            events: stored.events.clone(),
            scopes: lines::write_scopes(&stored.scopes),
            ..Self::default()
        };
        for field in stored.kind.spec().fields.iter().filter(|field| !field.shape.is_secret()) {
            match stored.redacted_config.get(field.name) {
                Some(Value::String(text)) => form.set(field, text.clone()),
                Some(Value::Array(texts)) => {
                    let texts: Vec<&str> = texts.iter().filter_map(Value::as_str).collect();
                    form.set(field, texts.join(", "));
                }
                _ => {}
            }
        }
        form
    }

    /// What was typed into a field of the kind.
    pub fn value(&self, field: &FieldSpec) -> &str {
        self.values.get(field.input).map_or("", String::as_str)
    }

    /// Types it. A field that is left empty is as good as one that is not there.
    pub fn set(&mut self, field: &FieldSpec, value: String) {
        if !value.is_empty() {
            self.values.insert(field.input, value);
        }
    }

    /// What the fields mean, with what is wrong in those that only this form writes as it does. What is
    /// wrong is left out of the rest, so that the one parser can still say all that it has to say.
    pub(super) fn check(&self, kind: Kind, catalog: &Catalog) -> (DestinationInput, FieldErrors) {
        let mut errors = FieldErrors::default();
        let (config, new_secret) = self.config(kind, &mut errors);
        let scopes = lines::read_scopes(&self.scopes, catalog).unwrap_or_else(|why| {
            errors.push_sentence("scopes", why.to_string());
            Map::new()
        });
        let patch = DestinationPatch {
            name: Some(self.name.clone()),
            enabled: None,
            events: Some(self.events.clone()),
            scopes: Some(scopes),
            config: Some(config),
        };
        (DestinationInput { patch, new_secret }, errors)
    }

    fn config(&self, kind: Kind, errors: &mut FieldErrors) -> (Map<String, Value>, Option<String>) {
        let mut config = Map::new();
        let mut new_secret = None;
        for field in kind.spec().fields {
            let typed = self.value(field);
            let value = match field.shape {
                FieldShape::Url => Some(typed.trim()).filter(|url| !url.is_empty()).map(|url| json!(url)),
                FieldShape::Secret if self.generate_secret && !typed.is_empty() => {
                    errors.push_sentence(field.input, "Type a secret or have one generated, not both");
                    None
                }
                FieldShape::Secret if self.generate_secret => {
                    new_secret = Some(sign::generate_secret().expose_secret().to_owned());
                    new_secret.as_ref().map(|secret| json!(secret))
                }
                FieldShape::Secret if typed.is_empty() => self.remove_secret.then_some(Value::Null),
                FieldShape::Secret => Some(json!(typed)),
                FieldShape::Headers => self.headers(field, errors),
                FieldShape::Address => Some(Some(typed.trim()).filter(|text| !text.is_empty()).into()),
                FieldShape::Addresses => Some(lines::split_addresses(typed).collect()),
            };
            config.extend(value.map(|value| (field.name.to_owned(), value)));
        }
        (config, new_secret)
    }

    fn headers(&self, field: &FieldSpec, errors: &mut FieldErrors) -> Option<Value> {
        match lines::read_headers(self.value(field)) {
            Ok(mut headers) => {
                for name in &self.remove_header {
                    headers.entry(name.as_str()).or_insert(Value::Null);
                }
                Some(Value::Object(headers))
            }
            Err(problem) => {
                errors.push_sentence(field.input, problem.to_string());
                None
            }
        }
    }
}

impl DestinationInput {
    /// As a new destination.
    pub(crate) fn into_draft(self, kind: Kind) -> DestinationDraft {
        let patch = self.patch;
        DestinationDraft {
            kind,
            name: patch.name.unwrap_or_default(),
            enabled: true,
            events: patch.events.unwrap_or_default(),
            scopes: patch.scopes.unwrap_or_default(),
            config: merge(kind, Map::new(), patch.config.unwrap_or_default()),
        }
    }
}

/// The parser's errors under the names and labels of the form; any other error stays what it is.
pub(super) fn form_errors(kind: Kind, error: Error) -> Result<FieldErrors, Error> {
    let Error::Invalid { fields, .. } = error else { return Err(error) };
    Ok(fields.renamed(|path| {
        let (input, label) = match path.split('.').collect::<Vec<_>>().as_slice() {
            ["config", name, ..] => match kind.spec().fields.iter().find(|field| field.name == *name) {
                Some(field) => (field.input, field.subject()),
                None => ("name", "The form"),
            },
            ["name"] => ("name", "Name"),
            ["scopes", ..] => ("scopes", "Only for"),
            _ => ("events", "Events"),
        };
        (input.to_owned(), label.to_owned())
    }))
}

/// The id of the destination that a form makes: the same form posted again is no second destination. `None` where it
/// does not say which page it is of.
pub(super) fn id_of_post(account_id: i64, fields: &[(String, String)]) -> Option<Uuid> {
    fields.iter().find(|(name, value)| name == "nonce" && !value.is_empty())?;
    let digest = Sha256::digest(json!([account_id, fields]).to_string());
    let (id, _) = digest.split_first_chunk()?;
    Some(Builder::from_custom_bytes(*id).into_uuid())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(word: &str) -> Kind {
        word.parse().unwrap()
    }

    fn posted(fields: &[(&str, &str)]) -> Vec<(String, String)> {
        fields.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    fn config(word: &str, fields: &[(&str, &str)]) -> Value {
        let kind = kind(word);
        let (input, errors) = DestinationForm::read(kind, &posted(fields)).check(kind, &Catalog::builtin());
        assert!(errors.is_empty(), "{errors:?}");
        Value::Object(input.patch.config.unwrap())
    }

    #[test]
    fn what_is_left_empty_is_kept_and_what_is_ticked_is_taken_away() {
        let kept = config("webhook", &[("url", " "), ("secret", ""), ("headers", "")]);
        assert_eq!(kept, json!({ "headers": {} }));
        let removed = config(
            "webhook",
            &[
                ("remove_secret", "on"),
                ("remove_header.X-A", "on"),
                ("remove_header.X-B", "on"),
                ("headers", "X-B: 2"),
            ],
        );
        assert_eq!(removed, json!({ "secret": null, "headers": { "X-A": null, "X-B": "2" } }));
    }

    #[test]
    fn an_address_that_was_cleared_is_not_kept() {
        let cleared = config("ops_email", &[("from", ""), ("to", ""), ("reply_to", " ")]);
        assert_eq!(cleared, json!({ "fromEmail": null, "toEmails": [], "replyTo": null }));
    }

    #[test]
    fn a_secret_is_either_typed_or_generated() {
        let made = config("webhook", &[("generate_secret", "on")]);
        assert!(made["secret"].as_str().unwrap().starts_with("whsec_"));
        let both = posted(&[("generate_secret", "on"), ("secret", "s")]);
        let (_, errors) =
            DestinationForm::read(Kind::WEBHOOK, &both).check(Kind::WEBHOOK, &Catalog::builtin());
        assert_eq!(errors.of("secret").unwrap(), "Type a secret or have one generated, not both");
    }

    #[test]
    fn faults_are_said_in_the_words_of_the_form() {
        let catalog = Catalog::builtin();
        let refused = |word, fields: &[(&str, &str)], field: &str| {
            let kind = kind(word);
            let (input, mut errors) = DestinationForm::read(kind, &posted(fields)).check(kind, &catalog);
            let wrong = input.into_draft(kind).parse(&catalog, "X-Ringpost-Signature").unwrap_err();
            errors.extend(form_errors(kind, wrong.into()).unwrap());
            errors.of(field).unwrap()
        };
        assert_eq!(refused("slack", &[("url", "http://a.example/")], "url"), "URL must start with https://");
        assert_eq!(refused("slack", &[], "url"), "URL is missing");
        assert_eq!(refused("slack", &[], "name"), "Name must have 1 to 120 characters");
        assert!(refused("ops_email", &[("to", "ops@acme")], "to").starts_with("To: “ops@acme” is missing"));
        assert!(
            refused("webhook", &[("headers", "Host: a")], "headers")
                .starts_with("The header “Host” is reserved")
        );
        assert!(
            refused("webhook", &[("scopes", "color = red")], "scopes").starts_with("“color” is not a field")
        );
    }
}
