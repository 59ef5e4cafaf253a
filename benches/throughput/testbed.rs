//! A server with fresh data between a load generator and its receivers, and what a caller may ask of it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::client::{Answer, Connection, request};
use crate::flags::Program;
use crate::journal::Journal;
use crate::load::Target;
use crate::mail_sink::{self, Mailbox};
use crate::payload::EventRequest;
use crate::server::{self, Server};
use crate::storage::Storage;
use crate::{BenchError, Result, receiver};

/// Who signs in.
const EMAIL: &str = "dana@acme.example";
const PASSWORD: &str = "correct horse battery staple 7";

/// One server, its data, and what stands around it.
pub struct Testbed {
    pub program: Program,
    pub storage: Storage,
    pub server: Server,
    pub journal: Arc<Journal>,
    pub mailbox: Arc<Mailbox>,
    /// Where the good receiver listens.
    pub receiver: SocketAddr,
    mail: SocketAddr,
    token: String,
}

impl Testbed {
    /// A ready server with these accounts, and a receiver that answers after a time.
    pub async fn start(
        program: &Program,
        storage: Storage,
        accounts: &[i64],
        delay: Duration,
    ) -> Result<Self> {
        for id in accounts {
            server::add_account(program, &storage, *id).await?;
        }
        if let Some(first) = accounts.first() {
            let account = first.to_string();
            #[rustfmt::skip]
            let arguments = ["user", "add", EMAIL, "--name", "Dana Ito", "--account", &account,
                "--role", "admin", "--password-stdin"];
            server::run(program, &storage, &arguments, PASSWORD).await?;
        }
        let token = server::create_token(program, &storage).await?;
        let (journal, mailbox) = (Arc::new(Journal::new()), Arc::new(Mailbox::default()));
        let receiver = receiver::start(Arc::clone(&journal), delay).await?;
        let mail = mail_sink::start(Arc::clone(&mailbox)).await?;
        let server = Server::start(program, &storage, mail, &[]).await?;
        Ok(Self { program: program.clone(), storage, server, journal, mailbox, receiver, mail, token })
    }

    /// Ends the server in order, lets somebody at its data, and starts it again with these options.
    pub async fn restart<W: AsyncFnOnce(&Storage) -> Result<()>>(
        self,
        work: W,
        options: &[&str],
    ) -> Result<Self> {
        self.server.end().await?;
        work(&self.storage).await?;
        let server = Server::start(&self.program, &self.storage, self.mail, options).await?;
        Ok(Self { server, ..self })
    }

    /// Ends the server, and forgets its data.
    pub async fn finish(self) -> Result<()> {
        self.server.kill().await?;
        self.storage.clear().await
    }

    /// Posts of an account's events.
    pub fn target(&self, account: i64) -> Target {
        let request = EventRequest::new("/api/v1/events", &self.token, account);
        Target { address: self.server.address, request }
    }

    /// Sets an account's shared webhook, switched on for `run_failed`, and the event's subscribers.
    pub async fn notify(
        &self,
        account: i64,
        webhook: Option<SocketAddr>,
        subscribers: &[String],
    ) -> Result<()> {
        let email = |address: &String| json!({ "type": "email", "email": address, "events": ["run_failed"] });
        let mut rules: Vec<Value> = subscribers.iter().map(email).collect();
        if let Some(address) = webhook {
            let url = format!("http://{address}/hook");
            rules.push(json!({ "type": "webhook", "url": url, "events": ["run_failed"] }));
        }
        let path = format!("/v1/organizations/org_{account}/knowledge/connectors/notifications");
        self.call("PUT", &path, &[], &json!({ "notifications": rules })).await
    }

    /// Adds a destination that wants `run_failed`. Its address speaks HTTPS, if anything.
    pub async fn add_webhook(&self, account: i64, address: SocketAddr) -> Result<()> {
        let attributes = json!({
            "name": address.to_string(), "url": format!("https://{address}/hook"), "events": ["run_failed"],
        });
        let body = json!({ "data": { "type": "notification/webhooks", "attributes": attributes } });
        let account = account.to_string();
        self.call("POST", "/api/v3/notification/webhooks", &[("X-Tenant-Id", &account)], &body).await
    }

    /// Adds destinations that no event goes to: webhooks, with a Slack channel as the third of five.
    pub async fn add_destinations(&self, account: i64) -> Result<()> {
        for place in 1..=5 {
            let (kind, config) = if place == 3 {
                ("slack", json!({ "webhookUrl": "https://hooks.slack.com/services/T/B/XYZ" }))
            } else {
                ("webhook", json!({ "url": format!("https://{}/hook{place}", self.receiver) }))
            };
            let body = json!({ "kind": kind, "name": format!("Destination {place}"), "config": config });
            let (path, account) = ("/api/v1/notifications/providers", account.to_string());
            self.call("POST", path, &[("X-Tenant-Id", &account)], &body).await?;
        }
        Ok(())
    }

    async fn call(&self, method: &str, path: &str, more: &[(&str, &str)], body: &Value) -> Result<()> {
        let bearer = format!("Bearer {}", self.token);
        let mut headers = vec![
            ("Host", "ringpost.example"),
            ("Authorization", bearer.as_str()),
            ("X-Requested-With", "XMLHttpRequest"),
            ("Content-Type", "application/json"),
        ];
        headers.extend(more);
        let mut line = Connection::open(self.server.address).await?;
        let answer = line.ask(&request(method, path, &headers, &body.to_string())).await?;
        if answer.status / 100 == 2 {
            return Ok(());
        }
        Err(BenchError::from(format!("{method} {path} was answered {}: {}", answer.status, answer.body)))
    }

    /// Signs in as a person does; the cookie of the session.
    pub async fn sign_in(&self) -> Result<String> {
        let origin = format!("http://{}", self.server.address);
        let host = self.server.address.to_string();
        let headers = [
            ("Host", host.as_str()),
            ("Origin", origin.as_str()),
            ("Content-Type", "application/x-www-form-urlencoded"),
        ];
        let fields = [("email", EMAIL), ("password", PASSWORD)];
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let mut line = Connection::open(self.server.address).await?;
        let answer = line.ask(&request("POST", "/login", &headers, &form)).await?;
        session(&answer).ok_or_else(|| {
            BenchError::from(format!("the sign-in was answered {}: {}", answer.status, answer.body))
        })
    }

    /// A request for a page by whoever has this session.
    pub fn page(&self, path: &str, session: &str) -> Vec<u8> {
        let host = self.server.address.to_string();
        request("GET", path, &[("Host", &host), ("Cookie", session)], "")
    }

    /// A request of a program about an account.
    pub fn api(&self, path: &str, account: i64) -> Vec<u8> {
        let (bearer, account) = (format!("Bearer {}", self.token), account.to_string());
        let headers = [
            ("Host", "ringpost.example"),
            ("Authorization", bearer.as_str()),
            ("X-Tenant-Id", account.as_str()),
        ];
        request("GET", path, &headers, "")
    }
}

fn session(answer: &Answer) -> Option<String> {
    let cookie = answer.head.lines().find_map(|line| line.strip_prefix("set-cookie: ringpost="))?;
    let value = cookie.split(';').next()?;
    (answer.status == 303 && !value.is_empty()).then(|| format!("ringpost={value}"))
}
