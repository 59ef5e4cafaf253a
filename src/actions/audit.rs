//! The security log: every action that matters to safety writes a line, and operators read them.

use crate::access::{Caller, OperatorPermit};
use crate::db::Db;
use crate::db::audit::{AuditFilter, AuditRecord};
use crate::domain::audit::AuditEntry;
use crate::domain::clock::Clock;
use crate::error::Result;
use crate::logs;

use super::exports::ExportPlace;
use super::{App, Records};

/// Lines that an export reads at a time.
const EXPORT_AT_ONCE: i64 = 500;

impl Records {
    /// Writes a line of the security log. It is never in the way of what was done: a line that cannot be stored
    /// is in the program's log.
    pub(crate) async fn audit(&self, caller: &Caller, entry: AuditEntry) {
        write(&self.db, &self.clock, &caller.audit_name(), entry).await;
    }

    /// The same where nobody is known yet: a sign-in that failed, a door that was closed.
    pub(crate) async fn audit_nobody(&self, entry: AuditEntry) {
        write(&self.db, &self.clock, "", entry).await;
    }
}

/// The line as it is, for actions whose handles are not [`Records`].
pub(in crate::actions) async fn write(db: &Db, clock: &Clock, actor: &str, entry: AuditEntry) {
    let address = logs::request().address.map(|address| address.to_string()).unwrap_or_default();
    let AuditEntry { action, object, account_id, result, detail } = entry;
    tracing::info!(
        target: logs::AUDIT,
        actor,
        address,
        action = action.as_str(),
        account_id,
        object,
        result = result.as_str(),
        detail,
        "security"
    );
    metrics::counter!("ringpost_security_events_total", "action" => action.as_str(), "result" => result.as_str())
        .increment(1);
    let (id, at) = (clock.new_id().to_string(), clock.now_ms());
    let actor = actor.to_owned();
    let line = AuditRecord { id, at, actor, address, action, account_id, object, result, detail };
    if let Err(error) = db.add_audit(line).await {
        tracing::error!(%error, "a line of the security log could not be stored; it stands above");
    }
}

/// Up to `limit` lines, newest first.
pub(crate) async fn list(
    records: &Records,
    _: &OperatorPermit,
    filter: &AuditFilter,
    limit: i64,
) -> Result<Vec<AuditRecord>> {
    Ok(records.db.audit(filter, limit).await?)
}

/// Where an export of the security log stands.
pub(crate) struct AuditExport {
    place: ExportPlace,
    filter: AuditFilter,
    is_over: bool,
}

/// Notes that somebody takes the security log with them. 429 where too many do at once.
pub(crate) async fn begin_export(
    app: &App,
    permit: &OperatorPermit,
    filter: AuditFilter,
    format: &str,
) -> Result<AuditExport> {
    let place = ExportPlace::take(app, &permit.caller, None, "security log", format).await?;
    let filter = AuditFilter { before: None, after: None, ..filter };
    Ok(AuditExport { place, filter, is_over: false })
}

impl AuditExport {
    /// The next lines, the newest first; none at the end.
    pub(crate) async fn part(&mut self) -> Result<Vec<AuditRecord>> {
        if self.is_over {
            return Ok(Vec::new());
        }
        let _turn = self.place.turn().await?;
        let rows = self.place.app.db.audit(&self.filter, EXPORT_AT_ONCE).await?;
        self.filter.before = rows.last().map(|row| row.id.clone());
        self.is_over = rows.is_empty();
        Ok(rows)
    }
}
