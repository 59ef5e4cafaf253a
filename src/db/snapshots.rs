//! What posting an event and sending a delivery have to know, in memory: a snapshot per account, and the tokens.
//!
//! A write that changes any of it goes through [`change!`], which drops what is kept before the write and again
//! once it is on disk; on PostgreSQL it tells the other instances in the same transaction. Whoever writes past
//! all that (SQL by hand, a command beside a server on SQLite) is seen after [`OLDEST`] at the latest.

mod cache;
mod change;
mod listener;
mod read;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::domain::account::Account;
use crate::domain::clock::Clock;
use crate::domain::destination::Destination;
use crate::domain::settings::Settings;
use crate::domain::values::EmailAddress;

use super::destinations::DestinationRecord;
use super::settings::SealedWebhook;
use super::tokens::TokenRecord;
use super::{Db, DbError, DbResult};

use cache::Cache;
pub(super) use change::{Announce, Stale, change};

/// What is older than this is read anew: what nobody has told us about acts after this time.
const OLDEST: Duration = Duration::from_secs(2);
/// How many accounts are in memory at most, and how many tokens.
const MOST: usize = 10_000;

/// All that routing and sending have to know of an account, as it was at one moment; read and parsed once.
#[derive(Clone, Debug)]
pub struct AccountSnapshot {
    /// The account, toggles, subscribers, who unsubscribed.
    pub settings: Settings,
    /// The shared webhook, still sealed; `None` while no URL is saved.
    pub webhook: Option<SealedWebhook>,
    /// When its URL was changed, in Unix milliseconds.
    pub webhook_changed_at: Option<i64>,
    /// Folded addresses of those who may sign in to the account. No write drops a snapshot for them: mails only
    /// choose their links by it.
    people: HashSet<String>,
    /// The destinations, the oldest first, their configurations still sealed.
    pub destinations: Vec<DestinationRecord>,
    /// The same parsed, without the addresses of mails.
    pub parsed: Vec<Destination>,
    /// The same as routing sees them, once somebody has asked.
    routed: OnceLock<Vec<Destination>>,
}

impl AccountSnapshot {
    /// The destinations as routing sees them, opened once: `recipients` says who gets the mails of one.
    pub(crate) fn routed<E>(
        &self,
        recipients: impl Fn(&DestinationRecord) -> Result<Vec<EmailAddress>, E>,
    ) -> Result<&[Destination], E> {
        if let Some(routed) = self.routed.get() {
            return Ok(routed);
        }
        let both = self.parsed.iter().zip(&self.destinations);
        let opened = both
            .map(|(parsed, record)| Ok(Destination { recipients: recipients(record)?, ..parsed.clone() }));
        let opened = opened.collect::<Result<Vec<_>, E>>()?;
        Ok(self.routed.get_or_init(|| opened))
    }

    /// Whether the owner of an address signs in to the account.
    #[must_use]
    pub(crate) fn signs_in(&self, address: &EmailAddress) -> bool {
        self.people.contains(&address.folded())
    }

    /// One destination of the account; `None` if it was deleted.
    #[must_use]
    pub fn destination(&self, id: i64) -> Option<&DestinationRecord> {
        self.destinations.iter().find(|destination| destination.id == id)
    }
}

/// A token that nobody has revoked. Whether it has expired is for each use to ask.
#[derive(Debug)]
pub(crate) struct LiveToken {
    /// As it is stored.
    pub record: TokenRecord,
    /// The last use that was written down, or is being written.
    noted_at: AtomicI64,
}

impl LiveToken {
    fn new(record: TokenRecord) -> Self {
        let noted_at = AtomicI64::new(record.last_used_at.unwrap_or(i64::MIN));
        Self { record, noted_at }
    }

    fn is_live(&self, now: i64) -> bool {
        self.record.expires_at.is_none_or(|end| now < end)
    }

    /// Whether the last use that was noted is `every` milliseconds ago; of those who ask at once, one is told so.
    pub(crate) fn is_use_to_be_noted(&self, now: i64, every: i64) -> bool {
        let noted_at = self.noted_at.load(Ordering::Relaxed);
        let swapped =
            || self.noted_at.compare_exchange(noted_at, now, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        now.saturating_sub(noted_at) >= every && swapped()
    }
}

/// What is in memory, shared by all clones of a handle.
pub(super) struct Snapshots {
    accounts: Arc<Cache<i64, AccountSnapshot>>,
    tokens: Arc<Cache<String, LiveToken>>,
    clock: Clock,
}

impl Snapshots {
    /// Nothing yet; what will be kept ages by `clock`, as machines count and not as calendars do.
    pub fn new(clock: Clock) -> Self {
        Self { accounts: Arc::new(Cache::new(MOST)), tokens: Arc::new(Cache::new(MOST)), clock }
    }

    fn drop_stale(&self, stale: Stale) {
        match stale {
            Stale::Account(id) => self.accounts.drop_one(&id),
            Stale::Tokens => self.tokens.drop_all(),
            Stale::Everything => self.drop_all(),
        }
    }

    fn drop_all(&self) {
        self.accounts.drop_all();
        self.tokens.drop_all();
    }
}

impl Db {
    /// For a server: what it keeps in memory ages by `clock`, and on PostgreSQL is dropped at once when another
    /// instance changes it.
    #[must_use]
    pub fn watching_changes(self, clock: Clock) -> Self {
        let snapshots = Arc::new(Snapshots::new(clock));
        let db = Self { snapshots, ..self };
        listener::listen(&db);
        db
    }

    /// An account as it is now, or was less than [`OLDEST`] ago; `None` if there is no such id.
    pub async fn snapshot(&self, account_id: i64) -> DbResult<Option<Arc<AccountSnapshot>>> {
        let now = self.snapshots.clock.monotonic();
        let read = || {
            let db = self.clone();
            async move { db.read_snapshot(account_id).await }
        };
        self.snapshots.accounts.get(&account_id, now, read).await
    }

    /// The account alone. Another row of it that cannot be read does not lock people out of the pages on which
    /// they mend it.
    pub(crate) async fn known_account(&self, id: i64) -> DbResult<Option<Account>> {
        match self.snapshot(id).await {
            Ok(snapshot) => Ok(snapshot.map(|snapshot| snapshot.settings.account.clone())),
            Err(DbError::Other(_)) => self.account(id).await,
            Err(error) => Err(error),
        }
    }

    /// The token with this hash, unless it was revoked or has expired. One that nobody knows is asked for each
    /// time: memory is not for guesses.
    pub(crate) async fn live_token(&self, hash: &str, now: i64) -> DbResult<Option<Arc<LiveToken>>> {
        let read = || {
            let (db, hash) = (self.clone(), hash.to_owned());
            async move { Ok(db.unrevoked_token(&hash).await?.map(LiveToken::new)) }
        };
        let token = self.snapshots.tokens.get(hash, self.snapshots.clock.monotonic(), read).await?;
        Ok(token.filter(|token| token.is_live(now)))
    }
}
