//! The log as a file: what the page shows by its filters, delivery by delivery.

use axum::response::Response;
use axum_extra::extract::Query;
use futures_util::stream;
use serde::{Deserialize, Serialize};

use super::list::ListQuery;
use super::names::TargetNames;
use crate::actions::event_log::{self, EventLogQuery};
use crate::domain::delivery::{Delivery, Reason};
use crate::domain::event_name::EventName;
use crate::domain::field_errors::FieldErrors;
use crate::domain::text::{quoted, rfc3339_millis};
use crate::error::Error;
use crate::web::PageResult;
use crate::web::auth::{MayRead, Visit};
use crate::web::page::{FileFormat, download, file_name};

/// The columns of the CSV: the names of a [`ExportedDelivery`].
const COLUMNS: [&str; 20] = [
    "id",
    "event_id",
    "event",
    "subject",
    "accepted_at",
    "trigger",
    "channel",
    "target",
    "to",
    "status",
    "reason",
    "answer",
    "code",
    "attempts",
    "sent_at",
    "finished_at",
    "took_ms",
    "webhook_id",
    "resend_of",
    "resent_by",
];

/// One delivery, as programs read it.
#[derive(Serialize)]
pub(super) struct ExportedDelivery {
    id: String,
    event_id: String,
    event: String,
    subject: String,
    accepted_at: String,
    trigger: &'static str,
    channel: &'static str,
    /// What the target is: `Webhook URL`, `Primary contact`, the name of a destination.
    target: String,
    /// An address, or a host.
    to: String,
    status: &'static str,
    reason: Option<&'static str>,
    answer: String,
    code: Option<u16>,
    attempts: u32,
    sent_at: Option<String>,
    finished_at: Option<String>,
    took_ms: Option<u64>,
    webhook_id: String,
    resend_of: Option<String>,
    resent_by: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ExportQuery {
    format: String,
}

pub(super) async fn save(
    visit: Visit<MayRead>,
    Query(query): Query<ListQuery>,
    Query(export): Query<ExportQuery>,
) -> PageResult<Response> {
    let (app, account) = (visit.app.clone(), visit.account.id);
    let format = FileFormat::parse(&export.format).map_err(Error::from)?;
    let snapshot = app.db.snapshot(account).await?;
    let query = EventLogQuery { before: String::new(), after: String::new(), ..query.into() };
    let (filter, unknown) = query.parse(&app.catalog, snapshot.as_deref());
    // A file without the filter that somebody meant would be taken for one with it.
    let errors = unknown.iter().fold(FieldErrors::default(), |mut errors, left| {
        errors.push(left.name, format!("“{}” is not known here", quoted(&left.value)));
        errors
    });
    errors.or(()).map_err(Error::from)?;
    let names = TargetNames::of(snapshot.as_deref());
    let name = file_name(&format!("deliveries-{account}"), &query.filters());
    let log = event_log::begin_export(&app, visit.permit, filter, &export.format).await?;
    let parts = stream::unfold((log, names), |(mut log, names)| async {
        let line = |(event, row): (EventName, Delivery)| ExportedDelivery::of(event, &row, &names);
        let part = log.part().await.map(|rows| rows.into_iter().map(line).collect::<Vec<_>>());
        (!part.as_ref().is_ok_and(Vec::is_empty)).then_some((part, (log, names)))
    });
    Ok(download(&name, format, &COLUMNS, parts))
}

impl ExportedDelivery {
    pub fn of(event: EventName, row: &Delivery, names: &TargetNames) -> Self {
        Self {
            id: row.id.to_string(),
            event_id: row.event_id.to_string(),
            event: event.key,
            subject: event.subject,
            accepted_at: rfc3339_millis(row.created_at),
            trigger: row.trigger.as_str(),
            channel: row.target.channel().as_str(),
            target: names.role(&row.target),
            to: row.target.addressee().to_string(),
            status: row.log_status().as_str(),
            reason: row.reason.map(Reason::as_str),
            answer: row.report().in_short(),
            code: row.status,
            attempts: row.attempt,
            sent_at: row.sent_at.map(rfc3339_millis),
            finished_at: row.finished_at.map(rfc3339_millis),
            took_ms: row.took.and_then(|took| u64::try_from(took.as_millis()).ok()),
            webhook_id: row.first_id.to_string(),
            resend_of: row.resend_of.map(|id| id.to_string()),
            resent_by: row.resent_by.clone(),
        }
    }
}
