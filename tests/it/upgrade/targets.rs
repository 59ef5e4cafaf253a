//! Settings and destinations: what they say, and that what is sealed in them still opens.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::app::TestApp;
use crate::support::authority::Authority;
use crate::support::browser::Form;
use crate::support::clock::minutes;
use crate::support::destinations::{PROVIDERS, WEBHOOKS, keys, request};
use crate::support::http::Request;
use crate::support::receiver::{Answer, Door, Receiver, Seen};
use crate::support::samples::sample;
use crate::support::smtp::SmtpServer;

use super::Fixture;

const REDACTED: &str = "••••••••";

#[tokio::test]
async fn the_settings_page_says_what_was_set() {
    let fixture = Fixture::open().await;
    let app = fixture.start().spawn().await;
    let mut eli = fixture.sign_in(&app, "eli@acme.example").await;
    let page = eli.get("/accounts/100/notifications").await;
    let form = Form::of(&page);
    let url = format!("https://localhost:{}/settings/T0K3N?key=s3cret", fixture.facts.port);
    assert_eq!(form.get("webhook_url"), Some(url.as_str()));
    let on: Vec<_> = form.0.iter().filter_map(|(name, _)| name.strip_prefix("send_webhook.")).collect();
    assert_eq!(on, ["run_failed", "sync_failed"]);
    let lists = form.0.iter().filter(|(name, list)| name.starts_with("subscribers.") && !list.is_empty());
    let lists: Vec<_> = lists.map(|(name, list)| (name.as_str(), list.as_str())).collect();
    let expected = [
        ("subscribers.run_failed", "ops@acme.example, Lee@acme.example, refused@acme.example"),
        ("subscribers.sync_failed", "deferred@acme.example"),
    ];
    assert_eq!(lists, expected);
    page.says("Unsubscribed, gets no email: Lee@acme.example");

    let mut kim = fixture.sign_in(&app, "kim@globex.example").await;
    let globex = kim.form("/accounts/200/notifications").await;
    assert_eq!(globex.get("webhook_url"), Some("http://10.1.2.3/hook"));
    assert_eq!(globex.get("send_webhook.run_failed"), Some("on"));
    let seen = kim.get("/accounts/100/notifications").await;
    assert!(!seen.body.contains("T0K3N"), "a viewer sees the host only");
    app.finish().await;
}

#[tokio::test]
async fn a_link_in_a_mail_that_left_still_unsubscribes() {
    let fixture = Fixture::open().await;
    let app = fixture.start().spawn().await;
    let link = &fixture.facts.unsubscribe;
    let asks = app.send(Request::new("GET", link)).await;
    asks.has_status(200).says("Stop these emails?").says("ops@acme.example").says("Acme & Söhne");
    app.send(Request::new("POST", link)).await.has_status(200).says("You are unsubscribed");
    let mut eli = fixture.sign_in(&app, "eli@acme.example").await;
    let page = eli.get("/accounts/100/notifications").await;
    page.says("Unsubscribed, gets no email: ops@acme.example , Lee@acme.example");
    app.finish().await;
}

#[tokio::test]
async fn both_apis_list_the_destinations_as_they_were() {
    let fixture = Fixture::open().await;
    let app = fixture.start().spawn().await;
    let admin = &fixture.facts.tokens["admin"];
    let listed = app.send(request("GET", PROVIDERS, None).bearer(admin)).await.json();
    let expected = [
        ("#ops", "slack", json!({ "webhookUrl": REDACTED })),
        ("chat", "teams", json!({ "webhookUrl": REDACTED })),
        (
            "signed",
            "webhook",
            json!({ "url": REDACTED, "secret": REDACTED, "headers": { "X-Token": REDACTED, "X-Env": REDACTED } }),
        ),
        ("elsewhere", "webhook", json!({ "url": REDACTED })),
        ("paused", "webhook", json!({ "url": REDACTED })),
        (
            "oncall",
            "ops_email",
            json!({ "fromEmail": "alerts@acme.example", "toEmails": ["oncall@acme.example", "night@acme.example"],
                "replyTo": "support@acme.example" }),
        ),
        ("hangs", "webhook", json!({ "url": REDACTED })),
        ("broken", "webhook", json!({ "url": REDACTED })),
        ("closed", "webhook", json!({ "url": REDACTED })),
        ("rotated", "webhook", json!({ "url": REDACTED, "secret": REDACTED })),
    ];
    let records = listed["data"].as_array().unwrap();
    assert_eq!(records.len(), expected.len());
    for (record, (name, kind, config)) in records.iter().zip(expected) {
        assert_eq!((&record["name"], &record["kind"]), (&json!(name), &json!(kind)));
        assert_eq!(record["id"], json!(fixture.facts.uuids[name]), "{name}");
        assert_eq!((&record["config"], &record["enabled"]), (&config, &json!(name != "paused")), "{name}");
    }

    let base = format!("https://localhost:{}", fixture.facts.port);
    let none = json!({});
    for (name, url, events, scopes) in [
        (
            "signed",
            format!("{base}/signed?key=1"),
            json!(["tenant_created", "run_failed"]),
            json!({ "integration_id": [42, 43] }),
        ),
        ("elsewhere", format!("{base}/elsewhere"), json!(["run_failed"]), json!({ "integration_id": [7] })),
        ("rotated", format!("{base}/rotated"), json!(["tenant_archived"]), none.clone()),
        ("closed", "https://localhost:1/".to_owned(), json!(["sync_succeeded"]), none),
    ] {
        let path = format!("{WEBHOOKS}/{}", fixture.facts.destinations[name]);
        let one = app.send(request("GET", &path, None).bearer(admin)).await.json();
        let attributes = &one["data"]["attributes"];
        assert_eq!((&attributes["name"], &attributes["url"]), (&json!(name), &json!(url)));
        let mut subscribed = attributes["events"].as_array().unwrap().clone();
        let mut expected = events.as_array().unwrap().clone();
        subscribed.sort_by_key(Value::to_string);
        expected.sort_by_key(Value::to_string);
        assert_eq!((subscribed, &attributes["scopes"]), (expected, &scopes), "{name}");
    }
    let globex = request("GET", PROVIDERS, None).bearer(&fixture.facts.tokens["globex"]);
    assert_eq!(app.send(globex).await.json()["data"], json!([]));
    app.finish().await;
}

fn hmac(secret: &str, parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

/// Whether a request carries the signatures of exactly these secrets, the first one's in hex too.
fn assert_signed(seen: &Seen, secrets: &[&str]) {
    let body = seen.body.as_bytes();
    let hex = seen.header("x-ringpost-signature").unwrap().strip_prefix("sha256=").unwrap();
    let bytes = (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap());
    assert_eq!(bytes.collect::<Vec<_>>(), hmac(secrets[0], &[body]));
    let (id, at) = (seen.header("webhook-id").unwrap(), seen.header("webhook-timestamp").unwrap());
    let parts = [id.as_bytes(), b".", at.as_bytes(), b".", body];
    let signatures: Vec<_> =
        secrets.iter().map(|secret| format!("v1,{}", STANDARD.encode(hmac(secret, &parts)))).collect();
    assert_eq!(seen.header("webhook-signature"), Some(signatures.join(" ").as_str()));
}

/// The requests without their paths.
fn each<const N: usize>(requests: &[(String, Seen)]) -> [&Seen; N] {
    requests.iter().map(|(_, seen)| seen).collect::<Vec<_>>().try_into().unwrap()
}

/// A fixture with receivers that answer again, when what waited has been sent.
struct Reunion {
    fixture: Fixture,
    app: TestApp,
    receiver: Receiver,
    smtp: SmtpServer,
    /// Requests and mails that were not waited for.
    before: (usize, usize),
    port: std::fs::File,
}

impl Reunion {
    async fn start() -> Self {
        let fixture = Fixture::open().await;
        let port = fixture.hold_port().await;
        let authority = Authority::new();
        let door = Door::Tls(authority.serves(&["localhost"]));
        let receiver = Receiver::start_at(fixture.facts.port, door, vec![Answer::status(200, "ok")]).await;
        let smtp = SmtpServer::friendly().await;
        let start = fixture.start().trusting(&authority).with("--smtp-url", &smtp.url("smtp", "", ""));
        let app = start.spawn().await;
        app.dispatch.settled().await.unwrap();
        let before = (receiver.requests().len(), smtp.log().mails.len());
        Self { fixture, app, receiver, smtp, before, port }
    }

    async fn test(&self, name: &str) {
        let path = format!("{PROVIDERS}/{}/test", self.fixture.facts.uuids[name]);
        let call = request("POST", &path, None).bearer(&self.fixture.facts.tokens["admin"]);
        self.app.send(call).await.has_status(200);
    }

    async fn finish(self) {
        self.app.finish().await;
        self.receiver.stop().await;
        drop(self.port);
    }

    /// Request targets and requests since the start, in the targets' order.
    fn requests(&self) -> Vec<(String, Seen)> {
        let path = |seen: Seen| (seen.head.split(' ').nth(1).unwrap().to_owned(), seen);
        let mut requests: Vec<_> =
            self.receiver.requests().into_iter().skip(self.before.0).map(path).collect();
        requests.sort_by(|(one, _), (other, _)| one.cmp(other));
        requests
    }
}

#[tokio::test]
async fn tests_of_destinations_arrive_with_their_secrets() {
    let reunion = Reunion::start().await;
    for name in ["#ops", "chat", "signed", "paused", "rotated", "oncall"] {
        reunion.test(name).await;
    }
    let requests = reunion.requests();
    let paths: Vec<_> = requests.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(paths, ["/paused", "/rotated", "/signed?key=1", "/slack/T/B/XYZ", "/teams/XYZ"]);
    let [paused, rotated, signed, slack, teams] = each(&requests);
    assert_eq!(paused.header("x-ringpost-signature"), None);
    assert_signed(rotated, &["the new secret", "the old secret"]);
    assert_signed(signed, &["the secret of signed"]);
    assert_eq!((signed.header("x-token"), signed.header("x-env")), (Some("abc123"), Some("prod")));
    for (seen, field) in [(slack, "blocks"), (teams, "attachments")] {
        let body: Value = serde_json::from_str(&seen.body).unwrap();
        assert!(keys(&body).contains(&field), "{body}");
    }
    let mails: Vec<_> = reunion.smtp.log().mails.into_iter().skip(reunion.before.1).collect();
    let mut to: Vec<_> = mails.iter().flat_map(|mail| mail.to.clone()).collect();
    to.sort();
    assert_eq!(to, ["night@acme.example", "oncall@acme.example"]);
    for mail in &mails {
        assert_eq!(mail.header("From").as_deref(), Some("alerts@acme.example"));
        assert_eq!(mail.header("Reply-To").as_deref(), Some("support@acme.example"));
    }

    // The old secret's day is over.
    reunion.app.time.advance(minutes(24 * 60));
    reunion.test("rotated").await;
    let rotated = reunion.requests().into_iter().rfind(|(path, _)| path == "/rotated").unwrap();
    assert_signed(&rotated.1, &["the new secret"]);
    reunion.finish().await;
}

#[tokio::test]
async fn an_event_goes_where_it_went() {
    let reunion = Reunion::start().await;
    let mut event = sample("run_failed");
    for common in ["environment", "account_name"] {
        event.as_object_mut().unwrap().shift_remove(common);
    }
    reunion.app.post_event(&reunion.fixture.facts.tokens["ingest"], &event).await.has_status(202);
    reunion.app.dispatch.settled().await.unwrap();

    let requests = reunion.requests();
    let paths: Vec<_> = requests.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(paths, ["/settings/T0K3N?key=s3cret", "/signed?key=1", "/slack/T/B/XYZ"]);
    let payload: Value = serde_json::from_str(&requests[0].1.body).unwrap();
    assert_eq!(
        (&payload["account_name"], &payload["environment"]),
        (&json!("Acme & Söhne"), &json!("prod-acme"))
    );
    let mails = reunion.smtp.log().mails;
    let mut to: Vec<_> = mails.iter().skip(reunion.before.1).flat_map(|mail| mail.to.clone()).collect();
    to.sort();
    assert_eq!(to, ["Dana@acme.example", "ops@acme.example", "refused@acme.example"]);
    reunion.finish().await;
}

/// What the old version kept in clear. The log keeps who got a mail; in these two forms the addresses stood in the
/// table of destinations alone.
#[tokio::test]
async fn the_addresses_of_ops_email_are_sealed_by_the_upgrade_and_wiped() {
    const CLEAR: [&str; 2] = ["oncall@acme.example +1", "oncall@acme.example,night@acme.example"];
    let fixture = Fixture::open().await;
    let found =
        |texts: Vec<(String, String)>| CLEAR.map(|clear| texts.iter().any(|(_, text)| text.contains(clear)));
    assert_eq!(found(fixture.place.everything().await), [true, true]);
    let app = fixture.start().spawn().await;
    let listed = request("GET", PROVIDERS, None).bearer(&fixture.facts.tokens["admin"]);
    let listed = app.send(listed).await.json();
    let oncall = listed["data"].as_array().unwrap().iter().find(|row| row["name"] == "oncall").unwrap();
    assert_eq!(oncall["config"]["toEmails"], json!(["oncall@acme.example", "night@acme.example"]));
    assert_eq!(oncall["configSummary"], CLEAR[0]);
    assert_eq!(found(app.place.everything().await), [false, false], "while the program runs");
    let place = app.stop().await;
    assert_eq!(found(place.everything().await), [false, false], "and afterwards");
    place.clear().await;
}
