//! The options of the list: page, sort, count and filters.

mod filter;

use std::cmp::Ordering;

use http::Uri;
use serde_json::{Map, Value};

use crate::api::http::query;
use crate::error::Result;

use super::resource::ATTRIBUTES;
use super::sparse_fields::SparseFields;
use filter::Filter;

/// The documented default, and the most.
const PAGE_SIZE: usize = 1_000;
/// What is never told cannot be guessed by order or by equality either.
pub(super) const HIDDEN: &str = "secret";

/// What was asked of the list.
pub(super) struct ListOptions {
    number: usize,
    size: usize,
    sort: Vec<SortKey>,
    count: bool,
    filters: Vec<Filter>,
    /// `fields` and `included`.
    pub shape: SparseFields,
}

struct SortKey {
    attribute: String,
    descending: bool,
}

/// The rows of the page that was asked for.
pub(super) struct ListPage {
    pub rows: Vec<Map<String, Value>>,
    /// How many rows there are on all pages, if that was asked.
    pub count: Option<usize>,
}

impl ListOptions {
    /// 400 names the parameter, field or sort key that is not known.
    pub fn parse(uri: &Uri) -> Result<Self> {
        let mut options = Self {
            number: 1,
            size: PAGE_SIZE,
            sort: Vec::new(),
            count: false,
            filters: Vec::new(),
            shape: SparseFields::default(),
        };
        for (name, value) in query::pairs(uri) {
            match name.as_str() {
                "page[number]" => options.number = positive(&name, &value)?,
                "page[size]" => options.size = positive(&name, &value)?.min(PAGE_SIZE),
                "sort" => options.sort = orders(&value)?,
                "count" => options.count = flag(&name, &value)?,
                _ if options.shape.take(&name, &value)? => {}
                _ => options.filters.push(Filter::parse(&name, &value)?),
            }
        }
        Ok(options)
    }

    /// Filters, sorts and cuts. Rows that are equal stay in the order of their ids.
    pub fn apply(&self, mut rows: Vec<Map<String, Value>>) -> ListPage {
        rows.retain(|row| self.filters.iter().all(|filter| filter.lets(row)));
        rows.sort_by(|one, other| {
            let by = |order: &SortKey| {
                let ordering = compare(one.get(&order.attribute), other.get(&order.attribute));
                if order.descending { ordering.reverse() } else { ordering }
            };
            self.sort.iter().map(by).fold(Ordering::Equal, Ordering::then)
        });
        let count = self.count.then_some(rows.len());
        let before = (self.number - 1).saturating_mul(self.size);
        ListPage { rows: rows.into_iter().skip(before).take(self.size).collect(), count }
    }
}

fn positive(name: &str, value: &str) -> Result<usize> {
    let number = value.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| query::refusal(name, "must be a number from 1"))
}

fn flag(name: &str, value: &str) -> Result<bool> {
    value.parse().map_err(|_| query::refusal(name, "must be true or false"))
}

fn orders(list: &str) -> Result<Vec<SortKey>> {
    list.split(',')
        .map(str::trim)
        .filter(|key| !key.is_empty())
        .map(|key| {
            let attribute = key.strip_prefix('-').unwrap_or(key);
            if attribute == HIDDEN || !ATTRIBUTES.contains(&attribute) {
                return Err(query::refusal("sort", &format!("cannot be by “{attribute}”")));
            }
            Ok(SortKey { attribute: attribute.to_owned(), descending: key.starts_with('-') })
        })
        .collect()
}

/// Times are RFC 3339 in UTC, so they sort as text.
fn compare(one: Option<&Value>, other: Option<&Value>) -> Ordering {
    match (one, other) {
        (Some(Value::Number(one)), Some(Value::Number(other))) => one.as_i64().cmp(&other.as_i64()),
        (Some(Value::String(one)), Some(Value::String(other))) => one.cmp(other),
        (one, other) => one.map(ToString::to_string).cmp(&other.map(ToString::to_string)),
    }
}
