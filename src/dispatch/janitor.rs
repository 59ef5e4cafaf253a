//! What has to be done now and then: forgetting what is old, and giving up what waits for too long.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::db::DbResult;

use super::{Dispatcher, metrics};

const ROUND: Duration = Duration::from_mins(1);
/// An admin may want to see that an invitation was not answered in time.
const LINKS_KEPT: Duration = Duration::from_hours(30 * 24);
/// How long it is known who has been guessing.
const ATTEMPTS_KEPT: Duration = Duration::from_mins(15);
/// How long a form waits for whoever was signed out while filling it in.
const FORMS_KEPT: Duration = Duration::from_hours(24);

impl Dispatcher {
    /// Goes round once a minute until `stop`.
    pub(super) async fn run_janitor(self, stop: CancellationToken) {
        loop {
            tokio::select! {
                cleaned = self.clean() => if let Err(error) = cleaned {
                    tracing::error!(%error, "old rows could not be deleted; it is tried again");
                },
                () = stop.cancelled() => return,
            }
            tokio::select! {
                () = tokio::time::sleep(ROUND) => {}
                () = stop.cancelled() => return,
            }
        }
    }

    /// Deletes in small batches, between which others write, until nothing is left to delete.
    async fn clean(&self) -> DbResult<()> {
        let (inner, now) = (&self.inner, self.now_ms());
        let before = |age: Duration| now - i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
        metrics::expired(inner.db.expire_waiting(before(inner.settings.expire_after), now).await?);
        let oldest = before(inner.settings.retention);
        loop {
            let lag = inner.db.oldest_event_at().await?.map_or(0, |at| oldest - at);
            metrics::retention_lags(Duration::from_millis(u64::try_from(lag).unwrap_or(0)));
            if inner.db.delete_older_than(oldest, now).await? == 0 {
                break;
            }
        }
        let oldest = before(inner.settings.history);
        while inner.db.delete_audit_before(oldest).await? > 0 {}
        while inner.db.delete_history_before(oldest).await? > 0 {}
        inner.db.delete_attempts_before(before(ATTEMPTS_KEPT)).await?;
        inner.db.delete_expired_sessions(now).await?;
        inner.db.delete_kept_forms_before(before(FORMS_KEPT)).await?;
        inner.db.delete_links_over_before(before(LINKS_KEPT)).await
    }
}
