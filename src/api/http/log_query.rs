//! The filters of the log as query parameters: what is not known is a 400 that names it.

use http::Uri;
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};

use crate::actions::event_log::{EventLogQuery, NEWEST, first_id, moment};
use crate::db::deliveries::EventFilter;
use crate::db::snapshots::AccountSnapshot;
use crate::domain::catalog::Catalog;
use crate::domain::delivery::{Channel, LogStatus, Trigger};
use crate::error::Result;

use super::parameters::{self, string};
use super::query::{pairs, refusal};
use super::schemas::{moments, words};

/// How many entries an answer has where nobody says.
const USUAL: usize = 50;
/// And at most.
const MOST: usize = 200;

/// What somebody asks of the log.
pub(in crate::api) struct LogListQuery {
    /// Which entries.
    pub filter: EventFilter,
    /// How many.
    pub limit: usize,
    /// Behind which one to go on: what an answer before this one said in `next`.
    pub cursor: Option<String>,
}

/// The parameters, for the description.
pub(in crate::api) enum LogParameters {}

impl utoipa::IntoParams for LogParameters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let query = parameters::query;
        let search = format!(
            "Of events where an address or id begins like this; or that have it as a part of their name, or as a \
             tenant’s or run’s number, among the newest {NEWEST}."
        );
        let limit = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(MOST));
        vec![
            query("status", "How a delivery stands.", words(LogStatus::ALL.iter().map(|word| word.as_str()))),
            query("event", "The key of an event type, or `notification`.", string()),
            query("channel", "How a delivery leaves.", words(Channel::ALL.iter().map(|word| word.as_str()))),
            query("trigger", "Why a delivery exists.", words(Trigger::ALL.iter().map(|word| word.as_str()))),
            query(
                "destination",
                "The number of a destination.",
                string().pattern(Some("^[1-9][0-9]{0,17}$")),
            ),
            query("q", &search, string().pattern(Some(r"\S"))),
            query("since", "Of events accepted from then on: a moment, or a day in UTC.", moments()),
            query("until", "Of events accepted before then; a day is taken whole.", moments()),
            query("limit", "At most so many; 50 if it is left out.", limit),
            query(
                "cursor",
                "Go on there: the `next` of the answer before.",
                string().pattern(Some("^[0-9a-f]{8}-[0-9a-f.-]{27,64}$")),
            ),
        ]
    }
}

impl LogListQuery {
    /// Reads every parameter.
    pub fn read(uri: &Uri, catalog: &Catalog, snapshot: Option<&AccountSnapshot>) -> Result<Self> {
        let mut typed = EventLogQuery::default();
        let (mut above, mut below) = (None, None);
        let (mut limit, mut cursor) = (USUAL, None);
        for (name, value) in pairs(uri) {
            match name.as_str() {
                "status" => typed.status = known(&name, value, LogStatus::ALL, LogStatus::as_str)?,
                "channel" => typed.channel = known(&name, value, Channel::ALL, Channel::as_str)?,
                "trigger" => typed.trigger = known(&name, value, Trigger::ALL, Trigger::as_str)?,
                // An empty text is a variable that nobody has set, and would list everything.
                "event" | "destination" | "q" if value.trim().is_empty() => {
                    return Err(refusal(&name, "is empty: leave it out"));
                }
                "event" => typed.event = value,
                "destination" => typed.destination = value,
                "q" => typed.q = value,
                "since" => above = Some(bound(&name, &value, false)?),
                "until" => below = Some(bound(&name, &value, true)?),
                "limit" => {
                    let number = value.parse().ok().filter(|number| (1..=MOST).contains(number));
                    let why = format!("must be a number from 1 to {MOST}");
                    limit = number.ok_or_else(|| refusal(&name, &why))?;
                }
                "cursor" => cursor = Some(value),
                _ => return Err(refusal(&name, "is not a parameter of this route")),
            }
        }
        let (filter, unknown) = typed.parse(catalog, snapshot);
        if let Some(left) = unknown.first() {
            return Err(refusal(left.name, "has a value that this account does not know"));
        }
        Ok(Self { filter: EventFilter { above, below, ..filter }, limit, cursor })
    }
}

/// One of an enum's words, or a refusal that lists them.
fn known<T: Copy>(name: &str, value: String, all: &[T], word: fn(T) -> &'static str) -> Result<String> {
    let words: Vec<&str> = all.iter().map(|one| word(*one)).collect();
    if words.contains(&value.as_str()) {
        return Ok(value);
    }
    Err(refusal(name, &format!("must be one of {}", words.join(", "))))
}

fn bound(name: &str, value: &str, is_end: bool) -> Result<String> {
    let what = "must be a moment like 2026-05-04T14:05:00Z, or a day like 2026-05-04";
    moment(value, is_end).map(first_id).ok_or_else(|| refusal(name, what))
}

/// A cursor that no answer has given.
pub(in crate::api) fn strange_cursor() -> crate::error::Error {
    refusal("cursor", "is not one that an answer has given")
}
