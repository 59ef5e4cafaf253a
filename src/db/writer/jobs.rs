//! Jobs: writes of the cold ways on SQLite, as closures that can be run once only. Each has a savepoint of its own
//! in a transaction that they share: one that fails takes nothing with it.

use futures_util::future::BoxFuture;
use sqlx::SqliteConnection;
use tokio::sync::oneshot;

use crate::db::{DbError, DbResult};

use super::sqlite::end_on_lost_fsync;

/// Told once the fate of the transaction is known: `None` when it is on disk, else why it is not.
type CommitReply = Box<dyn FnOnce(Option<String>) + Send>;
/// Runs inside the transaction, then hands back the way to answer its waiter.
pub(super) type Job =
    Box<dyn for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, (bool, CommitReply)> + Send>;

/// Makes a job of a body, and a place where its answer arrives.
pub(super) fn job<T: Send + 'static>(
    body: impl for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, DbResult<T>> + Send + 'static,
) -> (Job, oneshot::Receiver<DbResult<T>>) {
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
    (job, answer)
}

/// Runs jobs in one transaction, and answers their waiters.
pub(super) async fn run(connection: &mut SqliteConnection, jobs: Vec<Job>) {
    let mut answers = Vec::with_capacity(jobs.len());
    let failure = commit(connection, jobs.into_iter(), &mut answers).await.err();
    if let Some(error) = &failure {
        end_on_lost_fsync(error);
        tracing::error!(%error, "a group of writes was rolled back");
        // The transaction may or may not still be open; either way it must not leak into the next one.
        let _ = sqlx::query("rollback").execute(&mut *connection).await;
    }
    let why = failure.map(|error| error.to_string());
    for answer in answers {
        answer(why.clone());
    }
}

async fn commit(
    connection: &mut SqliteConnection,
    jobs: impl Iterator<Item = Job>,
    answers: &mut Vec<CommitReply>,
) -> Result<(), sqlx::Error> {
    let mut jobs = jobs.peekable();
    execute(connection, "begin immediate").await?;
    while let Some(job) = jobs.next() {
        // A job that is alone needs no savepoint: the transaction itself is its own.
        let alone = answers.is_empty() && jobs.peek().is_none();
        if !alone {
            execute(connection, "savepoint job").await?;
        }
        let (keep, answer) = job(connection).await;
        answers.push(answer);
        match (keep, alone) {
            (true, true) => {}
            (true, false) => execute(connection, "release job").await?,
            (false, true) => return execute(connection, "rollback").await,
            (false, false) => {
                execute(connection, "rollback to job").await?;
                execute(connection, "release job").await?;
            }
        }
    }
    execute(connection, "commit").await
}

async fn execute(connection: &mut SqliteConnection, sql: &'static str) -> Result<(), sqlx::Error> {
    sqlx::query(sql).execute(connection).await.map(drop)
}
