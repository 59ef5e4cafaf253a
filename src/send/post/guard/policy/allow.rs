//! A value of `--allow-network`.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use ipnet::IpNet;

use crate::domain::field_errors::InvalidValue;

/// A network that deliveries may reach although it is internal, perhaps on one port only. Written as
/// `10.0.0.0/8`, `127.0.0.1/32:9000`, `fd00::/8`, `[::1]/128:9000`; a single address needs no length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AllowedNetwork {
    network: IpNet,
    port: Option<u16>,
}

impl AllowedNetwork {
    /// Exactly this address and port.
    pub(super) fn single(address: IpAddr, port: u16) -> Self {
        Self { network: IpNet::from(address), port: Some(port) }
    }

    /// Whether it opens this address on this port.
    pub(super) fn covers(&self, address: IpAddr, port: u16) -> bool {
        self.network.contains(&address) && self.port.is_none_or(|only| only == port)
    }
}

impl FromStr for AllowedNetwork {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        read(text).ok_or_else(|| {
            InvalidValue::new(format!(
                "“{text}” is not a network: write an address range with an optional port, like 10.0.0.0/8, \
                 127.0.0.1/32:9000, fd00::/8 or [::1]/128:9000"
            ))
        })
    }
}

/// A prefix length holds no colon, so a colon after the slash can only start a port.
fn read(text: &str) -> Option<AllowedNetwork> {
    let Some((address, rest)) = text.split_once('/') else {
        return match text.parse::<SocketAddr>() {
            Ok(socket) if socket.port() == 0 => None,
            Ok(socket) => Some(AllowedNetwork::single(socket.ip(), socket.port())),
            Err(_) => Some(AllowedNetwork { network: IpNet::from(ip(text)?), port: None }),
        };
    };
    let (length, port) = match rest.split_once(':') {
        Some((length, text)) => (length, Some(port(text)?)),
        None => (rest, None),
    };
    let network = IpNet::new(ip(address)?, length.parse().ok()?).ok()?.trunc();
    Some(AllowedNetwork { network, port })
}

fn ip(text: &str) -> Option<IpAddr> {
    match text.strip_prefix('[') {
        Some(bracketed) => bracketed.strip_suffix(']')?.parse().ok().map(IpAddr::V6),
        None => text.parse().ok(),
    }
}

fn port(text: &str) -> Option<u16> {
    text.parse().ok().filter(|&port| port != 0)
}

/// The written form, which parses back to the same.
impl fmt::Display for AllowedNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(port) = self.port else {
            return write!(f, "{}", self.network);
        };
        match self.network {
            IpNet::V4(network) => write!(f, "{network}:{port}"),
            IpNet::V6(network) => write!(f, "[{}]/{}:{port}", network.addr(), network.prefix_len()),
        }
    }
}
