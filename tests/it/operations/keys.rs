//! `ringpost key rotate`: killed at any moment, run again, and in the end nothing needs the old key.

use std::fs;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use ringpost::domain::role::Role;
use serde_json::{Value, json};

use crate::faults::table::Visitor;
use crate::support::app::event_request;
use crate::support::app::{TestApp, start};
use crate::support::authority::Authority;
use crate::support::browser::Browser;
use crate::support::destinations::{WEBHOOKS, document, request};
use crate::support::place::Place;
use crate::support::program::{Serving, command, ringpost};
use crate::support::receiver::{Answer, Door, Receiver};
use crate::support::samples::sample;

const KILLS: usize = 10;
const DESTINATIONS: usize = 60;

/// Everything that the vault seals, in an app that has ended.
struct Sealed {
    place: Place,
    shared: Receiver,
    signed: Receiver,
    token: String,
    session: String,
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
    let session = app.visitor(Role::Viewer).await.session().unwrap().to_owned();
    let token = app.token(Some(100), Role::Ingest).await;
    let place = app.stop().await;
    let root = place.folder().join("root.pem");
    fs::write(&root, authority.pem()).unwrap();
    let old_key = keys(&place).remove(0);
    Sealed { place, shared, signed, token, session, root: root.to_str().unwrap().to_owned(), old_key }
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

/// Every sealed value, as bytes.
async fn values(place: &Place) -> Vec<Vec<u8>> {
    let mut visitor = Visitor::to(place).await;
    let mut texts = Vec::new();
    for query in [
        "select value from meta where name = 'vault_check'",
        "select webhook_url from notification_settings where webhook_url is not null",
        "select config from destinations",
        "select data from sessions",
    ] {
        let found = visitor.texts(query).await;
        assert!(!found.is_empty(), "{query}");
        texts.extend(found);
    }
    texts.iter().map(|text| STANDARD_NO_PAD.decode(text).unwrap()).collect()
}

fn names_key(value: &[u8], key: &str) -> bool {
    value.windows(key.len()).any(|part| part == key.as_bytes())
}

#[tokio::test]
async fn a_rotation_that_is_killed_ten_times_goes_on_and_then_the_old_key_can_go() {
    let sealed = sealed().await;
    let place = &sealed.place;
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
    let values = values(place).await;
    assert!(values.len() > DESTINATIONS + 2);
    for value in &values {
        assert!(names_key(value, &new_key) && !names_key(value, &sealed.old_key));
    }
    assert!(keys(place).contains(&sealed.old_key), "links in old mails still need it");
    ringpost(place, &["key", "forget-old"], "").await.done();
    assert_eq!(keys(place), [new_key]);

    let arguments = ["--allow-network", "127.0.0.0/8"];
    let server = Serving::start_within(place, &arguments, &[("SSL_CERT_FILE", &sealed.root)]).await;
    let mut viewer = Browser::with_session(server.address, &sealed.session);
    viewer.get("/accounts/100/company").await.has_status(200);
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
