//! Logs: text for people, JSON for machines, and the request id that ties a line to an answer.

use std::future::Future;
use std::io::IsTerminal;
use std::sync::Arc;

use clap::ValueEnum;
use jiff::Timestamp;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines, one object per line.
    Json,
}

/// What the answer to a request says about the request itself.
#[derive(Clone, Debug)]
pub struct RequestContext {
    /// The `trace_id` of error bodies, also in log lines and the `X-Request-Id` header.
    pub id: Arc<str>,
    /// When it came.
    pub at: Timestamp,
}

tokio::task_local! {
    static REQUEST: RequestContext;
}

/// Runs a request within its context.
pub async fn within_request<F: Future>(context: RequestContext, request: F) -> F::Output {
    REQUEST.scope(context, request).await
}

/// The request that is being served.
#[must_use]
pub fn request() -> RequestContext {
    REQUEST
        .try_with(RequestContext::clone)
        .unwrap_or_else(|_| RequestContext { id: "".into(), at: Timestamp::UNIX_EPOCH })
}

/// Starts logging to standard error, which leaves standard output to what commands answer.
pub fn init(filter: &str, format: Option<LogFormat>) -> Result<(), String> {
    let filter = EnvFilter::try_new(filter)
        .map_err(|error| format!("--log cannot be read ({error}): write a level, like info"))?;
    let default = if std::io::stderr().is_terminal() { LogFormat::Text } else { LogFormat::Json };
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let registry = tracing_subscriber::registry().with(filter);
    let done = match format.unwrap_or(default) {
        LogFormat::Text => registry.with(layer).try_init(),
        LogFormat::Json => {
            registry.with(layer.json().flatten_event(true).with_current_span(false)).try_init()
        }
    };
    done.map_err(|error| format!("logging cannot start: {error}"))
}
