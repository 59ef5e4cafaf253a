//! `links`: where a resource is, and where the other pages of a list are.

use serde::Serialize;
use url::form_urlencoded::Serializer;
use utoipa::ToSchema;

use crate::api::http::query;
use crate::config::Config;

/// The path of the list.
pub(super) const PATH: &str = "/api/v3/notification/webhooks";

/// Where this is.
#[derive(Clone, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SelfLink {
    #[serde(rename = "self")]
    #[schema(format = "uri")]
    own: String,
}

/// Where the pages are; all of them keep the other parameters of the call.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PageLinks {
    #[serde(rename = "self")]
    #[schema(format = "uri")]
    own: String,
    #[schema(format = "uri")]
    first: String,
    /// Not there on the first page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "uri")]
    prev: Option<String>,
    /// Not there on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "uri")]
    next: Option<String>,
    #[schema(format = "uri")]
    last: String,
}

/// Which page of a list was asked for, and how many rows there are on all of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct PagePlace {
    pub number: usize,
    pub size: usize,
    pub rows: usize,
}

impl SelfLink {
    /// Of the resource with this id.
    pub fn of_webhook(config: &Config, id: &str) -> Self {
        Self { own: format!("{}{PATH}/{id}", config.public_url()) }
    }

    /// Of what was asked for.
    pub fn of_call(config: &Config, uri: &http::Uri) -> Self {
        Self { own: with_query(config, uri.path(), &query::pairs(uri)) }
    }

    /// The link, for a header.
    pub fn as_str(&self) -> &str {
        &self.own
    }
}

impl PageLinks {
    /// Of a page of the list.
    pub fn of_call(config: &Config, uri: &http::Uri, place: PagePlace) -> Self {
        let PagePlace { number, size, rows } = place;
        let last = rows.div_ceil(size).max(1);
        let page = |number: usize| {
            let mut pairs = query::pairs(uri);
            pairs.retain(|(name, _)| name != "page[number]" && name != "page[size]");
            pairs.push(("page[number]".to_owned(), number.to_string()));
            pairs.push(("page[size]".to_owned(), size.to_string()));
            with_query(config, uri.path(), &pairs)
        };
        Self {
            own: with_query(config, uri.path(), &query::pairs(uri)),
            first: page(1),
            // Behind the last page, the one before is the last that has rows.
            prev: (number > 1).then(|| page((number - 1).min(last))),
            next: (number < last).then(|| page(number + 1)),
            last: page(last),
        }
    }
}

fn with_query(config: &Config, path: &str, pairs: &[(String, String)]) -> String {
    let query = Serializer::new(String::new()).extend_pairs(pairs).finish();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{}{path}{mark}{query}", config.public_url())
}
