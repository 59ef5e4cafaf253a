//! Deliveries: the log, and one entry of it.

use crate::access::{Includes, MayRead, Permit};
use crate::db::deliveries::{LogFilter, TranscriptRecord};
use crate::domain::delivery::Delivery;
use crate::error::{Error, Result};

use super::{App, Records};

/// Up to `limit` deliveries of the account, newest first. 429 where too many of it search at once.
pub(crate) async fn list(
    app: &App,
    permit: &Permit<impl Includes<MayRead>>,
    filter: &LogFilter,
    limit: i64,
) -> Result<Vec<Delivery>> {
    let _search = app.limits.searches.begin(permit.account.id).await?;
    Ok(app.db.log(permit.account.id, filter, limit).await?)
}

/// One of the account's deliveries; 404 for any other.
pub(crate) async fn find(
    records: &Records,
    permit: &Permit<impl Includes<MayRead>>,
    id: &str,
) -> Result<Delivery> {
    let found = records.db.delivery(permit.account.id, id).await?;
    found.ok_or_else(|| Error::not_found("delivery"))
}

/// What left and came back for one of the account's deliveries; 404 for any other.
pub(crate) async fn transcript(
    records: &Records,
    permit: &Permit<impl Includes<MayRead>>,
    id: &str,
) -> Result<TranscriptRecord> {
    let found = records.db.transcript(permit.account.id, id).await?;
    found.ok_or_else(|| Error::not_found("delivery"))
}
