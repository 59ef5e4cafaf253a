//! A write that changes what is kept in memory.

use std::sync::Arc;

use sqlx::{PgConnection, SqliteConnection};

use crate::db::Db;

use super::Snapshots;

/// Over which PostgreSQL's instances tell each other; a database has channels of its own.
pub(super) const CHANNEL: &str = "ringpost_changes";
const TOKENS: &str = "tokens";
const EVERYTHING: &str = "everything";

/// What a write makes stale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::db) enum Stale {
    /// An account: its contact, settings, unsubscribed addresses, destinations.
    Account(i64),
    /// Tokens: a change is rare, and names one by its id, not by its hash.
    Tokens,
    /// All that is kept.
    Everything,
}

impl Stale {
    /// As it is told to other instances.
    fn to_text(self) -> String {
        match self {
            Self::Account(id) => id.to_string(),
            Self::Tokens => TOKENS.to_owned(),
            Self::Everything => EVERYTHING.to_owned(),
        }
    }

    /// `None` for what only a newer version knows.
    pub fn from_text(text: &str) -> Option<Self> {
        match text {
            TOKENS => Some(Self::Tokens),
            EVERYTHING => Some(Self::Everything),
            id => id.parse().ok().map(Self::Account),
        }
    }
}

/// A write under way. What it changes is forgotten when it begins and again when this is dropped: once it is
/// committed, has failed, or was given up by whoever wanted it.
pub(in crate::db) struct Changing {
    snapshots: Arc<Snapshots>,
    stale: Stale,
}

impl Changing {
    /// What it is.
    pub fn stale(&self) -> Stale {
        self.stale
    }
}

impl Drop for Changing {
    fn drop(&mut self) {
        self.snapshots.drop_stale(self.stale);
    }
}

impl Db {
    /// Has to live until the write is committed; [`change!`] sees to that.
    pub(in crate::db) fn changing(&self, stale: Stale) -> Changing {
        self.snapshots.drop_stale(stale);
        Changing { snapshots: Arc::clone(&self.snapshots), stale }
    }
}

/// Tells the other instances of a change, once the transaction is committed.
pub(in crate::db) trait Announce {
    async fn announce(&mut self, stale: Stale) -> sqlx::Result<()>;
}

impl Announce for SqliteConnection {
    /// Nobody listens on a file.
    async fn announce(&mut self, _: Stale) -> sqlx::Result<()> {
        Ok(())
    }
}

impl Announce for PgConnection {
    async fn announce(&mut self, stale: Stale) -> sqlx::Result<()> {
        sqlx::query("select pg_notify($1, $2)").bind(CHANNEL).bind(stale.to_text()).execute(self).await?;
        Ok(())
    }
}

/// [`write!`](crate::db::write) for a change of accounts, settings, unsubscribed addresses, destinations or
/// tokens: `change!(self, Stale::Account(id), tx => { … })`. The guard travels through the transaction and comes
/// back with the answer, so that it is dropped after the commit even if nobody waits for that any more.
macro_rules! change {
    ($db:expr, $stale:expr, $tx:ident => $body:block) => {{
        let changing = $db.changing($stale);
        let written: $crate::db::DbResult<_> = $crate::db::write!($db, connection => {
            let answer = {
                let $tx = &mut *connection;
                let body: futures_util::future::BoxFuture<'_, $crate::db::DbResult<_>> =
                    Box::pin(async move { $body });
                body.await?
            };
            $crate::db::snapshots::Announce::announce(connection, changing.stale()).await?;
            Ok((answer, changing))
        });
        written.map(|(answer, _changing)| answer)
    }};
}
pub(in crate::db) use change;
