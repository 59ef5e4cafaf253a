//! Names to addresses, none of which may be denied.

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::Pin;
use std::sync::Arc;

use super::failure;
use super::policy::{Blocked, Policy};
use crate::domain::delivery::Outcome;

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

/// Names to the addresses that are dialled, so that an answer which changes between the check and the connection
/// changes nothing.
#[derive(Clone)]
pub(super) struct Resolver {
    policy: Arc<Policy>,
    lookup: Lookup,
}

impl Resolver {
    pub(super) fn new(policy: Policy, lookup: Lookup) -> Self {
        Self { policy: Arc::new(policy), lookup }
    }

    /// The name's addresses, at least one.
    pub(super) async fn lookup(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        if is_localhost(name) {
            return Ok(vec![IpAddr::V4(Ipv4Addr::LOCALHOST)]);
        }
        let addresses = (self.lookup)(name.to_owned()).await?;
        if addresses.is_empty() {
            return Err(io::Error::other("the name has no address"));
        }
        Ok(addresses)
    }

    /// Whether all of a name's addresses may be reached on this port; one that may not is enough to refuse the
    /// name, because any of them may be dialled.
    pub(super) fn check(&self, name: &str, port: u16, addresses: &[IpAddr]) -> Result<(), Blocked> {
        for &address in addresses {
            self.policy.check_ip(address, port).map_err(|blocked| blocked.behind(name))?;
        }
        Ok(())
    }

    /// An address that stands in a URL itself.
    pub(super) fn literal(&self, address: IpAddr, port: u16) -> Result<Vec<IpAddr>, Outcome> {
        self.check(&address.to_string(), port, &[address]).map_err(|blocked| failure::blocked(&blocked))?;
        Ok(vec![address])
    }
}

/// This machine, on whatever machine and whoever is asked (RFC 6761, 6.3): some resolvers know `localhost`
/// but not `localhost.` or `a.localhost`, and some ask the internet.
fn is_localhost(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name == "localhost" || name.ends_with(".localhost")
}
