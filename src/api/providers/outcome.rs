//! What came of the deliveries to one destination.

use crate::actions::App;
use crate::domain::delivery::{Delivery, State};
use crate::domain::destination::failure_text;
use crate::domain::kinds::Kind;
use crate::error::Result;

/// The first delivery's id if all of them arrived, else why the first that failed did: a mail destination
/// has one delivery for each address.
pub(super) async fn outcome(
    app: &App,
    account_id: i64,
    kind: Kind,
    deliveries: &[Delivery],
) -> Result<Result<String, String>> {
    let Some(failed) = deliveries.iter().find(|delivery| delivery.state != State::Delivered) else {
        return Ok(deliveries
            .first()
            .map(|delivery| delivery.id.to_string())
            .ok_or_else(|| "nobody to send to".to_owned()));
    };
    let transcript = app.db.transcript(account_id, &failed.id.to_string()).await?;
    let answer = transcript.and_then(|transcript| transcript.response_body).unwrap_or_default();
    Ok(Err(failure_text(kind, &failed.report(), &answer)))
}
