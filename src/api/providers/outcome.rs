//! What came of the deliveries to one destination.

use crate::actions::App;
use crate::db::deliveries::LogRow;
use crate::domain::delivery::{DeliveryReport, State};
use crate::domain::destination::failure_text;
use crate::domain::kinds::Kind;
use crate::error::Result;

/// The first delivery's id if all of them arrived, else why the first that failed did: a mail destination
/// has one delivery for each address.
pub(super) async fn outcome(
    app: &App,
    account_id: i64,
    kind: Kind,
    rows: &[LogRow],
) -> Result<Result<String, String>> {
    let Some(failed) = rows.iter().find(|row| row.state != State::Delivered.as_str()) else {
        return Ok(rows.first().map(|row| row.id.clone()).ok_or_else(|| "nobody to send to".to_owned()));
    };
    let transcript = app.db.transcript(account_id, &failed.id).await?;
    let answer = transcript.and_then(|transcript| transcript.response_body).unwrap_or_default();
    Ok(Err(failure_text(kind, &DeliveryReport::from(failed), &answer)))
}
