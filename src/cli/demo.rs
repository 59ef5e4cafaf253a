//! `ringpost demo`: the whole of Ringpost in a minute, with nothing installed and nothing left behind.

mod receiver;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use secrecy::SecretString;
use tokio::net::TcpListener;

use crate::actions::App;
use crate::actions::notifications;
use crate::config::Config;
use crate::db::users::NewUser;
use crate::domain::account::{Account, Contact};
use crate::domain::clock::Clock;
use crate::domain::event::Event;
use crate::domain::field_errors::InvalidValue;
use crate::domain::role::Role;
use crate::domain::settings::EventSettings;
use crate::domain::values::{EmailAddress, EmailList, Schemes, WebhookUrl};
use crate::send::trust::Trust;
use crate::{db, server};

use super::serve::{listen, stop_on_signal};
use super::{Outcome, error_text};

/// The account of the reference's samples.
const ACCOUNT: i64 = 100;
const ADMIN: &str = "dana@acme.example";
const SUBSCRIBERS: &str = "ops@acme.example, oncall@acme.example";

/// Show everything in a minute.
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
    pub(super) async fn run(self, mut config: Config) -> Outcome {
        let folder = temporary_folder()?;
        config.data_dir.clone_from(&folder.0);
        (config.database_url, config.database_url_file) = (None, None);
        (config.smtp_url, config.smtp_url_file, config.secret_key_file) = (None, None, None);
        let listener = listen_somewhere(&mut config).await?;
        let receiver = receiver::start(self.receiver).await?;
        let opened = format!("{}/32:{}", receiver.ip(), receiver.port());
        config.allow_network.push(opened.parse().map_err(|why| format!("{opened}: {why}"))?);
        let _lock = db::lock(&config.database_url()?).map_err(|error| error.to_string())?;
        let app = App::build(config, Clock::system(), Trust::system()).await?;
        let password = seed(&app, receiver).await?;
        stop_on_signal(app.stop.clone())?;
        send_one_of_each(&app).await?;
        welcome(&app, receiver, &password);
        server::run(app, listener).await;
        Ok(())
    }
}

/// Gone when the demo ends.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn temporary_folder() -> Result<Folder, String> {
    let path = std::env::temp_dir().join(format!("ringpost-demo-{}", std::process::id()));
    std::fs::create_dir_all(&path).map_err(|error| format!("{} cannot be made: {error}", path.display()))?;
    Ok(Folder(path))
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
    let webhook = notifications::seal(&app.vault, &url, ACCOUNT).map_err(error_text)?;
    let subscribers: EmailList = EmailList::parse(SUBSCRIBERS, &email).map_err(|why| why.to_string())?.list;
    let events = app.catalog.events().map(|event_type| {
        let subscribers =
            if event_type.key == "run_failed" { subscribers.clone() } else { EmailList::default() };
        (event_type.key.clone(), EventSettings { send_webhook: true, subscribers })
    });
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

fn welcome(app: &App, receiver: SocketAddr, password: &str) {
    println!(
        "Ringpost demo: temporary data, gone when you stop it with Ctrl-C.\n
  Settings page  {url}
  Sign in as     {ADMIN}
  Password       {password}\n
  Receiver       http://{receiver}  (what your endpoint would see; choose what it answers)
  Mails          {mails}\n
One event of each type has been sent: see Deliveries.",
        url = app.config.public_url(),
        mails = app.sender.mail_folder().unwrap_or_default(),
    );
}
