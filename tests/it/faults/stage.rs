//! A server process with everything around it: receiver, mail server, and a proxy before its PostgreSQL.

use std::net::SocketAddr;
use std::time::Duration;

use ringpost::domain::role::Role;
use serde_json::Value;
use tokio::time::timeout;

use crate::support::app::{TestApp, event_request, spawn_app, start};
use crate::support::http::{Answer as Answered, Request};
use crate::support::place::Place;
use crate::support::program::Serving;
use crate::support::proxy::Proxy;
use crate::support::receiver::Receiver;
use crate::support::samples::sample;
use crate::support::smtp::SmtpServer;

use super::table::Visitor;

/// Longer than anything here that is not broken.
pub const LONG: Duration = Duration::from_secs(30);

/// What servers are started on. Each event makes a webhook and a mail to the primary contact.
pub struct Stage {
    pub place: Place,
    pub token: String,
    pub mails: SmtpServer,
    smtp_url: String,
}

impl Stage {
    pub async fn with(receiver: &Receiver) -> Self {
        Self::with_mails(receiver, SmtpServer::friendly().await).await
    }

    pub async fn with_mails(receiver: &Receiver, mails: SmtpServer) -> Self {
        Self::prepared(spawn_app().await, receiver, mails).await
    }

    /// On a database that a test has made itself.
    pub async fn at(url: &str, receiver: &Receiver) -> Self {
        let place = Place::on_sqlite();
        let place = place.by(place.folder(), url);
        Self::prepared(start().at(&place).spawn().await, receiver, SmtpServer::friendly().await).await
    }

    /// Settings and a token, left behind by an app that has ended in order.
    pub async fn prepared(app: TestApp, receiver: &Receiver, mails: SmtpServer) -> Self {
        app.notify(Some(&receiver.url("/hook")), "run_failed", true, "").await;
        let token = app.token(None, Role::Ingest).await;
        let smtp_url = mails.url("smtp", "", "");
        Self { place: app.stop().await, token, mails, smtp_url }
    }

    /// A server right at the database.
    pub async fn serve(&self, arguments: &[&str]) -> Serving {
        Serving::start(&self.place, &self.arguments(arguments)).await
    }

    /// A server with a proxy between it and PostgreSQL.
    pub async fn serve_through_proxy(&self, arguments: &[&str]) -> (Serving, Proxy) {
        let mut url = url::Url::parse(self.place.url()).unwrap();
        let target = SocketAddr::new(url.host_str().unwrap().parse().unwrap(), url.port().unwrap());
        let proxy = Proxy::before(target).await;
        url.set_port(Some(proxy.address.port())).unwrap();
        let place = self.place.by(self.place.folder(), url.as_str());
        (Serving::start(&place, &self.arguments(arguments)).await, proxy)
    }

    /// The arguments that lead to its mail server and receiver.
    pub fn arguments<'a>(&'a self, more: &[&'a str]) -> Vec<&'a str> {
        let usual = ["--allow-network", "127.0.0.0/8", "--rate-limit", "off", "--smtp-url", &self.smtp_url];
        [&usual, more].concat()
    }

    /// Somebody else's look at the database.
    pub async fn visitor(&self) -> Visitor {
        Visitor::to(&self.place).await
    }

    /// Posts an event, under a key if there is one. Fails if there is no answer in time.
    pub async fn post(&self, server: &Serving, key: Option<&str>) -> Answered {
        self.post_this(server, &sample("run_failed"), key).await
    }

    pub async fn post_this(&self, server: &Serving, event: &Value, key: Option<&str>) -> Answered {
        let mut request = event_request(event).bearer(&self.token);
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        timeout(LONG, request.send(server.address)).await.expect("an answer in bounded time")
    }

    /// Posts an event that is taken.
    pub async fn accepted(&self, server: &Serving) {
        self.post(server, None).await.has_status(202);
    }

    /// Ends a server in order, and forgets everything.
    pub async fn end(self, server: Serving) {
        assert_eq!(server.terminate().await, Some(0));
        self.place.clear().await;
    }
}

/// What `/readyz` says.
pub async fn readiness(server: &Serving) -> Answered {
    let asked = Request::new("GET", "/readyz").send(server.address);
    timeout(LONG, asked).await.expect("/readyz answers in bounded time")
}

/// Whether `/readyz` has nothing to say of the database and the dispatcher. Mail is another matter.
pub async fn is_ready(server: &Serving) -> bool {
    let answer = readiness(server).await;
    let body = answer.json();
    let parts = body.as_object().unwrap();
    let told = ["mail", "oldest_waiting_seconds", "cause"];
    answer.status == 200 && parts.iter().all(|(name, state)| told.contains(&name.as_str()) || state == "ok")
}

/// Waits until `/readyz` has something to say, or nothing any more.
pub async fn until_ready(server: &Serving, wanted: bool) {
    let looked = async {
        while is_ready(server).await != wanted {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let found = timeout(Duration::from_mins(1), looked).await;
    assert!(found.is_ok(), "/readyz: {}", readiness(server).await.body);
}
