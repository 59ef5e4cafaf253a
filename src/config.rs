//! The settings of a running server: flags and `RINGPOST_*` environment variables, one source for both.

mod values;

use std::fs::DirBuilder;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use http::HeaderName;
use url::Url;

use crate::domain::trouble::trouble;
use crate::domain::values::{MailDomain, Network};
use crate::logs::LogFormat;
use crate::send::mail::MailFrom;
use crate::send::post::guard::AllowedNetwork;

pub(crate) use values::listen_address;
pub use values::{RateLimit, SecondFactorDemand};
use values::{bare_domain, drain, expire_after, header_name, public_url, webhook_timeout};

/// The level that most people want.
pub(crate) const DEFAULT_LOG: &str = "info";

/// Of our own `X-Ringpost-` names, the one that may be chosen.
const DEFAULT_SIGNATURE_HEADER: &str = "X-Ringpost-Signature";

/// Beside where the program is started.
pub(crate) const DEFAULT_DATA_DIR: &str = "./data";

/// Every setting, documented where `--help` reads it.
#[derive(Args, Clone, Debug)]
pub struct Config {
    /// Where data is kept: `sqlite://PATH` or `postgres://USER:PASSWORD@HOST/NAME`
    /// [default: sqlite://<data-dir>/ringpost.db]
    #[arg(long, env = "RINGPOST_DATABASE_URL", hide_env_values = true, global = true, value_name = "URL")]
    pub database_url: Option<String>,

    /// A file that holds the database URL, to keep its password out of the environment
    #[arg(
        long,
        env = "RINGPOST_DATABASE_URL_FILE",
        global = true,
        value_name = "PATH",
        conflicts_with = "database_url"
    )]
    pub database_url_file: Option<PathBuf>,

    /// Folder of the SQLite database, the secret key and mails written to files
    #[arg(long, env = "RINGPOST_DATA_DIR", global = true, value_name = "PATH", default_value = DEFAULT_DATA_DIR)]
    pub data_dir: PathBuf,

    /// Address and port to listen on
    #[arg(
        long,
        env = "RINGPOST_LISTEN",
        global = true,
        value_name = "ADDRESS:PORT",
        default_value = "127.0.0.1:8080",
        value_parser = listen_address
    )]
    pub listen: SocketAddr,

    /// The address that people type, for links in mails and for cookies [default: http://<listen>]
    #[arg(long, env = "RINGPOST_PUBLIC_URL", global = true, value_name = "URL", value_parser = public_url)]
    pub public_url: Option<Url>,

    /// The mail server: `smtps://USER:PASSWORD@HOST` (TLS), `smtp://…?tls=required` (STARTTLS),
    /// `?tls=opportunistic`, or plain `smtp://HOST`. Without it, mails are written to files
    #[arg(long, env = "RINGPOST_SMTP_URL", hide_env_values = true, global = true, value_name = "URL")]
    pub smtp_url: Option<String>,

    /// A file that holds the mail server's URL, to keep its password out of the environment
    #[arg(
        long,
        env = "RINGPOST_SMTP_URL_FILE",
        global = true,
        value_name = "PATH",
        conflicts_with = "smtp_url"
    )]
    pub smtp_url_file: Option<PathBuf>,

    /// The sender of every mail
    #[arg(
        long,
        env = "RINGPOST_MAIL_FROM",
        global = true,
        value_name = "MAILBOX",
        default_value = "Ringpost <ringpost@localhost>"
    )]
    pub mail_from: MailFrom,

    /// Ask new subscribers by mail, and send them nothing else until they confirm
    #[arg(long, env = "RINGPOST_CONFIRM_SUBSCRIBERS", global = true)]
    pub confirm_subscribers: bool,

    /// A mail domain whose addresses need no confirmation, with what is below it; repeat it, or separate with commas
    #[arg(
        long,
        env = "RINGPOST_TRUSTED_MAIL_DOMAIN",
        global = true,
        value_name = "DOMAIN",
        value_delimiter = ','
    )]
    pub trusted_mail_domain: Vec<MailDomain>,

    /// A mail domain that the sender of an ops email destination must be of; repeat it, or separate with commas
    #[arg(
        long,
        env = "RINGPOST_MAIL_FROM_DOMAIN",
        global = true,
        value_name = "DOMAIN",
        value_delimiter = ','
    )]
    pub mail_from_domain: Vec<MailDomain>,

    /// The keys that encrypt secrets at rest, `id:base64[,id:base64]`; made on the first start
    /// [default: <data-dir>/secret.key]
    #[arg(long, env = "RINGPOST_SECRET_KEY_FILE", global = true, value_name = "PATH")]
    pub secret_key_file: Option<PathBuf>,

    /// An internal network that webhooks may reach; repeat it, or separate with commas
    #[arg(
        long,
        env = "RINGPOST_ALLOW_NETWORK",
        global = true,
        value_name = "CIDR[:PORT]",
        value_delimiter = ','
    )]
    pub allow_network: Vec<AllowedNetwork>,

    /// A network that webhooks never reach, whatever else opens it; repeat it, or separate with commas
    #[arg(long, env = "RINGPOST_DENY_NETWORK", global = true, value_name = "CIDR", value_delimiter = ',')]
    pub deny_network: Vec<Network>,

    /// A proxy in front, whose `X-Forwarded-For` is believed; repeat it, or separate with commas
    #[arg(long, env = "RINGPOST_TRUSTED_PROXY", global = true, value_name = "CIDR", value_delimiter = ',')]
    pub trusted_proxy: Vec<Network>,

    /// How long `/readyz` says no before the port closes at the end, 0s to 5m
    #[arg(long, env = "RINGPOST_DRAIN", global = true, value_name = "DURATION", default_value = "5s", value_parser = drain)]
    pub drain: Duration,

    /// The name of the header that carries the hex signature
    #[arg(long, env = "RINGPOST_SIGNATURE_HEADER", global = true, value_name = "NAME", default_value = DEFAULT_SIGNATURE_HEADER, value_parser = header_name)]
    pub signature_header: HeaderName,

    /// How long a webhook may take altogether, 1s to 60s
    #[arg(long, env = "RINGPOST_WEBHOOK_TIMEOUT", global = true, value_name = "DURATION", default_value = "15s", value_parser = webhook_timeout)]
    pub webhook_timeout: Duration,

    /// HTTP requests in flight at once; one account has at most a quarter of them
    #[arg(long, env = "RINGPOST_MAX_IN_FLIGHT", global = true, value_name = "N", default_value_t = 1024, value_parser = clap::value_parser!(u16).range(1..=16_384))]
    pub max_in_flight: u16,

    /// Requests in flight at once that one account has to one receiver
    #[arg(long, env = "RINGPOST_MAX_PER_LANE", global = true, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=1_024))]
    pub max_per_lane: u16,

    /// Connections to the mail server at once
    #[arg(long, env = "RINGPOST_SMTP_CONNECTIONS", global = true, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub smtp_connections: u16,

    /// Deliveries that may wait for one receiver of an account; more become `failed queue_full`
    #[arg(long, env = "RINGPOST_MAX_PENDING_PER_LANE", global = true, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub max_pending_per_lane: u32,

    /// Deliveries that may wait over everything; then events are refused
    #[arg(long, env = "RINGPOST_MAX_PENDING", global = true, value_name = "N", default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub max_pending: u32,

    /// A webhook that has waited for longer becomes `failed expired`, 1m to 30d
    #[arg(long, env = "RINGPOST_EXPIRE_AFTER", global = true, value_name = "DURATION", default_value = "24h", value_parser = expire_after)]
    pub expire_after: Duration,

    /// What to log: a level, or a filter like `info,ringpost::dispatch=debug`
    #[arg(long, env = "RINGPOST_LOG", global = true, value_name = "FILTER", default_value = DEFAULT_LOG)]
    pub log: String,

    /// How to log [default: text on a terminal, json otherwise]
    #[arg(long, env = "RINGPOST_LOG_FORMAT", global = true, value_name = "FORMAT")]
    pub log_format: Option<LogFormat>,

    /// The platform's bare domain, like `pandium.com`: builds the links of `run_failed` where an event has none
    #[arg(long, env = "RINGPOST_PLATFORM_DOMAIN", global = true, value_name = "DOMAIN", value_parser = bare_domain)]
    pub platform_domain: Option<String>,

    /// Events that one token may post, like `1000/s`; `off` lifts it, and the limit on test sends
    #[arg(
        long,
        env = "RINGPOST_RATE_LIMIT",
        global = true,
        value_name = "N/s|off",
        default_value = "1000/s"
    )]
    pub rate_limit: RateLimit,

    /// How many days deliveries are kept
    #[arg(long, env = "RINGPOST_RETENTION_DAYS", global = true, value_name = "DAYS", default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub retention_days: u32,

    /// How many days the history of settings and the security log are kept
    #[arg(long, env = "RINGPOST_HISTORY_DAYS", global = true, value_name = "DAYS", default_value_t = 400, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub history_days: u32,

    /// A port of its own for `/metrics`, without a token: for an address that only your monitoring reaches
    #[arg(long, env = "RINGPOST_METRICS_LISTEN", global = true, value_name = "ADDRESS:PORT", value_parser = listen_address)]
    pub metrics_listen: Option<SocketAddr>,
    /// Who has to sign in with a second factor: off, operators, admins (of any account, and operators) or all
    #[arg(long, env = "RINGPOST_REQUIRE_2FA", global = true, value_name = "WHO", default_value = "off")]
    pub require_2fa: SecondFactorDemand,

    /// An event catalogue of your own, in the format of the built-in `events.toml`
    #[arg(long, env = "RINGPOST_CATALOG", global = true, value_name = "PATH")]
    pub catalog: Option<PathBuf>,
}

/// A file or folder that an option names and that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{option} {path} cannot be {what}: {}", trouble(source))]
pub(crate) struct ConfigError {
    option: &'static str,
    path: PathBuf,
    /// `read` or `made`.
    what: &'static str,
    source: io::Error,
}

impl Config {
    /// Where data is kept, after defaults and files.
    pub(crate) fn database_url(&self) -> Result<String, ConfigError> {
        if let Some(path) = &self.database_url_file {
            return secret_file("--database-url-file", path);
        }
        let default = || format!("sqlite://{}", self.data_dir.join("ringpost.db").display());
        Ok(self.database_url.clone().unwrap_or_else(default))
    }

    /// The mail server, after files; `None` where mails are written to files.
    pub(crate) fn smtp_url(&self) -> Result<Option<String>, ConfigError> {
        match &self.smtp_url_file {
            Some(path) => secret_file("--smtp-url-file", path).map(Some),
            None => Ok(self.smtp_url.clone()),
        }
    }

    /// Makes the data folder, for its owner only, where it is not there yet.
    pub(crate) fn make_data_dir(&self) -> Result<(), ConfigError> {
        let (option, path) = ("--data-dir", self.data_dir.clone());
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&path);
        made.map_err(|source| ConfigError { option, path, what: "made", source })
    }

    /// Where the keys are.
    #[must_use]
    pub(crate) fn secret_key_file(&self) -> PathBuf {
        self.secret_key_file.clone().unwrap_or_else(|| self.data_dir.join("secret.key"))
    }

    /// The address that people type, without a slash at its end.
    #[must_use]
    pub(crate) fn public_url(&self) -> String {
        let url = self.public_url.as_ref().map_or_else(|| format!("http://{}", self.listen), Url::to_string);
        url.trim_end_matches('/').to_owned()
    }

    /// Whether browsers reach us over TLS.
    #[must_use]
    pub(crate) fn is_https(&self) -> bool {
        self.public_url.as_ref().is_some_and(|url| url.scheme() == "https")
    }
}

fn secret_file(option: &'static str, path: &Path) -> Result<String, ConfigError> {
    let failed = |source| ConfigError { option, path: path.to_owned(), what: "read", source };
    Ok(std::fs::read_to_string(path).map_err(failed)?.trim_end_matches(['\r', '\n']).to_owned())
}
