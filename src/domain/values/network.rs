//! A range of network addresses, as options name it.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;

use crate::domain::field_errors::InvalidValue;

/// Written as `10.0.0.0/8` or `fd00::/8`; a single address needs no length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network(IpNet);

impl Network {
    /// Whether the address is one of these. An IPv4 address in IPv6 clothes is what it is.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }

    /// The range itself.
    #[must_use]
    pub fn range(&self) -> IpNet {
        self.0
    }
}

impl FromStr for Network {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let text = text.trim();
        let network = text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
        network.map(|network| Self(network.trunc())).ok_or_else(|| {
            InvalidValue::new(format!(
                "“{text}” is not a network: write an address range, like 10.0.0.0/8, or one address"
            ))
        })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_a_range_or_one_address() {
        let network: Network = "10.1.2.3/8".parse().unwrap();
        assert_eq!(network.to_string(), "10.0.0.0/8");
        assert!(network.contains("::ffff:10.9.9.9".parse().unwrap()));
        let one: Network = "2001:db8::1".parse().unwrap();
        assert!(
            one.contains("2001:db8::1".parse().unwrap()) && !one.contains("2001:db8::2".parse().unwrap())
        );
        assert!("proxy.example".parse::<Network>().is_err_and(|why| why.to_string().contains("10.0.0.0/8")));
    }
}
