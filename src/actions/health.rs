//! How the targets of an account are doing: which are failing, and what a page says of each.

mod telling;

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::access::{Includes, MayRead, Permit};
use crate::db::health::AskedTarget;
pub(crate) use crate::db::health::{DayCount, MOST_A_DAY};
use crate::db::snapshots::AccountSnapshot;
use crate::domain::clock::from_ms;
use crate::domain::health::{FailingTarget, LOOKED_AT, LastEnds};
use crate::error::Result;

use super::App;
use super::event_log::first_id;

pub use telling::{run_telling, tell_all};

/// More targets of an account are not looked at for a page.
const MOST_TARGETS: usize = 500;

/// The targets of the account that are failing, the shared webhook first; of the first `most` all that there is to
/// say, of the others that they are.
///
/// It asks for no permit: who may open a page of the account, whichever it is, sees its banner.
pub(crate) async fn failing(app: &App, account_id: i64, most: usize) -> Result<(Vec<FailingTarget>, usize)> {
    let Some(snapshot) = app.db.snapshot(account_id).await? else { return Ok((Vec::new(), 0)) };
    let (now, label) = (app.clock.now(), label(&snapshot));
    let asked = asked(&snapshot, now);
    let ends = app.db.last_ends(account_id, &asked, label).await?;
    let failing = ends.into_iter().filter(|(_, ends)| ends.failing().is_some());
    let failing: Vec<(Option<i64>, LastEnds)> = failing.collect();
    let hour = first_id(now - Duration::from_hours(1));
    let mut targets = Vec::new();
    for (destination, ends) in failing.iter().take(most) {
        let Some(target) = asked.iter().find(|asked| asked.destination == *destination) else { continue };
        let found = app.db.failures(account_id, target, label, &hour, ends).await?;
        // The janitor may have been faster.
        let (Some(first), Some(last)) = (found.first, found.last) else { continue };
        let (name, is_posted_to) = describe(&snapshot, *destination);
        let status = if found.in_a_day.failed > 0 { "failed" } else { "unknown" };
        let mut log = url::form_urlencoded::Serializer::new(String::new());
        log.append_pair("status", status);
        match destination {
            Some(id) => log.append_pair("destination", &id.to_string()),
            None => log.append_pair("q", label),
        };
        targets.push(FailingTarget {
            destination: *destination,
            name,
            is_posted_to,
            in_an_hour: found.in_an_hour,
            in_a_day: found.in_a_day,
            since: first.finished_at.unwrap_or(first.created_at),
            last,
            log: log.finish(),
        });
    }
    let others = failing.len().saturating_sub(most);
    Ok((targets, others))
}

/// What is asked about: the shared webhook and the destinations that are not paused, each since its address is the
/// one that it is.
fn asked(snapshot: &AccountSnapshot, now: Timestamp) -> Vec<AskedTarget> {
    let looked_at = now - LOOKED_AT;
    let since = |changed_at: Option<i64>| {
        let changed_at = changed_at.map_or(looked_at, from_ms);
        // An id of the change's own millisecond may be one that was sent before it.
        first_id(changed_at.max(looked_at))
    };
    let shared = snapshot.webhook.as_ref();
    let shared = shared.map(|_| AskedTarget { destination: None, since: since(snapshot.webhook_changed_at) });
    let active = snapshot.destinations.iter().filter(|row| row.enabled);
    let active =
        active.map(|row| AskedTarget { destination: Some(row.id), since: since(row.config_changed_at) });
    shared.into_iter().chain(active).take(MOST_TARGETS).collect()
}

fn label(snapshot: &AccountSnapshot) -> &str {
    snapshot.webhook.as_ref().map_or("", |webhook| &webhook.seen.label)
}

fn describe(snapshot: &AccountSnapshot, destination: Option<i64>) -> (String, bool) {
    match destination.and_then(|id| snapshot.destination(id)) {
        Some(row) => (row.name.clone(), !row.kind.sends_mails()),
        None => {
            let authority = snapshot.webhook.as_ref().map_or("", |webhook| &webhook.seen.authority);
            (format!("The webhook to {authority}"), true)
        }
    }
}

/// How each target of the account did in the last day; the shared webhook's key is none.
pub(crate) async fn of_the_day(
    app: &App,
    permit: &Permit<impl Includes<MayRead>>,
    only_shared: bool,
) -> Result<HashMap<Option<i64>, TargetDay>> {
    let account_id = permit.account.id;
    let Some(snapshot) = app.db.snapshot(account_id).await? else { return Ok(HashMap::new()) };
    let mut asked = asked(&snapshot, app.clock.now());
    asked.retain(|target| !only_shared || target.destination.is_none());
    let ends = app.db.last_ends(account_id, &asked, label(&snapshot)).await?;
    let mut days = HashMap::new();
    for target in asked {
        let ends = ends.iter().find(|(destination, _)| *destination == target.destination);
        let is_failing = ends.is_some_and(|(_, ends)| ends.failing().is_some());
        let count = app.db.day_count(account_id, &target).await?;
        days.insert(target.destination, TargetDay { is_failing, count });
    }
    Ok(days)
}

/// When the shared webhook's URL was changed, if nothing was sent to it since, not even a test.
pub(crate) async fn untested_since(
    app: &App,
    permit: &Permit<impl Includes<MayRead>>,
) -> Result<Option<Timestamp>> {
    let account_id = permit.account.id;
    let Some(snapshot) = app.db.snapshot(account_id).await? else { return Ok(None) };
    let changed_at = snapshot.webhook.as_ref().and(snapshot.webhook_changed_at).map(from_ms);
    let Some(changed_at) = changed_at else { return Ok(None) };
    let shared = AskedTarget { destination: None, since: first_id(changed_at) };
    let was_tried = app.db.was_tried(account_id, &shared, label(&snapshot)).await?;
    Ok((!was_tried).then_some(changed_at))
}

/// How a target did in the last day.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TargetDay {
    /// Whether nothing has arrived since something has not.
    pub is_failing: bool,
    /// Its deliveries.
    pub count: DayCount,
}
