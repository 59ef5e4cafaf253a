//! `ringpost demo`: the whole of Ringpost in a minute, with nothing installed and nothing left behind.

mod doors;
mod folder;
mod receiver;
mod seed;

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use clap::Args;
use tokio::net::TcpListener;
use tokio::signal::unix::SignalKind;
use tokio_util::sync::CancellationToken;

use crate::actions::App;
use crate::config::{Config, DEFAULT_DATA_DIR, listen_address};
use crate::domain::clock::Clock;
use crate::domain::trouble::trouble;
use crate::error::{Error, Result};
use crate::send::trust::Trust;
use crate::server;

use seed::{ADMIN, seed, send_one_of_each};

use super::serve::{ENDED_AT_ONCE, TO_STOP, listen, lock, stop_on_signal};
use folder::DemoFolder;

use crate::cli::say;

#[derive(Args)]
pub(super) struct Demo {
    /// Where the receiver listens that shows what a webhook looks like from the other side
    #[arg(
        long = "catcher",
        env = "RINGPOST_DEMO_CATCHER",
        value_name = "ADDRESS:PORT",
        default_value = "127.0.0.1:8081",
        value_parser = listen_address
    )]
    receiver: SocketAddr,
}

impl Demo {
    pub(super) async fn run(self, config: Config) -> Result<()> {
        let failed = |error| {
            Error::startup(format!("the temporary folder cannot be made or removed: {}", trouble(&error)))
        };
        let folder = DemoFolder::make().map_err(failed)?;
        let stop = CancellationToken::new();
        let told_twice = stop_on_signal(stop.clone(), &signals())?;
        tokio::select! {
            done = self.show(config, folder.path(), stop) => done?,
            _ = told_twice => {
                folder.remove_at_once().await;
                std::process::exit(ENDED_AT_ONCE);
            }
        }
        folder.remove().map_err(failed)
    }

    async fn show(self, mut config: Config, folder: &Path, stop: CancellationToken) -> Result<()> {
        let (unused, clock) = (move_into(folder, &mut config), Clock::system());
        let wanted = [config.listen, self.receiver];
        let listener = listen_somewhere(&mut config).await?;
        let (receiver, certificate) = receiver::start(self.receiver, clock.now()).await?;
        let moved = wanted.into_iter().zip([config.listen, receiver]);
        let taken: Vec<_> = moved.filter(|(wanted, got)| wanted.port() != 0 && wanted != got).collect();
        let opened = format!("{}/32:{}", receiver.ip(), receiver.port());
        // Whoever tries it out ends it with Ctrl-C, and nothing balances in front of it.
        config.drain = Duration::ZERO;
        config.allow_network.push(opened.parse().map_err(Error::startup)?);
        let _lock = lock(&config)?;
        let app = App::build(config, clock, Trust::system().and([certificate])).await?.ended_by(stop);
        let password = seed(&app, receiver).await?;
        send_one_of_each(&app).await?;
        welcome(&app, receiver, password.expose(), &unused)?;
        for (wanted, got) in taken {
            say!("{wanted} is taken by something else: this demo uses {got} instead.")?;
        }
        server::run(app, listener).await;
        Ok(())
    }
}

/// A demo ends with its terminal, too, unless it was started with `nohup`.
fn signals() -> Vec<SignalKind> {
    let mut signals = TO_STOP.to_vec();
    if !is_hangup_ignored() {
        signals.push(SignalKind::hangup());
    }
    signals
}

/// Where the system does not tell, it is not.
fn is_hangup_ignored() -> bool {
    const HANGUP: u64 = 1;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & HANGUP != 0)
}

/// Keeps everything in the folder. Answers the options that were given and are not used for it.
fn move_into(folder: &Path, config: &mut Config) -> Vec<&'static str> {
    let options = [
        ("--database-url", config.database_url.take().is_some()),
        ("--database-url-file", config.database_url_file.take().is_some()),
        ("--data-dir", config.data_dir != Path::new(DEFAULT_DATA_DIR)),
        ("--secret-key-file", config.secret_key_file.take().is_some()),
    ];
    folder.clone_into(&mut config.data_dir);
    options.into_iter().filter(|(_, given)| *given).map(|(option, _)| option).collect()
}

/// A newcomer may have something else on the usual port: the demo then takes any free one.
async fn listen_somewhere(config: &mut Config) -> Result<TcpListener> {
    let listener = match listen(config).await {
        Ok(listener) => listener,
        Err(why) => {
            config.listen.set_port(0);
            // What was asked for is what was refused.
            listen(config).await.map_err(|_| why)?
        }
    };
    config.listen = listener.local_addr().map_err(|error| Error::startup(trouble(&error)))?;
    Ok(listener)
}

fn welcome(app: &App, receiver: SocketAddr, password: &str, unused: &[&str]) -> Result<()> {
    say!(
        "Ringpost demo: temporary data, gone when you stop it with Ctrl-C.\n
  Settings page  {url}
  Sign in as     {ADMIN}
  Password       {password}\n
  Receiver       http://{receiver}  (what your endpoint would see; choose what it answers)
  Webhook URL    https://{receiver}/hook?token=demo  (only this demo trusts its certificate)
  Mails          {mails}\n
One event of each type has been sent, to the webhook URL, five destinations and mailboxes: see Deliveries.
The destination Old CRM refuses everything, to show what trouble looks like.",
        url = app.config.public_url(),
        mails =
            app.sender.mail_folder().unwrap_or_else(|| "sent through the server of --smtp-url".to_owned()),
    )?;
    if !unused.is_empty() {
        say!("Not used here: {}.", unused.join(", "))?;
    }
    Ok(())
}
