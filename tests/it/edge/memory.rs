//! A storm of sign-ins takes no memory that it does not give back.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::task::JoinSet;

use crate::support::http::Request;
use crate::support::place::Place;
use crate::support::program::Serving;

/// What may be left of it, in MiB: buffers of connections, the allocator's own.
const LEFT: u64 = 16;

/// What the process has in memory, in MiB.
fn resident(server: &Serving) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().split(' ').next().unwrap().parse::<u64>().unwrap() / 1_024
}

/// Sign-ins all at once, each from an address and for a person of its own; their statuses.
async fn storm(to: SocketAddr, count: usize, bytes: usize) -> Vec<u16> {
    let mut tries = JoinSet::new();
    for number in 0..count {
        tries.spawn(async move {
            let email = format!("{}{number}@acme.example", "a".repeat(bytes));
            let fields =
                [("email".to_owned(), email), ("password".to_owned(), "not the passphrase".to_owned())];
            let request = Request::new("POST", "/login")
                .header("Origin", format!("http://{to}"))
                .header("X-Forwarded-For", format!("198.51.100.{number}"))
                .form(&fields);
            request.send(to).await.status.as_u16()
        });
    }
    tries.join_all().await
}

#[tokio::test]
async fn after_a_storm_of_sign_ins_memory_is_what_it_was_before() {
    let place = Place::fresh().await;
    let server = Serving::start(&place, &["--trusted-proxy", "127.0.0.1"]).await;
    storm(server.address, 1, 10).await;
    let before = resident(&server);

    let large = storm(server.address, 150, 1_000_000).await;
    assert!(large.iter().all(|status| *status == 413), "{large:?}");
    // 19 MiB each, if they were all judged at once.
    let small = storm(server.address, 150, 6_000).await;
    assert!(small.iter().all(|status| [422, 503].contains(status)), "{small:?}");
    assert!(small.contains(&422), "{small:?}");

    let given_back = async {
        while resident(&server) > before + LEFT {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let in_time = tokio::time::timeout(Duration::from_mins(1), given_back).await;
    assert!(in_time.is_ok(), "{} MiB, before the storm {before}", resident(&server));
    assert_eq!(server.terminate().await, Some(0));
    place.clear().await;
}
