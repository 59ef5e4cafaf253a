//! Receivers over TLS, and calls of the APIs as a client makes them that knows only their documents.

use ringpost::domain::role::Role;
use serde_json::{Value, json};

use super::app::{Start, TestApp, start};
use super::authority::Authority;
use super::http::{Answer as Answered, Request};
use super::receiver::{Answer, Door, Receiver};

pub const PROVIDERS: &str = "/api/v1/notifications/providers";
pub const WEBHOOKS: &str = "/api/v3/notification/webhooks";

/// An app that believes the certificates of its receivers, and a token for account 100.
pub struct Desk {
    pub app: TestApp,
    pub token: String,
    authority: Authority,
}

impl Desk {
    pub async fn of_admin() -> Self {
        Self::of(start()).await
    }

    /// The same in an app that is started in another way.
    pub async fn of(start: Start) -> Self {
        let authority = Authority::new();
        let app = start.trust(authority.trust()).spawn().await;
        let token = app.token(Some(100), Role::Admin).await;
        Self { app, token, authority }
    }

    /// A receiver over TLS that gives these answers, and its URL.
    pub async fn receiver(&self, answers: Vec<Answer>) -> (Receiver, String) {
        let receiver = Receiver::start(Door::Tls(self.authority.serves(&["localhost"])), answers).await;
        let url = receiver.https("localhost").expose().to_owned();
        (receiver, url)
    }

    pub async fn ok(&self) -> (Receiver, String) {
        self.receiver(vec![Answer::status(200, "ok")]).await
    }

    /// A call with the token and `X-Requested-With`.
    pub async fn call(&self, method: &'static str, path: &str, body: Option<&Value>) -> Answered {
        self.app.send(request(method, path, body).bearer(&self.token)).await
    }

    pub async fn get(&self, path: &str) -> Answered {
        self.call("GET", path, None).await
    }

    /// The same call by a token with another role.
    pub async fn call_as(
        &self,
        role: Role,
        method: &'static str,
        path: &str,
        body: Option<&Value>,
    ) -> Answered {
        let token = self.app.token(Some(100), role).await;
        self.app.send(request(method, path, body).bearer(&token)).await
    }

    /// Adds a provider; answers its id.
    pub async fn provider(&self, kind: &str, config: &Value) -> String {
        let body = json!({ "kind": kind, "name": "#ops-alerts", "config": config });
        let created = self.call("POST", PROVIDERS, Some(&body)).await;
        created.has_status(201);
        created.json()["id"].as_str().unwrap().to_owned()
    }

    /// Adds a JSON:API webhook; answers the resource, with its secret.
    pub async fn webhook(&self, attributes: &Value) -> Value {
        let created = self.call("POST", WEBHOOKS, Some(&document(attributes))).await;
        created.has_status(201);
        created.json()["data"].clone()
    }
}

/// `{"data": {"type", "attributes"}}`.
pub fn document(attributes: &Value) -> Value {
    json!({ "data": { "type": "notification/webhooks", "attributes": attributes } })
}

/// A request with `X-Requested-With`, and nobody's name on it.
pub fn request(method: &'static str, path: &str, body: Option<&Value>) -> Request {
    let request = Request::new(method, path).header("X-Requested-With", "XMLHttpRequest");
    match body {
        Some(body) => request.body("application/json", body.to_string()),
        None => request,
    }
}

/// The keys of an object, in its order.
pub fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}
