//! The one way out over HTTP, for events, tests, ad-hoc notifications and resends alike.
//!
//! A request is sent at most once and only to an address that [`Policy`] lets through, checked again on
//! every send, on the very address that is dialled. Whatever happens then is an [`Outcome`].

mod answer;
mod attempt;
mod client;
mod failure;
mod policy;
mod resolver;
mod transcript;
mod warning;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use reqwest::{Body, Client, Response};
use tokio::time::{Instant, timeout};
use url::Host;

use crate::domain::delivery::{Outcome, Reason, Transcript, Verdict};
use crate::domain::values::WebhookUrl;
use crate::send::progress::Progress;
use crate::send::trust::Trust;
use attempt::{Claim, TrackedBody};
use failure::Ending;
pub use policy::{AllowedNetwork, Blocked, Policy, Rule};
pub use resolver::{Lookup, system_lookup};
use resolver::{Resolver, Unresolved};
use transcript::Mask;
pub use warning::Warning;

/// The longest wait for a name, a TCP connection and a TLS handshake together.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// What a guard is made of.
#[derive(Clone)]
pub struct GuardConfig {
    /// Which addresses are open.
    pub policy: Policy,
    /// Which certificates are believed.
    pub trust: Trust,
    /// How names become addresses: [`system_lookup`], except in tests.
    pub lookup: Lookup,
    /// [`CONNECT_TIMEOUT`], except in tests.
    pub connect_timeout: Duration,
}

impl GuardConfig {
    /// The machine's resolver and the usual timeout.
    #[must_use]
    pub fn new(policy: Policy, trust: Trust) -> Self {
        Self { policy, trust, lookup: system_lookup(), connect_timeout: CONNECT_TIMEOUT }
    }
}

/// Why there is no client: the TLS library or the HTTP library refused its settings.
#[derive(Debug, thiserror::Error)]
pub enum GuardError {
    /// rustls.
    #[error("TLS cannot be set up: {0}")]
    Tls(#[from] rustls::Error),
    /// reqwest.
    #[error("the HTTP client cannot be built: {0}")]
    Http(#[from] reqwest::Error),
}

/// One request to send.
pub struct Outgoing<'a> {
    /// Where to.
    pub url: &'a WebhookUrl,
    /// In the order in which they are sent. Values marked sensitive are hidden in the transcript.
    pub headers: HeaderMap,
    /// Never empty: it is by its body that a request is known to have left.
    pub body: Bytes,
    /// From the first step to the answer's status line.
    pub timeout: Duration,
}

/// The guarded client. Cheap to clone; clones share its connections.
#[derive(Clone)]
pub struct Guard {
    client: Client,
    policy: Arc<Policy>,
    resolver: Resolver,
    connect_timeout: Duration,
}

impl Guard {
    /// Builds the client.
    pub fn new(setup: GuardConfig) -> Result<Self, GuardError> {
        let GuardConfig { policy, trust, lookup, connect_timeout } = setup;
        let policy = Arc::new(policy);
        let resolver = Resolver::new(Arc::clone(&policy), lookup);
        let client = client::build(resolver.clone(), &trust, connect_timeout)?;
        Ok(Self { client, policy, resolver, connect_timeout })
    }

    /// Looks at an address when it is saved: the same checks as on a send, with nothing sent.
    pub async fn inspect(&self, url: &WebhookUrl) -> Result<(), Warning> {
        self.check_literal(url).map_err(Warning::Blocked)?;
        let Host::Domain(name) = url.host() else {
            return Ok(());
        };
        let unresolved = || Warning::Unresolved { host: name.to_owned() };
        match timeout(self.connect_timeout, self.resolver.addresses(name, url.port())).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(Unresolved::Blocked(blocked))) => Err(Warning::Blocked(blocked)),
            Ok(Err(Unresolved::Failed(_))) | Err(_) => Err(unresolved()),
        }
    }

    /// Sends one POST, once. It returns as soon as the answer's body is read, stalls or grows too long; its
    /// status line alone decides, and [`Outcome::took`] ends with it.
    pub async fn post(&self, outgoing: Outgoing<'_>, progress: &Progress) -> Outcome {
        let begun = Instant::now();
        let deadline = begun + outgoing.timeout;
        let mask = Mask::new(outgoing.url, &outgoing.headers);
        let request_head = transcript::request_head(outgoing.url, &outgoing.headers, outgoing.body.len());
        let request_body = String::from_utf8_lossy(&outgoing.body).into_owned();
        let exchanged = self.exchange(outgoing, progress).await;
        let took = begun.elapsed();
        let outcome = match exchanged {
            Ok(response) => answer::outcome(response, &mask, deadline).await,
            Err(outcome) => outcome,
        };
        let transcript = Transcript { request_head, request_body, ..outcome.transcript };
        Outcome { took, transcript, ..outcome }
    }

    /// From the first step to the status line, or to the outcome that stands in its place.
    async fn exchange(&self, outgoing: Outgoing<'_>, progress: &Progress) -> Result<Response, Outcome> {
        let Outgoing { url, headers, body, timeout: limit } = outgoing;
        self.check_literal(url)
            .map_err(|blocked| Outcome::new(Verdict::Failed(Reason::BlockedAddress), blocked.to_string()))?;
        let claim = Claim::default();
        let request = self
            .client
            .post(url.as_url().clone())
            .headers(headers)
            .body(Body::wrap(TrackedBody::new(body, claim.clone(), progress.clone())));
        let (result, stage) = attempt::watched(url.port(), timeout(limit, request.send())).await;
        let ending = match result {
            Ok(Ok(response)) => return Ok(response),
            Ok(Err(error)) => Ending::Error(error.without_url()),
            Err(_) => Ending::TimedOut(limit),
        };
        let left = !claim.is_first();
        Err(failure::outcome(&ending, stage, left, self.connect_timeout))
    }

    /// hyper-util dials an address in a URL without asking the resolver, so these are checked here, as the
    /// URL parser read them: `127.1`, `0x7f.1` and `[::ffff:7f00:1]` are addresses to it.
    fn check_literal(&self, url: &WebhookUrl) -> Result<(), Blocked> {
        let address = match url.host() {
            Host::Ipv4(address) => IpAddr::V4(address),
            Host::Ipv6(address) => IpAddr::V6(address),
            Host::Domain(_) => return Ok(()),
        };
        let checked = self.policy.check_ip(address, url.port());
        checked.map_err(|blocked| blocked.behind(&address.to_string()))
    }
}
