//! The one way out over HTTP, for events, tests, ad-hoc notifications and resends alike.
//!
//! A request is sent at most once and only to an address that [`Policy`] lets through, checked again on
//! every send, on the very address that is dialled. Whatever happens then is an [`Outcome`].

mod answer;
mod attempt;
pub(in crate::send) mod certificate;
mod connect;
mod connection;
mod failure;
mod policy;
mod pool;
mod resolver;
mod retry_after;
mod transcript;
mod warning;
mod wire;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, HOST};
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use jiff::Timestamp;
use tokio::time::timeout;
use url::Host;

use crate::domain::delivery::{Outcome, Reason, Stages, Transcript, Verdict};
use crate::domain::values::WebhookUrl;
use crate::send::progress::Progress;
use crate::send::trust::Trust;
use attempt::Attempt;
use connect::Connector;
use connection::Connection;
pub use policy::{AllowedNetwork, Blocked, Policy, Rule};
use pool::{HttpPool, KeepAlive, PoolKey};
use resolver::Resolver;
pub use resolver::{Lookup, system_lookup};
use transcript::Mask;
pub use warning::Warning;

/// The longest wait for a name, a TCP connection and a TLS handshake together.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a connection rests after an answer: longer than what an operating system holds back of a second answer
/// until the first has been acknowledged (40 ms).
const REST: Duration = Duration::from_millis(50);
/// How long a connection waits for the next request. Receivers begin to hang up after some seconds to a minute, and
/// a request that meets them doing so is lost.
const IDLE: Duration = Duration::from_secs(30);

/// What a guard is made of.
#[derive(Clone)]
pub struct GuardConfig {
    /// Which addresses are open.
    pub policy: Policy,
    /// Which certificates are believed.
    pub trust: Trust,
    /// How names become addresses: [`system_lookup`], except in tests.
    pub lookup: Lookup,
    /// Five seconds, except in tests.
    pub connect_timeout: Duration,
    /// How long a connection is not used again after an answer, except in tests.
    pub rest: Duration,
    /// How long a connection is kept for the next request, except in tests.
    pub idle: Duration,
}

impl GuardConfig {
    /// The machine's resolver and the usual times.
    #[must_use]
    pub fn new(policy: Policy, trust: Trust) -> Self {
        let lookup = system_lookup();
        Self { policy, trust, lookup, connect_timeout: CONNECT_TIMEOUT, rest: REST, idle: IDLE }
    }
}

/// Why there is no guard: the TLS library refused its settings.
#[derive(Debug, thiserror::Error)]
#[error("TLS cannot be set up: {0}")]
pub struct GuardError(#[from] rustls::Error);

/// One request to send.
pub struct Outgoing<'a> {
    /// Who sends: nobody else's request ever takes the same connection.
    pub account: i64,
    /// Where to.
    pub url: &'a WebhookUrl,
    /// In the order in which they are sent. Values marked sensitive are hidden in the transcript.
    pub headers: HeaderMap,
    /// What is posted.
    pub body: Bytes,
    /// Whether the body belongs into the transcript: not where it is the event's payload, which is kept once.
    pub keeps_body: bool,
    /// From the first step to the answer's status line.
    pub timeout: Duration,
    /// When it is sent.
    pub now: Timestamp,
}

/// The one way out over HTTP. Cheap to clone; clones share its connections.
#[derive(Clone)]
pub struct Guard {
    connector: Arc<Connector>,
    resolver: Resolver,
    pool: Arc<HttpPool>,
    connect_timeout: Duration,
}

impl Guard {
    /// A guard without connections.
    pub fn new(setup: GuardConfig) -> Result<Self, GuardError> {
        let GuardConfig { policy, trust, lookup, connect_timeout, rest, idle } = setup;
        let resolver = Resolver::new(policy, lookup);
        let connector = Arc::new(Connector::new(resolver.clone(), &trust, connect_timeout)?);
        Ok(Self { connector, resolver, pool: HttpPool::new(KeepAlive { rest, idle }), connect_timeout })
    }

    /// Looks at an address when it is saved: the same checks as on a send, with nothing sent.
    pub async fn inspect(&self, url: &WebhookUrl) -> Result<(), Warning> {
        self.check_literal(url).map_err(Warning::Blocked)?;
        let Host::Domain(name) = url.host() else {
            return Ok(());
        };
        match timeout(self.connect_timeout, self.resolver.lookup(name)).await {
            Ok(Ok(found)) => self.resolver.check(name, url.port(), &found).map_err(Warning::Blocked),
            Ok(Err(_)) | Err(_) => Err(Warning::Unresolved { host: name.to_owned() }),
        }
    }

    /// Sends one POST, once. It returns as soon as the answer's body is read, stalls or grows too long; its
    /// status line alone decides, and [`Outcome::took`] ends with it.
    pub async fn post(&self, mut outgoing: Outgoing<'_>, progress: &Progress) -> Outcome {
        let mut attempt = Attempt::begin();
        if let Err(outcome) = complete(&mut outgoing) {
            return outcome;
        }
        let exchange = timeout(outgoing.timeout, self.exchange(&outgoing, &mut attempt, progress)).await;
        let took = attempt.elapsed();
        let exchanged = exchange.unwrap_or_else(|_| Err(failure::timed_out(&attempt, outgoing.timeout)));
        let outcome = match exchanged {
            Ok((response, connection)) => self.read(response, connection, &outgoing, &attempt).await,
            Err(outcome) => Outcome { stages: attempt.stages(), ..outcome },
        };
        let request_head = transcript::request_head(&outgoing.headers, outgoing.body.len());
        let request_body = if outgoing.keeps_body {
            String::from_utf8_lossy(&outgoing.body).into_owned()
        } else {
            String::new()
        };
        let transcript = Transcript { request_head, request_body, ..outcome.transcript };
        Outcome { took, transcript, ..outcome }
    }

    /// From the first step to the status line, or to the outcome that stands in its place. A kept connection may
    /// have ended, or may have something to say that nobody asked for; as long as no byte of the request has left,
    /// the next one is taken, at last a new one.
    async fn exchange(
        &self,
        outgoing: &Outgoing<'_>,
        attempt: &mut Attempt,
        progress: &Progress,
    ) -> Result<(Response<Incoming>, Connection), Outcome> {
        self.check_literal(outgoing.url).map_err(|blocked| failure::blocked(&blocked))?;
        let key = key(outgoing);
        while let Some(mut kept) = self.pool.take(&key) {
            match kept.send(request(outgoing)?, attempt, progress).await {
                Ok(response) => return Ok((response, kept)),
                Err(error) if attempt.has_left() => return Err(failure::broken(attempt, &error)),
                Err(_) => {}
            }
        }
        let wire = self.connector.connect(outgoing.url, attempt).await?;
        let broken = |attempt: &Attempt, error| failure::broken(attempt, &error);
        let mut made = Connection::open(wire).await.map_err(|error| broken(attempt, error))?;
        match made.send(request(outgoing)?, attempt, progress).await {
            Ok(response) => Ok((response, made)),
            Err(error) => Err(broken(attempt, error)),
        }
    }

    async fn read(
        &self,
        response: Response<Incoming>,
        mut connection: Connection,
        outgoing: &Outgoing<'_>,
        attempt: &Attempt,
    ) -> Outcome {
        let mask = Mask::new(outgoing.url, &outgoing.headers);
        let deadline = attempt.begun() + outgoing.timeout;
        let (outcome, is_whole) =
            answer::outcome(response, &mut connection, &mask, deadline, outgoing.now).await;
        let stages = Stages { done: Some(attempt.elapsed()), ..attempt.stages() };
        if is_whole && connection.is_at_rest().await {
            self.pool.put(key(outgoing), connection);
        }
        Outcome { stages, ..outcome }
    }

    fn check_literal(&self, url: &WebhookUrl) -> Result<(), Blocked> {
        let address = match url.host() {
            Host::Ipv4(address) => IpAddr::V4(address),
            Host::Ipv6(address) => IpAddr::V6(address),
            Host::Domain(_) => return Ok(()),
        };
        self.resolver.check(&address.to_string(), url.port(), &[address])
    }
}

fn key(outgoing: &Outgoing<'_>) -> PoolKey {
    PoolKey { account: outgoing.account, url: outgoing.url.expose().to_owned() }
}

/// Adds the two headers that every request has, unless they were given.
fn complete(outgoing: &mut Outgoing<'_>) -> Result<(), Outcome> {
    let host = HeaderValue::from_str(&outgoing.url.authority()).map_err(|error| unwritten(&error))?;
    outgoing.headers.entry(ACCEPT).or_insert(HeaderValue::from_static("*/*"));
    outgoing.headers.entry(HOST).or_insert(host);
    Ok(())
}

/// The request as hyper writes it; the body is shared, not copied.
fn request(outgoing: &Outgoing<'_>) -> Result<Request<Full<Bytes>>, Outcome> {
    let url = outgoing.url.as_url();
    let mut request = Request::post(&url[url::Position::AfterPort..])
        .body(Full::new(outgoing.body.clone()))
        .map_err(|error| unwritten(&error))?;
    *request.headers_mut() = outgoing.headers.clone();
    Ok(request)
}

/// A request that HTTP has no form for was not sent.
fn unwritten(why: &dyn std::error::Error) -> Outcome {
    tracing::warn!(%why, "a request could not be written");
    Outcome::new(Verdict::Failed(Reason::NotComposed), "HTTP has no form for this address")
}
