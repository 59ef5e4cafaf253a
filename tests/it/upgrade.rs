//! A database of Ringpost 0.1, used by every door and then killed, opens today with everything in it.
//! `tests/fixtures/0.1/README.md` says how it was made.
//!
//! Looked at from outside only, so that what is inside may change.

mod log;
mod people;
mod targets;
mod waiting;

use std::collections::BTreeMap;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use crate::support::app::{Start, TestApp, start};
use crate::support::browser::Browser;
use crate::support::clock::{TestClock, minutes};
use crate::support::http::Answer;
use crate::support::place::{Place, on_postgres};
use crate::support::program::ringpost;

/// A copy of the database of the engine under test, and what is known of it.
struct Fixture {
    place: Place,
    facts: Facts,
}

/// What the fixture's maker wrote down.
#[derive(Deserialize)]
struct Facts {
    /// When the program was killed, in milliseconds since 1970.
    made_at: i64,
    /// Where every receiver listened, over TLS as `localhost`.
    port: u16,
    /// Everybody's.
    password: String,
    people: Vec<String>,
    /// The cookie of an operator who was signed in.
    session: String,
    /// By name.
    tokens: BTreeMap<String, String>,
    /// Ids by name, as JSON:API tells them.
    destinations: BTreeMap<String, i64>,
    /// Ids by name, as the providers' API tells them.
    uuids: BTreeMap<String, String>,
    /// A `key` that was used, with its `body` and `answer`.
    idempotent: Value,
    /// The path of a link in a mail to `ops@acme.example`.
    unsubscribe: String,
    /// Rows by table.
    counts: BTreeMap<String, i64>,
    deliveries: Vec<Delivery>,
}

/// A delivery as it was when the program was killed.
#[derive(Deserialize)]
struct Delivery {
    id: String,
    account_id: i64,
    event_key: String,
    channel: String,
    triggered_by: String,
    state: String,
    reason: Option<String>,
    recipient: String,
    response_body: Option<String>,
}

impl Fixture {
    async fn open() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/0.1");
        let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
        let engine = if on_postgres() { "postgres" } else { "sqlite" };
        let place = Place::fresh().await;
        place.restore(&read(&format!("{engine}.sql"))).await;
        let key = place.folder().join("secret.key");
        fs::copy(folder.join("secret.key"), &key).unwrap();
        fs::set_permissions(&key, Permissions::from_mode(0o600)).unwrap();
        Self { place, facts: serde_json::from_str(&read(&format!("{engine}.json"))).unwrap() }
    }

    /// An app on the copy, two minutes after the kill: sessions live, retries are due, and on PostgreSQL
    /// the silence of the dead has been noticed.
    fn start(&self) -> Start {
        let clock = TestClock::at(self.facts.made_at);
        clock.advance(minutes(2));
        start().at(&self.place).clock(&clock)
    }

    /// Holds the port of the fixture's receivers: it is one for all tests on this machine.
    async fn hold_port(&self) -> File {
        let path = std::env::temp_dir().join(format!("ringpost-it-port-{}", self.facts.port));
        let file = File::options().create(true).append(true).open(path).unwrap();
        tokio::task::spawn_blocking(move || file.lock().map(|()| file)).await.unwrap().unwrap()
    }

    /// A browser in which an operator is signed in, who sees every account.
    async fn operator(&self, app: &TestApp) -> Browser {
        self.sign_in(app, "olga@ops.example").await
    }

    async fn sign_in(&self, app: &TestApp, email: &str) -> Browser {
        let mut browser = app.browser_of(email).await;
        browser.sign_in(email, &self.facts.password).await.leads_to();
        browser
    }
}

/// The ids of the deliveries that an account's log shows under one of these badges, on all pages of a filter.
async fn listed(browser: &mut Browser, account_id: i64, query: &str, badges: &[&str]) -> Vec<String> {
    let log = format!("/accounts/{account_id}/deliveries");
    let link = format!("<a href=\"{log}/");
    let mut next = Some(format!("{log}?{query}"));
    let mut ids = Vec::new();
    // A bound, so that pages that lead in a circle end.
    for _ in 0..10 {
        let Some(path) = next else { break };
        let page = browser.get(&path).await;
        page.has_status(200);
        for line in page.body.split("<li class=\"hop\"").skip(1) {
            let (badge, rest) = line.split_once("</span><span class=\"to\">").unwrap();
            if badges.contains(&badge.rsplit('>').next().unwrap()) {
                ids.push(rest.strip_prefix(&link).unwrap().split('"').next().unwrap().to_owned());
            }
        }
        next = older(&page);
    }
    assert_eq!(next, None, "the log has no end");
    ids.sort();
    ids
}

fn older(page: &Answer) -> Option<String> {
    let (_, rest) = page.body.split_once("rel=\"next\" href=\"")?;
    Some(rest.split('"').next()?.replace("&#38;", "&").replace("&amp;", "&"))
}

#[tokio::test]
async fn no_row_is_lost() {
    let fixture = Fixture::open().await;
    let place = fixture.start().spawn().await.stop().await;
    // Instances come and go, and today's program may have more migrations.
    let kept = fixture
        .facts
        .counts
        .iter()
        .filter(|(table, _)| !matches!(table.as_str(), "instances" | "_sqlx_migrations"));
    for (table, &rows) in kept {
        assert_eq!(place.count(table).await, rows, "{table}");
    }
    place.clear().await;
}

#[tokio::test]
async fn commands_list_what_is_there() {
    let fixture = Fixture::open().await;
    let list = async |arguments: &[&str]| {
        let printed = ringpost(&fixture.place, arguments, "").await.done();
        serde_json::from_str::<Value>(&printed).unwrap()
    };
    let names = |list: &Value, field: &str| {
        let rows = list.as_array().unwrap().iter();
        let mut names: Vec<String> = rows.map(|row| row[field].as_str().unwrap().to_owned()).collect();
        names.sort();
        names
    };
    let accounts = list(&["account", "list", "--json"]).await;
    assert_eq!(names(&accounts, "name"), ["Acme & Söhne", "Globex"]);
    assert_eq!(names(&accounts, "contact_email"), ["Dana@acme.example", "kim@globex.example"]);
    let users = list(&["user", "list", "--json"]).await;
    let mut people = fixture.facts.people.clone();
    people.push("gone@acme.example".to_owned());
    people.sort();
    assert_eq!(names(&users, "email"), people);
    let tokens = list(&["token", "list", "--account", "100", "--json"]).await;
    assert_eq!(names(&tokens, "name"), ["admin", "by hand", "expiring", "ingest", "viewer"]);
    fixture.place.clear().await;
}
