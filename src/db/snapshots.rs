//! Temporary.
use super::destinations::DestinationRecord;
use super::settings::SealedWebhook;
use super::{Db, DbResult};
use crate::domain::destination::Destination;
use crate::domain::settings::Settings;
use std::sync::Arc;

/// An account.
pub struct AccountSnapshot {
    /// a
    pub settings: Settings,
    /// a
    pub webhook: Option<SealedWebhook>,
    /// a
    pub destinations: Vec<DestinationRecord>,
    /// a
    pub routed: Vec<Destination>,
}
impl Db {
    /// a
    pub async fn snapshot(&self, account_id: i64) -> DbResult<Option<Arc<AccountSnapshot>>> {
        let Some(settings) = self.settings(account_id).await? else { return Ok(None) };
        let webhook = self.sealed_webhook(account_id).await?;
        let destinations = self.destinations(account_id).await?;
        let routed = self.routed_destinations(account_id).await?;
        Ok(Some(Arc::new(AccountSnapshot { settings, webhook, destinations, routed })))
    }
}
