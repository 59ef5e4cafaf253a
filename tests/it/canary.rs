//! Marker secrets go into every secret field; afterwards nothing that is kept, logged, shown to a viewer or
//! mailed may hold one of them.

mod people;

use serde_json::{Value, json};

use crate::support::authority::Authority;
use crate::support::browser::Browser;
use crate::support::destinations::{Desk, PROVIDERS, WEBHOOKS, document, request};
use crate::support::http::Answer;
use crate::support::place::Place;
use crate::support::program::{Serving, ringpost};
use crate::support::receiver::Receiver;
use crate::support::samples::sample;

const RULES: &str = "/v1/organizations/org_100/knowledge/connectors/notifications";
const PASSWORD: &str = "canary-password-93a1c07f";
const MARKERS: [&str; 8] = [
    "canary-shared-5d0e2b11",
    "canary-tested-77c9a402",
    "canary-url-1f6b83da",
    "canary-slack-e0427c95",
    "canary-teams-b81d6f30",
    "canary-secret-46fa0e8b",
    "canary-newsecret-0c93d7e2",
    "canary-header-a25e71b4",
];

struct Canary {
    place: Place,
    server: Serving,
    admin: String,
    viewer: String,
    /// May read the metrics.
    monitor: String,
}

impl Canary {
    async fn call(&self, method: &'static str, path: &str, body: &Value) -> Answer {
        request(method, path, Some(body)).bearer(&self.admin).send(self.server.address).await
    }

    async fn create(&self, kind: &str, config: &Value) -> String {
        let body = json!({ "kind": kind, "name": format!("the {kind}"), "config": config });
        let created = self.call("POST", PROVIDERS, &body).await;
        created.has_status(201);
        created.json()["id"].as_str().unwrap().to_owned()
    }
}

/// The program with an account, a viewer and tokens, logging everything that there is to log.
async fn start(authority: &Authority) -> Canary {
    let place = Place::fresh().await;
    let command = async |line: &[&str], stdin: &str| ringpost(&place, line, stdin).await.done();
    let account = ["account", "add", "--id", "100", "--name", "Acme Corp", "--environment", "prod-acme"];
    let contact = ["--contact-name", "Dana Ito", "--contact-email", "dana@acme.example"];
    command(&[&account[..], &contact[..]].concat(), "").await;
    let person =
        ["user", "add", "viewer@acme.example", "--name", "Vi", "--account", "100", "--role", "viewer"];
    command(&[&person[..], &["--password-stdin"]].concat(), PASSWORD).await;
    let token = async |role: &str| {
        let line = ["token", "create", "--account", "100", "--role", role, "--name", role];
        command(&line, "").await.trim().to_owned()
    };
    let (admin, viewer) = (token("admin").await, token("viewer").await);
    let line = ["token", "create", "--all-accounts", "--role", "viewer", "--name", "prometheus"];
    let monitor = command(&line, "").await.trim().to_owned();
    let root = place.folder().join("root.pem");
    std::fs::write(&root, authority.pem()).unwrap();
    let arguments = ["--log", "trace", "--allow-network", "127.0.0.0/8", "--rate-limit", "off"];
    let server =
        Serving::start_within(&place, &arguments, &[("SSL_CERT_FILE", root.to_str().unwrap())]).await;
    Canary { place, server, admin, viewer, monitor }
}

#[tokio::test]
async fn no_secret_is_stored_logged_mailed_or_shown_to_a_viewer() {
    let authority = Authority::new();
    let shared = Receiver::ok().await;
    let signed = Receiver::tls(authority.serves(&["127.0.0.1"])).await;
    let canary = start(&authority).await;
    let [saved, tested, url, slack, teams, secret, new_secret, header] = MARKERS;
    let https = |marker: &str| format!("https://127.0.0.1:{}/{marker}?token={marker}", signed.address.port());

    // Every secret field is filled, by every dialect that has it.
    let rule = json!({ "type": "webhook", "url": shared.url(&format!("/{saved}")).expose(), "events": ["run_failed"] });
    canary.call("PUT", RULES, &json!({ "notifications": [rule] })).await.has_status(200);
    let config = json!({ "url": https(url), "secret": secret, "headers": { "X-Token": header } });
    let webhook = canary.create("webhook", &config).await;
    canary.create("slack", &json!({ "webhookUrl": https(slack) })).await;
    canary.create("teams", &json!({ "webhookUrl": https(teams) })).await;
    let attributes =
        json!({ "name": "subscribed", "url": https(url), "secret": secret, "events": ["run_failed"] });
    canary.call("POST", WEBHOOKS, &document(&attributes)).await.has_status(201);
    let renewed = json!({ "config": { "secret": new_secret } });
    canary.call("PATCH", &format!("{PROVIDERS}/{webhook}"), &renewed).await.has_status(200);

    // Every way of sending uses them.
    let test = json!({ "notification_type": "webhook", "url": shared.url(&format!("/{tested}")).expose() });
    canary.call("POST", &format!("{RULES}/test"), &test).await.has_status(200);
    let listed =
        request("GET", PROVIDERS, None).bearer(&canary.admin).send(canary.server.address).await.json();
    for provider in listed["data"].as_array().unwrap() {
        let path = format!("{PROVIDERS}/{}/test", provider["id"].as_str().unwrap());
        canary.call("POST", &path, &json!({})).await.has_status(200);
    }
    canary.call("POST", "/api/v1/events", &sample("run_failed")).await.has_status(202);
    shared.wait_for(2).await;
    let seen = signed.wait_for(5).await;
    assert!(
        seen.iter().any(|request| request.header("X-Token") == Some(header)),
        "the secrets were really used"
    );

    let mut shown = viewers_pages(&canary).await;
    let metrics = request("GET", "/metrics", None).bearer(&canary.monitor).send(canary.server.address).await;
    assert!(metrics.has_status(200).body.contains("ringpost_events_accepted_total 1"), "{}", metrics.body);
    shown.push(("the metrics".to_owned(), metrics.body));
    for path in
        [PROVIDERS, WEBHOOKS, RULES, "/api/v1/deliveries", "/api/v1/events", "/api/v1/accounts/100/history"]
    {
        let answer = request("GET", path, None).bearer(&canary.viewer).send(canary.server.address).await;
        answer.has_status(200);
        shown.push((path.to_owned(), answer.body.clone()));
    }
    let (said, admin) = (canary.server.said(), canary.admin.clone());
    assert_eq!(canary.server.terminate().await, Some(0));
    shown.push(("the log".to_owned(), said.lock().unwrap().clone()));
    assert!(said.lock().unwrap().contains("\"level\":\"TRACE\""), "the log holds everything that there is");
    shown.extend(canary.place.everything().await);
    assert!(shown.iter().any(|(name, _)| name.contains("/mail/")), "mails are searched too");

    for (name, text) in &shown {
        for marker in MARKERS.iter().copied().chain([PASSWORD, admin.as_str()]) {
            assert!(!text.contains(marker), "{marker} is in {name}");
        }
    }
    canary.place.clear().await;
}

/// Every page of the account that a viewer can open, each delivery and destination among them.
async fn viewers_pages(canary: &Canary) -> Vec<(String, String)> {
    let mut viewer = Browser::new(canary.server.address);
    // Typed into the wrong field, and wrong: neither is kept.
    viewer.sign_in(PASSWORD, "a wrong password of somebody").await.has_status(422);
    viewer.sign_in("viewer@acme.example", PASSWORD).await.leads_to();
    let mut pages = Vec::new();
    let mut paths: Vec<String> = [
        "company",
        "welcome",
        "notifications",
        "people",
        "destinations",
        "deliveries",
        "events/explain",
        "history",
        "history/export?format=json",
    ]
    .map(|tab| format!("/accounts/100/{tab}"))
    .into();
    while let Some(path) = paths.pop() {
        let page = viewer.get(&path).await;
        page.has_status(200);
        if path.ends_with("/deliveries") {
            let links = page.body.split('"').filter(|word| word.starts_with("/accounts/100/deliveries/"));
            paths.extend(links.map(ToOwned::to_owned));
            assert!(paths.len() > 5, "the log has something to show");
        }
        pages.push((path, page.body));
    }
    pages
}

#[tokio::test]
async fn the_addresses_of_ops_email_are_sealed_and_told_from_the_seal() {
    let desk = Desk::of_admin().await;
    let markers = [
        "canary-from-3f1a",
        "canary-to-88b2",
        "canary-second-c07d",
        "canary-reply-51e9",
        "canary-later-e4b6",
    ];
    let [from, to, second, reply, later] = markers.map(|marker| format!("{marker}@acme.example"));
    let config = json!({ "fromEmail": from, "toEmails": [to, second], "replyTo": reply });
    let id = desk.provider("ops_email", &config).await;
    let one = format!("{PROVIDERS}/{id}");
    let shown = desk.get(&one).await.json();
    assert_eq!((&shown["config"], &shown["configSummary"]), (&config, &json!(format!("{to} +1"))));
    let patch = json!({ "config": { "toEmails": [later] } });
    desk.call("PATCH", &one, Some(&patch)).await.has_status(200);
    let shown = desk.get(PROVIDERS).await.json()["data"][0].clone();
    assert_eq!((&shown["config"]["toEmails"], &shown["configSummary"]), (&json!([later]), &json!(later)));

    desk.app.dispatch.settled().await.unwrap();
    let place = desk.app.stop().await;
    let kept = place.everything().await;
    assert!(kept.iter().any(|(_, text)| text.contains("dana@acme.example")), "what is kept can be read");
    for (name, text) in kept {
        for marker in markers {
            assert!(!text.contains(marker), "{marker} is in {name}");
        }
    }
    place.clear().await;
}
