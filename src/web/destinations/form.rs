//! Reading the destination's form: what was typed, and the draft or patch that it means.

use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};

use crate::actions::destinations::{Patch, StoredDestination};
use crate::domain::catalog::Catalog;
use crate::domain::destination::{Draft, Kind, merge};
use crate::domain::field_errors::FieldErrors;
use crate::error::Error;
use crate::send::post::sign;

use super::lines;
use super::view::DestinationForm;

/// What the form asks for, still to be checked by the one parser.
#[derive(Clone)]
pub(super) struct DestinationInput {
    pub name: String,
    pub events: Vec<String>,
    pub scopes: Map<String, Value>,
    /// Laid over what is stored; `null` takes away.
    pub config: Map<String, Value>,
    /// A secret that was made for this save, to be shown once.
    pub new_secret: Option<String>,
}

impl DestinationForm {
    /// What was posted.
    #[must_use]
    pub fn read(fields: &[(String, String)]) -> Self {
        let mut form = Self::default();
        for (name, value) in fields {
            // Browsers end the lines of a text area with both.
            let value = value.replace("\r\n", "\n");
            match name.as_str() {
                "name" => form.name = value,
                "url" => form.url = value,
                "secret" => form.secret = value,
                "generate_secret" => form.generate_secret = true,
                "remove_secret" => form.remove_secret = true,
                "headers" => form.headers = value,
                "from" => form.from = value,
                "to" => form.to = value,
                "reply_to" => form.reply_to = value,
                "scopes" => form.scopes = value,
                name => {
                    if let Some(key) = name.strip_prefix("events.") {
                        form.events.push(key.to_owned());
                    } else if let Some(header) = name.strip_prefix("remove_header.") {
                        form.remove_header.push(header.to_owned());
                    }
                }
            }
        }
        form
    }

    /// What is stored, as if it had been typed; secrets stay empty.
    pub fn of(kept: &StoredDestination) -> Self {
        let text = |name: &str| {
            let shown = kept.shown.get(name).and_then(Value::as_str);
            shown.filter(|_| kept.kind == Kind::OpsEmail).unwrap_or_default().to_owned()
        };
        let to = kept.shown.get("toEmails").and_then(Value::as_array).into_iter().flatten();
        Self {
            name: kept.row.name.clone(),
            from: text("fromEmail"),
            to: to.filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
            reply_to: text("replyTo"),
            events: kept.events.clone(),
            scopes: lines::write_scopes(&kept.scopes),
            ..Self::default()
        }
    }

    /// What the fields mean, with what is wrong in those that only this form writes as it does. What is
    /// wrong is left out of the rest, so that the one parser can still say all that it has to say.
    pub(super) fn check(&self, kind: Kind, catalog: &Catalog) -> (DestinationInput, FieldErrors) {
        let mut errors = FieldErrors::default();
        let (config, new_secret) = self.config(kind, &mut errors);
        let scopes = lines::read_scopes(&self.scopes, catalog).unwrap_or_else(|why| {
            errors.push_sentence("scopes", why);
            Map::new()
        });
        let (name, events) = (self.name.clone(), self.events.clone());
        (DestinationInput { name, events, scopes, config, new_secret }, errors)
    }

    fn config(&self, kind: Kind, errors: &mut FieldErrors) -> (Map<String, Value>, Option<String>) {
        let mut config = Map::new();
        let mut new_secret = None;
        let mut set = |name: &str, value: Value| {
            config.insert(name.to_owned(), value);
        };
        let url = self.url.trim();
        match kind {
            Kind::Slack | Kind::Teams if url.is_empty() => {}
            Kind::Slack | Kind::Teams => set("webhookUrl", json!(url)),
            Kind::Webhook => {
                if !url.is_empty() {
                    set("url", json!(url));
                }
                if self.generate_secret && !self.secret.is_empty() {
                    errors.push_sentence("secret", "Type a secret or have one generated, not both");
                } else if self.generate_secret {
                    let secret = sign::generate_secret().expose_secret().to_owned();
                    set("secret", json!(secret));
                    new_secret = Some(secret);
                } else if !self.secret.is_empty() {
                    set("secret", json!(self.secret));
                } else if self.remove_secret {
                    set("secret", Value::Null);
                }
                match lines::read_headers(&self.headers) {
                    Ok(mut headers) => {
                        for name in &self.remove_header {
                            headers.entry(name.as_str()).or_insert(Value::Null);
                        }
                        set("headers", Value::Object(headers));
                    }
                    Err(why) => errors.push_sentence("headers", why),
                }
            }
            Kind::OpsEmail => {
                let or_null = |text: &str| match text.trim() {
                    "" => Value::Null,
                    text => json!(text),
                };
                set("fromEmail", or_null(&self.from));
                set("toEmails", lines::split_addresses(&self.to).collect());
                set("replyTo", or_null(&self.reply_to));
            }
        }
        (config, new_secret)
    }
}

impl DestinationInput {
    /// As a new destination.
    pub fn draft(self, kind: Kind) -> Draft {
        let config = merge(Map::new(), self.config);
        Draft { kind, name: self.name, enabled: true, events: self.events, scopes: self.scopes, config }
    }

    /// As a change of a stored one.
    pub fn patch(self) -> Patch {
        Patch {
            name: Some(self.name),
            enabled: None,
            events: Some(self.events),
            scopes: Some(self.scopes),
            config: Some(self.config),
        }
    }
}

/// The parser's errors under the names and labels of the form; any other error stays what it is.
pub(super) fn form_errors(error: Error) -> Result<FieldErrors, Error> {
    let Error::Invalid { fields, .. } = error else { return Err(error) };
    Ok(fields.renamed(|path| {
        let (field, label) = match path {
            "name" => ("name", "Name"),
            "config.webhookUrl" | "config.url" => ("url", "URL"),
            "config.secret" => ("secret", "Secret"),
            "config.fromEmail" => ("from", "From"),
            "config.toEmails" => ("to", "To"),
            "config.replyTo" => ("reply_to", "Reply-to"),
            path if path.starts_with("config.headers") => ("headers", "The list of headers"),
            path if path.starts_with("scopes") => ("scopes", "Only for"),
            _ => ("events", "Events"),
        };
        (field.to_owned(), label.to_owned())
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(kind: Kind, fields: &[(&str, &str)]) -> Value {
        let fields: Vec<_> =
            fields.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        let (input, errors) = DestinationForm::read(&fields).check(kind, &Catalog::builtin());
        assert!(errors.is_empty(), "{errors:?}");
        Value::Object(input.config)
    }

    #[test]
    fn what_is_left_empty_is_kept_and_what_is_ticked_is_taken_away() {
        let kept = config(Kind::Webhook, &[("url", " "), ("secret", ""), ("headers", "")]);
        assert_eq!(kept, json!({ "headers": {} }));
        let removed = config(
            Kind::Webhook,
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
        let cleared = config(Kind::OpsEmail, &[("from", ""), ("to", ""), ("reply_to", " ")]);
        assert_eq!(cleared, json!({ "fromEmail": null, "toEmails": [], "replyTo": null }));
    }

    #[test]
    fn a_secret_is_either_typed_or_generated() {
        let made = config(Kind::Webhook, &[("generate_secret", "on")]);
        assert!(made["secret"].as_str().unwrap().starts_with("whsec_"));
        let both =
            [("generate_secret", "on"), ("secret", "s")].map(|(name, value)| (name.into(), value.into()));
        let (_, errors) = DestinationForm::read(&both).check(Kind::Webhook, &Catalog::builtin());
        assert_eq!(errors.of("secret").unwrap(), "Type a secret or have one generated, not both");
    }

    #[test]
    fn faults_are_said_in_the_words_of_the_form() {
        let catalog = Catalog::builtin();
        let refused = |kind, fields: &[(&str, &str)], field: &str| {
            let fields: Vec<_> = fields.iter().map(|&(n, v)| (n.to_owned(), v.to_owned())).collect();
            let (input, mut errors) = DestinationForm::read(&fields).check(kind, &catalog);
            let details = input.draft(kind).parse(&catalog, "X-Ringpost-Signature").unwrap_err();
            errors.extend(form_errors(details.into()).unwrap());
            errors.of(field).unwrap()
        };
        assert_eq!(
            refused(Kind::Slack, &[("url", "http://a.example/")], "url"),
            "URL must start with https://"
        );
        assert_eq!(refused(Kind::Slack, &[], "url"), "URL is missing");
        assert_eq!(refused(Kind::Slack, &[], "name"), "Name must have 1 to 120 characters");
        assert!(
            refused(Kind::OpsEmail, &[("to", "ops@acme")], "to").starts_with("To: “ops@acme” is missing")
        );
        assert!(
            refused(Kind::Webhook, &[("headers", "Host: a")], "headers")
                .starts_with("The header “Host” is reserved")
        );
        assert!(
            refused(Kind::Webhook, &[("scopes", "color = red")], "scopes")
                .starts_with("“color” is not a field")
        );
    }
}
