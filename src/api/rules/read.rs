//! Rules as the settings that they stand for.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value};

use crate::actions::notifications::{NotificationsInput, StoredSettings};
use crate::api::http::fields::{BodyFields, list, text, texts};
use crate::domain::catalog::Catalog;
use crate::domain::field_errors::{FieldErrors, InvalidValue};
use crate::domain::settings::EventSettings;
use crate::domain::text::quoted;
use crate::domain::values::{EmailAddress, EmailList, Schemes, WebhookUrl};
use crate::error::{Error, Result};

use super::rule::RuleType;

const ONE_URL: &str = "An organization has one webhook URL: use the same in every webhook rule";

/// What the rules say so far.
#[derive(Default)]
struct Rules {
    webhook: Option<WebhookUrl>,
    /// The keys that are switched on.
    switched_on: BTreeSet<String>,
    /// Addresses by key, in their order.
    addresses: HashMap<String, Vec<String>>,
    /// Where a second URL was found.
    second_url: Option<String>,
    errors: FieldErrors,
}

/// Reads `{"notifications": […]}`. 422 names the fields; two different URLs are the documented 400.
pub(super) fn config(body: Value, catalog: &Catalog, stored: &StoredSettings) -> Result<NotificationsInput> {
    let mut fields = BodyFields::of_body(body)?;
    let given = fields.required("notifications", "a list of rules", list).unwrap_or_default();
    let mut rules = Rules { errors: fields.take_errors(), ..Rules::default() };
    for (index, rule) in given.into_iter().enumerate() {
        let path = format!("notifications[{index}]");
        match rule {
            Value::Object(rule) => rules.add(&path, rule, catalog),
            _ => rules.errors.push(path, "must be an object"),
        }
    }
    rules.finish(catalog, stored)
}

impl Rules {
    fn add(&mut self, path: &str, rule: Map<String, Value>, catalog: &Catalog) {
        let mut fields = BodyFields::new(format!("{path}."), rule);
        let kind = fields.word::<RuleType>("type", "webhook or email");
        let target = match kind {
            Some(kind) => fields.required(kind.target(), "a string", text).unwrap_or_default(),
            // Which of the two the rule may hold depends on its type.
            None => {
                fields.skip(|name| RuleType::ALL.iter().any(|kind| kind.target() == name));
                String::new()
            }
        };
        let names = fields.required("events", "a list of events", texts);
        let mut keys = Vec::new();
        for name in names.iter().flatten() {
            match catalog.by_wire_or_key(name) {
                Some(event_type) => keys.push(event_type.key.clone()),
                None => fields.fault("events", format!("names “{}”, which is not an event", quoted(name))),
            }
        }
        if kind == Some(RuleType::Email) && names.is_some_and(|names| names.is_empty()) {
            fields.fault("events", "must name at least one event: or leave the rule out");
        }
        let read = match kind {
            Some(RuleType::Webhook) => self.add_webhook(path, &target, keys),
            Some(RuleType::Email) => self.add_email(&target, keys),
            None => Ok(()),
        };
        let wrong = fields.take_errors();
        // A target that is missing has been told already.
        let is_told = kind.is_some_and(|kind| wrong.of(&format!("{path}.{}", kind.target())).is_some());
        self.errors.extend(wrong);
        if let (Some(kind), Err(why), false) = (kind, read, is_told) {
            self.errors.push(format!("{path}.{}", kind.target()), why.to_string());
        }
    }

    fn add_webhook(&mut self, path: &str, target: &str, keys: Vec<String>) -> Result<(), InvalidValue> {
        let url = WebhookUrl::parse(target, Schemes::HttpOrHttps)?;
        match &self.webhook {
            Some(first) if *first != url => self.second_url = Some(format!("{path}.url")),
            Some(_) => {}
            None => self.webhook = Some(url),
        }
        self.switched_on.extend(keys);
        Ok(())
    }

    fn add_email(&mut self, target: &str, keys: Vec<String>) -> Result<(), InvalidValue> {
        let address = EmailAddress::parse(target)?;
        for key in keys {
            self.addresses.entry(key).or_default().push(address.to_string());
        }
        Ok(())
    }

    fn finish(mut self, catalog: &Catalog, stored: &StoredSettings) -> Result<NotificationsInput> {
        let settings = &stored.settings;
        // While there is no URL, toggles cannot be seen here: they keep what they are.
        let keeps_toggles = self.webhook.is_none() && stored.url.is_none();
        let mut events = Vec::new();
        for event_type in catalog.events() {
            let key = &event_type.key;
            let addresses = self.addresses.get(key).map(|addresses| addresses.join(", ")).unwrap_or_default();
            let subscribers = match EmailList::parse(&addresses, &settings.account.contact.email) {
                // Rules are told by address: an event's list that holds the same people keeps its order.
                Ok(parsed) if same_people(&parsed.list, &settings.event(key).subscribers) => {
                    settings.event(key).subscribers
                }
                Ok(parsed) => parsed.list,
                Err(why) => {
                    self.errors.push_about("notifications", format!("The list of {key}"), why.to_string());
                    continue;
                }
            };
            let send_webhook =
                if keeps_toggles { settings.event(key).send_webhook } else { self.switched_on.contains(key) };
            events.push((key.clone(), EventSettings { send_webhook, subscribers }));
        }
        match self.second_url {
            Some(path) if self.errors.is_empty() => return Err(two_urls(path)),
            Some(path) => self.errors.push_sentence(path, ONE_URL),
            None => {}
        }
        Ok(self.errors.or(NotificationsInput { webhook: self.webhook, events })?)
    }
}

fn same_people(one: &EmailList, other: &EmailList) -> bool {
    one.len() == other.len() && one.iter().all(|address| other.iter().any(|known| known == address))
}

/// There is one shared URL: several are a documented 400.
fn two_urls(path: String) -> Error {
    Error::BadRequest {
        code: "CONNECTOR_INVALID_CONFIG",
        message: format!("The connector configuration is invalid. {ONE_URL}."),
        fields: FieldErrors::one_sentence(path, ONE_URL),
    }
}
