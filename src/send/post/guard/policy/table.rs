//! The deny table, from the IANA special-purpose registries and the clouds' metadata addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::Rule;

const INTERNAL: &str = "an internal address";
const RESERVED: &str = "a reserved address";
const MULTICAST: &str = "a multicast address";

const fn v4(a: u8, b: u8, c: u8, d: u8, bits: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), bits)
}

const fn v6(a: u16, b: u16, c: u16, bits: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), bits)
}

/// Everything else of IPv4 is open.
const DENIED_V4: [(Ipv4Net, &str); 19] = [
    (v4(0, 0, 0, 0, 8), INTERNAL),
    (v4(10, 0, 0, 0, 8), INTERNAL),
    (v4(100, 64, 0, 0, 10), INTERNAL),
    (v4(127, 0, 0, 0, 8), INTERNAL),
    // Azure's host agent: public by number, answers inside every virtual machine.
    (v4(168, 63, 129, 16, 32), INTERNAL),
    // Link-local, and the metadata service of every cloud.
    (v4(169, 254, 0, 0, 16), INTERNAL),
    (v4(172, 16, 0, 0, 12), INTERNAL),
    (v4(192, 0, 0, 0, 24), RESERVED),
    (v4(192, 0, 2, 0, 24), RESERVED),
    (v4(192, 31, 196, 0, 24), RESERVED),
    (v4(192, 52, 193, 0, 24), RESERVED),
    (v4(192, 88, 99, 0, 24), RESERVED),
    (v4(192, 168, 0, 0, 16), INTERNAL),
    (v4(192, 175, 48, 0, 24), RESERVED),
    (v4(198, 18, 0, 0, 15), INTERNAL),
    (v4(198, 51, 100, 0, 24), RESERVED),
    (v4(203, 0, 113, 0, 24), RESERVED),
    (v4(224, 0, 0, 0, 4), MULTICAST),
    (v4(240, 0, 0, 0, 4), RESERVED),
];

/// The part of IPv6 that is handed out; nothing outside it is reachable from elsewhere, NAT64 and all other
/// translations into internal IPv4 networks included.
const GLOBAL_V6: Ipv6Net = v6(0x2000, 0, 0, 3);

/// Closed although inside [`GLOBAL_V6`], and those outside it that deserve their own name.
const DENIED_V6: [(Ipv6Net, &str); 10] = [
    // Protocol assignments; Teredo, which wraps IPv4 addresses, is among them.
    (v6(0x2001, 0, 0, 23), RESERVED),
    (v6(0x2001, 0xdb8, 0, 32), RESERVED),
    // 6to4 wraps an IPv4 address.
    (v6(0x2002, 0, 0, 16), RESERVED),
    (v6(0x2620, 0x4f, 0x8000, 48), RESERVED),
    (v6(0x3fff, 0, 0, 20), RESERVED),
    (Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128), INTERNAL),
    (v6(0x64, 0xff9b, 0, 96), RESERVED),
    (v6(0xfc00, 0, 0, 7), INTERNAL),
    (v6(0xfe80, 0, 0, 10), INTERNAL),
    (v6(0xff00, 0, 0, 8), MULTICAST),
];

/// The first line that closes the address, if any does.
pub(super) fn rule_against(address: IpAddr) -> Option<Rule> {
    match address {
        IpAddr::V4(address) => {
            let (network, what) = DENIED_V4.iter().find(|(network, _)| network.contains(&address))?;
            Some(Rule { what, network: IpNet::V4(*network), outside: false, by_operator: false })
        }
        IpAddr::V6(address) => match DENIED_V6.iter().find(|(network, _)| network.contains(&address)) {
            Some((network, what)) => {
                Some(Rule { what, network: IpNet::V6(*network), outside: false, by_operator: false })
            }
            None if GLOBAL_V6.contains(&address) => None,
            None => Some(Rule {
                what: RESERVED,
                network: IpNet::V6(GLOBAL_V6),
                outside: true,
                by_operator: false,
            }),
        },
    }
}
