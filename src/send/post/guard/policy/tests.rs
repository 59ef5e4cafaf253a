use super::*;

fn policy(allowed: &[&str]) -> Policy {
    Policy::new(allowed.iter().map(|text| text.parse().unwrap()).collect())
}

fn verdict(policy: &Policy, address: &str, port: u16) -> Result<(), String> {
    policy.check_ip(address.parse().unwrap(), port).map_err(|blocked| blocked.to_string())
}

/// The edges of each line: last address before it, first and last inside it, first after it.
#[test]
fn every_denied_range_begins_and_ends_where_the_table_says() {
    for (before, first, last, after) in [
        ("", "0.0.0.0", "0.255.255.255", "1.0.0.0"),
        ("9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"),
        ("100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0"),
        ("126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0"),
        ("168.63.129.15", "168.63.129.16", "168.63.129.16", "168.63.129.17"),
        ("169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0"),
        ("172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0"),
        ("191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0"),
        ("192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0"),
        ("192.31.195.255", "192.31.196.0", "192.31.196.255", "192.31.197.0"),
        ("192.52.192.255", "192.52.193.0", "192.52.193.255", "192.52.194.0"),
        ("192.88.98.255", "192.88.99.0", "192.88.99.255", "192.88.100.0"),
        ("192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0"),
        ("192.175.47.255", "192.175.48.0", "192.175.48.255", "192.175.49.0"),
        ("198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0"),
        ("198.51.99.255", "198.51.100.0", "198.51.100.255", "198.51.101.0"),
        ("203.0.112.255", "203.0.113.0", "203.0.113.255", "203.0.114.0"),
        ("223.255.255.255", "224.0.0.0", "255.255.255.255", ""),
        ("", "::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2000::"),
        ("2000:ffff:ffff::", "2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:200::"),
        ("2001:db7:ffff::", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::"),
        ("2001:ffff::", "2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2003::"),
        ("2620:4f:7fff::", "2620:4f:8000::", "2620:4f:8000:ffff:ffff:ffff:ffff:ffff", "2620:4f:8001::"),
        ("3ffe:ffff::", "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:1000::"),
        ("3fff:ffff::", "4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ""),
    ] {
        let policy = policy(&[]);
        for open in [before, after].into_iter().filter(|text| !text.is_empty()) {
            assert_eq!(verdict(&policy, open, 443), Ok(()), "{open}");
        }
        for closed in [first, last] {
            assert!(verdict(&policy, closed, 443).is_err(), "{closed}");
        }
    }
}

#[test]
fn a_block_names_the_host_the_address_and_the_rule() {
    let policy = policy(&[]);
    let blocked = policy.check_ip("10.0.0.7".parse().unwrap(), 8443).unwrap_err();
    assert_eq!(blocked.to_string(), "10.0.0.7 is an internal address (10.0.0.0/8)");
    assert_eq!(blocked.opened_by().unwrap().to_string(), "10.0.0.7/32:8443");
    let behind = blocked.clone().behind("hooks.acme.example").to_string();
    assert_eq!(behind, "hooks.acme.example is 10.0.0.7, an internal address (10.0.0.0/8)");
    assert_eq!(blocked.clone().behind("10.0.0.7"), blocked);
    assert_eq!(
        verdict(&policy, "64:ff9b:1::7f00:1", 443),
        Err("64:ff9b:1::7f00:1 is a reserved address (outside 2000::/3)".to_owned())
    );
}

#[test]
fn an_ipv4_address_in_ipv6_clothes_is_judged_as_ipv4() {
    let policy = policy(&["127.0.0.0/8"]);
    assert_eq!(verdict(&policy, "::ffff:127.0.0.1", 80), Ok(()));
    assert_eq!(
        verdict(&policy, "::ffff:a00:1", 80),
        Err("10.0.0.1 is an internal address (10.0.0.0/8)".to_owned())
    );
    assert_eq!(verdict(&policy, "::ffff:93.184.215.14", 80), Ok(()));
}

#[test]
fn an_allowed_network_opens_its_addresses_on_its_port_and_no_others() {
    let policy = policy(&["127.0.0.1/32:9000", "fd00::/8"]);
    assert_eq!(verdict(&policy, "127.0.0.1", 9000), Ok(()));
    assert!(verdict(&policy, "127.0.0.1", 9001).is_err());
    assert!(verdict(&policy, "127.0.0.2", 9000).is_err());
    assert!(verdict(&policy, "0.0.0.0", 9000).is_err());
    assert_eq!(verdict(&policy, "fd12::1", 1), Ok(()));
    assert!(verdict(&policy, "fc00::1", 1).is_err());
}

#[test]
fn networks_are_written_in_these_forms_and_read_back_the_same() {
    for (typed, shown) in [
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("10.1.2.3/8", "10.0.0.0/8"),
        ("127.0.0.1/32:9000", "127.0.0.1/32:9000"),
        (" 127.0.0.1 ", "127.0.0.1/32"),
        ("127.0.0.1:9000", "127.0.0.1/32:9000"),
        ("fd00::/8", "fd00::/8"),
        ("[fd00::]/8", "fd00::/8"),
        ("[::1]/128:9000", "[::1]/128:9000"),
        ("::1/128:9000", "[::1]/128:9000"),
        ("[::1]:9000", "[::1]/128:9000"),
        ("::1", "::1/128"),
    ] {
        let network: AllowedNetwork = typed.parse().expect(typed);
        assert_eq!(network.to_string(), shown);
        assert_eq!(shown.parse(), Ok(network));
    }
    for wrong in [
        "",
        "localhost",
        "10.0.0.0/33",
        "10.0.0.0/8:0",
        "10.0.0.0/8:99999",
        "10.0.0.0/8:",
        "10/8",
        "[10.0.0.1]/32",
        "[::1/128",
        "127.0.0.1:0",
        "10.0.0.0/8,127.0.0.0/8",
    ] {
        let error = wrong.parse::<AllowedNetwork>().unwrap_err().to_string();
        assert!(error.contains("write an address range"), "{wrong}: {error}");
    }
}

#[test]
fn the_machines_own_addresses_are_closed_however_public_they_are_until_somebody_opens_them() {
    let own = vec!["9.9.9.9".parse().unwrap(), "2620:fe::fe".parse().unwrap()];
    let policy = Policy::default().on_machine_with(own.clone());
    for address in ["9.9.9.9", "::ffff:9.9.9.9", "2620:fe::fe"] {
        let blocked = policy.check_ip(address.parse().unwrap(), 443).unwrap_err();
        assert!(blocked.to_string().contains("an address of this machine"), "{blocked}");
    }
    assert!(policy.check_ip("9.9.9.10".parse().unwrap(), 443).is_ok());
    let opened = Policy::new(vec!["9.9.9.9/32:443".parse().unwrap()]).on_machine_with(own);
    assert!(opened.check_ip("9.9.9.9".parse().unwrap(), 443).is_ok());
    assert!(opened.check_ip("9.9.9.9".parse().unwrap(), 8080).is_err());
}

#[test]
fn the_addresses_of_this_machine_are_read_from_its_interfaces() {
    let own = OwnAddresses::default();
    assert!(own.contain("127.0.0.1".parse().unwrap()) && !own.contain("192.0.2.1".parse().unwrap()));
}

#[test]
fn what_an_operator_denies_nothing_opens() {
    let allowed = vec!["8.8.8.0/24".parse().unwrap(), "10.0.0.0/8".parse().unwrap()];
    let policy =
        Policy::new(allowed).denying(vec!["8.8.8.8".parse().unwrap(), "10.1.0.0/16".parse().unwrap()]);
    let blocked = policy.check_ip("8.8.8.8".parse().unwrap(), 443).unwrap_err();
    assert_eq!(blocked.to_string(), "8.8.8.8 is closed by --deny-network (8.8.8.8/32)");
    assert!(blocked.opened_by().is_none());
    assert!(policy.check_ip("10.1.2.3".parse().unwrap(), 443).is_err());
    assert!(policy.check_ip("10.2.2.3".parse().unwrap(), 443).is_ok());
    assert!(policy.check_ip("8.8.8.9".parse().unwrap(), 443).is_ok());
}
