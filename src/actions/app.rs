//! The handles that a running server is made of; clones share them.

mod build;

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::access::{Attempts, ConcurrencyLimit, Passwords, Throttle};
use crate::actions::destinations::Destinations;
use crate::actions::event_log::KeptDays;
use crate::actions::people::MailedPeople;
use crate::actions::readiness::Probe;
use crate::config::Config;
use crate::db::Db;
use crate::dispatch::Dispatcher;
use crate::domain::catalog::Catalog;
use crate::domain::clock::Clock;
use crate::send::Sender;
use crate::vault::Vault;

pub use build::SetupCode;
pub(in crate::actions) use build::{check_vault, mailer};

/// What every action needs. A command opens only this; an [`App`] has it too, and stands for it.
#[derive(Clone)]
pub struct Records {
    /// What is kept.
    pub db: Db,
    /// What time it is.
    pub clock: Clock,
    /// Hashes and checks passwords.
    pub passwords: Passwords,
}

/// What handlers work with. Each request is handed several clones, so that one has to be cheap.
#[derive(Clone)]
pub struct App(Arc<AppParts>);

/// What an [`App`] is made of.
#[derive(Clone)]
pub struct AppParts {
    /// What is kept, and what time it is.
    pub records: Records,
    /// Which events there are.
    pub catalog: Arc<Catalog>,
    /// How the server was started.
    pub config: Arc<Config>,
    /// Seals what must not be readable at rest; what is stored for the sender, only the sender opens.
    pub vault: Arc<Vault>,
    /// How messages leave.
    pub sender: Sender,
    /// Where else messages go.
    pub destinations: Destinations,
    /// Who makes them leave.
    pub dispatch: Dispatcher,
    /// Opens `/setup` while nobody can sign in.
    pub setup: SetupCode,
    /// How often somebody may try.
    pub limits: Arc<Limits>,
    /// Mails to people that are on their way.
    pub mailed: MailedPeople,
    /// What `/readyz` knows of the database.
    pub probe: Probe,
    /// How the last day of busy accounts went, as it was counted a moment ago.
    pub kept_days: KeptDays,
    /// How long an answer waits for a send.
    pub patience: Patience,
    /// Cancelled when the server is to end.
    pub stop: CancellationToken,
}

impl App {
    /// The same app, which ends when `stop` is cancelled.
    #[must_use]
    pub fn ended_by(&self, stop: CancellationToken) -> Self {
        Self(Arc::new(AppParts { stop, ..AppParts::clone(self) }))
    }

    /// The same app, whose callers wait for so long.
    #[must_use]
    pub fn with_patience(&self, patience: Patience) -> Self {
        Self(Arc::new(AppParts { patience, ..AppParts::clone(self) }))
    }
}

impl Deref for App {
    type Target = AppParts;

    fn deref(&self) -> &AppParts {
        &self.0
    }
}

impl Deref for AppParts {
    type Target = Records;

    fn deref(&self) -> &Records {
        &self.records
    }
}

/// How long an answer waits for what came of a send.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// A page, which then says how far it is.
    pub page: Duration,
    /// A documented endpoint, which then says that it failed; less than any request may take.
    pub endpoint: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { page: Duration::from_secs(10), endpoint: Duration::from_secs(50) }
    }
}

/// How often somebody may try.
pub struct Limits {
    /// Events, per token.
    pub events: Throttle<String>,
    /// Test sends, per account.
    pub tests: Throttle<i64>,
    /// Searches of the log, per account.
    pub searches: ConcurrencyLimit<i64>,
    /// Lists that are taken along as files, per account; none is the security log's.
    pub exports: ConcurrencyLimit<Option<i64>>,
    /// Parts of them that are read, over everything.
    pub export_parts: ConcurrencyLimit<()>,
    /// Batches of events that are sent to us, per token or person.
    pub batches: ConcurrencyLimit<String>,
    /// Batches that are looked at, over everything: one is large while it is.
    pub open_batches: ConcurrencyLimit<()>,
    /// Passwords and codes, per network address and person.
    pub attempts: Attempts,
}
