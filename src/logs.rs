//! Logs: text for people, JSON for machines, and the request id that ties a line to an answer.

use std::future::Future;
use std::io::IsTerminal;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::ValueEnum;
use jiff::Timestamp;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::Directive;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

/// The target of the security log's lines. A server writes them whatever `--log` says, unless it names this target.
pub(crate) const AUDIT: &str = "audit";

/// What others say with the path of a request in it, which may be a secret: nobody asks for it, so nobody gets it.
const SECRETIVE: &str = "tower_http::csrf=off";
/// What others warn of that is no fault of anybody: a request of a session that has just ended.
const OVER_ANXIOUS: &str = "tower_sessions_core=error";

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines, one object per line.
    Json,
}

/// Why nothing is logged.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LogError {
    /// The filter is none; the part that is wrong.
    #[error(
        "--log: “{0}” cannot be read: write error, warn, info, debug, trace or off, or a filter like \
         info,ringpost::dispatch=debug"
    )]
    Filter(String),
    /// Something else logs already.
    #[error("logging cannot start: something else in this process logs already")]
    Start(#[from] TryInitError),
}

/// What the answer to a request says about the request itself.
#[derive(Clone, Debug)]
pub(crate) struct RequestContext {
    /// The `trace_id` of error bodies, also in log lines and the `X-Request-Id` header.
    pub id: Arc<str>,
    /// When it came.
    pub at: Timestamp,
    /// Whom it came from, as far as proxies that are trusted tell; `None` for a command.
    pub address: Option<IpAddr>,
    /// Whether a layer that has no words for it met a database that is away.
    pub database_is_away: Arc<AtomicBool>,
}

tokio::task_local! {
    static REQUEST: RequestContext;
}

/// Runs a request within its context.
pub(crate) async fn within_request<F: Future>(context: RequestContext, request: F) -> F::Output {
    REQUEST.scope(context, request).await
}

/// The request that is being served.
#[must_use]
pub(crate) fn request() -> RequestContext {
    REQUEST.try_with(RequestContext::clone).unwrap_or_else(|_| RequestContext {
        id: "".into(),
        at: Timestamp::UNIX_EPOCH,
        address: None,
        database_is_away: Arc::default(),
    })
}

/// Notes that whatever becomes of this request is the database's doing.
pub(crate) fn database_is_away() {
    request().database_is_away.store(true, Ordering::Relaxed);
}

/// Starts logging to standard error, which leaves standard output to what commands answer.
pub(crate) fn init(filter: &str, serves: bool, format: Option<LogFormat>) -> Result<(), LogError> {
    // Whoever runs a command has the table, and nobody collects what it says.
    let audit = if serves { "info" } else { "off" };
    let names_audit = filter.split(',').any(|part| part.trim_start().starts_with(AUDIT));
    let filter = if names_audit { filter.to_owned() } else { format!("{filter},{AUDIT}={audit}") };
    let filter = format!("{filter},{SECRETIVE},{OVER_ANXIOUS}");
    let filter = EnvFilter::try_new(&filter).map_err(|_| LogError::Filter(wrong_part(&filter).to_owned()))?;
    let default = if std::io::stderr().is_terminal() { LogFormat::Text } else { LogFormat::Json };
    let layer = tracing_subscriber::fmt::layer()
        .with_ansi(std::io::stderr().is_terminal())
        // It would complain to where it could not write, which ends whatever logs once the terminal is gone.
        .log_internal_errors(false)
        .with_writer(std::io::stderr);
    let registry = tracing_subscriber::registry().with(filter);
    match format.unwrap_or(default) {
        LogFormat::Text => registry.with(layer).try_init(),
        LogFormat::Json => {
            registry.with(layer.json().flatten_event(true).with_current_span(false)).try_init()
        }
    }?;
    Ok(())
}

/// The first part of a filter that is none, or all of it where only the whole is wrong.
fn wrong_part(filter: &str) -> &str {
    filter.split(',').find(|part| !part.is_empty() && part.parse::<Directive>().is_err()).unwrap_or(filter)
}
