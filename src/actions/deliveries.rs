//! Deliveries: the log, and one entry of it.

use uuid::Uuid;

use crate::access::{Includes, MayAdminister, MayRead, OperatorPermit, Permit};
use crate::db::deliveries::{EventFilter, LogPlace, TranscriptRecord};
use crate::domain::audit::{AuditAction, AuditEntry};
use crate::domain::delivery::Delivery;
use crate::error::{Error, Result};

use super::{App, Records, event_log};

/// One of the account's deliveries; 404 for any other.
pub(crate) async fn find(
    records: &Records,
    permit: &Permit<impl Includes<MayRead>>,
    id: &str,
) -> Result<Delivery> {
    let found = records.db.delivery(permit.account.id, id).await?;
    found.ok_or_else(|| Error::not_found("delivery"))
}

/// One delivery, whosever it is; 404 for none.
pub(crate) async fn find_of_any_account(
    records: &Records,
    _permit: &OperatorPermit,
    id: &str,
) -> Result<Delivery> {
    let found = records.db.delivery_of_any_account(id).await?;
    found.ok_or_else(|| Error::not_found("delivery"))
}

/// A part of the log.
pub(crate) struct LogPart {
    /// Those of the newest event first.
    pub rows: Vec<Delivery>,
    /// Whether there are more.
    pub more: bool,
}

/// Up to `limit` of the account's deliveries that fit, from behind a place on; for a search, those of the events that
/// it finds. 429 where too many of the account
/// search at once.
pub(crate) async fn list(
    app: &App,
    permit: &Permit<impl Includes<MayRead>>,
    filter: &EventFilter,
    place: Option<LogPlace>,
    limit: usize,
) -> Result<LogPart> {
    let _search = app.limits.searches.begin(&permit.account.id).await?;
    let mut rows = if filter.q.is_some() {
        event_log::found(app, permit, filter, place, limit).await?
    } else {
        let most = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
        app.db.log(permit.account.id, filter, place, most).await?
    };
    let more = rows.len() > limit;
    rows.truncate(limit);
    Ok(LogPart { rows, more })
}

/// The first deliveries of one of the account's events, in the order in which they were planned.
pub(crate) async fn first_of_event(
    records: &Records,
    permit: &Permit<impl Includes<MayRead>>,
    event_id: Uuid,
    most: usize,
) -> Result<Vec<Delivery>> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    Ok(records.db.first_deliveries_of(permit.account.id, event_id, most).await?)
}

/// What left and came back for one of the account's deliveries; 404 for any other. Of the link that ends a
/// subscription nothing is left: who reads the log must not answer for a subscriber.
pub(crate) async fn transcript(
    records: &Records,
    permit: &Permit<impl Includes<MayRead>>,
    id: &str,
) -> Result<TranscriptRecord> {
    let found = records.db.transcript(permit.account.id, id).await?;
    let mut found = found.ok_or_else(|| Error::not_found("delivery"))?;
    found.request_body = found.request_body.map(without_links);
    Ok(found)
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

/// Takes the signed part of each `/u/…` out of a mail's source. A long line of it may have been broken in the middle
/// of a link, so that such breaks are closed where there is a link at all.
fn without_links(message: String) -> String {
    const SHORTEST: usize = 24;
    let whole = message.replace("=\r\n", "");
    let mut parts = whole.split("/u/");
    let mut shown = parts.next().unwrap_or_default().to_owned();
    let mut is_changed = false;
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
        let is_link = part.len() - rest.len() >= SHORTEST;
        is_changed |= is_link;
        shown.push_str("/u/");
        shown.push_str(if is_link { "(hidden)" } else { "" });
        shown.push_str(if is_link { rest } else { part });
    }
    if is_changed { shown } else { message }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_links_that_end_a_subscription_lose_their_signature() {
        let signed = "AbCd_-0123456789AbCd_-0123456789";
        let (head, tail) = signed.split_at(11);
        let mail = format!(
            "List-Unsubscribe: <http://r.example/u/{signed}>\r\n\r\nStop: http://r.example/=\r\nu/{head}=\r\n{tail}\r\n/u/x"
        );
        let shown = "List-Unsubscribe: <http://r.example/u/(hidden)>\r\n\r\nStop: http://r.example/u/(hidden)\r\n/u/x";
        assert_eq!(without_links(mail), shown);
        let other = "a=\r\nb /u/ and /u/short".to_owned();
        assert_eq!(without_links(other.clone()), other);
    }
}
