//! The one connection that makes the changes of the hot way, with group commit.
//!
//! A commit costs an fsync whether it holds one row or a thousand, and a statement costs a message to the
//! database and back whether it holds one row or sixty-four. So changes are data: the writer takes everything
//! that waits, makes one statement of each kind, commits once, and then answers every waiter. On SQLite all other
//! writes go through the same connection, as jobs in transactions of their own.

mod accept;
mod backend;
mod connection;
mod group;
mod jobs;
mod order;
#[cfg(test)]
mod plans;
mod postgres;
mod sqlite;
mod statement;
mod traces;
mod transitions;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use sqlx::SqliteConnection;
use sqlx::postgres::PgConnectOptions;
use tokio::sync::{mpsc, oneshot};

pub(super) use order::{Order, PutBack, WriteAnswer};

use super::error::Blame;
use super::{DbError, DbResult};
use jobs::Job;
use order::{Fate, PATIENCE, WaitingOrder};

/// How many orders share one commit at most: enough to make the fsync cheap, few enough to stay quick.
const GROUP: usize = 512;
/// How many bytes they bring at most.
const GROUP_BYTES: usize = 4 * 1_024 * 1_024;
/// How many orders may wait before callers wait for a place.
const QUEUE: usize = 4_096;
/// After a group of so many more is waited for, so that a busy server makes fewer and larger commits.
const BUSY: usize = 16;
const GATHER: Duration = Duration::from_millis(1);
/// A PostgreSQL that is away must not keep the program from ending.
const CLOSING: Duration = Duration::from_secs(5);

enum WriterCommand {
    Write(WaitingOrder),
    /// At most [`GROUP`] that came together: they are written in one transaction.
    WriteAll(Vec<WaitingOrder>),
    Run(Job),
    /// Says how safely a commit stands on the disk.
    Durability(oneshot::Sender<DbResult<String>>),
    /// Close the connection, and say when that is done.
    Close(oneshot::Sender<()>),
}

/// A handle on the writer task.
#[derive(Clone)]
pub(super) struct Writer {
    commands: mpsc::Sender<WriterCommand>,
    /// Somebody has asked for the end.
    is_closing: Arc<AtomicBool>,
}

/// Whose connection it is.
enum WriterSession {
    Sqlite(sqlite::SqliteSession),
    Postgres(Box<postgres::PostgresSession>),
}

/// What became of a group.
enum Written {
    /// It is on disk.
    Done(Vec<(WaitingOrder, Fate)>),
    /// Nothing of it is, because of one or another of its rows.
    Refused(Vec<WaitingOrder>, DbError),
    /// Nothing of it is, and that is nobody's fault among them.
    Failed(Vec<WaitingOrder>, DbError),
}

impl Written {
    /// What an error means for a group of which nothing is on disk.
    fn from_error(group: Vec<WaitingOrder>, error: sqlx::Error) -> Self {
        match Blame::of(&error) {
            Blame::Unique(_) | Blame::Row => Self::Refused(group, error.into()),
            Blame::Disk | Blame::Database | Blame::Connection => Self::Failed(group, error.into()),
        }
    }
}

/// A group was written, or was tried to be.
fn note_commit(orders: usize, took: Duration) {
    metrics::histogram!("ringpost_commit_orders").record(u32::try_from(orders).unwrap_or(u32::MAX));
    metrics::histogram!("ringpost_commit_seconds").record(took);
}

fn closed() -> DbError {
    DbError::Unavailable("the database is closed".into())
}

impl Writer {
    /// Starts the task that owns `connection`. It is never cancelled by a caller that goes away.
    pub fn on_sqlite(connection: SqliteConnection) -> Self {
        Self::start(WriterSession::Sqlite(sqlite::SqliteSession::new(connection)))
    }

    /// The same on PostgreSQL, where a connection that is lost is opened anew. The first one is opened now.
    pub async fn on_postgres(options: PgConnectOptions) -> sqlx::Result<Self> {
        Ok(Self::start(WriterSession::Postgres(Box::new(postgres::PostgresSession::open(options).await?))))
    }

    fn start(session: WriterSession) -> Self {
        let (commands, waiting) = mpsc::channel(QUEUE);
        tokio::spawn(work(session, waiting));
        Self { commands, is_closing: Arc::default() }
    }

    /// Makes a change, and answers once it is on disk.
    pub async fn write(&self, order: Order) -> DbResult<WriteAnswer> {
        let (waiting, answer) = WaitingOrder::new(order);
        let sent = tokio::time::timeout(PATIENCE, self.commands.send(WriterCommand::Write(waiting))).await;
        sent.map_err(|_| DbError::Unavailable("too many writes are waiting".into()))?
            .map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }

    /// Makes many changes in as few transactions as groups allow, in their order; each has an answer of its own.
    pub async fn write_all(&self, orders: Vec<Order>) -> Vec<DbResult<WriteAnswer>> {
        let mut answers = Vec::with_capacity(orders.len());
        let mut orders = orders.into_iter().map(WaitingOrder::new).peekable();
        while orders.peek().is_some() {
            let (group, waiting): (Vec<_>, Vec<_>) = orders.by_ref().take(GROUP).unzip();
            answers.extend(waiting);
            // Orders that find no place are dropped, which their waiters are told below.
            let _ = tokio::time::timeout(PATIENCE, self.commands.send(WriterCommand::WriteAll(group))).await;
        }
        let mut results = Vec::with_capacity(answers.len());
        for answer in answers {
            results.push(answer.await.unwrap_or_else(|_| Err(closed())));
        }
        results
    }

    /// Runs `body` in a transaction and answers once it is on disk; on SQLite only.
    pub async fn run<T: Send + 'static>(
        &self,
        body: impl for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, DbResult<T>> + Send + 'static,
    ) -> DbResult<T> {
        let (job, answer) = jobs::job(body);
        self.commands.send(WriterCommand::Run(job)).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }

    /// How safely a commit stands on the disk, in the engine's own word.
    pub async fn durability(&self) -> DbResult<String> {
        let (reply_to, answer) = oneshot::channel();
        self.commands.send(WriterCommand::Durability(reply_to)).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }

    /// Waits until the task has ended although nobody had asked for that.
    pub async fn ended(&self) {
        self.commands.closed().await;
        if self.is_closing.load(Ordering::Acquire) {
            std::future::pending::<()>().await;
        }
    }

    /// Commits everything sent before, then closes the connection; SQLite then folds its WAL into the file.
    pub async fn close(&self) {
        self.is_closing.store(true, Ordering::Release);
        let (reply_to, answer) = oneshot::channel();
        // Whoever closes second finds it closed.
        if self.commands.send(WriterCommand::Close(reply_to)).await.is_ok() {
            let _ = answer.await;
        }
    }

    /// The same, for a database that may be away.
    pub async fn close_in_time(&self) {
        let _ = tokio::time::timeout(CLOSING, self.close()).await;
    }
}

async fn work(mut session: WriterSession, mut commands: mpsc::Receiver<WriterCommand>) {
    let mut taken = Vec::with_capacity(GROUP);
    let mut backlog = VecDeque::with_capacity(GROUP);
    let (mut closer, mut is_busy) = (None, false);
    while closer.is_none() {
        if is_busy && backlog.is_empty() {
            tokio::time::sleep(GATHER).await;
        }
        if backlog.is_empty() && commands.recv_many(&mut taken, GROUP).await == 0 {
            break;
        }
        backlog.extend(taken.drain(..));
        let (mut group, mut jobs, mut bytes) = (Vec::new(), Vec::new(), 0);
        while bytes < GROUP_BYTES
            && group.len() < GROUP
            && closer.is_none()
            && let Some(command) = backlog.pop_front()
        {
            match command {
                WriterCommand::Write(waiting) => bytes += add(waiting, &mut group),
                WriterCommand::WriteAll(many) => {
                    bytes += many.into_iter().map(|waiting| add(waiting, &mut group)).sum::<usize>();
                }
                WriterCommand::Run(job) => jobs.push(job),
                WriterCommand::Durability(reply_to) => drop(reply_to.send(session.durability().await)),
                // What came too late is told that the database is closed.
                WriterCommand::Close(reply_to) => closer = Some(reply_to),
            }
        }
        is_busy = group.len() >= BUSY;
        session.write_all(group).await;
        session.run_all(jobs).await;
    }
    drop((commands, backlog));
    session.close().await;
    if let Some(reply_to) = closer {
        let _ = reply_to.send(());
    }
}

/// Puts an order into the group, unless nobody waits for it any more; how many bytes it brings.
fn add(waiting: WaitingOrder, group: &mut Vec<WaitingOrder>) -> usize {
    if !waiting.is_wanted() {
        waiting.turn_away();
        return 0;
    }
    let weight = waiting.weight();
    group.push(waiting);
    weight
}

impl WriterSession {
    /// Writes a group. If one of its rows is refused, the group is tried in halves until the culprit stands alone.
    async fn write_all(&mut self, group: Vec<WaitingOrder>) {
        let mut parts = vec![group];
        while let Some(part) = parts.pop() {
            if part.is_empty() {
                continue;
            }
            let (orders, begun) = (part.len(), Instant::now());
            let written = match self {
                Self::Sqlite(session) => session.write(part).await,
                Self::Postgres(session) => session.write(part).await,
            };
            note_commit(orders, begun.elapsed());
            match written {
                Written::Done(done) => done.into_iter().for_each(|(waiting, fate)| waiting.answer(fate)),
                Written::Refused(mut part, error) => {
                    let second = part.split_off(part.len().div_ceil(2));
                    match part.pop() {
                        Some(culprit) if second.is_empty() => culprit.fail(error),
                        last => {
                            part.extend(last);
                            parts.extend([second, part]);
                        }
                    }
                }
                Written::Failed(part, error) => {
                    tracing::error!(%error, orders = part.len(), "a group of writes was rolled back");
                    for waiting in part {
                        waiting.fail(error.again());
                    }
                }
            }
        }
    }

    async fn run_all(&mut self, jobs: Vec<Job>) {
        match self {
            Self::Sqlite(session) => session.run(jobs).await,
            // There a job is a transaction on another connection; none is ever sent here.
            Self::Postgres(_) => drop(jobs),
        }
    }

    async fn durability(&mut self) -> DbResult<String> {
        match self {
            Self::Sqlite(session) => session.durability().await,
            Self::Postgres(session) => session.durability().await,
        }
    }

    async fn close(self) {
        match self {
            Self::Sqlite(session) => session.close().await,
            Self::Postgres(session) => session.close().await,
        }
    }
}
