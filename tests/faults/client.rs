//! The load: programs that post events, and repeat them until they are told 202.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::http::{Answer, Call};
use super::journal::{Entry, Journal, Posted, Receipt};

/// Programs at once.
const PROGRAMS: u64 = 6;
/// How often an event is posted that is not taken; between two tries a server is waited for.
const TRIES: u32 = 400;
/// How long to wait for a server that has just refused, if none is started meanwhile.
const PAUSE: Duration = Duration::from_millis(50);
/// Events posted before each kill, at most: what is accepted has to be sent too.
const EVENTS: u64 = 90;
/// Events posted after the last start.
const LAST_EVENTS: u64 = 120;

/// The accounts, and the receiver of each. Their contacts are `contact@<id>.example`, and each has the
/// subscriber `ops@<id>.example`.
pub const ACCOUNTS: [i64; 3] = [101, 102, 103];
/// The event whose webhook is switched on.
const TOGGLED: &str = "run_failed";
/// The event whose webhook is switched off: it is written down as skipped.
const NOT_TOGGLED: &str = "tenant_created";

/// What the programs share.
pub struct Load {
    pub journal: Arc<Journal>,
    pub token: String,
    /// The servers that are up.
    pub servers: watch::Receiver<Vec<SocketAddr>>,
    pub seed: u64,
    pub phase: watch::Receiver<Phase>,
    pub next_number: AtomicU64,
}

/// Where the run is.
#[derive(Clone, Copy, Debug)]
pub struct Phase {
    /// The kill that comes next; after the last one, its number.
    pub round: u32,
    /// Whether the last start is over.
    pub last_life: bool,
    /// The first event that is posted now.
    first: u64,
}

impl Phase {
    pub fn new(round: u32, last_life: bool, first: u64) -> Self {
        Self { round, last_life, first }
    }

    /// The event behind the last one.
    fn end(self) -> u64 {
        self.first + if self.last_life { LAST_EVENTS } else { EVENTS }
    }
}

/// The rules of an account: what the program is told to send.
pub fn rules(account: i64, receiver: SocketAddr) -> Value {
    let subscriber = format!("ops@{account}.example");
    json!({ "notifications": [
        { "type": "webhook", "url": format!("http://{receiver}/hook"), "events": [TOGGLED] },
        { "type": "email", "email": subscriber, "events": [TOGGLED, NOT_TOGGLED] },
    ] })
}

impl Load {
    /// Starts the programs. They end when the last events have been posted after the last start.
    pub fn start(self: &Arc<Self>) -> JoinSet<()> {
        (0..PROGRAMS).map(|number| Arc::clone(self).program(number)).collect()
    }

    async fn program(self: Arc<Self>, program: u64) {
        let mut dice = StdRng::seed_from_u64(self.seed ^ (program << 32));
        let mut phase = self.phase.clone();
        loop {
            let Phase { round, last_life, .. } = *phase.borrow_and_update();
            let Some(number) = self.next_number() else {
                if last_life || phase.changed().await.is_err() {
                    return;
                }
                continue;
            };
            let account = *ACCOUNTS.choose(&mut dice).unwrap();
            let posted = Posted { number, account, toggle: dice.random_bool(0.9), round, last_life };
            self.journal.write(Entry::Posted(posted));
            let gives_up = dice.random_bool(0.05);
            if self.post_until_taken(posted, gives_up, &mut dice).await && dice.random_bool(0.1) {
                // A program that has lost the answer.
                self.post_until_taken(posted, gives_up, &mut dice).await;
            }
        }
    }

    /// The next event of this phase, if it has any left.
    fn next_number(&self) -> Option<u64> {
        let end = self.phase.borrow().end();
        let next = |number| (number < end).then_some(number + 1);
        self.next_number.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).ok()
    }

    /// False if the program gave up.
    async fn post_until_taken(&self, posted: Posted, gives_up: bool, dice: &mut StdRng) -> bool {
        let mut servers = self.servers.clone();
        for _ in 0..TRIES {
            let up = servers.borrow_and_update().clone();
            let answer = match up.choose(dice) {
                Some(server) => self.post(posted, *server).await,
                None => None,
            };
            match answer {
                Some(Answer { status: 202, body }) => {
                    let receipt = receipt(&body);
                    self.journal.write(Entry::Acknowledged { number: posted.number, receipt });
                    return true;
                }
                Some(Answer { status: 503, .. }) | None if gives_up => return false,
                Some(Answer { status: 503, .. }) | None => {
                    let _ = tokio::time::timeout(PAUSE, servers.changed()).await;
                }
                Some(Answer { status, body }) => panic!("event {}: {status} {body}", posted.number),
            }
        }
        panic!("event {} was not taken in {TRIES} tries", posted.number)
    }

    async fn post(&self, posted: Posted, server: SocketAddr) -> Option<Answer> {
        let call = Call {
            method: "POST",
            path: "/api/v1/events",
            token: &self.token,
            idempotency_key: &posted.number.to_string(),
            body: event(posted).to_string(),
        };
        call.send(server).await.ok()
    }
}

fn receipt(body: &str) -> Option<Receipt> {
    let body: Value = serde_json::from_str(body).ok()?;
    Some(Receipt { event_id: body["id"].as_str()?.to_owned(), deliveries: body["deliveries"].as_i64()? })
}

/// The number under which an event is known here.
pub fn number_of(payload: &str) -> Option<u64> {
    let payload: Value = serde_json::from_str(payload).ok()?;
    payload.get("run_id").or(payload.get("tenant_id"))?.as_u64()
}

fn event(Posted { number, account, toggle, .. }: Posted) -> Value {
    let environment = format!("prod-{account}");
    if !toggle {
        return json!({
            "event_type": "new_tenant_created", "environment": environment, "account_id": account,
            "account_name": "Acme Corp", "timestamp": "2026-05-04T12:00:00Z", "tenant_id": number,
            "tenant_name": "Widget Co", "integration_id": 42, "integration_name": "Shopify Integration",
        });
    }
    let run = format!("prod-{account}.platform.example/runs/{number}");
    json!({
        "event_type": TOGGLED, "environment": environment, "account_id": account,
        "account_name": "Acme Corp", "timestamp": "2026-05-04T12:00:00Z", "run_id": number,
        "run_status": "failed", "admin_link": format!("https://admin.{run}/show"),
        "api_link": format!("https://api.{run}"), "api_status_link": format!("https://api.{run}/status"),
        "api_triggers_link": format!("https://api.{run}/triggers"), "tenant_id": 789, "tenant_name": "Widget Co",
        "integration_id": 42, "integration_name": "Shopify Integration",
    })
}
