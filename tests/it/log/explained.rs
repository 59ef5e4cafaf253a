//! Who would get an event, and why not: what is explained is what accepting writes down, whatever the settings.

use std::time::Duration;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use ringpost::domain::delivery::{Delivery, Reason, State, Target};
use ringpost::domain::role::Role;
use serde_json::{Value, json};

use crate::support::app::{TestApp, spawn_app};
use crate::support::destinations::{PROVIDERS, WEBHOOKS, document, request};
use crate::support::receiver::Receiver;
use crate::support::samples::sample;

const PEOPLE: [&str; 4] = ["dana@acme.example", "ops@acme.example", "lee@acme.example", "pat@acme.example"];
const CASES: i64 = 40;

/// How an account may be set up.
#[derive(Clone, Debug)]
struct Settings {
    has_url: bool,
    /// Whether the shared webhook is switched on for the event.
    toggle: bool,
    /// Who of the people listens to it, and who has unsubscribed.
    listens: Vec<bool>,
    unsubscribed: Vec<bool>,
    destinations: Vec<Kept>,
}

#[derive(Clone, Debug)]
struct Kept {
    is_paused: bool,
    subscribes: bool,
    /// Only for events of this integration; theirs is 42.
    only: Option<i64>,
    /// Mails to this many addresses, instead of a webhook.
    mails: usize,
}

fn any_settings() -> impl Strategy<Value = Settings> {
    let kept = (any::<bool>(), any::<bool>(), prop::option::of(42_i64..44), 0_usize..3);
    let kept =
        kept.prop_map(|(is_paused, subscribes, only, mails)| Kept { is_paused, subscribes, only, mails });
    let people = || prop::collection::vec(any::<bool>(), PEOPLE.len());
    (any::<bool>(), any::<bool>(), people(), people(), prop::collection::vec(kept, 0..4)).prop_map(
        |(has_url, toggle, listens, unsubscribed, destinations)| Settings {
            has_url,
            toggle,
            listens,
            unsubscribed,
            destinations,
        },
    )
}

/// One account of the app, as programs see it.
struct Seen<'a> {
    app: &'a TestApp,
    token: String,
    account: i64,
}

impl Seen<'_> {
    async fn call(&self, method: &'static str, path: &str, body: &Value) -> Value {
        let asked = request(method, path, Some(body)).header("X-Tenant-Id", &self.account.to_string());
        let answer = self.app.send(asked.bearer(&self.token)).await;
        assert!(answer.status.is_success(), "{method} {path}: {}", answer.body);
        answer.json()
    }

    async fn set_up(&self, settings: &Settings, url: &str) {
        let mut rules = Vec::new();
        if settings.has_url {
            let events: &[&str] = if settings.toggle { &["run_failed"] } else { &[] };
            rules.push(json!({ "type": "webhook", "url": url, "events": events }));
        }
        for (email, _) in PEOPLE.iter().zip(&settings.listens).filter(|(_, listens)| **listens) {
            rules.push(json!({ "type": "email", "email": email, "events": ["run_failed"] }));
        }
        let path = format!("/v1/organizations/org_{}/knowledge/connectors/notifications", self.account);
        self.call("PUT", &path, &json!({ "notifications": rules })).await;
        for (email, _) in PEOPLE.iter().zip(&settings.unsubscribed).filter(|(_, gone)| **gone) {
            let now = self.app.clock.now_ms();
            self.app.db.unsubscribe(self.account, &email.parse().unwrap(), Vec::new(), now).await.unwrap();
        }
        for kept in &settings.destinations {
            self.add(kept).await;
        }
    }

    async fn add(&self, kept: &Kept) {
        let events: &[&str] = if kept.subscribes { &["run_failed"] } else { &["sync_failed"] };
        let id = if kept.mails == 0 {
            let scopes = kept.only.map_or(json!({}), |only| json!({ "integration_id": [only] }));
            let attributes = json!({
                "name": "Hook", "url": "https://127.0.0.1:9/", "events": events, "scopes": scopes
            });
            self.call("POST", WEBHOOKS, &document(&attributes)).await["data"]["id"]
                .as_str()
                .unwrap()
                .to_owned()
        } else {
            let to: Vec<String> = (0..kept.mails).map(|at| format!("night{at}@acme.example")).collect();
            let config = json!({ "fromEmail": "a@acme.example", "toEmails": to });
            let body = json!({ "kind": "ops_email", "name": "Night shift", "config": config });
            self.call("POST", PROVIDERS, &body).await["id"].as_str().unwrap().to_owned()
        };
        let record = self
            .app
            .db
            .destinations(self.account)
            .await
            .unwrap()
            .into_iter()
            .find(|row| row.uuid == id || row.id.to_string() == id);
        let id = record.unwrap().id;
        let events = if kept.subscribes { "[\"run_failed\"]" } else { "[]" };
        let change = format!(
            "update destinations set enabled = {}, events = '{events}' where id = {id}",
            !kept.is_paused
        );
        self.app.place.change(&change).await;
    }
}

/// A target with its destination, whether it is sent to, and why not.
type Line = (String, Option<i64>, Option<String>);

fn of_row(row: &Delivery) -> Line {
    let reason = row.reason.filter(|_| row.state == State::Skipped);
    (row.target.recipient().to_owned(), destination(row), reason.map(Reason::as_str).map(str::to_owned))
}

fn destination(row: &Delivery) -> Option<i64> {
    if let Target::Destination { id, .. } = &row.target { *id } else { None }
}

fn of_answer(target: &Value) -> Line {
    let reason = target["reason"].as_str().map(str::to_owned);
    assert_eq!(target["sends"], json!(reason.is_none()), "{target}");
    (target["recipient"].as_str().unwrap().to_owned(), target["destination_id"].as_i64(), reason)
}

#[tokio::test]
async fn what_is_explained_is_what_accepting_writes_whatever_the_settings() {
    let (app, receiver) = (spawn_app().await, Receiver::ok().await);
    let token = app.token(None, Role::Admin).await;
    let mut runner = TestRunner::deterministic();
    let (mut skips, mut left) = (0, 0);
    for case in 0..CASES {
        let settings = any_settings().new_tree(&mut runner).unwrap().current();
        let account = 1_000 + case;
        app.account(account, "Acme Corp", "prod-acme", PEOPLE[0]).await;
        let seen = Seen { app: &app, token: token.clone(), account };
        seen.set_up(&settings, receiver.url("/hook").expose()).await;
        let mut event = sample("run_failed");
        event["account_id"] = json!(account);

        // What was changed from outside is seen when the snapshot is older than this.
        app.time.advance(Duration::from_secs(2));
        let explained = seen.call("POST", "/api/v1/events/explain", &event).await;
        let posted = seen.call("POST", "/api/v1/events", &event).await;

        let id = posted["id"].as_str().unwrap();
        let rows = app.db.deliveries_of(account, id.parse().unwrap()).await.unwrap();
        let written: Vec<Line> = rows.iter().map(of_row).collect();
        let planned: Vec<Line> = explained["targets"].as_array().unwrap().iter().map(of_answer).collect();
        assert_eq!(planned, written, "{settings:?}");
        skips += planned.iter().filter(|line| line.2.is_some()).count();

        // Whoever is left out has no row, and nobody is in neither list.
        let left_out = explained["left_out"].as_array().unwrap();
        left += left_out.len();
        let unnamed = left_out.iter().filter(|target| target["destination_id"].is_null()).count();
        assert_eq!(unnamed == 1, !settings.has_url, "{settings:?}");
        for kept in app.db.destinations(account).await.unwrap() {
            let is_written = written.iter().any(|line| line.1 == Some(kept.id));
            let is_left = left_out.iter().any(|target| target["destination_id"] == kept.id);
            assert!(is_written != is_left, "{}: {settings:?}", kept.id);
        }
        // The page of the event says the same of those who are left out.
        let seen_event = app
            .send(
                request("GET", &format!("/api/v1/events/{id}"), None)
                    .header("X-Tenant-Id", &account.to_string())
                    .bearer(&token),
            )
            .await;
        assert_eq!(seen_event.json()["left_out"], explained["left_out"], "{settings:?}");
    }
    assert!(skips > 20 && left > 20, "the settings are too much alike: {skips} skips, {left} left out");
    app.finish().await;
}

#[tokio::test]
async fn an_event_that_would_be_refused_is_refused_and_nothing_is_written() {
    let app = spawn_app().await;
    let token = app.token(Some(100), Role::Viewer).await;
    let mut event = sample("run_failed");
    event["run_id"] = json!("nine");
    let asked = |event: &Value| request("POST", "/api/v1/events/explain", Some(event)).bearer(&token);
    let said = app.send(asked(&event)).await.error(422, "VALIDATION_FAILED");
    assert!(said["details"]["run_id"].is_string(), "{said}");
    app.send(asked(&sample("run_failed"))).await.has_status(200);
    assert!(app.log().await.is_empty());
    app.finish().await;
}

#[tokio::test]
async fn the_page_explains_any_event_type_and_what_a_scope_lets_through() {
    let app = spawn_app().await;
    let token = app.token(Some(100), Role::Admin).await;
    let attributes = json!({
        "name": "Listener", "url": "https://127.0.0.1:9/", "events": ["run_failed"],
        "scopes": { "integration_id": [42] }
    });
    app.send(request("POST", WEBHOOKS, Some(&document(&attributes))).bearer(&token)).await.has_status(201);
    let mut viewer = app.visitor(Role::Viewer).await;
    let page = "/accounts/100/events/explain";
    viewer
        .get(&format!("{page}?event=run_failed"))
        .await
        .says("2 of 3 possible targets would be told, 1 left out.");
    let other = viewer.get(&format!("{page}?event=run_failed&field.integration_id=7")).await;
    other
        .has_status(200)
        .says("Only for integration_id [42]; this event has 7")
        .says("1 of 3 possible targets");
    viewer.get(&format!("{page}?event=tenant_created")).await.says("Does not subscribe to Tenant Created");
    let wrong = viewer.get(&format!("{page}?event=run_failed&field.integration_id=seven")).await;
    wrong.has_status(422).says("integration_id must be a whole number");
    assert!(wrong.body.contains("value=\"seven\""), "what was typed stays");
    viewer.get(&format!("{page}?event=bogus")).await.says("There is no event “bogus”");
    assert!(app.log().await.is_empty());
    app.finish().await;
}
