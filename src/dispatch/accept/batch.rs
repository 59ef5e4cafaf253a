//! Accepting many events that came together: each stands for itself, and they are on disk with few commits.

use std::collections::HashMap;
use std::sync::Arc;

use crate::db::events::{AcceptOutcome, Entry, Idempotency};
use crate::db::snapshots::AccountSnapshot;
use crate::domain::event::Event;
use crate::error::{Error, Result};

use super::{Dispatcher, Receipt, receipt};

/// An event that is to be accepted.
pub(crate) struct ArrivingEvent {
    /// Its account, as it was a moment ago.
    pub snapshot: Arc<AccountSnapshot>,
    /// What happened.
    pub event: Event,
    /// Makes it count once.
    pub idempotency: Option<Idempotency>,
}

impl Dispatcher {
    /// The same as [`Dispatcher::accept`] for each of these, with a result for each in their order: one that is
    /// refused takes no other with it.
    #[tracing::instrument(name = "accept_all", skip_all, fields(events = arrivals.len()))]
    pub(crate) async fn accept_all(&self, arrivals: Vec<ArrivingEvent>) -> Vec<Result<Receipt>> {
        let (mut results, mut entries, mut ahead) = (Vec::with_capacity(arrivals.len()), Vec::new(), 0);
        for ArrivingEvent { snapshot, event, idempotency } in arrivals {
            let planned = match self.check_capacity_behind(ahead) {
                Ok(()) => self.planned(&snapshot, event, idempotency),
                Err(refusal) => {
                    let repeated = self.repeated(event.account_id, idempotency).await;
                    results.push(Some(repeated.unwrap_or(Err(refusal))));
                    continue;
                }
            };
            results.push(match planned {
                Ok(entry) => {
                    ahead += i64::try_from(entry.deliveries.len()).unwrap_or(i64::MAX);
                    entries.push(entry);
                    None
                }
                Err(error) => Some(Err(error)),
            });
        }
        let mut written = self.write_all_down(entries).await.into_iter();
        let missing = || Err(Error::internal("an event of a batch has no result"));
        results.into_iter().map(|known| known.or_else(|| written.next()).unwrap_or_else(missing)).collect()
    }

    /// As `write_down`: it goes on when its caller has gone away.
    async fn write_all_down(&self, entries: Vec<Entry>) -> Vec<Result<Receipt>> {
        let (this, count) = (self.clone(), entries.len());
        let work = async move { this.commit_all(entries).await };
        match self.inner.tasks.spawn(work).await {
            Ok(results) => results,
            Err(panic) => {
                let cause = panic.to_string();
                (0..count).map(|_| Err(Error::internal(cause.clone()))).collect()
            }
        }
    }

    /// They join their lanes in the order in which they came.
    async fn commit_all(&self, mut entries: Vec<Entry>) -> Vec<Result<Receipt>> {
        let mut ahead = HashMap::new();
        let admitted: Vec<_> =
            entries.iter_mut().map(|entry| (entry.event.id, self.admit(entry, true, &mut ahead))).collect();
        let outcomes = self.inner.db.accept_all(entries).await;
        let follow_up = |((id, admitted), outcome)| -> Result<Receipt> {
            let outcome: AcceptOutcome = self.follow_up(admitted, outcome)?;
            receipt(id, outcome)
        };
        let results = admitted.into_iter().zip(outcomes).map(follow_up).collect();
        self.pump();
        results
    }
}
