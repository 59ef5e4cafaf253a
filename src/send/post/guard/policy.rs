//! Which addresses deliveries may reach: a pure function from an address and a port to yes or no.

mod allow;
mod own;
mod table;

use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;

pub use allow::AllowedNetwork;

use self::own::OwnAddresses;
use crate::domain::values::Network;

/// Public addresses of other machines, and whatever `--allow-network` opens beside them, but for what
/// `--deny-network` closes.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    allowed: Vec<AllowedNetwork>,
    denied: Vec<Network>,
    own: OwnAddresses,
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
    /// Whether an operator has closed it, so that `--allow-network` does not open it.
    pub by_operator: bool,
}

impl Policy {
    /// A policy with these internal networks open.
    #[must_use]
    pub fn new(allowed: Vec<AllowedNetwork>) -> Self {
        Self { allowed, ..Self::default() }
    }

    /// The same with these networks closed, whatever else is said about them.
    #[must_use]
    pub fn denying(self, denied: Vec<Network>) -> Self {
        Self { denied, ..self }
    }

    /// The same on a machine that has these addresses, and no others.
    #[must_use]
    pub fn on_machine_with(self, own: Vec<IpAddr>) -> Self {
        Self { own: OwnAddresses::fixed(own), ..self }
    }

    /// Whether a connection to this address and port may be made. IPv4-mapped IPv6 addresses are judged as
    /// the IPv4 address that the kernel would dial.
    pub(crate) fn check_ip(&self, address: IpAddr, port: u16) -> Result<(), Blocked> {
        let address = address.to_canonical();
        let blocked = |rule| Err(Blocked { host: None, address, port, rule });
        if let Some(network) = self.denied.iter().find(|network| network.contains(address)) {
            let what = "closed by --deny-network";
            return blocked(Rule { what, network: network.range(), outside: false, by_operator: true });
        }
        if self.allowed.iter().any(|network| network.covers(address, port)) {
            return Ok(());
        }
        if let Some(rule) = table::rule_against(address) {
            return blocked(rule);
        }
        if self.own.contain(address) {
            let (what, network) = ("an address of this machine", IpNet::from(address));
            return blocked(Rule { what, network, outside: false, by_operator: false });
        }
        Ok(())
    }
}

impl Blocked {
    /// The same, found behind this host name or spelling of the address.
    #[must_use]
    pub fn behind(self, host: &str) -> Self {
        let host = (host != self.address.to_string()).then(|| host.to_owned());
        Self { host, ..self }
    }

    /// The narrowest value of `--allow-network` that opens it: `10.0.0.7/32:443`; `None` where an operator has
    /// closed it.
    #[must_use]
    pub(crate) fn opened_by(&self) -> Option<AllowedNetwork> {
        (!self.rule.by_operator).then(|| AllowedNetwork::single(self.address, self.port))
    }
}

impl fmt::Display for Blocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rule { what, network, outside, by_operator: _ } = self.rule;
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
