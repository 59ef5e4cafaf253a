//! What an answer shows: `fields[…]` and `include`, which webhooks-api.txt calls `included`.

use std::str::FromStr;

use http::Uri;
use utoipa::IntoParams;
use utoipa::openapi::ObjectBuilder;
use utoipa::openapi::path::{Parameter, ParameterIn};

use crate::api::http::parameters::{self, string};
use crate::api::http::query;
use crate::api::http::schemas::words;
use crate::domain::text::quoted;
use crate::error::Result;

use super::attribute::{ACCOUNT, AccountAttribute, Attribute, EventAttribute, WebhookField};
use super::event_list::EVENTS;
use super::resource::{ACCOUNTS, TYPE};

/// Everything and nothing included, unless it is asked for otherwise.
#[derive(Debug, Default)]
pub(super) struct SparseFields {
    /// Whether the account is told too.
    pub included: bool,
    /// The attributes and relationships of a webhook that are told.
    pub webhook: Option<Vec<WebhookField>>,
    /// The attributes of the account that are told.
    pub account: Option<Vec<AccountAttribute>>,
    /// The attributes of an event that are told.
    pub event: Option<Vec<EventAttribute>>,
}

/// What the list of events takes.
pub(super) enum EventFields {}

impl IntoParams for SparseFields {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let attributes = Attribute::ALL.iter().map(|attribute| attribute.as_str());
        let webhook = one_of(attributes.chain([ACCOUNT]));
        let account = one_of(AccountAttribute::ALL.iter().map(|attribute| attribute.as_str()));
        let include = |name: &str, text: &str| parameters::query(name, text, words([ACCOUNT, ""]));
        vec![
            parameters::query(
                &format!("fields[{TYPE}]"),
                "The attributes and relationships to answer, comma-separated.",
                webhook.examples(["name,url"]),
            ),
            parameters::query(
                &format!("fields[{ACCOUNTS}]"),
                "The attributes of the included account, comma-separated.",
                account.examples(["name"]),
            ),
            include("include", "Adds the account as a resource of type `accounts`."),
            include("included", "The same as `include`."),
        ]
    }
}

impl IntoParams for EventFields {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let event = one_of(EventAttribute::ALL.iter().map(|attribute| attribute.as_str()));
        vec![parameters::query(
            &format!("fields[{EVENTS}]"),
            "The attributes to answer, comma-separated.",
            event.examples(["name"]),
        )]
    }
}

/// These names, comma-separated, or none.
fn one_of<'a>(names: impl Iterator<Item = &'a str>) -> ObjectBuilder {
    let one = names.collect::<Vec<_>>().join("|");
    string().pattern(Some(format!("^(({one})(,({one}))*)?$")))
}

impl SparseFields {
    /// Reads the parameters of a single webhook; 400 names what is not known.
    pub fn parse(uri: &Uri) -> Result<Self> {
        let mut fields = Self::default();
        for (name, value) in query::pairs(uri) {
            if !fields.take(&name, &value)? {
                return Err(query::refusal(&name, "is not a parameter of this route"));
            }
        }
        Ok(fields)
    }

    /// The same for the list of events, which includes nothing.
    pub fn parse_of_events(uri: &Uri) -> Result<Self> {
        let fields = Self::parse(uri)?;
        let is_other = |name: &String| !name.starts_with("fields[");
        match query::pairs(uri).into_iter().map(|(name, _)| name).find(is_other) {
            Some(name) => Err(query::refusal(&name, "is not a parameter of this route")),
            None => Ok(fields),
        }
    }

    /// Takes one parameter in; `false` if it is another's.
    pub fn take(&mut self, name: &str, value: &str) -> Result<bool> {
        // Clients that repeat a parameter for each value of a list often mark it with brackets.
        let plain = name.strip_suffix("[]").unwrap_or(name);
        if matches!(plain, "include" | "included") {
            if let Some(unknown) = items(value).find(|word| *word != ACCOUNT) {
                let problem = format!("names “{}”: only {ACCOUNT} can be included", quoted(unknown));
                return Err(query::refusal(name, &problem));
            }
            // An empty list asks for a document that could include something, and includes nothing.
            self.included |= items(value).next().is_some();
            return Ok(true);
        }
        let Some(kind) = plain.strip_prefix("fields[").and_then(|rest| rest.strip_suffix(']')) else {
            return Ok(false);
        };
        match kind {
            TYPE => add_listed(&mut self.webhook, name, kind, value)?,
            ACCOUNTS => add_listed(&mut self.account, name, kind, value)?,
            EVENTS => add_listed(&mut self.event, name, kind, value)?,
            _ => return Err(query::refusal(name, "names a type that no answer here has")),
        }
        Ok(true)
    }
}

/// Adds the fields that a parameter lists.
fn add_listed<T: FromStr>(
    fields: &mut Option<Vec<T>>,
    parameter: &str,
    kind: &str,
    list: &str,
) -> Result<()> {
    let fields = fields.get_or_insert_default();
    for name in items(list) {
        let unknown = || format!("names the field “{}”, which {kind} does not have", quoted(name));
        fields.push(name.parse().map_err(|_| query::refusal(parameter, &unknown()))?);
    }
    Ok(())
}

fn items(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|word| !word.is_empty())
}
