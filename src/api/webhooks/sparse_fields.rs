//! What an answer shows: `fields[…]` and `included`.

use std::str::FromStr;

use http::Uri;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};

use crate::api::http::parameters::{self, string};
use crate::api::http::query;
use crate::api::http::schemas::words;
use crate::error::Result;

use super::attribute::{AccountAttribute, Attribute};
use super::resource::{ACCOUNTS, TYPE};

/// Everything and nothing included, unless it is asked for otherwise.
#[derive(Debug, Default)]
pub(super) struct SparseFields {
    /// Whether the account is told too.
    pub included: bool,
    /// The attributes of a webhook that are told.
    pub webhook: Option<Vec<Attribute>>,
    /// The attributes of the account that are told.
    pub account: Option<Vec<AccountAttribute>>,
}

impl IntoParams for SparseFields {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let list = |names: Vec<&str>| {
            let one = names.join("|");
            string().pattern(Some(format!("^(({one})(,({one}))*)?$")))
        };
        let webhook = list(Attribute::ALL.iter().map(|attribute| attribute.as_str()).collect());
        let account = list(AccountAttribute::ALL.iter().map(|attribute| attribute.as_str()).collect());
        vec![
            parameters::query(
                &format!("fields[{TYPE}]"),
                "The attributes to answer, comma-separated.",
                webhook.examples(["name,url"]),
            ),
            parameters::query(
                &format!("fields[{ACCOUNTS}]"),
                "The attributes of the included account, comma-separated.",
                account.examples(["name"]),
            ),
            parameters::query(
                "included",
                "Adds the account as a resource of type `accounts`.",
                words(["account"]),
            ),
        ]
    }
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

    /// Takes one parameter in; `false` if it is another's.
    pub fn take(&mut self, name: &str, value: &str) -> Result<bool> {
        // Clients that repeat a parameter for each value of a list often mark it with brackets.
        let plain = name.strip_suffix("[]").unwrap_or(name);
        if plain == "included" {
            if let Some(unknown) = items(value).find(|word| *word != "account") {
                return Err(query::refusal(
                    name,
                    &format!("names “{unknown}”: only account can be included"),
                ));
            }
            self.included |= items(value).next().is_some();
            return Ok(true);
        }
        let Some(kind) = plain.strip_prefix("fields[").and_then(|rest| rest.strip_suffix(']')) else {
            return Ok(false);
        };
        match kind {
            TYPE => self.webhook.get_or_insert_default().extend(attributes::<Attribute>(name, kind, value)?),
            ACCOUNTS => {
                self.account
                    .get_or_insert_default()
                    .extend(attributes::<AccountAttribute>(name, kind, value)?);
            }
            _ => return Err(query::refusal(name, "names a type that is not in the answer")),
        }
        Ok(true)
    }
}

/// The attributes that a parameter lists.
fn attributes<T: FromStr>(parameter: &str, kind: &str, list: &str) -> Result<Vec<T>> {
    let attribute = |name: &str| {
        let unknown = || format!("names the field “{name}”, which {kind} does not have");
        name.parse().map_err(|_| query::refusal(parameter, &unknown()))
    };
    items(list).map(attribute).collect()
}

fn items(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|word| !word.is_empty())
}
