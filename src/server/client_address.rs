//! Whom a request comes from, behind the proxies that are trusted and behind nobody else.

use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;

use crate::domain::values::Network;

/// The rightmost address of `X-Forwarded-For` that is no trusted proxy's: each proxy adds whom it heard from at the
/// right end, and everything further left is what a client may have written itself. Where nobody is trusted, or the
/// connection comes from somebody else, the header says nothing.
pub(super) fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut nearest = peer.to_canonical();
    let values: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .flat_map(|value| value.to_str().unwrap_or_default().split(','))
        .collect();
    for hop in values.into_iter().rev() {
        if !is_trusted(nearest) {
            return nearest;
        }
        match read(hop.trim()) {
            Some(address) => nearest = address.to_canonical(),
            // A trusted proxy has written something else: whoever it heard from is not known.
            None => return nearest,
        }
    }
    nearest
}

/// Some proxies add the port.
fn read(hop: &str) -> Option<IpAddr> {
    let bracketed = || hop.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    let with_port = || hop.parse::<SocketAddr>().ok().map(|socket| socket.ip());
    hop.parse().ok().or_else(bracketed).or_else(with_port)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn of(peer: &str, forwarded: &[&'static str]) -> String {
        let trusted = ["10.0.0.0/8".parse().unwrap(), "2001:db8:1::/48".parse().unwrap()];
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", HeaderValue::from_static(value));
        }
        client_address(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        assert_eq!(of("192.0.2.1", &["198.51.100.7"]), "192.0.2.1");
        assert_eq!(of("10.0.0.1", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(of("::ffff:10.0.0.1", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(of("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn the_rightmost_address_that_is_not_trusted_counts_whatever_stands_left_of_it() {
        assert_eq!(of("10.0.0.1", &["6.6.6.6, 198.51.100.7, 10.2.2.2"]), "198.51.100.7");
        assert_eq!(of("10.0.0.1", &["6.6.6.6", "198.51.100.7", "2001:db8:1::9"]), "198.51.100.7");
        assert_eq!(of("10.0.0.1", &["10.0.0.9, 10.0.0.8"]), "10.0.0.9");
    }

    #[test]
    fn ports_are_left_out_and_what_is_no_address_is_not_passed() {
        assert_eq!(of("10.0.0.1", &["198.51.100.7:4711"]), "198.51.100.7");
        assert_eq!(of("10.0.0.1", &["[2001:db8:2::1]:443"]), "2001:db8:2::1");
        assert_eq!(of("10.0.0.1", &["[2001:db8:2::1]"]), "2001:db8:2::1");
        assert_eq!(of("10.0.0.1", &["198.51.100.7, unknown"]), "10.0.0.1");
        assert_eq!(of("10.0.0.1", &["198.51.100.7, unknown, 10.3.3.3"]), "10.3.3.3");
    }
}
