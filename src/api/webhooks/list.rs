//! The options of the list: page, sort, count and filters.

mod filter;

use std::cmp::Ordering;

use http::Uri;
use serde_json::json;
use utoipa::IntoParams;
use utoipa::openapi::ObjectBuilder;
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::openapi::schema::Type;

use crate::api::http::parameters::{self, string};
use crate::api::http::query;
use crate::domain::catalog::Catalog;
use crate::error::Result;

use super::attribute::Attribute;
use super::links::PagePlace;
use super::resource::WebhookAttributes;
use super::sparse_fields::SparseFields;
use filter::Filter;

/// The documented default, and the most.
const PAGE_SIZE: usize = 1_000;

/// What was asked of the list.
pub(super) struct ListOptions {
    number: usize,
    size: usize,
    sort: Vec<SortKey>,
    count: bool,
    filters: Vec<Filter>,
    /// `fields` and `include`.
    pub fields: SparseFields,
}

struct SortKey {
    attribute: Attribute,
    descending: bool,
}

/// The rows of the page that was asked for.
pub(super) struct ListPage {
    pub rows: Vec<WebhookAttributes>,
    /// Which page it is of how many.
    pub place: PagePlace,
    /// How many rows there are on all pages, if that was asked.
    pub count: Option<usize>,
}

impl IntoParams for ListOptions {
    fn into_params(place: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let positive = |default: usize| {
            let integer = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1));
            integer.default(Some(json!(default)))
        };
        let attributes: Vec<&str> = Attribute::public().map(Attribute::as_str).collect();
        let key = format!("-?({})", attributes.join("|"));
        let sort = string().pattern(Some(format!("^{key}(,{key})*$"))).examples(["-created_at,name"]);
        let count = ObjectBuilder::new().schema_type(Type::Boolean).default(Some(json!(false)));
        let mut parameters = vec![
            parameters::query("page[number]", "Which page.", positive(1)),
            parameters::query("page[size]", "More than 1000 is read as 1000.", positive(PAGE_SIZE)),
            parameters::query(
                "sort",
                "Attributes, comma-separated; a minus sorts downwards. Not by `secret`.",
                sort,
            ),
            parameters::query("count", "Adds `meta.count`: how many there are on all pages.", count),
        ];
        parameters.extend(Filter::parameters());
        parameters.extend(SparseFields::into_params(place));
        parameters
    }
}

impl ListOptions {
    /// 400 names the parameter, field or sort key that is not known.
    pub fn parse(uri: &Uri, catalog: &Catalog) -> Result<Self> {
        let mut options = Self {
            number: 1,
            size: PAGE_SIZE,
            sort: Vec::new(),
            count: false,
            filters: Vec::new(),
            fields: SparseFields::default(),
        };
        for (name, value) in query::pairs(uri) {
            match name.as_str() {
                "page[number]" => options.number = positive(&name, &value)?,
                "page[size]" => options.size = positive(&name, &value)?.min(PAGE_SIZE),
                "sort" => options.sort = sort_keys(&value)?,
                "count" => options.count = flag(&name, &value)?,
                _ if options.fields.take(&name, &value)? => {}
                _ => options.filters.push(Filter::parse(&name, &value, catalog)?),
            }
        }
        Ok(options)
    }

    /// Filters, sorts and cuts. Rows that are equal stay in the order of their ids.
    pub(crate) fn apply(&self, mut rows: Vec<WebhookAttributes>) -> ListPage {
        rows.retain(|row| self.filters.iter().all(|filter| filter.matches(row)));
        rows.sort_by(|one, other| {
            let by = |key: &SortKey| {
                let ordering = compare(one, other, key.attribute);
                if key.descending { ordering.reverse() } else { ordering }
            };
            self.sort.iter().map(by).fold(Ordering::Equal, Ordering::then)
        });
        let place = PagePlace { number: self.number, size: self.size, rows: rows.len() };
        let count = self.count.then_some(rows.len());
        let before = (self.number - 1).saturating_mul(self.size);
        ListPage { rows: rows.into_iter().skip(before).take(self.size).collect(), place, count }
    }
}

fn positive(name: &str, value: &str) -> Result<usize> {
    let number = value.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| query::refusal(name, "must be a number from 1"))
}

fn flag(name: &str, value: &str) -> Result<bool> {
    value.parse().map_err(|_| query::refusal(name, "must be true or false"))
}

fn sort_keys(list: &str) -> Result<Vec<SortKey>> {
    list.split(',')
        .map(str::trim)
        .map(|key| {
            let name = key.strip_prefix('-').unwrap_or(key);
            let attribute = Attribute::public_by_name(name)
                .ok_or_else(|| query::refusal("sort", &format!("cannot be by “{name}”")))?;
            Ok(SortKey { attribute, descending: key.starts_with('-') })
        })
        .collect()
}

/// Times are RFC 3339 in UTC, so they sort as text; lists and maps sort as their JSON.
fn compare(one: &WebhookAttributes, other: &WebhookAttributes, attribute: Attribute) -> Ordering {
    match attribute {
        Attribute::Id | Attribute::AccountId => one.number(attribute).cmp(&other.number(attribute)),
        Attribute::Events => json!(one.events).to_string().cmp(&json!(other.events).to_string()),
        Attribute::Scopes => json!(one.scopes).to_string().cmp(&json!(other.scopes).to_string()),
        _ => one.text(attribute).cmp(&other.text(attribute)),
    }
}
