//! What came of the deliveries to one destination.

use uuid::Uuid;

use crate::actions::App;
use crate::domain::delivery::{Delivery, State};
use crate::domain::destination::{failure_text, still_asked_text};
use crate::domain::kinds::Kind;
use crate::error::Result;

/// What is answered for one destination: a mail destination has one delivery for each address.
pub(super) enum SendOutcome {
    /// All of them arrived; the first one's id.
    Arrived(Uuid),
    /// Why the first that failed did.
    Failed(String),
}

impl SendOutcome {
    /// Sums the deliveries to one destination up.
    pub(super) async fn of(app: &App, account_id: i64, kind: Kind, deliveries: &[Delivery]) -> Result<Self> {
        let Some(failed) = deliveries.iter().find(|delivery| !delivery.report().has_arrived()) else {
            let nobody = || Self::Failed("nobody to send to".to_owned());
            return Ok(deliveries.first().map_or_else(nobody, |delivery| Self::Arrived(delivery.id)));
        };
        if failed.state == State::Sending {
            return Ok(Self::Failed(still_asked_text(kind.spec().receiver, app.patience.endpoint)));
        }
        let transcript = app.db.transcript(account_id, &failed.id.to_string()).await?;
        let answer = transcript.and_then(|transcript| transcript.response_body).unwrap_or_default();
        Ok(Self::Failed(failure_text(kind, &failed.report(), &answer)))
    }
}
