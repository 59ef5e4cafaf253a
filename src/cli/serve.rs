//! `ringpost serve`: the server, until SIGTERM or Ctrl-C.

use std::net::SocketAddr;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::actions::{App, confirmations};
use crate::config::Config;
use crate::domain::clock::Clock;
use crate::domain::trouble::trouble;
use crate::error::{Error, Result};
use crate::send::trust::Trust;
use crate::{db, server};

use super::{say, supervisor};

/// How a process ends that was told twice: 128 + SIGINT.
pub(super) const ENDED_AT_ONCE: i32 = 130;

/// What asks a program to stop.
pub(super) const TO_STOP: [SignalKind; 2] = [SignalKind::terminate(), SignalKind::interrupt()];

pub(super) async fn run(config: Config) -> Result<()> {
    let _lock = lock(&config)?;
    let _limited = outlive_file_limit()?;
    raise_open_files();
    let listener = listen(&config).await?;
    let metrics = match config.metrics_listen {
        Some(address) => Some(bind(address, "--metrics-listen").await?),
        None => None,
    };
    // Port 0 is any free one: what is said, linked and logged from here on is the one that it became.
    let listen = listener.local_addr().map_err(|error| Error::startup(trouble(&error)))?;
    let app = App::build(Config { listen, ..config }, Clock::system(), Trust::system()).await?;
    confirmations::begin(&app).await?;
    let url = app.config.public_url();
    if let Some(code) = app.setup.expose() {
        say!("Nobody can sign in yet. Open {url}/setup and enter this one-time code: {code}")?;
    }
    let told_twice = stop_on_signal(app.stop.clone(), &TO_STOP)?;
    if let Some(listener) = metrics {
        tokio::spawn(server::run_metrics(app.clone(), listener));
    }
    tracing::info!(version = env!("CARGO_PKG_VERSION"), listen = %app.config.listen, url, "ready");
    supervisor::tell(&app);
    tokio::select! {
        () = server::run(app, listener) => {}
        _ = told_twice => std::process::exit(ENDED_AT_ONCE),
    }
    tracing::info!("stopped");
    Ok(())
}

/// A write beyond the limit of a file's size (`ulimit -f`) would end the process with SIGXFSZ. Caught, it fails like
/// one to a full disk, and what waits for room is kept.
fn outlive_file_limit() -> Result<Signal> {
    const SIGXFSZ: i32 = 25;
    signal(SignalKind::from_raw(SIGXFSZ)).map_err(|error| no_signals(&error))
}

fn no_signals(error: &std::io::Error) -> Error {
    Error::startup(format!("signals cannot be caught: {}", trouble(error)))
}

/// Each connection is an open file, and many systems allow 1,024 unless a program asks for what it may have.
fn raise_open_files() {
    /// 4,096 connections of clients, 1,024 of webhooks, the database's and the mail server's, and some room.
    const NEEDED: u64 = 6_000;
    let limit = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum })
    {
        tracing::warn!(%error, "the limit of open files could not be raised");
    }
    if let Some(most) = limit.maximum.filter(|most| *most < NEEDED) {
        tracing::warn!(most, "few files may be open at once: allow {NEEDED}, with ulimit -n or LimitNOFILE");
    }
}

/// Keeps a second server away from the same SQLite file.
pub(super) fn lock(config: &Config) -> Result<db::Lock> {
    db::lock(&config.database_url().map_err(Error::startup)?).map_err(Error::startup)
}

/// Takes the port before anything else happens, so that a second start changes nothing.
pub(super) async fn listen(config: &Config) -> Result<TcpListener> {
    bind(config.listen, "--listen").await
}

async fn bind(address: SocketAddr, option: &str) -> Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        let why = trouble(&error);
        Error::startup(format!(
            "{address} cannot be listened on ({why}): choose another address with {option}"
        ))
    })
}

/// The first of these signals asks for an orderly end; at the second, the answer ends, and the process is to end at
/// once.
pub(super) fn stop_on_signal(stop: CancellationToken, kinds: &[SignalKind]) -> Result<JoinHandle<()>> {
    let (told, mut signals) = mpsc::channel(1);
    for kind in kinds {
        let (mut caught, told) = (signal(*kind).map_err(|error| no_signals(&error))?, told.clone());
        tokio::spawn(async move { while caught.recv().await.is_some() && told.send(()).await.is_ok() {} });
    }
    Ok(tokio::spawn(async move {
        let _ = signals.recv().await;
        tracing::info!("stopping: what is in flight may end; a second signal ends at once");
        stop.cancel();
        let _ = signals.recv().await;
        tracing::warn!("told twice: ending at once");
    }))
}
