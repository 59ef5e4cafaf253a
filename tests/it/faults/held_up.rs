//! Nobody is held up by receivers that never answer, however many there are and whosever they are, nor by
//! somebody's flood of mails.
//!
//! A well-behaved account posts one event after another, and the time until its receiver has each of them is
//! taken: first with nobody beside it, then with the trouble. What counts is the one beside the other.

use std::time::{Duration, Instant};

use ringpost::db::settings::{SealedWebhook, SettingsChange};
use ringpost::domain::role::Role;
use ringpost::domain::settings::{EventSettings, SharedWebhook};
use ringpost::domain::values::EmailList;
use ringpost::vault::Cell;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::support::app::{TestApp, event_request, spawn_app};
use crate::support::destinations::{WEBHOOKS, document, request};
use crate::support::program::Serving;
use crate::support::receiver::{Receiver, url};
use crate::support::samples::sample;
use crate::support::smtp::{Fault, Script, SmtpServer, Step};

use super::stage::Stage;
use super::table::of;

/// Events of which the 99th percentile is taken.
const EVENTS: usize = 60;
const EVERY: Duration = Duration::from_millis(100);
/// Nothing is measured more finely than this: a busy machine has such pauses by itself.
const FINEST: Duration = Duration::from_millis(50);
/// How much longer it may take beside the trouble. A receiver that never answers keeps a place for 15 to 60 s: waiting
/// for one is hundreds of times as long as not waiting.
const TIMES: u32 = 20;

/// The dead keep their places for as long as the whole test takes: nobody is helped by their time being over.
const PATIENT: [&str; 2] = ["--webhook-timeout", "60s"];

/// The well-behaved account.
struct Good<'a> {
    stage: &'a Stage,
    server: &'a Serving,
    receiver: &'a Receiver,
    posted: usize,
}

impl Good<'_> {
    /// How long it takes from when an event happens until the receiver has it: the 99th percentile. Events happen
    /// at their times, whether or not the one before has arrived: who is held up for seconds is late with all
    /// that happens meanwhile.
    async fn p99(&mut self) -> Duration {
        let (mut took, began) = (Vec::with_capacity(EVENTS), Instant::now());
        for number in 0..EVENTS {
            let happens = began + EVERY * u32::try_from(number).unwrap();
            tokio::time::sleep_until(happens.into()).await;
            self.stage.accepted(self.server).await;
            self.posted += 1;
            self.receiver.wait_for(self.posted).await;
            took.push(happens.elapsed());
        }
        took.sort();
        took[(EVENTS * 99).div_ceil(100) - 1]
    }
}

/// Takes connections at every address of this machine, and never reads or writes. Ends when dropped.
struct Dead {
    port: u16,
    _task: JoinSet<()>,
}

impl Dead {
    async fn start() -> Self {
        let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut task = JoinSet::new();
        task.spawn(async move {
            let mut held = Vec::new();
            loop {
                held.push(listener.accept().await.unwrap());
            }
        });
        Self { port, _task: task }
    }

    /// One of its addresses; each is a receiver of its own.
    fn authority(&self, number: usize) -> String {
        format!("127.0.{}.{}:{}", 1 + number / 200, 1 + number % 200, self.port)
    }
}

async fn shared_webhook(app: &TestApp, account: i64, to: &str, subscribers: &str) {
    let url = url(&format!("http://{to}/hook"));
    let sealed = SealedWebhook {
        url: app.vault.seal(Cell::SettingsUrl(account), &url.expose().into()).unwrap(),
        seen: SharedWebhook { authority: url.authority(), label: url.label() },
    };
    let subscribers = EmailList::parse(subscribers, &"nobody@acme.example".parse().unwrap()).unwrap().list;
    let row = EventSettings { send_webhook: true, subscribers };
    let events = vec![("run_failed".to_owned(), row)];
    let change = SettingsChange { webhook: Some(sealed), events, ..SettingsChange::default() };
    assert!(app.db.save_settings(account, change, Vec::new(), 1).await.unwrap());
}

async fn other_account(app: &TestApp, id: i64) {
    app.account(id, "Globex", &format!("prod-{id}"), "kim@globex.example").await;
}

fn event_of(account: i64) -> Value {
    let mut event = sample("run_failed");
    event["account_id"] = json!(account);
    event["environment"] = json!(format!("prod-{account}"));
    event
}

/// Posts events for these accounts, several at once.
async fn flood(stage: &Stage, server: &Serving, accounts: impl Iterator<Item = i64>) {
    let mut posts = JoinSet::new();
    for account in accounts {
        if posts.len() >= 16 {
            posts.join_next().await.unwrap().unwrap();
        }
        let (request, address) = (event_request(&event_of(account)).bearer(&stage.token), server.address);
        posts.spawn(async move { request.send(address).await.has_status(202).status });
    }
    posts.join_all().await;
}

/// There is trouble: at least one delivery to each dead receiver is on its way, and more of them wait.
async fn waiting_for_the_dead(stage: &Stage, receivers: usize) {
    let rows = stage.visitor().await.rows().await;
    let webhooks = of(&rows, "webhook");
    let in_state = |state| webhooks.iter().filter(|row| row.state == state).count();
    let (sending, pending) = (in_state("sending"), in_state("pending"));
    println!("{sending} on their way, {pending} waiting");
    assert!(sending >= receivers && pending >= receivers, "{sending} on their way, {pending} waiting");
}

fn is_not_held_up(idle: Duration, beside: Duration) {
    let limit = idle.max(FINEST) * TIMES;
    println!("p99 {idle:?} alone, {beside:?} beside the trouble, limit {limit:?}");
    assert!(beside <= limit, "p99 {idle:?} alone, {beside:?} beside the trouble, limit {limit:?}");
}

#[tokio::test]
async fn by_64_dead_receivers_of_one_account() {
    const RECEIVERS: usize = 64;
    let (receiver, dead, app) = (Receiver::ok().await, Dead::start().await, spawn_app().await);
    other_account(&app, 300).await;
    let token = app.token(Some(300), Role::Admin).await;
    for number in 0..RECEIVERS {
        let hook = json!({
            "name": format!("dead {number}"), "events": ["run_failed"],
            "url": format!("https://{}/hook", dead.authority(number)),
        });
        app.send(request("POST", WEBHOOKS, Some(&document(&hook))).bearer(&token)).await.has_status(201);
    }
    let stage = Stage::prepared(app, &receiver, SmtpServer::friendly().await).await;
    let server = stage.serve(&PATIENT).await;
    let mut good = Good { stage: &stage, server: &server, receiver: &receiver, posted: 0 };
    let idle = good.p99().await;

    flood(&stage, &server, std::iter::repeat_n(300, 16)).await;
    waiting_for_the_dead(&stage, RECEIVERS).await;
    let beside = good.p99().await;

    is_not_held_up(idle, beside);
    server.kill().await;
    stage.place.clear().await;
}

#[tokio::test]
async fn by_256_accounts_with_a_dead_receiver_each() {
    let accounts = 1_000..1_256;
    let (receiver, dead, app) = (Receiver::ok().await, Dead::start().await, spawn_app().await);
    for (number, account) in accounts.clone().enumerate() {
        other_account(&app, account).await;
        shared_webhook(&app, account, &dead.authority(number), "").await;
    }
    let stage = Stage::prepared(app, &receiver, SmtpServer::friendly().await).await;
    let server = stage.serve(&PATIENT).await;
    let mut good = Good { stage: &stage, server: &server, receiver: &receiver, posted: 0 };
    let idle = good.p99().await;

    // Enough of them for every place that there is, and then some.
    for _ in 0..6 {
        flood(&stage, &server, accounts.clone()).await;
    }
    waiting_for_the_dead(&stage, accounts.count()).await;
    let beside = good.p99().await;

    is_not_held_up(idle, beside);
    server.kill().await;
    stage.place.clear().await;
}

#[tokio::test]
async fn by_a_flood_of_mails_to_a_slow_server() {
    const SUBSCRIBERS: usize = 30;
    const FLOOD: usize = 20;
    /// What one account may have on its way, twice over: the rest of the flood stands behind.
    const BEFORE: usize = 48;
    let slow = Script::default().always(Step::Message, Fault::Late(Duration::from_millis(100)));
    let (receiver, elsewhere, app) = (Receiver::ok().await, Receiver::ok().await, spawn_app().await);
    other_account(&app, 300).await;
    let subscribers: Vec<_> = (0..SUBSCRIBERS).map(|number| format!("ops{number}@globex.example")).collect();
    shared_webhook(&app, 300, &elsewhere.address.to_string(), &subscribers.join(", ")).await;
    let stage = Stage::prepared(app, &receiver, SmtpServer::start(slow).await).await;
    let server = stage.serve(&[]).await;
    let mut good = Good { stage: &stage, server: &server, receiver: &receiver, posted: 0 };
    let idle = good.p99().await;
    stage.mails.wait_until(|log| log.mails.len() == EVENTS).await;

    flood(&stage, &server, std::iter::repeat_n(300, FLOOD)).await;
    let before = stage.mails.log().mails.len();
    stage.accepted(&server).await;
    good.posted += 1;
    let ours = |log: &crate::support::smtp::Log| {
        log.mails.iter().skip(before).position(|mail| mail.to == ["dana@acme.example"])
    };
    let log = stage.mails.wait_until(|log| ours(log).is_some()).await;
    let beside = good.p99().await;

    let (total, first) = (FLOOD * (SUBSCRIBERS + 1), ours(&log).unwrap());
    assert!(before - EVENTS + BEFORE < total, "the flood was over before the mail was posted");
    assert!(first <= BEFORE, "{first} mails of the flood left before the one of the other account");
    is_not_held_up(idle, beside);
    server.kill().await;
    stage.place.clear().await;
}
