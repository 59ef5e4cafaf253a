//! The real app on a random port, with an account in it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::ops::Deref;
use std::time::Duration;

use clap::Parser;
use ringpost::actions::{App, Patience};
use ringpost::config::Config;
use ringpost::db::deliveries::EventFilter;
use ringpost::db::settings::{SealedWebhook, SettingsChange};
use ringpost::domain::account::{Account, Contact};
use ringpost::domain::delivery::{Delivery, State};
use ringpost::domain::settings::{EventSettings, SharedWebhook};
use ringpost::domain::values::{EmailList, Schemes, WebhookUrl};
use ringpost::send::trust::Trust;
use ringpost::server;
use ringpost::vault::Cell;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::authority::Authority;
use super::clock::TestClock;
use super::http::{Answer, Request};
use super::place::Place;

/// The defaults are those of the program.
#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    config: Config,
}

/// How the app is started; [`spawn_app`] is the usual way.
#[derive(Default)]
pub struct Start {
    flags: BTreeMap<String, String>,
    place: Option<Place>,
    clock: TestClock,
    trust: Option<Trust>,
    patience: Patience,
}

/// An app that may reach this machine and limits nobody, with account 100 in it.
pub async fn spawn_app() -> TestApp {
    start().spawn().await
}

pub fn start() -> Start {
    Start::default().with("--allow-network", "127.0.0.0/8").with("--rate-limit", "off")
}

impl Start {
    pub fn with(mut self, flag: &str, value: &str) -> Self {
        self.flags.insert(flag.to_owned(), value.to_owned());
        self
    }

    pub fn without(mut self, flag: &str) -> Self {
        self.flags.remove(flag);
        self
    }

    /// On the data that another app left behind.
    pub fn at(self, place: &Place) -> Self {
        Self { place: Some(place.clone()), ..self }
    }

    pub fn clock(self, clock: &TestClock) -> Self {
        Self { clock: clock.clone(), ..self }
    }

    /// How long answers wait for a send.
    pub fn patience(self, page: Duration, endpoint: Duration) -> Self {
        Self { patience: Patience { page, endpoint }, ..self }
    }

    /// Believes the certificates that an authority signs.
    pub fn trusting(self, authority: &Authority) -> Self {
        Self { trust: Some(authority.trust()), ..self }
    }

    /// Which certificates receivers may show; none, unless it is said here.
    pub fn trust(self, trust: Trust) -> Self {
        Self { trust: Some(trust), ..self }
    }

    pub async fn spawn(self) -> TestApp {
        self.try_spawn().await.unwrap()
    }

    /// The error is what somebody reads who starts the program.
    pub async fn try_spawn(self) -> Result<TestApp, String> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let place = match self.place {
            Some(place) => place,
            None => Place::fresh().await,
        };
        let mut line = vec!["ringpost".to_owned(), "--listen".to_owned(), address.to_string()];
        line.extend(place.flags());
        if !self.flags.contains_key("--drain") {
            line.extend(["--drain".to_owned(), "0s".to_owned()]);
        }
        // A switch has no value.
        let words = self.flags.into_iter().flat_map(|(flag, value)| [flag, value]);
        line.extend(words.filter(|word| !word.is_empty()));
        let config = Flags::try_parse_from(line).map_err(|error| error.to_string())?.config;
        let trust = self.trust.unwrap_or_else(|| Trust::only([]));
        let app = App::build(config, self.clock.clock(), trust).await.map_err(|error| error.to_string())?;
        let app = app.with_patience(self.patience);
        let server = tokio::spawn(server::run(app.clone(), listener));
        let test = TestApp { app, address, place, time: self.clock, server: Some(server) };
        if test.db.account(100).await.unwrap().is_none() {
            test.account(100, "Acme Corp", "prod-acme", "dana@acme.example").await;
        }
        Ok(test)
    }
}

/// A running app. It has to be ended with [`TestApp::finish`], or by another ending named there.
pub struct TestApp {
    app: App,
    pub address: SocketAddr,
    pub place: Place,
    pub time: TestClock,
    server: Option<JoinHandle<()>>,
}

impl Deref for TestApp {
    type Target = App;

    fn deref(&self) -> &App {
        &self.app
    }
}

impl TestApp {
    /// Waits for what is due, and ends. Nothing may be left waiting.
    pub async fn finish(self) {
        self.dispatch.settled().await.unwrap();
        assert_eq!(self.in_state(State::Pending).await, 0, "deliveries are left pending");
        self.finish_with_pending().await;
    }

    /// Ends with deliveries that still wait, as the test said before.
    pub async fn finish_with_pending(self) {
        self.stop().await.clear().await;
    }

    /// Ends in order, and leaves its data to another app.
    pub async fn stop(mut self) -> Place {
        self.app.stop.cancel();
        self.server.take().unwrap().await.unwrap();
        self.place.clone()
    }

    /// Adds an account whose contact is called Dana Ito.
    pub async fn account(&self, id: i64, name: &str, environment: &str, contact: &str) {
        let contact = Contact { name: "Dana Ito".to_owned(), email: contact.parse().unwrap() };
        let account = Account {
            id,
            name: name.to_owned(),
            environment: environment.to_owned(),
            contact,
            failure_mails: true,
        };
        self.db.create_account(account, self.clock.now_ms()).await.unwrap();
    }

    /// Saves account 100's webhook, and an event's toggle and subscribers; other events keep theirs.
    pub async fn notify(&self, webhook: Option<&WebhookUrl>, key: &str, toggle: bool, subscribers: &str) {
        let list = EmailList::parse(subscribers, &"dana@acme.example".parse().unwrap()).unwrap().list;
        let sealed = webhook.map(|url| SealedWebhook {
            url: self.vault.seal(Cell::SettingsUrl(100), &url.expose().into()).unwrap(),
            seen: SharedWebhook { authority: url.authority(), label: url.label() },
        });
        let row = EventSettings { send_webhook: toggle, subscribers: list };
        let events = vec![(key.to_owned(), row)];
        let change = SettingsChange { webhook: sealed, events, ..SettingsChange::default() };
        let now = self.clock.now_ms();
        assert!(self.db.save_settings(100, change, Vec::new(), now).await.unwrap());
    }

    /// Posts an event as a program does.
    pub async fn post_event(&self, token: &str, event: &Value) -> Answer {
        self.send(event_request(event).bearer(token)).await
    }

    pub async fn send(&self, request: Request) -> Answer {
        request.send(self.address).await
    }

    /// Account 100's log, oldest first.
    pub async fn log(&self) -> Vec<Delivery> {
        let mut rows = self.db.log(100, &EventFilter::default(), None, 10_000).await.unwrap();
        rows.sort_by_key(|row| row.id);
        rows
    }

    /// The log once everything that is due has been tried.
    pub async fn settled_log(&self) -> Vec<Delivery> {
        self.dispatch.settled().await.unwrap();
        self.log().await
    }

    /// How many of account 100's deliveries are in a state.
    pub async fn in_state(&self, state: State) -> usize {
        self.log().await.iter().filter(|row| row.state == state).count()
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        let ended = self.server.is_none() || std::thread::panicking();
        assert!(ended, "end the app with finish(), so that what it left behind is looked at");
    }
}

/// `POST /api/v1/events`, without a token.
pub fn event_request(event: &Value) -> Request {
    Request::new("POST", "/api/v1/events").body("application/json", event.to_string())
}

/// A URL as it would be typed.
pub fn webhook_url(text: &str) -> WebhookUrl {
    WebhookUrl::parse(text, Schemes::HttpOrHttps).unwrap()
}
