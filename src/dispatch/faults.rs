//! Deliberate faults: each breaks a promise of delivery, so that a test can show that the kill loop
//! (`tests/faults`) notices. Without the cargo feature `fault-injection` none of this is in the program.

#[cfg(feature = "fault-injection")]
pub(super) use injected::{MarkedLate as Marked, answered_early, drops_outcomes};
#[cfg(not(feature = "fault-injection"))]
pub(super) use none::{Marked, answered_early, drops_outcomes};

#[cfg(not(feature = "fault-injection"))]
mod none {
    use crate::db::Db;
    use crate::db::events::Entry;
    use crate::dispatch::Receipt;
    use crate::domain::delivery::OutboxMessage;

    /// Never: whoever is answered can rely on the disk.
    pub(crate) fn answered_early(_: &Db, _: &Entry) -> Option<Receipt> {
        None
    }

    /// The row says `sending` already.
    pub(crate) struct Marked;

    impl Marked {
        pub(crate) fn of(_: &Db, _: &OutboxMessage) -> Self {
            Self
        }

        pub(crate) async fn around<F: Future>(self, send: F) -> F::Output {
            send.await
        }
    }

    /// Never.
    pub(crate) fn drops_outcomes() -> bool {
        false
    }
}

#[cfg(feature = "fault-injection")]
mod injected {
    use std::sync::LazyLock;

    use uuid::Uuid;

    use crate::db::Db;
    use crate::db::events::Entry;
    use crate::dispatch::Receipt;
    use crate::domain::delivery::{Channel, OutboxMessage, State};

    /// Names the one fault that this process has.
    static FAULT: LazyLock<Option<String>> = LazyLock::new(|| std::env::var("RINGPOST_FAULT").ok());

    fn is_on(name: &str) -> bool {
        FAULT.as_deref() == Some(name)
    }

    /// `answer-before-commit`: 202 while the event is still on its way to the disk.
    pub(crate) fn answered_early(db: &Db, entry: &Entry) -> Option<Receipt> {
        is_on("answer-before-commit").then(|| {
            let (db, entry) = (db.clone(), entry.clone());
            let to_send = entry.deliveries.iter().filter(|delivery| !delivery.state.is_final()).count();
            let (event_id, count) = (entry.event.id, i64::try_from(to_send).unwrap_or(i64::MAX));
            tokio::spawn(async move { db.accept(entry).await });
            Receipt { event_id, deliveries: count }
        })
    }

    /// `mark-after-send`: a webhook leaves before its row says `sending`.
    pub(crate) struct MarkedLate {
        db: Db,
        id: Uuid,
        is_late: bool,
    }

    impl MarkedLate {
        pub(crate) fn of(db: &Db, message: &OutboxMessage) -> Self {
            let delivery = &message.delivery;
            let is_late = is_on("mark-after-send") && delivery.target.channel() == Channel::Webhook;
            Self { db: db.clone(), id: delivery.id, is_late }
        }

        pub(crate) async fn around<F: Future>(self, send: F) -> F::Output {
            if self.is_late {
                log_failure(self.db.force_state(self.id, State::Pending).await);
            }
            let outcome = send.await;
            if self.is_late {
                log_failure(self.db.force_state(self.id, State::Sending).await);
            }
            outcome
        }
    }

    /// `outcome-dropped`: what came of an attempt is not written down.
    pub(crate) fn drops_outcomes() -> bool {
        is_on("outcome-dropped")
    }

    fn log_failure(done: crate::db::DbResult<()>) {
        if let Err(error) = done {
            tracing::error!(%error, "a fault could not be injected");
        }
    }
}
