//! What is filtered of the log, delivery by delivery, as long as it may be: each part is a read of its own, so that
//! nothing in the database waits for whoever reads it.

use crate::access::{ConcurrencySlot, MayRead, Permit};
use crate::actions::App;
use crate::db::deliveries::EventFilter;
use crate::domain::audit::{AuditAction, AuditEntry};
use crate::domain::delivery::Delivery;
use crate::domain::event_name::EventName;
use crate::error::Result;

use super::{LogPage, fits, read};

/// Events of one part: few enough that a part is small, and its reads short.
const AT_ONCE: usize = 200;

/// Where an export of the log stands.
pub(crate) struct LogExport {
    app: App,
    permit: Permit<MayRead>,
    filter: EventFilter,
    is_over: bool,
    #[expect(dead_code, reason = "held for its place")]
    slot: ConcurrencySlot,
}

/// Begins at the newest event that fits, and notes who takes it along. 429 where the account has too many exports.
pub(crate) async fn begin_export(
    app: &App,
    permit: Permit<MayRead>,
    filter: EventFilter,
    format: &str,
) -> Result<LogExport> {
    let account = permit.account.id;
    let slot = app.limits.exports.begin(&Some(account)).await?;
    let entry = AuditEntry::new(AuditAction::Exported, "deliveries").in_account(account).detail(format);
    app.audit(&permit.caller, entry).await;
    Ok(LogExport { app: app.clone(), permit, filter, is_over: false, slot })
}

impl LogExport {
    /// The next deliveries with what their events are called; none at the end.
    pub(crate) async fn part(&mut self) -> Result<Vec<(EventName, Delivery)>> {
        while !self.is_over {
            // However many exports there are, so many of them read at a time.
            let _turn = self.app.limits.export_parts.begin(&()).await?;
            let LogPage { events, more } = read(&self.app, &self.permit, &self.filter, AT_ONCE).await?;
            self.is_over = !more;
            self.filter.below = events.last().map(|event| event.record.id.clone());
            let rows = events.into_iter().flat_map(|event| {
                let name = event.name;
                event.deliveries.into_iter().map(move |row| (name.clone(), row))
            });
            let rows: Vec<_> = rows.filter(|(_, row)| fits(&self.filter, row)).collect();
            if !rows.is_empty() {
                return Ok(rows);
            }
        }
        Ok(Vec::new())
    }
}
