//! The log: one line for each event, with what became of it.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::OriginalUri;
use axum_extra::extract::Query;
use serde::Deserialize;

use crate::actions::event_log::{self, EventLogQuery, LogPage, MOST, NEWEST, UnknownValue};
use crate::domain::role::Permission;
use crate::domain::text;
use crate::web::PageResult;
use crate::web::auth::{MayRead, Visit};
use crate::web::icon::Icon;
use crate::web::page::{Notice, Pager, Shell};

use super::day::{Day, capped};
use super::event_line::EventLine;
use super::filters::Filters;
use super::names::TargetNames;

/// One page of the log, newest first.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "deliveries/list.html")]
pub struct DeliveriesPage {
    /// Title `Deliveries`, or `Deliveries up to 4 May 2026, 12:00:03 UTC` on later pages; tab `deliveries`.
    pub shell: Shell,
    /// How the last day went.
    pub day: Day,
    /// The form above the list.
    pub filters: Filters,
    /// `1–50 of 1,284`
    pub count: String,
    /// This page's events.
    pub events: Vec<EventLine>,
    /// Whether some of them are under way.
    pub is_moving: bool,
    /// This page once more.
    pub here: String,
    /// Where what failed is sent again, with what of the filters counts there.
    pub recover: String,
    /// What the filters let through, as a file: `/accounts/100/deliveries/export?…&format=`.
    pub export: String,
    /// Paths with the filters in them.
    pub pager: Pager,
    /// How long deliveries are kept.
    pub retention_days: u32,
}

/// Events on one page.
const PAGE: usize = 50;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ListQuery {
    status: String,
    event: String,
    channel: String,
    destination: String,
    trigger: String,
    from: String,
    to: String,
    q: String,
    before: String,
    after: String,
}

pub(super) async fn show(
    visit: Visit<MayRead>,
    uri: OriginalUri,
    Query(query): Query<ListQuery>,
) -> PageResult<DeliveriesPage> {
    let (app, permit) = (&visit.app, &visit.permit);
    let snapshot = app.db.snapshot(visit.account.id).await?;
    let query = EventLogQuery::from(query);
    let (filter, unknown) = query.parse(&app.catalog, snapshot.as_deref());
    let LogPage { events, more } = event_log::page(app, permit, &filter, PAGE).await?;
    let count = event_log::count(app, permit, &query.everywhere(&filter)).await?;
    let is_first = query.before.is_empty() && query.after.is_empty();
    let (has_newer, has_older) = if filter.ascending { (more, true) } else { (!is_first, more) };
    let link = |name: &str, id: Option<&str>| id.map(|id| page_path(&uri, name, id));
    let pager = Pager {
        newer: link("after", events.first().map(|event| event.record.id.as_str())).filter(|_| has_newer),
        older: link("before", events.last().map(|event| event.record.id.as_str())).filter(|_| has_older),
    };
    let title = match events.first().filter(|_| !is_first) {
        Some(event) => {
            let at = crate::domain::clock::from_ms(event.record.created_at);
            format!("Deliveries up to {}", text::moment(at))
        }
        None => "Deliveries".to_owned(),
    };
    let names = TargetNames::of(snapshot.as_deref());
    let mut shell = visit.shell(&title, "deliveries").await?;
    shell.notices.extend(unknown.iter().map(|left| {
        let title = format!("There is no {} “{}”.", left.name, left.value);
        Notice::warn(title, "It was left out.")
    }));
    let now = app.clock.now();
    let lines: Vec<EventLine> =
        events.iter().map(|event| EventLine::of(event, &names, visit.account.id, now)).collect();
    Ok(DeliveriesPage {
        day: Day::of(&event_log::last_day(app, permit).await?),
        filters: Filters::of(&query, &filter, &app.catalog, snapshot.as_deref()),
        count: counted(lines.len(), count, is_first, more),
        is_moving: events.iter().any(|event| event.deliveries.iter().any(|row| !row.state.is_final())),
        events: lines,
        here: uri.to_string(),
        recover: recover_path(visit.account.id, &query),
        export: export_path(visit.account.id, &query, &unknown),
        pager,
        retention_days: app.config.retention_days,
        shell,
    })
}

/// `1–50 of 1,284`; of a search, which is not counted, what is shown.
fn counted(shown: usize, count: Option<i64>, is_first: bool, more: bool) -> String {
    match count {
        Some(count) if is_first && shown > 0 => format!("1–{shown} of {}", capped(count, MOST)),
        Some(count) => format!("{shown} of {}", capped(count, MOST)),
        None if more => format!("{shown} and more"),
        None => shown.to_string(),
    }
}

impl From<ListQuery> for EventLogQuery {
    fn from(query: ListQuery) -> Self {
        let ListQuery { status, event, channel, destination, trigger, from, to, q, before, after } = query;
        Self { status, event, channel, destination, trigger, from, to, q, before, after }
    }
}

/// The same failures, to be sent again.
fn recover_path(account: i64, query: &EventLogQuery) -> String {
    let status = if query.status == "expired" { "expired" } else { "" };
    let pairs = [
        ("status", status),
        ("event", &query.event),
        ("channel", &query.channel),
        ("destination", &query.destination),
        ("since", &query.from),
        ("until", &query.to),
    ];
    let set = pairs.into_iter().filter(|(_, value)| !value.trim().is_empty());
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(set).finish();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("/accounts/{account}/deliveries/recover{mark}{query}")
}

/// What is filtered, as a file; what was left out of the filters is left out here, too.
fn export_path(account: i64, query: &EventLogQuery, unknown: &[UnknownValue]) -> String {
    let is_known = |name: &str| unknown.iter().all(|left| left.name != name);
    let set = query.filters().into_iter().filter(|(name, value)| !value.trim().is_empty() && is_known(name));
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(set)
        .append_pair("format", "")
        .finish();
    format!("/accounts/{account}/deliveries/export?{query}")
}

/// The same filters, from another place on.
fn page_path(uri: &OriginalUri, name: &str, id: &str) -> String {
    let query = uri.query().unwrap_or_default();
    let kept = url::form_urlencoded::parse(query.as_bytes())
        .filter(|(name, value)| name != "before" && name != "after" && !value.is_empty());
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(kept)
        .append_pair(name, id)
        .finish();
    format!("{}?{query}", uri.path())
}
