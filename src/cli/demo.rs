//! `ringpost demo`: the whole of Ringpost in a minute, with nothing installed and nothing left behind.

mod receiver;

use std::net::SocketAddr;
use std::path::Path;

use clap::Args;
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::actions::App;
use crate::config::{Config, DEFAULT_DATA_DIR};
use crate::db::settings::SealedWebhook;
use crate::db::users::NewUser;
use crate::domain::account::{Account, Contact};
use crate::domain::clock::Clock;
use crate::domain::event::Event;
use crate::domain::field_errors::InvalidValue;
use crate::domain::role::Role;
use crate::domain::settings::{EventSettings, SharedWebhook};
use crate::domain::values::{EmailAddress, EmailList, Schemes, WebhookUrl};
use crate::send::trust::Trust;
use crate::{db, server};

use super::serve::{ENDED_AT_ONCE, listen, stop_on_signal};
use super::{Outcome, error_text};

/// The account of the reference's samples.
const ACCOUNT: i64 = 100;
const ADMIN: &str = "dana@acme.example";
const SUBSCRIBERS: &str = "ops@acme.example, oncall@acme.example";

#[derive(Args)]
pub(super) struct Demo {
    /// Where the receiver listens that shows what a webhook looks like from the other side
    #[arg(
        long,
        env = "RINGPOST_DEMO_CATCHER",
        value_name = "ADDRESS:PORT",
        default_value = "127.0.0.1:8081"
    )]
    receiver: SocketAddr,
}

impl Demo {
    pub(super) async fn run(self, config: Config) -> Outcome {
        let folder = tempfile::Builder::new().prefix("ringpost-demo-").tempdir();
        let folder = folder.map_err(|error| format!("no temporary folder can be made: {error}"))?;
        let stop = CancellationToken::new();
        let told_twice = stop_on_signal(stop.clone())?;
        tokio::select! {
            done = self.show(config, folder.path(), stop) => done?,
            _ = told_twice => {
                drop(folder);
                std::process::exit(ENDED_AT_ONCE);
            }
        }
        folder.close().map_err(|error| format!("the temporary folder cannot be removed: {error}"))
    }

    async fn show(self, mut config: Config, folder: &Path, stop: CancellationToken) -> Outcome {
        let unused = move_into(folder, &mut config);
        let listener = listen_somewhere(&mut config).await?;
        let receiver = receiver::start(self.receiver).await?;
        let opened = format!("{}/32:{}", receiver.ip(), receiver.port());
        config.allow_network.push(opened.parse().map_err(|why| format!("{opened}: {why}"))?);
        let _lock = db::lock(&config.database_url()?).map_err(|error| error.to_string())?;
        let app = App { stop, ..App::build(config, Clock::system(), Trust::system()).await? };
        let password = seed(&app, receiver).await?;
        send_one_of_each(&app).await?;
        welcome(&app, receiver, &password, &unused);
        server::run(app, listener).await;
        Ok(())
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
async fn listen_somewhere(config: &mut Config) -> Result<TcpListener, String> {
    let listener = match listen(config).await {
        Ok(listener) => listener,
        Err(_) => {
            config.listen.set_port(0);
            listen(config).await?
        }
    };
    config.listen = listener.local_addr().map_err(|error| error.to_string())?;
    Ok(listener)
}

/// One account, as in the reference's samples, with everything switched on. Answers the admin's password.
async fn seed(app: &App, receiver: SocketAddr) -> Result<String, String> {
    let now = app.clock.now_ms();
    let email: EmailAddress = ADMIN.parse().map_err(|why: InvalidValue| why.to_string())?;
    let contact = Contact { name: "Dana Ito".to_owned(), email: email.clone() };
    let account =
        Account { id: ACCOUNT, name: "Acme Corp".to_owned(), environment: "prod-acme".to_owned(), contact };
    app.db.create_account(account, now).await.map_err(error_text)?;

    let password = password();
    let password_hash = app.passwords.hash(SecretString::from(password.clone())).await.map_err(error_text)?;
    let admin = NewUser {
        id: app.clock.new_id().to_string(),
        email: email.folded(),
        name: "Dana Ito".to_owned(),
        password_hash,
        operator: true,
    };
    app.db.create_user(admin, Some((ACCOUNT, Role::Admin)), now).await.map_err(error_text)?;

    let url = WebhookUrl::parse(&format!("http://{receiver}/hook?token=demo"), Schemes::HttpOrHttps)
        .map_err(|why| why.to_string())?;
    let sealed = app.sender.seal_settings_url(&url, ACCOUNT).map_err(|error| error.to_string())?;
    let seen = SharedWebhook { authority: url.authority(), label: url.label() };
    let subscribers: EmailList = EmailList::parse(SUBSCRIBERS, &email).map_err(|why| why.to_string())?.list;
    let events = app.catalog.events().map(|event_type| {
        let subscribers =
            if event_type.key == "run_failed" { subscribers.clone() } else { EmailList::default() };
        (event_type.key.clone(), EventSettings { send_webhook: true, subscribers })
    });
    let webhook = SealedWebhook { url: sealed, seen };
    app.db.save_settings(ACCOUNT, Some(webhook), events.collect(), now).await.map_err(error_text)?;
    Ok(password)
}

/// Four groups of four letters: easy to type, and long enough to be kept.
fn password() -> String {
    const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz";
    let letter = || char::from(LETTERS.get(rand::random_range(0..LETTERS.len())).copied().unwrap_or(b'a'));
    let group = || (0..4).map(|_| letter()).collect::<String>();
    [group(), group(), group(), group()].join("-")
}

async fn send_one_of_each(app: &App) -> Outcome {
    let settings = app.db.settings(ACCOUNT).await.map_err(error_text)?.ok_or("the demo’s account is gone")?;
    for event_type in app.catalog.events() {
        let now = app.clock.now();
        let event = Event {
            id: app.clock.new_id(),
            account_id: ACCOUNT,
            key: event_type.key.clone(),
            payload: event_type.sample(&settings.account, app.config.platform_domain.as_deref(), now),
            accepted_at: now,
        };
        app.dispatch.accept(&settings, event, None).await.map_err(error_text)?;
    }
    Ok(())
}

fn welcome(app: &App, receiver: SocketAddr, password: &str, unused: &[&str]) {
    println!(
        "Ringpost demo: temporary data, gone when you stop it with Ctrl-C.\n
  Settings page  {url}
  Sign in as     {ADMIN}
  Password       {password}\n
  Receiver       http://{receiver}  (what your endpoint would see; choose what it answers)
  Mails          {mails}\n
One event of each type has been sent: see Deliveries.",
        url = app.config.public_url(),
        mails =
            app.sender.mail_folder().unwrap_or_else(|| "sent through the server of --smtp-url".to_owned()),
    );
    if !unused.is_empty() {
        println!("Not used here: {}.", unused.join(", "));
    }
}
