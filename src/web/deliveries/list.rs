//! The log: one line for each event, with what became of it.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::OriginalUri;
use axum::response::Response;
use axum_extra::extract::Query;
use serde::Deserialize;
use url::form_urlencoded::{Serializer, parse};

use crate::actions::event_log::{
    self, EventLogQuery, LogPage, MOST, MOST_ADDRESSES, MOST_TO_ADDRESS, NEWEST, UnknownValue,
};
use crate::domain::role::Permission;
use crate::domain::text::{self, up_to};
use crate::web::PageResult;
use crate::web::auth::{MayRead, Visit};
use crate::web::icon::Icon;
use crate::web::page::{Notice, Pager, Shell};

use super::day::Day;
use super::event_line::{EventLine, Ticks};
use super::filters::Filters;
use super::live;
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
    /// The filters, as a query.
    pub query: String,
    /// How many boxes there are to tick.
    pub failed_here: usize,
    /// This page with all of them ticked.
    pub select_all: String,
    /// What of the filters counts where what has failed is sent again, as a query.
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
    /// `failed`: every box comes ticked.
    select: String,
}

pub(super) async fn show(
    visit: Visit<MayRead>,
    uri: OriginalUri,
    Query(query): Query<ListQuery>,
) -> PageResult<Response> {
    let (app, permit) = (&visit.app, &visit.permit);
    let snapshot = app.db.snapshot(visit.account.id).await?;
    let are_ticked = query.select == "failed";
    let query = EventLogQuery::from(query);
    let (filter, unknown) = query.parse(&app.catalog, snapshot.as_deref());
    let LogPage { events, more } = event_log::page(app, permit, &filter, PAGE).await?;
    let is_first = query.before.is_empty() && query.after.is_empty();
    let count = match i64::try_from(events.len()) {
        // All of them are here.
        Ok(all) if is_first && !more && filter.q.is_none() => Some(all),
        Ok(_) | Err(_) => event_log::count(app, permit, &query.everywhere(&filter)).await?,
    };
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
        let value = text::quoted(&left.value);
        let title = match left.name {
            "from" | "to" => format!("“{value}” is no day like 2026-05-04."),
            "before" | "after" => format!("“{value}” is no place in this log."),
            name => format!("There is no {name} “{value}”."),
        };
        Notice::warn(title, "It was left out.")
    }));
    let now = app.clock.now();
    let ticks = Ticks { are_shown: shell.may(Permission::Administer), are_ticked };
    let lines: Vec<EventLine> =
        events.iter().map(|event| EventLine::of(event, &names, visit.account.id, now, ticks)).collect();
    let last_day = event_log::last_day(app, permit).await?;
    Ok(live(DeliveriesPage {
        day: Day::of(&last_day.hours, &last_day.answers),
        filters: Filters::of(&query, &filter, &app.catalog, snapshot.as_deref()),
        count: counted(lines.len(), count, is_first, more),
        is_moving: events.iter().any(|event| event.deliveries.iter().any(|row| !row.state.is_final())),
        failed_here: lines.iter().flat_map(|line| &line.troubled).filter(|hop| hop.tick.is_some()).count(),
        events: lines,
        here: with_query(&uri, &kept(&uri, &["select"])),
        query: kept(&uri, &["select"]),
        select_all: with_query(&uri, &with(&kept(&uri, &["select"]), "select", "failed")),
        recover: recover_query(&query),
        export: export_path(visit.account.id, &query, &unknown),
        pager,
        retention_days: app.config.retention_days,
        shell,
    }))
}

/// `1–50 of 1,284 events`; of a search, which is not counted, what is shown.
fn counted(shown: usize, count: Option<i64>, is_first: bool, more: bool) -> String {
    match count {
        Some(1) if is_first => "1 event".to_owned(),
        Some(count) if is_first && shown > 0 => format!("1–{shown} of {} events", up_to(count, MOST)),
        Some(count) => format!("{shown} of {} events", up_to(count, MOST)),
        None if more => format!("{shown} and more events"),
        None if shown == 1 => "1 event".to_owned(),
        None => format!("{shown} events"),
    }
}

impl From<ListQuery> for EventLogQuery {
    fn from(query: ListQuery) -> Self {
        let ListQuery { status, event, channel, destination, trigger, from, to, q, before, after, .. } =
            query;
        Self { status, event, channel, destination, trigger, from, to, q, before, after }
    }
}

/// The same failures, to be sent again.
fn recover_query(query: &EventLogQuery) -> String {
    let status = if query.status == "expired" { "expired" } else { "" };
    let pairs = [
        ("status", status),
        ("event", &query.event),
        ("channel", &query.channel),
        ("destination", &query.destination),
        ("since", &query.from),
        ("until", &query.to),
        // These it cannot filter by, and says so.
        ("trigger", &query.trigger),
        ("q", &query.q),
    ];
    let set = pairs.into_iter().filter(|(_, value)| !value.trim().is_empty());
    Serializer::new(String::new()).extend_pairs(set).finish()
}

/// What is filtered, as a file; what was left out of the filters is left out here, too.
fn export_path(account: i64, query: &EventLogQuery, unknown: &[UnknownValue]) -> String {
    let is_known = |name: &str| unknown.iter().all(|left| left.name != name);
    let set = query.filters().into_iter().filter(|(name, value)| !value.trim().is_empty() && is_known(name));
    let query = Serializer::new(String::new()).extend_pairs(set).append_pair("format", "").finish();
    format!("/accounts/{account}/deliveries/export?{query}")
}

/// The same filters, from another place on.
fn page_path(uri: &OriginalUri, name: &str, id: &str) -> String {
    with_query(uri, &with(&kept(uri, &["before", "after", "select"]), name, id))
}

/// What of the query is set, without what is named.
fn kept(uri: &OriginalUri, without: &[&str]) -> String {
    let pairs = parse(uri.query().unwrap_or_default().as_bytes());
    let kept = pairs.filter(|(name, value)| !without.contains(&&**name) && !value.is_empty());
    Serializer::new(String::new()).extend_pairs(kept).finish()
}

fn with(query: &str, name: &str, value: &str) -> String {
    Serializer::new(String::new()).extend_pairs(parse(query.as_bytes())).append_pair(name, value).finish()
}

fn with_query(uri: &OriginalUri, query: &str) -> String {
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{}{mark}{query}", uri.path())
}
