//! `ringpost serve`: the server, until SIGTERM or Ctrl-C.

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::actions::App;
use crate::config::Config;
use crate::domain::clock::Clock;
use crate::send::trust::Trust;
use crate::{db, server};

use super::Outcome;

/// How a process ends that was told twice: 128 + SIGINT.
const ENDED_AT_ONCE: i32 = 130;

pub(super) async fn run(config: Config) -> Outcome {
    let _lock = db::lock(&config.database_url()?).map_err(|error| error.to_string())?;
    let listener = listen(&config).await?;
    let app = App::build(config, Clock::system(), Trust::system()).await?;
    let url = app.config.public_url();
    if let Some(code) = app.setup.expose() {
        println!("Nobody can sign in yet. Open {url}/setup and enter this one-time code: {code}");
    }
    tracing::info!(version = env!("CARGO_PKG_VERSION"), listen = %app.config.listen, url, "ready");
    stop_on_signal(app.stop.clone())?;
    server::run(app, listener).await;
    tracing::info!("stopped");
    Ok(())
}

/// Takes the port before anything else happens, so that a second start changes nothing.
pub(super) async fn listen(config: &Config) -> Result<TcpListener, String> {
    TcpListener::bind(config.listen).await.map_err(|error| {
        format!("{} cannot be listened on ({error}): choose another address with --listen", config.listen)
    })
}

/// The first signal asks for an orderly end, the second ends at once.
pub(super) fn stop_on_signal(stop: CancellationToken) -> Outcome {
    let catch = |kind| signal(kind).map_err(|error| format!("signals cannot be caught: {error}"));
    let (mut terminate, mut interrupt) = (catch(SignalKind::terminate())?, catch(SignalKind::interrupt())?);
    tokio::spawn(async move {
        for already_told in [false, true] {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if already_told {
                tracing::warn!("told twice: ending at once");
                std::process::exit(ENDED_AT_ONCE);
            }
            tracing::info!("stopping: what is in flight may end; a second signal ends at once");
            stop.cancel();
        }
    });
    Ok(())
}
