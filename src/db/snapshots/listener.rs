//! Hears on PostgreSQL what other instances have changed. Without it, a change acts here within
//! [`OLDEST`](super::OLDEST).

use std::sync::{Arc, Weak};
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::time::{sleep, timeout};

use crate::db::{Db, Engine};

use super::change::CHANNEL;
use super::{Snapshots, Stale};

/// How long a lost connection is left alone before another is tried.
const PAUSE: Duration = Duration::from_secs(1);
/// A connection that has said nothing for this long is asked whether it still answers: one that was cut without
/// a word looks the same as one on which nothing happens.
const SILENCE: Duration = Duration::from_secs(15);
const ANSWER: Duration = Duration::from_secs(5);

/// Starts to listen; ends when the pool is closed or nobody has the snapshots any more.
pub(super) fn listen(db: &Db) {
    match &*db.engine {
        Engine::Sqlite { .. } => {}
        Engine::Postgres { hot: pool, .. } => {
            tokio::spawn(run(pool.clone(), Arc::downgrade(&db.snapshots)));
        }
    }
}

async fn run(pool: PgPool, snapshots: Weak<Snapshots>) {
    while !pool.is_closed() && snapshots.strong_count() > 0 {
        let Err(error) = hear(&pool, &snapshots).await else { return };
        if !pool.is_closed() {
            tracing::warn!(%error, "changes by other instances are seen late until this is mended");
            sleep(PAUSE).await;
        }
    }
}

/// Ends well when nobody has the snapshots any more.
async fn hear(pool: &PgPool, snapshots: &Weak<Snapshots>) -> sqlx::Result<()> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.eager_reconnect(false);
    listener.listen(CHANNEL).await?;
    // What was said before is lost.
    if let Some(snapshots) = snapshots.upgrade() {
        snapshots.drop_all();
    }
    loop {
        let heard = timeout(SILENCE, listener.try_recv()).await;
        let Some(snapshots) = snapshots.upgrade() else { return Ok(()) };
        match heard {
            Ok(Ok(Some(notice))) => match Stale::from_text(notice.payload()) {
                Some(stale) => snapshots.drop_stale(stale),
                None => snapshots.drop_all(),
            },
            Ok(Ok(None)) => return Err(sqlx::Error::WorkerCrashed),
            Ok(Err(error)) => return Err(error),
            Err(_) => {
                let asked = sqlx::query("select 1").execute(&mut listener);
                timeout(ANSWER, asked).await.map_err(|_| sqlx::Error::PoolTimedOut)??;
            }
        }
    }
}
