//! A notification: what every kind of destination renders, from an event or from an ad-hoc send.

use std::borrow::Cow;

use serde_json::{Map, Value, json};
use url::Url;

use super::account::Account;
use super::catalog::{EventType, MailTone};
use super::event::Payload;
use super::field_errors::FieldErrors;
use super::text;
use super::text_enum::text_enum;

/// The event key of ad-hoc notifications; no catalogue entry may have it.
pub const AD_HOC: &str = "notification";

/// The event key of the mail that asks an address whether it wants the mails of an account.
pub const CONFIRMATION: &str = "confirmation";

const LONGEST_TITLE: usize = 200;
const LONGEST_BODY: usize = 10_000;
const MOST_FIELDS: usize = 20;
const LONGEST_FIELD: usize = 1_000;
/// What browsers and chats open; Slack refuses longer ones.
const LONGEST_LINK: usize = 2_000;

/// How urgent it is; providers-api.txt, `severity`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Good to know.
    Info,
    /// Look at it.
    Warning,
    /// Do something.
    Critical,
}
text_enum!(Severity { Info => "info", Warning => "warning", Critical => "critical" });

impl Severity {
    /// The word that people read.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Info => "Info",
            Self::Warning => "Warning",
            Self::Critical => "Critical",
        }
    }
}

/// What a destination shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// One line.
    pub title: String,
    /// A few sentences.
    pub body: String,
    /// How urgent it is.
    pub severity: Severity,
    /// Labels and values, in order.
    pub fields: Vec<(String, String)>,
    /// Where to look: http or https, at most 2,000 characters.
    pub source_url: Option<String>,
}

impl Notification {
    /// What asks for a confirmation. The link is not in it: it is for the reader of the mail alone.
    #[must_use]
    pub(crate) fn asking_to_confirm(account: &Account) -> Self {
        Self {
            title: "Do you want these emails?".to_owned(),
            body: format!(
                "Somebody at {} wants you to hear by email when something happens on their platform.\n\
                 Confirm it to get these emails. If you do nothing, nothing more is sent to you.",
                text::one_line(&account.name)
            ),
            severity: Severity::Info,
            fields: Vec::new(),
            source_url: None,
        }
    }

    /// What an event of the catalogue says.
    #[must_use]
    pub(crate) fn of_event(event_type: &EventType, payload: &Payload) -> Self {
        let mail = &event_type.mail;
        let fields = mail.facts.iter().map(|fact| (fact.label.clone(), fact.value.fill(payload)));
        let link = mail.button.as_ref().and_then(|button| button.web_address(payload));
        Self {
            title: format!("{}: {}", event_type.title, mail.headline.fill(payload)),
            body: mail.summary.fill(payload),
            severity: match mail.tone {
                MailTone::Bad => Severity::Critical,
                MailTone::Good | MailTone::Plain => Severity::Info,
            },
            fields: fields.collect(),
            source_url: link.as_deref().and_then(web_link),
        }
    }

    /// The link to the source with its label, which says where a click leads: `Open app.acme.example`.
    #[must_use]
    pub(crate) fn source_link(&self) -> Option<(String, &str)> {
        let address = self.source_url.as_deref()?;
        let url = Url::parse(address).ok()?;
        Some((format!("Open {}", url.host_str()?), address))
    }

    /// Reads the `notification` object of an ad-hoc send. Paths are `notification.<field>`.
    pub fn parse(value: &Value) -> Result<Self, FieldErrors> {
        let Value::Object(given) = value else {
            return Err(FieldErrors::one("notification", "must be an object"));
        };
        let mut errors = FieldErrors::default();
        let known = ["title", "body", "severity", "fields", "sourceUrl"];
        for name in given.keys().filter(|name| !known.contains(&name.as_str())) {
            fault(&mut errors, name, "is not a field of a notification");
        }
        let title = required_text(given, "title", LONGEST_TITLE, &mut errors);
        let body = required_text(given, "body", LONGEST_BODY, &mut errors);
        let severity = given.get("severity").and_then(Value::as_str).and_then(|word| word.parse().ok());
        if severity.is_none() {
            let is_missing = if given.contains_key("severity") { "" } else { "is missing: it " };
            fault(&mut errors, "severity", format!("{is_missing}must be info, warning or critical"));
        }
        let fields = fields(given.get("fields"), &mut errors);
        let source_url = source_url(given.get("sourceUrl"), &mut errors);
        match severity {
            Some(severity) if errors.is_empty() => Ok(Self { title, body, severity, fields, source_url }),
            _ => Err(errors),
        }
    }

    /// The payload that a webhook destination gets for an ad-hoc notification: the common fields, then its own.
    #[must_use]
    pub fn payload(&self, account: &Account, now: jiff::Timestamp) -> Payload {
        let mut payload = Payload::new();
        payload.insert("event_type".into(), json!(AD_HOC));
        payload.insert("environment".into(), json!(account.environment));
        payload.insert("account_id".into(), json!(account.id));
        payload.insert("account_name".into(), json!(account.name));
        payload.insert("timestamp".into(), json!(text::rfc3339(now)));
        payload.insert("title".into(), json!(self.title));
        payload.insert("body".into(), json!(self.body));
        payload.insert("severity".into(), json!(self.severity.as_str()));
        let field = |(label, value): &(String, String)| json!({ "label": label, "value": value });
        payload.insert("fields".into(), self.fields.iter().map(field).collect());
        payload.insert("sourceUrl".into(), json!(self.source_url));
        payload
    }

    /// Reads back what [`Notification::payload`] wrote.
    pub(crate) fn of_payload(payload: &Payload) -> Result<Self, FieldErrors> {
        let own = |name: &str| {
            payload.get(name).filter(|value| !value.is_null()).map(|v| (name.to_owned(), v.clone()))
        };
        let names = ["title", "body", "severity", "fields", "sourceUrl"];
        Self::parse(&Value::Object(names.into_iter().filter_map(own).collect()))
    }
}

fn fault(errors: &mut FieldErrors, name: &str, problem: impl Into<Cow<'static, str>>) {
    errors.push(format!("notification.{name}"), problem);
}

fn required_text(given: &Map<String, Value>, name: &str, longest: usize, errors: &mut FieldErrors) -> String {
    let problem = match given.get(name) {
        Some(Value::String(text)) if text.chars().count() > longest => {
            format!("is too long: it must have at most {longest} characters")
        }
        Some(Value::String(text)) if !text.trim().is_empty() => return text.clone(),
        Some(_) => format!("must be a string of 1 to {longest} characters"),
        None => format!("is missing: it must be a string of 1 to {longest} characters"),
    };
    fault(errors, name, problem);
    String::new()
}

fn fields(given: Option<&Value>, errors: &mut FieldErrors) -> Vec<(String, String)> {
    let what = format!("must be a list of at most {MOST_FIELDS} objects with the strings label and value");
    let list = match given {
        None => return Vec::new(),
        Some(Value::Array(list)) if list.len() <= MOST_FIELDS => list,
        Some(_) => {
            fault(errors, "fields", what);
            return Vec::new();
        }
    };
    let pair = |(index, item): (usize, &Value)| {
        let path = format!("fields[{index}]");
        let Value::Object(given) = item else {
            fault(errors, &path, "must be an object with the strings label and value");
            return None;
        };
        for name in given.keys().filter(|name| !matches!(name.as_str(), "label" | "value")) {
            fault(errors, &format!("{path}.{name}"), "is not a field here: it takes label and value");
        }
        let label = field_text(given, &path, "label", errors);
        label.zip(field_text(given, &path, "value", errors))
    };
    list.iter().enumerate().filter_map(pair).collect()
}

fn field_text(
    given: &Map<String, Value>,
    path: &str,
    name: &str,
    errors: &mut FieldErrors,
) -> Option<String> {
    let problem = match given.get(name) {
        Some(Value::String(text)) if text.chars().count() <= LONGEST_FIELD => return Some(text.clone()),
        Some(Value::String(_)) => format!("is too long: it must have at most {LONGEST_FIELD} characters"),
        Some(_) => "must be a string".to_owned(),
        None => "is missing: it must be a string".to_owned(),
    };
    fault(errors, &format!("{path}.{name}"), problem);
    None
}

fn source_url(given: Option<&Value>, errors: &mut FieldErrors) -> Option<String> {
    let link = given?.as_str().and_then(web_link);
    if link.is_none() {
        let what = format!(
            "must be a link that starts with http:// or https:// and has at most {LONGEST_LINK} characters"
        );
        fault(errors, "sourceUrl", what);
    }
    link
}

fn web_link(text: &str) -> Option<String> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    (url.as_str().len() <= LONGEST_LINK).then(|| url.into())
}
