//! One `filter[…]` of the list.

use std::cmp::Ordering;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use utoipa::openapi::path::Parameter;
use utoipa::openapi::schema::{Schema, Type};
use utoipa::openapi::{ObjectBuilder, RefOr};

use crate::api::http::parameters::{self, string};
use crate::api::http::query;
use crate::api::http::schemas::{EventKey, format, reference};
use crate::api::webhooks::attribute::{Attribute, AttributeType};
use crate::api::webhooks::resource::WebhookAttributes;
use crate::domain::catalog::Catalog;
use crate::domain::text::quoted;
use crate::domain::text_enum::text_enum;
use crate::error::Result;

/// `filter[name]=…`, `filter[created_at][gte]=…`. Lists (`events`) and maps (`scopes`) are searched for the
/// value.
pub(super) struct Filter {
    attribute: Attribute,
    relation: Relation,
    value: FilterValue,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Relation {
    Equal,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}
text_enum!(Relation {
    Equal => "eq",
    Greater => "gt",
    GreaterOrEqual => "gte",
    Less => "lt",
    LessOrEqual => "lte",
});

enum FilterValue {
    Number(i64),
    Time(Timestamp),
    Text(String),
}

impl Filter {
    /// Every filter that there is, for the description.
    pub fn parameters() -> impl Iterator<Item = Parameter> {
        Attribute::public().flat_map(|attribute| {
            let relations = Relation::ALL.iter().copied().filter(move |relation| relation.fits(attribute));
            let plain = std::iter::once(parameter(attribute, None));
            plain.chain(relations.map(move |relation| parameter(attribute, Some(relation))))
        })
    }

    /// 400 names the parameter that is not known, or has a value of another type.
    pub fn parse(name: &str, value: &str, catalog: &Catalog) -> Result<Self> {
        let inner = name.strip_prefix("filter[").and_then(|rest| rest.strip_suffix(']'));
        let Some(inner) = inner else {
            return Err(query::refusal(name, "is not a parameter of this route"));
        };
        let (attribute, relation) = match inner.split_once("][") {
            Some((attribute, word)) => (attribute, word.parse().ok()),
            None => (inner, Some(Relation::Equal)),
        };
        let Some(attribute) = Attribute::public_by_name(attribute) else {
            return Err(query::refusal(name, "is not a field to filter by"));
        };
        let relation = relation
            .ok_or_else(|| query::refusal(name, "compares in an unknown way: use eq, gt, gte, lt or lte"))?;
        if !relation.fits(attribute) {
            return Err(query::refusal(name, "compares something that is neither a number nor a time"));
        }
        let value = match attribute.compared_as() {
            AttributeType::Number => value.parse().ok().map(FilterValue::Number),
            AttributeType::Time => moment(value).map(FilterValue::Time),
            AttributeType::Text if attribute == Attribute::Events => {
                let event_type = catalog.by_wire_or_key(value);
                let unknown =
                    || query::refusal(name, &format!("names “{}”, which is not an event", quoted(value)));
                Some(FilterValue::Text(event_type.ok_or_else(unknown)?.key.clone()))
            }
            AttributeType::Text => Some(FilterValue::Text(value.to_owned())),
        };
        let value = value.ok_or_else(|| {
            query::refusal(name, "has a value that cannot be read: numbers are integers, times are RFC 3339")
        })?;
        Ok(Self { attribute, relation, value })
    }

    /// Whether a row is listed.
    pub fn matches(&self, row: &WebhookAttributes) -> bool {
        self.ordering(row).is_some_and(|ordering| match self.relation {
            Relation::Equal => ordering == Ordering::Equal,
            Relation::Greater => ordering == Ordering::Greater,
            Relation::GreaterOrEqual => ordering != Ordering::Less,
            Relation::Less => ordering == Ordering::Less,
            Relation::LessOrEqual => ordering != Ordering::Greater,
        })
    }

    /// How the row's value stands to the filter's. One that a list or a map holds is equal.
    fn ordering(&self, row: &WebhookAttributes) -> Option<Ordering> {
        match &self.value {
            FilterValue::Number(number) => Some(row.number(self.attribute)?.cmp(number)),
            FilterValue::Time(time) => Some(moment(row.text(self.attribute)?)?.cmp(time)),
            FilterValue::Text(text) => match self.attribute {
                Attribute::Events => row.events.as_ref()?.contains(text).then_some(Ordering::Equal),
                Attribute::Scopes => row.scopes.as_ref()?.contains_key(text).then_some(Ordering::Equal),
                attribute => Some(row.text(attribute)?.cmp(text)),
            },
        }
    }
}

impl Relation {
    /// Texts, lists and maps have no order.
    fn fits(self, attribute: Attribute) -> bool {
        self == Self::Equal || attribute.compared_as() != AttributeType::Text
    }

    fn description(self) -> &'static str {
        match self {
            Self::Equal => "Equal to this.",
            Self::Greater => "Greater than this.",
            Self::GreaterOrEqual => "This or greater.",
            Self::Less => "Less than this.",
            Self::LessOrEqual => "This or less.",
        }
    }
}

fn parameter(attribute: Attribute, relation: Option<Relation>) -> Parameter {
    let schema: RefOr<Schema> = match attribute.compared_as() {
        AttributeType::Number => {
            ObjectBuilder::new().schema_type(Type::Integer).format(Some(format("int64"))).into()
        }
        AttributeType::Time => string().format(Some(format("date-time"))).into(),
        AttributeType::Text if attribute == Attribute::Events => reference::<EventKey>(),
        AttributeType::Text => string().into(),
    };
    let suffix = relation.map_or_else(String::new, |relation| format!("[{}]", relation.as_str()));
    let description = match attribute {
        Attribute::Events => "Subscribes to the event with this key.",
        Attribute::Scopes => "Lets through only some values of this field of the payload.",
        _ => relation.unwrap_or(Relation::Equal).description(),
    };
    parameters::query(&format!("filter[{}]{suffix}", attribute.as_str()), description, schema)
}

/// A moment, or a day as its first moment in UTC.
fn moment(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| Some(text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp()))
}
