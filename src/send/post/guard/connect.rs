//! From a URL to a connection: the name's addresses, the policy, TCP and TLS.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::client::Resumption;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use url::Host;

use super::attempt::{Attempt, Stage};
use super::resolver::Resolver;
use super::wire::Wire;
use super::{certificate, failure};
use crate::domain::delivery::Outcome;
use crate::domain::values::WebhookUrl;
use crate::send::root_cause;
use crate::send::trust::Trust;

/// How long one of several addresses is waited for before the next one is tried beside it (RFC 8305, 5).
const NEXT_ADDRESS: Duration = Duration::from_millis(300);

/// Makes connections, all over one TLS configuration.
pub(super) struct Connector {
    resolver: Resolver,
    tls: Arc<ClientConfig>,
    /// For the name, TCP and TLS together.
    limit: Duration,
}

impl Connector {
    pub(super) fn new(resolver: Resolver, trust: &Trust, limit: Duration) -> Result<Self, rustls::Error> {
        let tls = trust.client_config(&["http/1.1"], Resumption::in_memory_sessions(256))?;
        Ok(Self { resolver, tls: Arc::new(tls), limit })
    }

    /// A new connection, or what its lack means: nothing was sent.
    pub(super) async fn connect(&self, url: &WebhookUrl, attempt: &mut Attempt) -> Result<Wire, Outcome> {
        let opened = timeout(self.limit, self.open(url, attempt)).await;
        opened.unwrap_or_else(|_| Err(failure::unreached(attempt.stage, failure::waited(self.limit))))
    }

    async fn open(&self, url: &WebhookUrl, attempt: &mut Attempt) -> Result<Wire, Outcome> {
        let addresses = self.addresses(url, attempt).await?;
        attempt.allowed();
        let socket = dial(&addresses, url.port()).await;
        let socket = socket.and_then(|socket| socket.set_nodelay(true).map(|()| socket));
        let socket = socket.map_err(|error| unreached(attempt, &error))?;
        attempt.connected();
        if url.as_url().scheme() != "https" {
            return Ok(Wire::plain(socket));
        }
        attempt.stage = Stage::Handshaking;
        let name = server_name(url).map_err(|error| unreached(attempt, &error))?;
        let stream = TlsConnector::from(Arc::clone(&self.tls)).connect(name, socket).await;
        let stream = stream.map_err(|error| unreached(attempt, &error))?;
        let certificates = stream.get_ref().1.peer_certificates().unwrap_or_default();
        attempt.secured(certificates.first().and_then(|certificate| certificate::ends(certificate)));
        Ok(Wire::secure(stream))
    }

    /// What the host stands for, as the URL parser read it: `127.1`, `0x7f.1` and `[::ffff:7f00:1]` are addresses
    /// to it. All of them were let through by the policy.
    async fn addresses(&self, url: &WebhookUrl, attempt: &mut Attempt) -> Result<Vec<IpAddr>, Outcome> {
        let name = match url.host() {
            Host::Ipv4(address) => return self.resolver.literal(address.into(), url.port()),
            Host::Ipv6(address) => return self.resolver.literal(address.into(), url.port()),
            Host::Domain(name) => name,
        };
        attempt.stage = Stage::Resolving;
        let found = self.resolver.lookup(name).await.map_err(|error| unreached(attempt, &error))?;
        attempt.resolved();
        self.resolver.check(name, url.port(), &found).map_err(|blocked| failure::blocked(&blocked))?;
        Ok(found)
    }
}

fn unreached(attempt: &Attempt, error: &(dyn std::error::Error + 'static)) -> Outcome {
    failure::unreached(attempt.stage, root_cause::of(error))
}

/// Whose certificate it must be.
fn server_name(url: &WebhookUrl) -> io::Result<ServerName<'static>> {
    match url.host() {
        Host::Ipv4(address) => Ok(ServerName::IpAddress(IpAddr::from(address).into())),
        Host::Ipv6(address) => Ok(ServerName::IpAddress(IpAddr::from(address).into())),
        Host::Domain(name) => ServerName::try_from(name.to_owned())
            .map_err(|_| io::Error::other("the host's name cannot be in a certificate")),
    }
}

/// The first of the addresses that lets us in.
async fn dial(addresses: &[IpAddr], port: u16) -> io::Result<TcpStream> {
    if let [only] = addresses {
        return TcpStream::connect((*only, port)).await;
    }
    let mut next = taking_turns(addresses).into_iter();
    let mut tries = JoinSet::new();
    let mut last_error = io::Error::other("the name has no address");
    loop {
        if let Some(address) = next.next() {
            tries.spawn(TcpStream::connect(SocketAddr::new(address, port)));
        }
        let ended = if next.len() > 0 {
            match timeout(NEXT_ADDRESS, tries.join_next()).await {
                Ok(ended) => ended,
                Err(_) => continue,
            }
        } else {
            tries.join_next().await
        };
        match ended {
            Some(Ok(Ok(socket))) => return Ok(socket),
            Some(Ok(Err(error))) => last_error = error,
            Some(Err(error)) => last_error = io::Error::other(error),
            None => return Err(last_error),
        }
    }
}

/// One family may lead nowhere, so the two take turns; the resolver's first goes first.
fn taking_turns(addresses: &[IpAddr]) -> Vec<IpAddr> {
    let Some(first) = addresses.first() else { return Vec::new() };
    let (mut one, mut other): (Vec<IpAddr>, Vec<IpAddr>) =
        addresses.iter().partition(|address| address.is_ipv4() == first.is_ipv4());
    let mut turns = Vec::with_capacity(addresses.len());
    one.reverse();
    other.reverse();
    while turns.len() < addresses.len() {
        turns.extend(one.pop());
        turns.extend(other.pop());
    }
    turns
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(texts: &[&str]) -> Vec<IpAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn families_take_turns_and_the_resolvers_first_goes_first() {
        let found = addresses(&["2001:db8::1", "2001:db8::2", "192.0.2.1", "2001:db8::3"]);
        let turns = addresses(&["2001:db8::1", "192.0.2.1", "2001:db8::2", "2001:db8::3"]);
        assert_eq!(taking_turns(&found), turns);
        assert!(taking_turns(&[]).is_empty());
    }

    #[tokio::test]
    async fn an_address_that_refuses_is_passed_over() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        // Nobody listens on the second loopback address.
        let socket = dial(&addresses(&["127.0.0.2", "127.0.0.1"]), port).await.unwrap();
        assert_eq!(socket.peer_addr().unwrap().ip().to_string(), "127.0.0.1");
        assert!(dial(&addresses(&["127.0.0.2", "127.0.0.3"]), port).await.is_err());
    }
}
