//! The one SQLite connection that writes, with group commit.
//!
//! A commit costs an fsync whether it holds one row or a thousand, so the writer takes everything that
//! waits, runs it in one `BEGIN IMMEDIATE`, commits once and then answers every waiter. Each job has a
//! savepoint of its own: one that fails takes nothing with it. A deferred `BEGIN` that later writes would
//! fail at once with `SQLITE_BUSY_SNAPSHOT` (517), whatever the busy timeout.

use futures_util::future::BoxFuture;
use sqlx::{Connection, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use super::error::extended_code;
use super::{DbError, DbResult};

/// How many jobs share one commit at most: enough to make the fsync cheap, few enough to stay quick.
const GROUP: usize = 512;
/// How many jobs may wait before callers wait for a place.
const QUEUE: usize = 4_096;

/// Told once the group's fate is known: `None` when it is on disk, else why it is not.
type CommitReply = Box<dyn FnOnce(Option<String>) + Send>;
/// Runs inside the group's transaction, then hands back the way to answer its waiter.
type Job = Box<dyn for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, (bool, CommitReply)> + Send>;

/// What a caller wants of the writer.
enum Order {
    Run(Job),
    /// Close the connection, and say when that is done.
    Close(oneshot::Sender<()>),
}

/// A handle on the writer task.
#[derive(Clone)]
pub(super) struct Writer {
    orders: mpsc::Sender<Order>,
}

impl Writer {
    /// Starts the task that owns `connection`. It is never cancelled by a caller that goes away.
    pub fn start(connection: SqliteConnection) -> Self {
        let (orders, waiting) = mpsc::channel(QUEUE);
        tokio::spawn(work(connection, waiting));
        Self { orders }
    }

    /// Runs `body` in a transaction and answers once it is on disk.
    pub async fn run<T: Send + 'static>(
        &self,
        body: impl for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, DbResult<T>> + Send + 'static,
    ) -> DbResult<T> {
        let (reply_to, answer) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            Box::pin(async move {
                let result = body(connection).await;
                let keep = result.is_ok();
                let answer: CommitReply = Box::new(move |failure| {
                    // A waiter that has gone away needs no answer.
                    let _ = reply_to.send(match failure {
                        None => result,
                        Some(why) => Err(DbError::Storage(why)),
                    });
                });
                (keep, answer)
            })
        });
        let closed = || DbError::Unavailable("the database is closed".into());
        self.orders.send(Order::Run(job)).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }

    /// Commits everything sent before, then closes the connection; SQLite then folds its WAL into the file.
    pub async fn close(&self) {
        let (reply_to, answer) = oneshot::channel();
        // Whoever closes second finds it closed.
        if self.orders.send(Order::Close(reply_to)).await.is_ok() {
            let _ = answer.await;
        }
    }
}

async fn work(mut connection: SqliteConnection, mut waiting: mpsc::Receiver<Order>) {
    let mut orders = Vec::with_capacity(GROUP);
    let mut closer = None;
    while closer.is_none() && waiting.recv_many(&mut orders, GROUP).await > 0 {
        let mut group = Vec::with_capacity(orders.len());
        for order in orders.drain(..) {
            match order {
                Order::Run(job) if closer.is_none() => group.push(job),
                // It came too late: its waiter is told that the database is closed.
                Order::Run(_) => {}
                Order::Close(reply_to) => closer = Some(reply_to),
            }
        }
        if !group.is_empty() {
            commit(&mut connection, group).await;
        }
    }
    drop(waiting);
    let _ = connection.close().await;
    if let Some(reply_to) = closer {
        let _ = reply_to.send(());
    }
}

async fn commit(connection: &mut SqliteConnection, group: Vec<Job>) {
    let mut answers = Vec::with_capacity(group.len());
    let failure = commit_group(connection, group.into_iter(), &mut answers).await.err();
    if let Some(error) = &failure {
        end_on_lost_fsync(error);
        tracing::error!(%error, "a group of writes was rolled back");
        // The transaction may or may not still be open; either way it must not leak into the next group.
        let _ = sqlx::query("rollback").execute(&mut *connection).await;
    }
    let why = failure.map(|error| error.to_string());
    for answer in answers {
        answer(why.clone());
    }
}

async fn commit_group(
    connection: &mut SqliteConnection,
    jobs: impl Iterator<Item = Job>,
    answers: &mut Vec<CommitReply>,
) -> Result<(), sqlx::Error> {
    let mut jobs = jobs.peekable();
    sqlx::query("begin immediate").execute(&mut *connection).await?;
    while let Some(job) = jobs.next() {
        // A job that is alone needs no savepoint: the transaction itself is its own.
        let alone = answers.is_empty() && jobs.peek().is_none();
        if !alone {
            sqlx::query("savepoint job").execute(&mut *connection).await?;
        }
        let (keep, answer) = job(connection).await;
        answers.push(answer);
        match (keep, alone) {
            (true, true) => {}
            (true, false) => run(connection, "release job").await?,
            (false, true) => return run(connection, "rollback").await,
            (false, false) => {
                run(connection, "rollback to job").await?;
                run(connection, "release job").await?;
            }
        }
    }
    run(connection, "commit").await
}

async fn run(connection: &mut SqliteConnection, sql: &'static str) -> Result<(), sqlx::Error> {
    sqlx::query(sql).execute(connection).await.map(drop)
}

/// After a failed fsync nobody knows what is on disk, and asking again would lie: only a restart, which
/// reads the file anew, tells. <https://www.sqlite.org/rescode.html#ioerr_fsync>
fn end_on_lost_fsync(error: &sqlx::Error) {
    const IOERR_FSYNC: u32 = 1_034;
    const IOERR_DIR_FSYNC: u32 = 1_290;
    if let sqlx::Error::Database(inner) = error
        && let Some(IOERR_FSYNC | IOERR_DIR_FSYNC) = extended_code(inner.as_ref())
    {
        tracing::error!("fsync failed: what is on disk is uncertain, stopping");
        std::process::exit(1);
    }
}
