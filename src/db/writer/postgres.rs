//! The writer's session with PostgreSQL: a connection that failed or fell silent is thrown away and opened anew.
//!
//! A commit whose answer was lost is neither done nor undone until somebody looks. So the old backend is made sure
//! to be gone, then what it wrote is read back, and only then is anything answered or tried again.

use std::time::Duration;

use sqlx::postgres::PgConnectOptions;

use crate::db::DbResult;
use crate::db::error::Blame;

use super::Written;
use super::backend::Backend;
use super::connection::WriterConnection;
use super::group::apply;
use super::order::{Fate, WaitingOrder};
use super::traces::read_back;

/// How long the next try to connect waits after a failed one, at first and at most.
const BACKOFF: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(5)];
/// How often a group is begun: once more after a lost connection or a deadlock.
const RUNS: u32 = 2;

pub(super) struct PostgresSession {
    options: PgConnectOptions,
    live: Option<(WriterConnection, Backend)>,
    /// Backends that may still be doing what they were told on a connection that was thrown away.
    doomed: Vec<Backend>,
    backoff: Duration,
}

/// Why a group is not known to be on disk.
enum Trouble {
    /// Its commit was never sent: it is not.
    NotCommitted(sqlx::Error),
    /// Its commit was sent, and nobody has said what came of it.
    Uncertain(Vec<Fate>, sqlx::Error),
}

impl PostgresSession {
    /// Connects for the first time.
    pub async fn open(options: PgConnectOptions) -> sqlx::Result<Self> {
        let live = Backend::connect(&options, &mut Vec::new()).await?;
        Ok(Self { options, live: Some(live), doomed: Vec::new(), backoff: BACKOFF[0] })
    }

    /// Writes a group in one transaction. While the database is away it keeps trying for those who still wait.
    pub async fn write(&mut self, mut group: Vec<WaitingOrder>) -> Written {
        let mut run = 0;
        loop {
            group = self.connect_for(group).await;
            if group.is_empty() {
                return Written::Done(Vec::new());
            }
            run += 1;
            match self.transact(&group).await {
                Ok(fates) => {
                    self.backoff = BACKOFF[0];
                    return Written::Done(group.into_iter().zip(fates).collect());
                }
                Err(Trouble::NotCommitted(error)) => {
                    let again = self.give_up(&error).await;
                    if run >= RUNS || !again {
                        return Written::from_error(group, error);
                    }
                }
                Err(Trouble::Uncertain(fates, error)) => {
                    tracing::warn!(%error, "the answer of a commit was lost: what it wrote is read back");
                    self.throw_away();
                    group = self.find_out(group.into_iter().zip(fates).collect()).await;
                    if run >= RUNS {
                        return Written::Failed(group, error.into());
                    }
                }
            }
        }
    }

    async fn transact(&mut self, group: &[WaitingOrder]) -> Result<Vec<Fate>, Trouble> {
        let Some((connection, _)) = &mut self.live else {
            return Err(Trouble::NotCommitted(sqlx::Error::WorkerCrashed));
        };
        connection.begin().await.map_err(Trouble::NotCommitted)?;
        let fates = apply(connection, group).await.map_err(Trouble::NotCommitted)?;
        match connection.commit().await {
            Ok(()) => Ok(fates),
            Err(error) if matches!(Blame::of(&error), Blame::Connection) => {
                Err(Trouble::Uncertain(fates, error))
            }
            // The server said no.
            Err(error) => Err(Trouble::NotCommitted(error)),
        }
    }

    /// Ends a transaction that failed; says whether it may succeed when it is tried again at once.
    async fn give_up(&mut self, error: &sqlx::Error) -> bool {
        let lost = matches!(Blame::of(error), Blame::Connection);
        let ended = match &mut self.live {
            Some((connection, _)) if !lost => connection.rollback().await.is_ok(),
            _ => false,
        };
        if !ended {
            self.throw_away();
        }
        // Serialization failures and deadlocks.
        let collided =
            |error: &dyn sqlx::error::DatabaseError| error.code().is_some_and(|code| code.starts_with("40"));
        lost || error.as_database_error().is_some_and(collided)
    }

    fn throw_away(&mut self) {
        if let Some((connection, backend)) = self.live.take() {
            drop(connection);
            self.doomed.push(backend);
        }
    }

    /// Waits until there is a connection; answers who still waits for it by then.
    async fn connect_for(&mut self, mut group: Vec<WaitingOrder>) -> Vec<WaitingOrder> {
        loop {
            let (wanted, late): (Vec<_>, Vec<_>) = group.into_iter().partition(WaitingOrder::is_wanted);
            late.into_iter().for_each(WaitingOrder::turn_away);
            group = wanted;
            // An outcome is wanted for ever, but not by a task that has gone.
            group.retain(|waiting| !waiting.is_forsaken());
            if group.is_empty() || self.connect().await.is_ok() {
                return group;
            }
            self.pause().await;
        }
    }

    /// Answers everybody whose change stands there, and hands back the others, of whom nothing does.
    async fn find_out(&mut self, mut uncertain: Vec<(WaitingOrder, Fate)>) -> Vec<WaitingOrder> {
        loop {
            uncertain.retain(|(waiting, _)| !waiting.is_forsaken());
            if uncertain.is_empty() {
                return Vec::new();
            }
            let stands = match self.connect().await {
                Ok(connection) => read_back(connection, &uncertain).await,
                Err(error) => Err(error),
            };
            match stands {
                Ok(stands) => {
                    let mut open = Vec::new();
                    for ((waiting, fate), stands) in uncertain.into_iter().zip(stands) {
                        if stands { waiting.answer(fate) } else { open.push(waiting) }
                    }
                    return open;
                }
                Err(_) => {
                    self.throw_away();
                    self.pause().await;
                }
            }
        }
    }

    async fn connect(&mut self) -> sqlx::Result<&mut WriterConnection> {
        if self.live.is_none() {
            let opened = Backend::connect(&self.options, &mut self.doomed).await;
            if let Err(error) = &opened {
                tracing::warn!(%error, "the database cannot be reached; it is tried again");
            }
            self.live = Some(opened?);
            tracing::info!("the writer is connected again");
        }
        self.live.as_mut().map(|(connection, _)| connection).ok_or(sqlx::Error::WorkerCrashed)
    }

    async fn pause(&mut self) {
        tokio::time::sleep(self.backoff).await;
        self.backoff = (self.backoff * 2).min(BACKOFF[1]);
    }

    pub async fn durability(&mut self) -> DbResult<String> {
        Ok(self.connect().await?.durability().await?)
    }

    pub async fn close(self) {
        if let Some((connection, _)) = self.live {
            let _ = connection.close().await;
        }
    }
}
