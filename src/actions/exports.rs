//! Exports: who takes something along is written down, and has a place that it holds to its end.

use crate::access::{Caller, ConcurrencySlot};
use crate::domain::audit::{AuditAction, AuditEntry};
use crate::error::Result;

use super::App;

/// An export that has begun.
pub(in crate::actions) struct ExportPlace {
    /// What it reads from.
    pub app: App,
    #[expect(dead_code, reason = "held for its place")]
    slot: ConcurrencySlot,
}

impl ExportPlace {
    /// Takes a place of the account, or of those that export what is no account's, and notes who takes what along. 429
    /// where too many are held.
    pub async fn take(
        app: &App,
        caller: &Caller,
        account: Option<i64>,
        what: &str,
        format: &str,
    ) -> Result<Self> {
        let slot = app.limits.exports.begin(&account).await?;
        let entry = AuditEntry::new(AuditAction::Exported, what).detail(format);
        let entry = match account {
            Some(id) => entry.in_account(id),
            None => entry,
        };
        app.audit(caller, entry).await;
        Ok(Self { app: app.clone(), slot })
    }

    /// Waits to read one part: however many exports there are, so many of them read at a time.
    pub async fn turn(&self) -> Result<ConcurrencySlot> {
        self.app.limits.export_parts.begin(&()).await
    }
}
