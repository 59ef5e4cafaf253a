//! `ringpost demo`: the whole of Ringpost in a minute, with nothing installed and nothing left behind.

mod doors;
mod receiver;
mod seed;

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use clap::Args;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::actions::App;
use crate::config::{Config, DEFAULT_DATA_DIR};
use crate::domain::clock::Clock;
use crate::domain::trouble::trouble;
use crate::error::{Error, Result};
use crate::send::trust::Trust;
use crate::server;

use seed::{ADMIN, seed, send_one_of_each};

use super::serve::{ENDED_AT_ONCE, listen, lock, stop_on_signal};

use crate::cli::say;

#[derive(Args)]
pub(super) struct Demo {
    /// Where the receiver listens that shows what a webhook looks like from the other side
    #[arg(
        long = "catcher",
        env = "RINGPOST_DEMO_CATCHER",
        value_name = "ADDRESS:PORT",
        default_value = "127.0.0.1:8081"
    )]
    receiver: SocketAddr,
}

impl Demo {
    pub(super) async fn run(self, config: Config) -> Result<()> {
        let failed = |error| {
            Error::startup(format!("the temporary folder cannot be made or removed: {}", trouble(&error)))
        };
        let folder = tempfile::Builder::new().prefix("ringpost-demo-").tempdir().map_err(failed)?;
        let stop = CancellationToken::new();
        let told_twice = stop_on_signal(stop.clone())?;
        tokio::select! {
            done = self.show(config, folder.path(), stop) => done?,
            _ = told_twice => {
                remove(&folder.keep()).await;
                std::process::exit(ENDED_AT_ONCE);
            }
        }
        folder.close().map_err(failed)
    }

    async fn show(self, mut config: Config, folder: &Path, stop: CancellationToken) -> Result<()> {
        let unused = move_into(folder, &mut config);
        let wanted = [config.listen, self.receiver];
        let listener = listen_somewhere(&mut config).await?;
        let (receiver, certificate) = receiver::start(self.receiver).await?;
        let moved = wanted.into_iter().zip([config.listen, receiver]);
        let taken: Vec<_> = moved.filter(|(wanted, got)| wanted.port() != 0 && wanted != got).collect();
        let opened = format!("{}/32:{}", receiver.ip(), receiver.port());
        // Whoever tries it out ends it with Ctrl-C, and nothing balances in front of it.
        config.drain = Duration::ZERO;
        config.allow_network.push(opened.parse().map_err(Error::startup)?);
        let _lock = lock(&config)?;
        let app =
            App::build(config, Clock::system(), Trust::system().and([certificate])).await?.ended_by(stop);
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

/// Something may still be under way that makes a file while the folder is being emptied.
async fn remove(folder: &Path) {
    for _ in 0..100 {
        if std::fs::remove_dir_all(folder).is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
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
        Err(_) => {
            config.listen.set_port(0);
            listen(config).await?
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
