//! One `filter[…]` of the list.

use std::cmp::Ordering;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use crate::api::http::query;
use crate::api::webhooks::resource::ATTRIBUTES;
use crate::error::Result;

use super::HIDDEN;

/// `filter[name]=…`, `filter[created_at][gte]=…`. Lists (`events`) and maps (`scopes`) are searched for the
/// value.
pub(super) struct Filter {
    attribute: String,
    relation: Relation,
    wanted: FilterValue,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Relation {
    Equal,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

enum FilterValue {
    Number(i64),
    Time(Timestamp),
    Text(String),
}

impl Filter {
    pub fn parse(name: &str, value: &str) -> Result<Self> {
        let inner = name.strip_prefix("filter[").and_then(|rest| rest.strip_suffix(']'));
        let Some(inner) = inner else {
            return Err(query::refusal(name, "is not a parameter of this route"));
        };
        let (attribute, relation) = match inner.split_once("][") {
            Some((attribute, word)) => (attribute, relation(word)),
            None => (inner, Some(Relation::Equal)),
        };
        if attribute == HIDDEN || !ATTRIBUTES.contains(&attribute) {
            return Err(query::refusal(name, "is not a field to filter by"));
        }
        let relation = relation
            .ok_or_else(|| query::refusal(name, "compares in an unknown way: use eq, gt, gte, lt or lte"))?;
        let wanted = match attribute {
            "id" | "account_id" => value.parse().ok().map(FilterValue::Number),
            "created_at" | "updated_at" => moment(value).map(FilterValue::Time),
            _ if relation != Relation::Equal => {
                return Err(query::refusal(name, "compares something that is neither a number nor a time"));
            }
            _ => Some(FilterValue::Text(value.to_owned())),
        };
        let wanted = wanted.ok_or_else(|| {
            query::refusal(name, "has a value that cannot be read: numbers are integers, times are RFC 3339")
        })?;
        Ok(Self { attribute: attribute.to_owned(), relation, wanted })
    }

    /// Whether a row is shown.
    pub fn lets(&self, row: &Map<String, Value>) -> bool {
        let ordering = match (row.get(&self.attribute), &self.wanted) {
            (Some(Value::Number(number)), FilterValue::Number(wanted)) => {
                number.as_i64().map(|n| n.cmp(wanted))
            }
            (Some(Value::String(text)), FilterValue::Time(wanted)) => {
                moment(text).map(|time| time.cmp(wanted))
            }
            (Some(Value::String(text)), FilterValue::Text(wanted)) => Some(text.cmp(wanted)),
            (Some(Value::Array(values)), FilterValue::Text(wanted)) => {
                return values.iter().any(|value| value.as_str() == Some(wanted));
            }
            (Some(Value::Object(map)), FilterValue::Text(wanted)) => return map.contains_key(wanted),
            _ => None,
        };
        ordering.is_some_and(|ordering| match self.relation {
            Relation::Equal => ordering == Ordering::Equal,
            Relation::Greater => ordering == Ordering::Greater,
            Relation::GreaterOrEqual => ordering != Ordering::Less,
            Relation::Less => ordering == Ordering::Less,
            Relation::LessOrEqual => ordering != Ordering::Greater,
        })
    }
}

fn relation(word: &str) -> Option<Relation> {
    Some(match word {
        "eq" => Relation::Equal,
        "gt" => Relation::Greater,
        "gte" => Relation::GreaterOrEqual,
        "lt" => Relation::Less,
        "lte" => Relation::LessOrEqual,
        _ => return None,
    })
}

/// A moment, or a day as its first moment in UTC.
fn moment(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| Some(text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp()))
}
