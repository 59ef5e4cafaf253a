//! Which addresses deliveries may reach: a pure function from an address and a port to yes or no.

mod allow;
mod table;

use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;

pub use allow::AllowedNetwork;

/// Public addresses, and whatever `--allow-network` opens beside them.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    allowed: Vec<AllowedNetwork>,
}

/// An address that deliveries may not reach. Its text is a half sentence for the log and the page:
/// `hooks.acme.example is 10.0.0.7, an internal address (10.0.0.0/8)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocked {
    /// The host of the URL, unless it was this very address.
    pub host: Option<String>,
    /// The address that was refused; an IPv4 address in IPv6 clothes is shown as what it is.
    pub address: IpAddr,
    /// The port that would have been dialled.
    pub port: u16,
    /// Why.
    pub rule: Rule,
}

/// One line of the deny table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// What the network's addresses are, `an internal address`.
    pub what: &'static str,
    /// The network; for IPv6 addresses that no line names, `2000::/3` is what they are *not* in.
    pub network: IpNet,
    /// Whether the address was refused for being outside `network`.
    pub outside: bool,
}

impl Policy {
    /// A policy with these internal networks open.
    #[must_use]
    pub fn new(allowed: Vec<AllowedNetwork>) -> Self {
        Self { allowed }
    }

    /// Whether a connection to this address and port may be made. IPv4-mapped IPv6 addresses are judged as
    /// the IPv4 address that the kernel would dial.
    pub(crate) fn check_ip(&self, address: IpAddr, port: u16) -> Result<(), Blocked> {
        let address = address.to_canonical();
        if self.allowed.iter().any(|network| network.covers(address, port)) {
            return Ok(());
        }
        match table::rule_against(address) {
            Some(rule) => Err(Blocked { host: None, address, port, rule }),
            None => Ok(()),
        }
    }
}

impl Blocked {
    /// The same, found behind this host name or spelling of the address.
    #[must_use]
    pub fn behind(self, host: &str) -> Self {
        let host = (host != self.address.to_string()).then(|| host.to_owned());
        Self { host, ..self }
    }

    /// The narrowest value of `--allow-network` that opens it: `10.0.0.7/32:443`.
    #[must_use]
    pub(crate) fn opened_by(&self) -> AllowedNetwork {
        AllowedNetwork::single(self.address, self.port)
    }
}

impl fmt::Display for Blocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rule { what, network, outside } = self.rule;
        let place = if outside { "outside " } else { "" };
        match &self.host {
            Some(host) => write!(f, "{host} is {}, {what} ({place}{network})", self.address),
            None => write!(f, "{} is {what} ({place}{network})", self.address),
        }
    }
}

impl std::error::Error for Blocked {}

#[cfg(test)]
mod tests;
