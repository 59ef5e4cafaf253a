//! `ringpost key rotate`: killed at any moment, run again, and in the end nothing needs the old key.

use std::fs;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use ringpost::domain::clock::Clock;
use ringpost::domain::role::Role;
use serde_json::{Value, json};

use crate::faults::table::Visitor;
use crate::support::app::event_request;
use crate::support::app::{TestApp, start};
use crate::support::authority::Authority;
use crate::support::browser::Browser;
use crate::support::destinations::{PROVIDERS, WEBHOOKS, document, request};
use crate::support::people::PASSWORD;
use crate::support::place::{Place, on_postgres};
use crate::support::program::{Serving, command, ringpost};
use crate::support::receiver::{Answer, Door, Receiver};
use crate::support::samples::sample;
use crate::support::second_factor::{Phone, turn_on};

const KILLS: usize = 10;
const DESTINATIONS: usize = 60;
const LEE: &str = "lee@acme.example";

/// Where a sealed value stands, in the order of their names.
const SEALED_COLUMNS: [&str; 6] = [
    "destinations.config",
    "meta.value",
    "notification_settings.webhook_url",
    "second_factors.recovery_codes",
    "second_factors.secret",
    "sessions.data",
];

/// Everything that the vault seals, in an app that has ended.
struct Sealed {
    place: Place,
    shared: Receiver,
    signed: Receiver,
    token: String,
    session: String,
    phone: Phone,
    recovery_codes: Vec<String>,
    root: String,
    old_key: String,
}

async fn sealed() -> Sealed {
    let authority = Authority::new();
    let shared = Receiver::ok().await;
    let signed =
        Receiver::start(Door::Tls(authority.serves(&["localhost"])), vec![Answer::status(200, "ok")]).await;
    let app = start().trust(authority.trust()).spawn().await;
    app.notify(Some(&shared.url("/hook")), "run_failed", true, "").await;
    let admin = app.token(Some(100), Role::Admin).await;
    for number in 0..DESTINATIONS {
        let events = if number == 0 { json!(["run_failed"]) } else { json!([]) };
        let url = signed.https("localhost");
        let attributes = json!({ "name": format!("hook {number}"), "url": url.expose(), "events": events });
        create(&app, &admin, &attributes).await;
    }
    let mail = json!({ "fromEmail": "ops@acme.example", "toEmails": ["ops@acme.example"] });
    let mail = json!({ "kind": "ops_email", "name": "mails", "config": mail });
    app.send(request("POST", PROVIDERS, Some(&mail)).bearer(&admin)).await.has_status(201);
    let session = app.visitor(Role::Viewer).await.session().unwrap().to_owned();
    app.person(LEE, Some((100, Role::Viewer))).await;
    let (phone, recovery_codes) = turn_on(&app, &mut app.signed_in(LEE).await).await;
    let token = app.token(Some(100), Role::Ingest).await;
    let place = app.stop().await;
    let root = place.folder().join("root.pem");
    fs::write(&root, authority.pem()).unwrap();
    let old_key = keys(&place).remove(0);
    let root = root.to_str().unwrap().to_owned();
    Sealed { place, shared, signed, token, session, phone, recovery_codes, root, old_key }
}

async fn create(app: &TestApp, admin: &str, attributes: &Value) {
    let created = app.send(request("POST", WEBHOOKS, Some(&document(attributes))).bearer(admin)).await;
    created.has_status(201);
}

/// The ids in the key file, in its order.
fn keys(place: &Place) -> Vec<String> {
    let text = fs::read_to_string(place.folder().join("secret.key")).unwrap();
    text.trim().split(',').map(|key| key.split(':').next().unwrap().to_owned()).collect()
}

/// The columns, of all that there are, with a value that is sealed with a key; how many values.
async fn sealed_with(place: &Place, key: &str) -> (Vec<String>, usize) {
    let mut visitor = Visitor::to(place).await;
    let columns = if on_postgres() {
        "select cast(table_name || '.' || column_name as text) from information_schema.columns
         where table_schema = 'public' and data_type = 'text' order by 1"
    } else {
        "select m.name || '.' || c.name from sqlite_master m, pragma_table_info(m.name) c
         where m.type = 'table' and lower(c.type) = 'text' order by 1"
    };
    let (mut found, mut count) = (Vec::new(), 0);
    for name in visitor.texts(columns).await {
        let (table, column) = name.split_once('.').unwrap();
        let query = format!("select {column} from {table} where {column} is not null");
        let values = visitor.texts(&query).await;
        let sealed = values.iter().filter(|value| names_key(value, key)).count();
        count += sealed;
        found.extend(Some(name).filter(|_| sealed > 0));
    }
    (found, count)
}

/// Whether a text is a sealed value, and names this key.
fn names_key(text: &str, key: &str) -> bool {
    let bytes = STANDARD_NO_PAD.decode(text).unwrap_or_default();
    bytes.windows(key.len()).any(|part| part == key.as_bytes())
}

#[tokio::test]
async fn a_rotation_that_is_killed_ten_times_goes_on_and_then_the_old_key_can_go() {
    let sealed = sealed().await;
    let place = &sealed.place;
    let (columns, count) = sealed_with(place, &sealed.old_key).await;
    assert_eq!(columns, SEALED_COLUMNS, "the fixture has a value in each");
    let mut cut_short = 0;
    for kill in 0..super::rounds(KILLS) {
        let mut child = command(place, &["key", "rotate"]).spawn().unwrap();
        // Each a little later than the one before: while it starts, makes the key, and seals.
        let ended =
            tokio::time::timeout(Duration::from_millis(10 + 15 * (kill as u64 % 20)), child.wait()).await;
        cut_short += u32::from(ended.is_err());
        child.kill().await.unwrap();
        child.wait().await.unwrap();
        let said = ringpost(place, &["doctor", "--json"], "").await.stdout;
        let found: Value = serde_json::from_str(&said).unwrap();
        let secrets = found.as_array().unwrap().iter().find(|line| line["check"] == "secrets").unwrap();
        assert_eq!(secrets["health"], "ok", "after kill {kill}: {secrets}");
    }
    assert!(cut_short > 0, "none was cut short");

    let said = ringpost(place, &["key", "rotate"], "").await.done();

    let new_key = keys(place).remove(0);
    assert!(said.contains(&new_key), "{said}");
    assert_eq!(sealed_with(place, &new_key).await, (columns, count));
    assert_eq!(sealed_with(place, &sealed.old_key).await, (Vec::new(), 0));
    assert!(keys(place).contains(&sealed.old_key), "links in old mails still need it");
    ringpost(place, &["key", "forget-old"], "").await.done();
    assert_eq!(keys(place), [new_key]);

    let arguments = ["--allow-network", "127.0.0.0/8"];
    let server = Serving::start_within(place, &arguments, &[("SSL_CERT_FILE", &sealed.root)]).await;
    let mut viewer = Browser::with_session(server.address, &sealed.session);
    viewer.get("/accounts/100/company").await.has_status(200);
    // The present code may be the one that turned it on.
    let next = Clock::system().now_ms() + 30_000;
    for proof in [("code", sealed.phone.code(next)), ("recovery", sealed.recovery_codes[0].clone())] {
        let mut lee = Browser::new(server.address);
        assert_eq!(lee.sign_in(LEE, PASSWORD).await.leads_to(), "/login/code");
        lee.post("/login/code", &[(proof.0, &proof.1)]).await.leads_to();
        lee.get("/accounts/100/company").await.has_status(200);
    }
    event_request(&sample("run_failed")).bearer(&sealed.token).send(server.address).await.has_status(202);
    sealed.shared.wait_for(1).await;
    assert!(sealed.signed.wait_for(1).await[0].header("webhook-signature").is_some());
    assert_eq!(server.terminate().await, Some(0));
    sealed.place.clear().await;
}

#[tokio::test]
async fn an_old_key_that_is_still_needed_stays_and_no_server_is_left_with_the_old_keys_only() {
    let place = start().spawn().await.stop().await;
    let server = Serving::start(&place, &[]).await;
    let refused = ringpost(&place, &["key", "rotate"], "").await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("stop"), "{refused:?}");
    assert_eq!(keys(&place).len(), 1, "no key was made");
    assert_eq!(server.terminate().await, Some(0));
    let file = place.folder().join("secret.key");
    let old = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("new:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=,{old}")).unwrap();

    ringpost(&place, &["key", "forget-old"], "").await.refused(1, "run ringpost key rotate first");

    assert_eq!(keys(&place).len(), 2);
    // A key that somebody has put there by hand is taken for the new one.
    let said = ringpost(&place, &["key", "rotate"], "").await.done();
    assert!(said.contains("sealed with new now"), "{said}");
    ringpost(&place, &["key", "forget-old"], "").await.done();
    assert_eq!(keys(&place), ["new"]);
    place.clear().await;
}
