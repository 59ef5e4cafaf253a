//! Names to addresses, none of which may be denied.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::attempt::{self, Stage};
use super::policy::{Blocked, Policy};

/// Asks for a name's addresses. The system's by default; tests bring their own.
pub type Lookup =
    Arc<dyn Fn(String) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>> + Send + Sync>;

/// The operating system's resolver: its hosts file, its DNS servers, its search order.
#[must_use]
pub fn system_lookup() -> Lookup {
    Arc::new(|name| {
        Box::pin(async move {
            let addresses = tokio::net::lookup_host((name, 0)).await?;
            Ok(addresses.map(|address| address.ip()).collect())
        })
    })
}

/// The client's resolver. The addresses that it returns are the ones that are dialled, so an answer that
/// changes between the check and the connection changes nothing.
#[derive(Clone)]
pub(super) struct Resolver {
    policy: Arc<Policy>,
    lookup: Lookup,
}

/// Why a name leads nowhere.
pub(super) enum Unresolved {
    /// At least one of its addresses is denied; one is enough, because any may be dialled.
    Blocked(Blocked),
    /// It has no address, or nobody could be asked.
    Failed(io::Error),
}

impl Resolver {
    pub(super) fn new(policy: Arc<Policy>, lookup: Lookup) -> Self {
        Self { policy, lookup }
    }

    /// The name's addresses, all of them checked for this port.
    pub(super) async fn addresses(&self, name: &str, port: u16) -> Result<Vec<IpAddr>, Unresolved> {
        if is_localhost(name) {
            return self.checked(name, port, vec![IpAddr::V4(Ipv4Addr::LOCALHOST)]);
        }
        let addresses = (self.lookup)(name.to_owned()).await.map_err(Unresolved::Failed)?;
        self.checked(name, port, addresses)
    }

    fn checked(&self, name: &str, port: u16, addresses: Vec<IpAddr>) -> Result<Vec<IpAddr>, Unresolved> {
        if addresses.is_empty() {
            return Err(Unresolved::Failed(io::Error::other("the name has no address")));
        }
        for &address in &addresses {
            self.policy
                .check_ip(address, port)
                .map_err(|blocked| Unresolved::Blocked(blocked.behind(name)))?;
        }
        Ok(addresses)
    }
}

/// This machine, on whatever machine and whoever is asked (RFC 6761, 6.3): some resolvers know `localhost`
/// but not `localhost.` or `a.localhost`, and some ask the internet.
fn is_localhost(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name == "localhost" || name.ends_with(".localhost")
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let resolver = self.clone();
        Box::pin(async move {
            attempt::reached(Stage::Resolving);
            // Without an attempt there is no port, and port 0 is opened by no rule that names a port.
            let port = attempt::port().unwrap_or_default();
            let addresses = resolver.addresses(name.as_str(), port).await.map_err(|why| match why {
                Unresolved::Blocked(blocked) => Box::new(blocked) as Box<dyn std::error::Error + Send + Sync>,
                Unresolved::Failed(error) => error.into(),
            })?;
            attempt::reached(Stage::Connecting);
            // hyper-util puts the URL's port in.
            let sockets = addresses.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(sockets) as Addrs)
        })
    }
}
