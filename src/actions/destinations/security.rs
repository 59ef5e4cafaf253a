//! What the security log is told of destinations.

use crate::access::{MayAdminister, Permit};
use crate::actions::audit;
use crate::db::destinations::DestinationRecord;
use crate::domain::audit::{AuditAction, AuditEntry};

use super::Destinations;

impl Destinations {
    /// The name and kind of a destination go into the security log, and whether it is paused; nothing of its
    /// configuration does.
    pub(super) async fn audit(
        &self,
        permit: &Permit<MayAdminister>,
        action: AuditAction,
        row: &DestinationRecord,
    ) {
        let entry = AuditEntry::new(action, format!("{} ({})", row.name, row.id)).in_account(row.account_id);
        let paused = if row.enabled { "" } else { ", paused" };
        let entry = entry.detail(format!("{}{paused}", row.kind.as_str()));
        audit::write(&self.db, &self.clock, &permit.caller.audit_name(), entry).await;
    }
}
