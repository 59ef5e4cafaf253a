//! What an answer shows: `fields[…]` and `included`.

use http::Uri;
use serde_json::{Map, Value};

use crate::api::http::query;
use crate::error::Result;

use super::resource::{ACCOUNT_ATTRIBUTES, ACCOUNTS, ATTRIBUTES, TYPE};

/// Everything and nothing included, unless it is asked for otherwise.
#[derive(Debug, Default)]
pub(super) struct SparseFields {
    /// Whether the account is told too.
    pub included: bool,
    webhook_fields: Option<Vec<String>>,
    account_fields: Option<Vec<String>>,
}

impl SparseFields {
    /// Reads the parameters of a single webhook; 400 names what is not known.
    pub fn parse(uri: &Uri) -> Result<Self> {
        let mut shape = Self::default();
        for (name, value) in query::pairs(uri) {
            if !shape.take(&name, &value)? {
                return Err(query::refusal(&name, "is not a parameter of this route"));
            }
        }
        Ok(shape)
    }

    /// Takes one parameter in; `false` if it is not about the shape.
    pub fn take(&mut self, name: &str, value: &str) -> Result<bool> {
        // Clients that repeat a parameter for each value of a list often mark it with brackets.
        let plain = name.strip_suffix("[]").unwrap_or(name);
        if plain == "included" {
            if let Some(unknown) = words(value).find(|word| *word != "account") {
                return Err(query::refusal(
                    name,
                    &format!("names “{unknown}”: only account can be included"),
                ));
            }
            self.included |= words(value).next().is_some();
            return Ok(true);
        }
        let Some(kind) = plain.strip_prefix("fields[").and_then(|rest| rest.strip_suffix(']')) else {
            return Ok(false);
        };
        let (known, fields): (&[&str], _) = match kind {
            TYPE => (&ATTRIBUTES, &mut self.webhook_fields),
            ACCOUNTS => (&ACCOUNT_ATTRIBUTES, &mut self.account_fields),
            _ => return Err(query::refusal(name, "names a type that is not in the answer")),
        };
        if let Some(unknown) = words(value).find(|word| !known.contains(word)) {
            return Err(query::refusal(
                name,
                &format!("names the field “{unknown}”, which {kind} does not have"),
            ));
        }
        fields.get_or_insert_default().extend(words(value).map(ToOwned::to_owned));
        Ok(true)
    }

    /// Leaves the fields that were asked for.
    pub fn trim(&self, kind: &str, attributes: &mut Map<String, Value>) {
        let wanted = if kind == TYPE { &self.webhook_fields } else { &self.account_fields };
        if let Some(wanted) = wanted {
            attributes.retain(|name, _| wanted.contains(name));
        }
    }
}

fn words(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|word| !word.is_empty())
}
