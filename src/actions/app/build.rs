//! Putting an [`App`] together from its configuration. Every refusal names the option and what to do.

use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::access::{Attempts, ConcurrencyLimit, Passwords, Throttle};
use crate::actions::destinations::Destinations;
use crate::actions::event_log::KeptDays;
use crate::actions::people::MailedPeople;
use crate::actions::readiness::Probe;
use crate::config::{Config, RateLimit};
use crate::db::{Db, close_to_others};
use crate::dispatch::{DispatchSettings, Dispatcher};
use crate::domain::catalog::{Catalog, CatalogError};
use crate::domain::clock::Clock;
use crate::domain::trouble::trouble;
use crate::error::{Error, Result};
use crate::metrics;
use crate::send::mail::{self, Mailer, SmtpConfig};
use crate::send::post::guard::{Guard, GuardConfig, Policy};
use crate::send::trust::Trust;
use crate::send::{Sender, SenderParts};
use crate::vault::{Cell, KeyError, Keys, Vault};

use super::{App, AppParts, Limits, Patience, Records};

/// The name under which the database keeps the vault's check value.
const VAULT_CHECK: &str = "vault_check";
/// The name under which the database keeps the code of the first run, sealed.
const SETUP_CODE: &str = "setup_code";
/// Ten test sends a second for each account are plenty for people.
const TESTS_PER_SECOND: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);
/// Pages have at least four connections.
const SEARCHES_OF_AN_ACCOUNT: usize = 2;
const EXPORTS_OF_AN_ACCOUNT: usize = 2;
/// Half of the pages' connections.
const EXPORT_PARTS: usize = 2;
/// An export that has begun would rather be slow than break off.
const PART_PATIENCE: Duration = Duration::from_mins(1);
/// A batch takes up to 1 MiB before it is looked at, and some times as much then.
const BATCHES_OF_A_CALLER: usize = 4;
const OPEN_BATCHES: usize = 8;
/// Whoever would wait longer for a turn is told to come back.
const PATIENCE: Duration = Duration::from_secs(10);
const BURST: NonZeroU32 = NonZeroU32::MIN.saturating_add(4);
const DAY: Duration = Duration::from_hours(24);

impl App {
    /// Opens everything. `trust` says which certificates receivers and mail servers may show.
    pub async fn build(config: Config, clock: Clock, trust: Trust) -> Result<Self> {
        close_to_others(&config.data_dir);
        metrics::start();
        let db = Db::open(&config.database_url().map_err(Error::startup)?).await.map_err(Error::startup)?;
        let db = db.watching_changes(clock.clone());
        let vault = Arc::new(open_vault(&config, &db).await?);
        let catalog = Arc::new(match &config.catalog {
            Some(path) => Catalog::load(path).map_err(|error| match error {
                unreadable @ CatalogError::Read { .. } => Error::startup(format!("--catalog {unreadable}")),
                wrong => Error::startup(format!("--catalog {}: {wrong}", path.display())),
            })?,
            None => Catalog::builtin(),
        });
        let policy = Policy::new(config.allow_network.clone()).denying(config.deny_network.clone());
        let guard = Guard::new(GuardConfig::new(policy, trust.clone())).map_err(Error::startup)?;
        let public_url = config.public_url();
        let mailer = mailer(&config, trust)?;
        let sender = Sender::new(SenderParts {
            vault: Arc::clone(&vault),
            guard,
            mailer,
            catalog: Arc::clone(&catalog),
            public_url,
            webhook_timeout: config.webhook_timeout,
            signature_header: config.signature_header.clone(),
        });
        let dispatch = Dispatcher::new(db.clone(), sender.clone(), clock.clone(), dispatch_settings(&config));
        let destinations = Destinations::new(
            db.clone(),
            sender.clone(),
            Arc::clone(&vault),
            Arc::clone(&catalog),
            clock.clone(),
            &config,
        );
        let attempts = Attempts::new(db.clone(), vault.derive("ringpost attempts v1"));
        let setup =
            if db.has_users().await? { SetupCode::closed() } else { SetupCode::shared(&db, &vault).await? };
        Ok(Self(Arc::new(AppParts {
            records: Records { db, clock, passwords: Passwords::default() },
            catalog,
            limits: Arc::new(Limits::new(config.rate_limit, attempts)),
            config: Arc::new(config),
            vault,
            sender,
            destinations,
            dispatch,
            mailed: MailedPeople::default(),
            probe: Probe::default(),
            kept_days: KeptDays::default(),
            patience: Patience::default(),
            setup,
            stop: CancellationToken::new(),
        })))
    }
}

fn dispatch_settings(config: &Config) -> DispatchSettings {
    DispatchSettings {
        retention: DAY * config.retention_days,
        history: DAY * config.history_days,
        max_in_flight: config.max_in_flight.into(),
        max_per_lane: config.max_per_lane.into(),
        smtp_connections: config.smtp_connections.into(),
        max_pending_per_lane: config.max_pending_per_lane.try_into().unwrap_or(usize::MAX),
        max_pending: config.max_pending.into(),
        expire_after: config.expire_after,
    }
}

/// How mails leave.
pub(in crate::actions) fn mailer(config: &Config, trust: Trust) -> Result<Mailer> {
    Mailer::new(mail::MailerConfig {
        server: smtp_server(config)?,
        sender: config.mail_from.clone(),
        public_host: host_of(&config.public_url()),
        folder: config.data_dir.join("mail"),
        trust,
        timeouts: mail::Timeouts::default(),
        connections: config.smtp_connections.into(),
    })
    .map_err(Error::startup)
}

/// The mail server; the URL may hold a password, so it is read here, where no error repeats it.
fn smtp_server(config: &Config) -> Result<Option<SmtpConfig>> {
    let url = config.smtp_url().map_err(Error::startup)?;
    url.map(|url| url.parse().map_err(|why| Error::startup(format!("--smtp-url {why}")))).transpose()
}

fn host_of(url: &str) -> String {
    let host = Url::parse(url).ok().and_then(|url| url.host_str().map(ToOwned::to_owned));
    host.unwrap_or_else(|| "localhost".to_owned())
}

/// The key file, held against what the database was encrypted with.
async fn open_vault(config: &Config, db: &Db) -> Result<Vault> {
    let stored = db.meta(VAULT_CHECK).await?;
    if stored.is_none() && config.secret_key_file.is_none() {
        config.make_data_dir().map_err(Error::startup)?;
    }
    let path = config.secret_key_file();
    let keys = Keys::load_or_create(&path, stored.is_some()).map_err(|error| match error {
        KeyError::Io { path, what, source } => Error::startup(format!(
            "--secret-key-file {} cannot be {what}: {}",
            path.display(),
            trouble(&source)
        )),
        other => Error::startup(other),
    })?;
    let vault = Vault::new(keys);
    let check = match stored {
        Some(check) => check,
        None => {
            let fresh = vault.check_value().map_err(Error::startup)?;
            db.meta_once(VAULT_CHECK, fresh).await?
        }
    };
    fits(vault, &check, &path)
}

/// The vault of a database that has one; nothing is made.
pub(in crate::actions) async fn check_vault(config: &Config, db: &Db) -> Result<Vault> {
    let check = db.meta(VAULT_CHECK).await?;
    let check =
        check.ok_or_else(|| Error::startup("nothing is sealed yet: the first start makes the key"))?;
    let path = config.secret_key_file();
    let keys = Keys::load_or_create(&path, true).map_err(Error::startup)?;
    fits(Vault::new(keys), &check, &path)
}

fn fits(vault: Vault, check: &str, path: &Path) -> Result<Vault> {
    let refused = |error| Error::startup(format!("{} does not fit this database: {error}", path.display()));
    vault.verify_check(check).map_err(refused)?;
    Ok(vault)
}

impl Limits {
    fn new(rate: RateLimit, attempts: Attempts) -> Self {
        let (events, tests) = match rate {
            RateLimit::Off => (Throttle::off(), Throttle::off()),
            RateLimit::PerSecond(rate) => (
                Throttle::per_second(rate, rate.saturating_mul(BURST)),
                Throttle::per_second(TESTS_PER_SECOND, TESTS_PER_SECOND),
            ),
        };
        Self {
            events,
            tests,
            searches: ConcurrencyLimit::of_each(
                SEARCHES_OF_AN_ACCOUNT,
                PATIENCE,
                "Too many searches of this account at once.",
            ),
            exports: ConcurrencyLimit::of_each(
                EXPORTS_OF_AN_ACCOUNT,
                PATIENCE,
                "Too many exports of this account at once.",
            ),
            export_parts: ConcurrencyLimit::of_each(EXPORT_PARTS, PART_PATIENCE, "Too many exports at once."),
            batches: ConcurrencyLimit::of_each(
                BATCHES_OF_A_CALLER,
                PATIENCE,
                "Too many batches of this caller at once: wait for their answers.",
            ),
            open_batches: ConcurrencyLimit::of_each(
                OPEN_BATCHES,
                PATIENCE,
                "Too many batches at once. Try again soon.",
            ),
            attempts,
        }
    }
}

/// The one-time code that opens `/setup` while nobody can sign in: whoever reads the terminal is trusted.
#[derive(Clone)]
pub struct SetupCode(Option<Arc<SecretString>>);

impl SetupCode {
    /// Letters and digits that cannot be taken for one another.
    const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

    /// The same for every instance, and after a restart: whichever a browser comes to, the code that any of them
    /// printed opens it. It is sealed, so that reading the database makes nobody an operator.
    async fn shared(db: &Db, vault: &Vault) -> Result<Self> {
        let fresh = vault.seal(Cell::SetupCode, &Self::generate()).map_err(Error::startup)?;
        let stored = db.meta_once(SETUP_CODE, fresh).await?;
        let code = vault.open(Cell::SetupCode, &stored).map_err(Error::startup)?;
        Ok(Self(Some(Arc::new(code))))
    }

    /// 80 random bits, in four groups.
    fn generate() -> SecretString {
        let mut code = String::with_capacity(19);
        for place in 0..16 {
            if place > 0 && place % 4 == 0 {
                code.push('-');
            }
            let letter = Self::ALPHABET.get(rand::random_range(0..Self::ALPHABET.len()));
            code.extend(letter.copied().map(char::from));
        }
        code.into()
    }

    fn closed() -> Self {
        Self(None)
    }

    /// The code, to be printed; `None` where somebody can sign in already.
    #[must_use]
    pub fn expose(&self) -> Option<&str> {
        self.0.as_ref().map(|code| code.expose_secret())
    }

    /// Whether this is the code; case, spaces and dashes do not matter.
    #[must_use]
    pub fn is(&self, typed: &str) -> bool {
        let plain = |text: &str| -> Vec<u8> {
            text.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_uppercase()).collect()
        };
        self.expose().is_some_and(|code| plain(code).ct_eq(&plain(typed)).into())
    }
}
