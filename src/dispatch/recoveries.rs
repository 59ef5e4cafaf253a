//! Recoveries: what failed is sent again bit by bit, like anything else that is accepted. The row says how far it has
//! come, so that whoever starts next goes on; a delivery is sent again once, whoever tries.

use std::collections::HashMap;

use futures_util::future::join_all;

use crate::db::Db;
use crate::db::recoveries::{FailedRow, RecoveryRecord};
use crate::domain::delivery::{OutboxMessage, State, Target};
use crate::domain::recovery::{LOOKED_AT, MOST_OPEN, NextSend, ReceiverPace, RecoveryEnd, next_send};
use crate::error::{Error, Result};

use super::{Dispatcher, TICK};

/// So many failed deliveries behind one that waits for its receiver are looked at for others.
const LOOKS_AHEAD: usize = 1_000;

/// Why recoveries wait, by their ids.
type HeldUp = HashMap<String, String>;

impl Dispatcher {
    /// Goes round for ever: once a second, and at once when somebody wants a recovery.
    pub(super) async fn run_recoveries(&self) {
        let mut held_up = HeldUp::new();
        loop {
            if let Err(error) = self.recover_some(&mut held_up).await {
                tracing::error!(%error, "recoveries could not go on; it is tried again");
            }
            let _ = tokio::time::timeout(TICK, self.inner.recovery.notified()).await;
        }
    }

    /// There is a recovery to be seen to.
    pub(crate) fn begin_recovery(&self) {
        self.inner.recovery.notify_one();
    }

    /// `held_up` is why each of those that wait does: the log is told once, and not every second.
    async fn recover_some(&self, held_up: &mut HeldUp) -> Result<()> {
        if !self.inner.instance.is_listed() {
            return Ok(());
        }
        let open = self.inner.db.claim_recoveries(self.inner.instance.name()).await?;
        held_up.retain(|id, _| open.iter().any(|recovery| recovery.id == *id));
        for recovery in open {
            let (id, step) = (recovery.id.clone(), self.step(&recovery).await);
            match step {
                Ok(is_more) => {
                    held_up.remove(&id);
                    if is_more {
                        // There is more that nobody has to wait for.
                        self.begin_recovery();
                    }
                }
                Err(error) => {
                    let why = error.to_string();
                    if held_up.get(&id) != Some(&why) {
                        tracing::warn!(recovery = %id, %error, "a recovery waits");
                        held_up.insert(id, why);
                    }
                }
            }
        }
        Ok(())
    }

    /// Sees to the next ones, or ends. Answers whether there is more to be done at once. Only a database that does not
    /// answer, or a full outbox, holds it up: what cannot be sent again for itself is passed by.
    #[tracing::instrument(name = "recover", skip_all, fields(recovery = %recovery.id, account = recovery.account_id))]
    async fn step(&self, recovery: &RecoveryRecord) -> Result<bool> {
        let db = &self.inner.db;
        let mut receivers = Receivers::of(db, &recovery.id).await?;
        let room = MOST_OPEN.saturating_sub(receivers.open());
        if room == 0 {
            return Ok(false);
        }
        // While nothing is accepted, nothing is sent again either.
        self.check_capacity()?;
        let rows = db.next_failed(recovery, MOST_OPEN).await?;
        let mut walk = Walk { room, ..Walk::default() };
        self.walk(recovery, &rows, &mut receivers, &mut walk).await?;
        let is_all = !walk.is_full && !walk.waits && rows.len() < MOST_OPEN;
        let ahead = match rows.last() {
            // One receiver that takes its time holds up no other whose turn is behind it.
            Some(row) if walk.waits && !walk.is_full && rows.len() == MOST_OPEN => {
                db.next_failed(&recovery.behind(row), LOOKS_AHEAD).await?
            }
            Some(_) | None => Vec::new(),
        };
        self.walk(recovery, &ahead, &mut receivers, &mut walk).await?;
        let Walk { batch, last, .. } = walk;
        let has_sent = !batch.is_empty();
        let sent = join_all(batch.into_iter().map(|again| self.send_again(recovery, again))).await;
        self.note(recovery, sent.into_iter().collect(), last).await?;
        // Its end says what came of everything; until then it can be stopped.
        if is_all && !has_sent && receivers.open() == 0 {
            self.end_recovery(recovery, receivers.end(recovery.total).await?).await?;
            return Ok(false);
        }
        Ok(last.is_some() && !has_sent && !is_all)
    }

    /// Chooses what is sent of these rows. Up to the first that waits they are seen to; from there on only what goes to
    /// other receivers is sent, and all of it is looked at once more.
    async fn walk<'r>(
        &self,
        recovery: &RecoveryRecord,
        rows: &'r [FailedRow],
        receivers: &mut Receivers<'_>,
        walk: &mut Walk<'r>,
    ) -> Result<()> {
        for row in rows {
            if walk.batch.len() == walk.room {
                walk.is_full = true;
                return Ok(());
            }
            let target = row.delivery.as_ref().ok().map(|delivery| &delivery.target);
            let decided = walk.decided.iter().find(|(known, _)| Some(known) == target).map(|(_, next)| *next);
            let next = match decided {
                Some(next) => next,
                None => match self.prepare(recovery, row).await? {
                    Some(again) if again.delivery.state == State::Pending => {
                        let next = receivers.next(&again.delivery.target).await?;
                        match next {
                            NextSend::Send => walk.batch.push(again),
                            NextSend::Wait | NextSend::LeaveOut => {
                                walk.decided.extend(target.map(|target| (target.clone(), next)));
                            }
                        }
                        next
                    }
                    again => {
                        walk.batch.extend(again);
                        NextSend::Send
                    }
                },
            };
            walk.waits |= next == NextSend::Wait;
            if !walk.waits {
                walk.last = Some(row);
            }
        }
        Ok(())
    }

    /// Notes how far it has come. Until all of it is on disk it is looked at once more; what was sent again is not
    /// among it then. If somebody has stopped it meanwhile, what was queued just now is withdrawn.
    async fn note(
        &self,
        recovery: &RecoveryRecord,
        sent: Result<Vec<()>>,
        last: Option<&FailedRow>,
    ) -> Result<()> {
        let (db, id) = (&self.inner.db, || recovery.id.clone());
        let goes_on = match (&sent, last) {
            (Ok(_), Some(last)) => db.advance_recovery(id(), self.inner.instance.name(), last).await?,
            (Ok(_), None) => true,
            (Err(_), _) => false,
        };
        if !goes_on {
            db.withdraw_from_stopped(id(), self.inner.clock.now_ms()).await?;
        }
        sent.map(drop)
    }

    /// What repeats a delivery; nothing for one that cannot be repeated.
    async fn prepare(&self, recovery: &RecoveryRecord, row: &FailedRow) -> Result<Option<OutboxMessage>> {
        let again = match &row.delivery {
            Ok(delivery) => self.again(delivery, &recovery.started_by).await,
            Err(why) => Err(Error::internal(why.to_string())),
        };
        match again {
            Ok(again) => Ok(Some(again)),
            // Its event is gone: it was kept long enough.
            Err(Error::NotFound(_)) => Ok(None),
            Err(wait @ Error::Unavailable { .. }) => Err(wait),
            Err(why) => {
                tracing::error!(delivery = row.id, %why, "a delivery cannot be sent again");
                Ok(None)
            }
        }
    }

    async fn send_again(&self, recovery: &RecoveryRecord, again: OutboxMessage) -> Result<()> {
        match self.resend(again, Some(recovery.id.clone())).await {
            // Somebody was faster.
            Ok(_) | Err(Error::Conflict { .. }) => Ok(()),
            Err(other) => Err(other),
        }
    }

    async fn end_recovery(&self, recovery: &RecoveryRecord, end: RecoveryEnd) -> Result<()> {
        let now = self.inner.clock.now_ms();
        tracing::info!(how = end.as_str(), "a recovery ends");
        self.inner.db.end_recovery(recovery.account_id, recovery.id.clone(), end, now).await?;
        self.inner.settled.notify_waiters();
        Ok(())
    }
}

/// What is sent next of a recovery.
#[derive(Default)]
struct Walk<'r> {
    /// How many there may be.
    room: usize,
    batch: Vec<OutboxMessage>,
    /// The last row that is seen to, and so are all before it.
    last: Option<&'r FailedRow>,
    /// Whether a row has to wait for its receiver.
    waits: bool,
    /// Receivers that get nothing more now, as the failed rows name them.
    decided: Vec<(Target, NextSend)>,
    /// Whether there was no room for a row.
    is_full: bool,
}

/// How the sends of a recovery to its receivers go, each looked up once.
struct Receivers<'a> {
    db: &'a Db,
    recovery: &'a str,
    open: Vec<Target>,
    known: Vec<(Target, ReceiverPace)>,
}

impl<'a> Receivers<'a> {
    async fn of(db: &'a Db, recovery: &'a str) -> Result<Self> {
        Ok(Self { db, recovery, open: db.recovery_open(recovery).await?, known: Vec::new() })
    }

    fn open(&self) -> usize {
        self.open.len()
    }

    /// What is to be done with the next delivery to a receiver; one that is to be sent is counted.
    async fn next(&mut self, to: &Target) -> Result<NextSend> {
        if !self.known.iter().any(|(known, _)| known == to) {
            let (last, has_arrived) = self.db.sends_to_receiver(self.recovery, to, LOOKED_AT).await?;
            let open = self.open.iter().filter(|target| *target == to).count();
            self.known.push((to.clone(), ReceiverPace { last, has_arrived, open }));
        }
        let pace = self.known.iter_mut().find(|(known, _)| known == to).map(|(_, pace)| pace);
        let Some(pace) = pace else { return Ok(NextSend::Wait) };
        let next = next_send(pace);
        if next == NextSend::Send {
            pace.open += 1;
        }
        Ok(next)
    }

    /// How a recovery ends of which everything has been looked at.
    async fn end(&self, total: i64) -> Result<RecoveryEnd> {
        let counts = self.db.recovery_counts(self.recovery).await?;
        let is_whole = counts.taken() >= total;
        let failing = failing_receivers(self.db, self.recovery).await?;
        Ok(if is_whole || failing.is_empty() { RecoveryEnd::Done } else { RecoveryEnd::Failing })
    }
}

/// The receivers that a recovery leaves out, because what it has sent to them failed.
pub(crate) async fn failing_receivers(db: &Db, recovery: &str) -> Result<Vec<Target>> {
    let mut failing = Vec::new();
    for receiver in db.receivers_with_failures(recovery).await? {
        let (last, has_arrived) = db.sends_to_receiver(recovery, &receiver, LOOKED_AT).await?;
        if next_send(&ReceiverPace { last, has_arrived, open: 0 }) == NextSend::LeaveOut {
            failing.push(receiver);
        }
    }
    Ok(failing)
}
