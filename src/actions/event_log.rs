//! The log by event: which events fit, how many there are, and how the last day went.

mod export;
mod last_day;
mod query;
mod search;

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use crate::access::{Includes, MayRead, Permit};
use crate::db::deliveries::{EventFilter, EventRecord};
pub(crate) use crate::db::deliveries::{MOST_ADDRESSES, MOST_TO_ADDRESS};
use crate::db::snapshots::AccountSnapshot;
use crate::domain::clock::from_ms;
use crate::domain::delivery::{Delivery, LogStatus, Target, TargetKind, Trigger};
use crate::domain::event::Event;
use crate::domain::event_name::EventName;
use crate::domain::explain::{LeftOut, left_out as left_out_of};
use crate::error::{Error, Result};

use super::App;

pub(crate) use export::begin_export;
pub use last_day::KeptDays;
pub(crate) use last_day::last_day;
pub(crate) use query::{EventLogQuery, UnknownValue, first_id, moment};
pub(super) use search::found;

/// How many of the newest events are searched for a part of a name, or a number.
pub(crate) const NEWEST: i64 = 2_000;
/// Events are counted up to here, for every page of the log.
pub(crate) const MOST: i64 = 2_000;

/// An event with its deliveries.
#[derive(Clone, Debug)]
pub(crate) struct LoggedEvent {
    pub record: EventRecord,
    pub name: EventName,
    /// In the order in which they were planned.
    pub deliveries: Vec<Delivery>,
}

/// A page of the log.
pub(crate) struct LogPage {
    /// Newest first.
    pub events: Vec<LoggedEvent>,
    /// Whether there are more in the direction that was asked for.
    pub more: bool,
}

/// Up to `limit` events of the account that fit. 429 where too many of it search at once.
pub(crate) async fn page(
    app: &App,
    permit: &Permit<impl Includes<MayRead>>,
    filter: &EventFilter,
    limit: usize,
) -> Result<LogPage> {
    let _search = app.limits.searches.begin(&permit.account.id).await?;
    read(app, permit, filter, limit).await
}

async fn read(
    app: &App,
    permit: &Permit<impl Includes<MayRead>>,
    filter: &EventFilter,
    limit: usize,
) -> Result<LogPage> {
    let account = permit.account.id;
    let most = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let mut ids = app.db.log_by_event(account, filter, most).await?;
    if let Some(q) = &filter.q {
        ids.extend(said(app, permit, filter, q).await?);
        ids.sort_unstable_by(|one, other| other.cmp(one));
        ids.dedup();
    }
    let more = ids.len() > limit;
    if more && filter.ascending {
        ids.drain(..ids.len() - limit);
    }
    ids.truncate(limit);
    Ok(LogPage { events: load(app, permit, &ids).await?, more })
}

/// Events with their deliveries, newest first.
async fn load(
    app: &App,
    permit: &Permit<impl Includes<MayRead>>,
    ids: &[String],
) -> Result<Vec<LoggedEvent>> {
    let account = permit.account.id;
    let mut deliveries: HashMap<Uuid, Vec<Delivery>> = HashMap::new();
    for row in app.db.deliveries_of_all(account, ids).await? {
        deliveries.entry(row.event_id).or_default().push(row);
    }
    let records = app.db.events_of(account, ids).await?;
    let logged = |record: EventRecord| {
        let own = record.id.parse().ok().and_then(|id: Uuid| deliveries.remove(&id)).unwrap_or_default();
        let name = EventName::of(&record.event_key, &record.payload, &app.catalog);
        LoggedEvent { record, name, deliveries: own }
    };
    Ok(records.into_iter().map(logged).collect())
}

/// The newest events that are called like `q`, or whose payload has that number, and that fit otherwise.
async fn said(
    app: &App,
    permit: &Permit<impl Includes<MayRead>>,
    filter: &EventFilter,
    q: &str,
) -> Result<Vec<String>> {
    let bounds = (filter.above.as_deref(), filter.below.as_deref());
    let found = app.db.newest_events(permit.account.id, bounds, NEWEST).await?;
    let meant = |event: &EventRecord| {
        filter.event.as_ref().is_none_or(|key| *key == event.event_key)
            && EventName::of(&event.event_key, &event.payload, &app.catalog).is_meant_by(q, &event.payload)
    };
    let ids: Vec<String> = found.into_iter().filter(meant).map(|event| event.id).collect();
    let is_plain = filter.status.is_none()
        && filter.channel.is_none()
        && filter.destination.is_none()
        && filter.trigger.is_none();
    if is_plain {
        return Ok(ids);
    }
    let mut fitting = Vec::new();
    for some in ids.chunks(100) {
        let rows = app.db.deliveries_of_all(permit.account.id, some).await?;
        let fits = rows.into_iter().filter(|row| fits(filter, row));
        fitting.extend(fits.map(|row| row.event_id.to_string()));
    }
    Ok(fitting)
}

fn fits(filter: &EventFilter, row: &Delivery) -> bool {
    filter.status.is_none_or(|status| row.log_status() == status)
        && filter.channel.is_none_or(|channel| row.target.channel() == channel)
        && filter.destination.is_none_or(|id| row.target.destination_id() == Some(id))
        && filter.trigger.is_none_or(|trigger| row.trigger == trigger)
}

/// How many events fit, up to [`MOST`]; `None` for a search, which would have to read them all.
pub(crate) async fn count(
    app: &App,
    permit: &Permit<impl Includes<MayRead>>,
    filter: &EventFilter,
) -> Result<Option<i64>> {
    if filter.q.is_some() {
        return Ok(None);
    }
    Ok(Some(app.db.count_by_event(permit.account.id, filter, MOST + 1).await?))
}

impl LoggedEvent {
    /// What was sent again: another send stands for it now.
    pub(crate) fn repeated(&self) -> HashSet<Uuid> {
        let sent = self.deliveries.iter().filter(|row| row.log_status() != LogStatus::Skipped);
        sent.filter_map(|row| row.resend_of).collect()
    }

    /// The deliveries that count: the last send to each target, whatever its earlier sends came to.
    pub(crate) fn last_sends(&self) -> impl Iterator<Item = &Delivery> {
        let repeated = self.repeated();
        self.deliveries.iter().filter(move |row| !repeated.contains(&row.id))
    }

    /// How it stands: like the worst of its deliveries.
    pub(crate) fn status(&self) -> LogStatus {
        self.last_sends().map(Delivery::log_status).min().unwrap_or(LogStatus::Skipped)
    }
}

/// One of the account's events with its deliveries; 404 for any other.
pub(crate) async fn find(
    app: &App,
    permit: &Permit<impl Includes<MayRead>>,
    id: &str,
) -> Result<LoggedEvent> {
    let found = load(app, permit, &[id.to_owned()]).await?.pop();
    found.ok_or_else(|| Error::not_found("event"))
}

/// The targets that nothing was written down for, by the settings as they are now. A test or a notification by hand
/// was never for anybody else.
pub(crate) fn left_out(event: &LoggedEvent, snapshot: Option<&AccountSnapshot>) -> Vec<LeftOut> {
    let happened = event.deliveries.iter().all(|row| matches!(row.trigger, Trigger::Event | Trigger::Resend));
    let Some(snapshot) = snapshot.filter(|_| happened) else { return Vec::new() };
    let payload = serde_json::from_str(&event.record.payload).unwrap_or_default();
    let asked = Event {
        id: Uuid::nil(),
        account_id: snapshot.settings.account.id,
        key: event.record.event_key.clone(),
        payload,
        accepted_at: from_ms(event.record.created_at),
    };
    // Who was told before the settings changed was told.
    let was_told = |left: &LeftOut| {
        let is_it = |target: &Target| match left.destination {
            Some(id) => target.destination_id() == Some(id),
            None => target.kind() == TargetKind::SharedWebhook,
        };
        event.deliveries.iter().any(|row| is_it(&row.target))
    };
    let mut left_out = left_out_of(&snapshot.settings, &snapshot.parsed, &asked, &event.name.title);
    left_out.retain(|left| !was_told(left));
    left_out
}
