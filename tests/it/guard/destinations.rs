//! The same addresses through the doors of destinations and of the APIs.

use std::sync::atomic::Ordering;

use ringpost::domain::role::Role;
use ringpost::domain::values::{Schemes, WebhookUrl};
use serde_json::{Value, json};

use super::tripwire;
use crate::support::app::{TestApp, start};
use crate::support::destinations::{PROVIDERS, WEBHOOKS, document, request};
use crate::support::forbidden::FORBIDDEN;
use crate::support::http::Answer;

const RULES: &str = "/v1/organizations/org_100/knowledge/connectors/notifications";

struct Door {
    app: TestApp,
    token: String,
}

impl Door {
    async fn call(&self, method: &'static str, path: &str, body: &Value) -> Answer {
        self.app.send(request(method, path, Some(body)).bearer(&self.token)).await
    }

    /// Adds a harmless provider, to be changed.
    async fn provider(&self) -> String {
        let body =
            json!({ "kind": "webhook", "name": "ops", "config": { "url": "https://hooks.acme.invalid/" } });
        let created = self.call("POST", PROVIDERS, &body).await;
        created.has_status(201);
        created.json()["id"].as_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn no_forbidden_address_is_reached_by_a_destination_or_a_rules_test() {
    let app = start().without("--allow-network").spawn().await;
    let token = app.token(Some(100), Role::Admin).await;
    let door = Door { app, token };
    let (port, connections) = tripwire().await;
    let provider = door.provider().await;
    for host in FORBIDDEN {
        let url = format!("https://{host}:{port}/hook");
        let config = json!({ "url": url });
        let created = door
            .call("POST", PROVIDERS, &json!({ "kind": "webhook", "name": "ops", "config": config }))
            .await;
        let changed =
            door.call("PATCH", &format!("{PROVIDERS}/{provider}"), &json!({ "config": config })).await;
        let dialect =
            door.call("POST", WEBHOOKS, &document(&json!({ "name": "ops", "url": url, "events": [] }))).await;
        let tested_rule = door
            .call("POST", &format!("{RULES}/test"), &json!({ "notification_type": "webhook", "url": url }))
            .await;

        if WebhookUrl::parse(&url, Schemes::HttpsOnly).is_err() {
            for answer in [created, changed, dialect, tested_rule] {
                answer.has_status(422);
            }
            continue;
        }
        created.has_status(201);
        // An account has 100 at most.
        let made = format!("{PROVIDERS}/{}", created.json()["id"].as_str().unwrap());
        door.app.send(request("DELETE", &made, None).bearer(&door.token)).await.has_status(204);
        assert!(created.json()["warnings"][0].as_str().unwrap().contains("--allow-network"), "{host}");
        changed.has_status(200);
        dialect.has_status(201);
        tested_rule.has_status(502);
        let tested = door.call("POST", &format!("{PROVIDERS}/{provider}/test"), &json!({})).await;
        tested.has_status(502);
        let id = dialect.json()["data"]["id"].as_str().unwrap().to_owned();
        let tested = door.call("POST", &format!("{WEBHOOKS}/test/{id}"), &json!({})).await;
        assert_eq!(tested.json()["success"], false, "{host}");
        let notification = json!({ "title": "t", "body": "b", "severity": "info" });
        let sent = json!({ "providerIds": [provider], "notification": notification });
        door.call("POST", "/api/v1/notifications/send", &sent).await.has_status(502);
    }
    assert_eq!(connections.load(Ordering::Relaxed), 0);
    door.app.finish().await;
}
