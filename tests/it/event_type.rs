//! "An event type is one block": a block is added as a contributor would add it, and walked from the settings
//! page to the receiver, the mail, the log and the published descriptions.

use std::fs;

use ringpost::domain::role::Role;
use serde_json::{Value, json};

use crate::support::app::{TestApp, start};
use crate::support::place::Place;
use crate::support::receiver::Receiver;
use crate::support::smtp::SmtpServer;

/// What the built-in catalogue is made of.
const CATALOG: &str = include_str!("../../src/domain/events.toml");

/// All that a contributor writes.
const BLOCK: &str = r#"
[[event]]
key = "flow_paused"
group = "Platform events"
title = "Flow paused"
description = "A flow is paused by an operator."
fields = [
  { name = "flow_id", type = "integer", sample = 5, description = "The ID of the flow" },
  { name = "flow_name", type = "string", sample = "Nightly import", description = "The name of the flow" },
]

[event.mail]
subject = "{flow_name} (flow {flow_id})"
headline = "{flow_name}"
summary = "Flow {flow_name} was paused."
preheader = "Nothing runs until it is resumed."
facts = [{ label = "Flow", value = "{flow_name} ({flow_id})" }]
"#;

const SETTINGS: &str = "/accounts/100/notifications";

fn posted() -> Value {
    json!({ "event_type": "flow_paused", "account_id": 100, "flow_id": 7, "flow_name": "Hourly export" })
}

async fn app_with_the_block(smtp: &SmtpServer) -> TestApp {
    let place = Place::fresh().await;
    let file = place.folder().join("events.toml");
    fs::write(&file, format!("{CATALOG}\n{BLOCK}")).unwrap();
    start()
        .at(&place)
        .with("--catalog", file.to_str().unwrap())
        .with("--smtp-url", &smtp.url("smtp", "", ""))
        .spawn()
        .await
}

#[tokio::test]
async fn a_new_block_reaches_every_page_receiver_mail_and_description() {
    let (receiver, smtp) = (Receiver::ok().await, SmtpServer::friendly().await);
    let app = app_with_the_block(&smtp).await;

    // The settings page has its row, which is saved like every other.
    let mut browser = app.visitor(Role::Admin).await;
    let form = browser.form(SETTINGS).await.with("webhook_url", receiver.url("/hook").expose());
    browser.submit(SETTINGS, &form).await.leads_to();
    let form = browser.form(SETTINGS).await;
    let form =
        form.with("send_webhook.flow_paused", "on").with("subscribers.flow_paused", "ops@acme.example");
    browser.submit(SETTINGS, &form).await.leads_to();
    browser.get(SETTINGS).await.says("Flow paused").says("A flow is paused by an operator.");
    browser.get("/accounts/100/destinations/new?kind=webhook").await.says("Flow paused");

    // It is accepted, checked and completed at ingest.
    let token = app.token(Some(100), Role::Admin).await;
    let refused = app.post_event(&token, &json!({ "event_type": "flow_paused", "account_id": 100 })).await;
    let details = &refused.error(422, "VALIDATION_FAILED")["details"];
    assert_eq!(details["flow_id"], "Is missing: add it as an integer.");
    let accepted = app.post_event(&token, &posted()).await;
    accepted.has_status(202);
    assert_eq!(accepted.json()["deliveries"], 3);

    // The receiver gets exactly its fields in their order, the subscriber and the primary contact a mail.
    let request = receiver.wait_for(1).await.remove(0);
    let payload: serde_json::Map<String, Value> = serde_json::from_str(&request.body).unwrap();
    let names: Vec<&str> = payload.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        ["event_type", "environment", "account_id", "account_name", "timestamp", "flow_id", "flow_name"]
    );
    assert_eq!(request.header("x-ringpost-event"), Some("flow_paused"));
    for mail in smtp.wait_for(2).await {
        assert_eq!(mail.header("Subject").unwrap(), "[prod-acme] Flow paused: Hourly export (flow 7)");
    }

    // The log, the catalogue and the documents know it.
    app.dispatch.settled().await.unwrap();
    browser.get("/accounts/100/deliveries?event=flow_paused").await.says("Flow paused").says("Delivered");
    let key = crate::support::http::Request::new("GET", "/api/v1/event-types/flow_paused").bearer(&token);
    assert_eq!(app.send(key).await.json()["sample"]["flow_id"], 5);
    let document = browser.get("/api/openapi.json").await.json();
    assert!(document["webhooks"]["flow_paused"]["post"].is_object());
    browser.get("/api/docs").await.says("flow_paused");
    app.finish().await;
}
