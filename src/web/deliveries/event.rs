//! One event: its payload, and who got this, and why not.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::Path;
use axum::response::Response;
use jiff::Timestamp;

use crate::actions::event_log::{self, LoggedEvent};
use crate::domain::clock::from_ms;
use crate::domain::delivery::{Delivery, LogStatus};
use crate::domain::event_name::EventName;
use crate::domain::explain::LeftOut;
use crate::domain::text;
use crate::web::PageResult;
use crate::web::auth::{MayRead, Visit};
use crate::web::page::{Badge, Shell, When};

use super::content::pretty;
use super::event_line::badge;
use super::live;
use super::names::TargetNames;

/// A page shows so many deliveries of an event.
const MOST_TOLD: usize = 500;

/// One event.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "deliveries/event.html")]
pub struct EventPage {
    /// Title `Run failed`, tab `deliveries`.
    pub shell: Shell,
    /// The whole id.
    pub id: String,
    /// What it is called.
    pub name: EventName,
    /// How it stands.
    pub badge: Badge,
    /// `4 of 9 possible targets were told, 1 failed, 4 were left out.`
    pub sentence: String,
    /// Why it was sent, where it did not simply happen.
    pub trigger: Option<Badge>,
    /// Whether some of its deliveries are under way.
    pub is_moving: bool,
    /// When it was accepted.
    pub accepted: When,
    /// Its deliveries in the order in which they were planned; where they are too many, first those that are not well.
    pub told: Vec<ToldTarget>,
    /// How many more there are: an export has them.
    pub more: Option<String>,
    /// The targets that no delivery was made for, by the settings of now.
    pub left_out: Vec<LeftOut>,
    /// What receivers get.
    pub payload: String,
}

/// A target that a delivery was written down for.
#[derive(Clone, Debug)]
pub struct ToldTarget {
    /// `Webhook to hooks.acme.example`, `#ops-alerts (Slack)`.
    pub name: String,
    /// `Primary contact`, `Subscriber`; with a resend, who wanted it.
    pub what: String,
    /// How it stands.
    pub badge: Badge,
    /// The class of its line: `is-bad`, `is-warn`, or nothing.
    pub class: &'static str,
    /// The answer, or the reason.
    pub why: String,
    /// Its page.
    pub href: String,
}

pub(super) async fn show(visit: Visit<MayRead>, Path((_, id)): Path<(i64, String)>) -> PageResult<Response> {
    let app = &visit.app;
    let event = event_log::find(app, &visit.permit, &id).await?;
    let snapshot = app.db.snapshot(visit.account.id).await?;
    let names = TargetNames::of(snapshot.as_deref());
    let left_out = event_log::left_out(&event, snapshot.as_deref());
    let account = visit.account.id;
    let when = |at: Timestamp| When::at(at.as_millisecond(), app.clock.now());
    Ok(live(EventPage {
        shell: visit.shell(&event.name.title, "deliveries").await?,
        badge: badge(event.status()),
        sentence: sentence(&event, left_out.len()),
        trigger: event.deliveries.first().and_then(|row| Badge::of_trigger(row.trigger)),
        is_moving: event.deliveries.iter().any(|row| !row.state.is_final()),
        accepted: when(from_ms(event.record.created_at)),
        more: event.deliveries.len().checked_sub(MOST_TOLD).filter(|more| *more > 0).map(grouped),
        told: shown(&event).map(|row| told(row, &names, account)).collect(),
        left_out,
        payload: pretty(&event.record.payload),
        name: event.name,
        id: event.record.id,
    }))
}

fn shown(event: &LoggedEvent) -> impl Iterator<Item = &Delivery> {
    let mut rows: Vec<&Delivery> = event.deliveries.iter().collect();
    if rows.len() > MOST_TOLD {
        rows.sort_by_key(|row| row.log_status().is_well());
    }
    rows.into_iter().take(MOST_TOLD)
}

fn told(row: &Delivery, names: &TargetNames, account: i64) -> ToldTarget {
    let report = row.report();
    ToldTarget {
        name: names.of_target(&row.target),
        what: match &row.resent_by {
            Some(by) => format!("Resent by {by}"),
            None => names.role(&row.target),
        },
        badge: Badge::of_state(report.state, report.channel, report.reason),
        class: match row.log_status() {
            LogStatus::Failed | LogStatus::Expired => "is-bad",
            LogStatus::Unknown | LogStatus::WrittenToFile => "is-warn",
            LogStatus::Sending | LogStatus::Pending | LogStatus::Delivered | LogStatus::Skipped => "",
        },
        why: report.in_short(),
        href: format!("/accounts/{account}/deliveries/{}", row.id),
    }
}

fn sentence(event: &LoggedEvent, unplanned: usize) -> String {
    let count = |statuses: &[LogStatus]| {
        event.last_sends().filter(|row| statuses.contains(&row.log_status())).count()
    };
    let told = count(&[LogStatus::Delivered]);
    let all = event.last_sends().count() + unplanned;
    let mut parts =
        vec![format!("{told} of {all} possible targets {} told", if told == 1 { "was" } else { "were" })];
    for (statuses, word) in [
        (&[LogStatus::Failed, LogStatus::Expired][..], "failed"),
        (&[LogStatus::Unknown], "nobody knows of"),
        (&[LogStatus::WrittenToFile], "written to file"),
        (&[LogStatus::Pending, LogStatus::Sending], "under way"),
    ] {
        if let number @ 1.. = count(statuses) {
            parts.push(format!("{number} {word}"));
        }
    }
    if let number @ 1.. = count(&[LogStatus::Skipped]) + unplanned {
        parts.push(format!("{number} left out"));
    }
    format!("{}.", parts.join(", "))
}

fn grouped(count: usize) -> String {
    text::thousands(i64::try_from(count).unwrap_or(i64::MAX))
}
