//! Deliveries: the log, and one entry of it.

use uuid::Uuid;

use crate::access::{Includes, MayAdminister, MayRead, Permit};
use crate::db::deliveries::TranscriptRecord;
use crate::domain::audit::{AuditAction, AuditEntry};
use crate::domain::delivery::Delivery;
use crate::error::{Error, Result};

use super::{App, Records};

/// One of the account's deliveries; 404 for any other.
pub(crate) async fn find(
    records: &Records,
    permit: &Permit<impl Includes<MayRead>>,
    id: &str,
) -> Result<Delivery> {
    let found = records.db.delivery(permit.account.id, id).await?;
    found.ok_or_else(|| Error::not_found("delivery"))
}

/// The deliveries of one of the account's events, in the order in which they were planned.
pub(crate) async fn of_event(
    records: &Records,
    permit: &Permit<impl Includes<MayRead>>,
    event_id: Uuid,
) -> Result<Vec<Delivery>> {
    Ok(records.db.deliveries_of(permit.account.id, event_id).await?)
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

/// The sends of a delivery's event to its target, oldest first: the first, and those that repeat it.
pub(crate) async fn chain(
    records: &Records,
    permit: &Permit<impl Includes<MayRead>>,
    delivery: &Delivery,
) -> Result<Vec<Delivery>> {
    Ok(records.db.chain(permit.account.id, delivery.first_id).await?)
}

/// Sends a delivery again, to its target as it is configured now; answers the new one, which may be skipped at once.
/// `checked` says that somebody has looked whether the receiver has it, and is asked for only where nobody knows.
/// 409 for what is not the last failed or unknown send of its chain.
pub(crate) async fn resend(
    app: &App,
    permit: &Permit<MayAdminister>,
    id: &str,
    checked: bool,
) -> Result<Delivery> {
    let delivery = find(app, permit, id).await?;
    delivery.check_resend(&chain(app, permit, &delivery).await?, checked)?;
    let again = app.dispatch.again(&delivery, permit.caller.signature()).await?;
    let again = app.dispatch.resend(again, None).await?;
    let entry = AuditEntry::new(AuditAction::DeliveryResent, id).in_account(permit.account.id);
    app.audit(&permit.caller, entry.detail(format!("as {}", again.id))).await;
    Ok(again)
}
