//! The rows of the failure table in which nothing was sent: blocked, DNS, connect, TLS.

use std::net::IpAddr;
use std::sync::Arc;

use ringpost::domain::delivery::{Reason, Verdict};
use ringpost::send::post::guard::{Guard, GuardConfig, Lookup};
use ringpost::send::trust::Trust;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::timeout;

use super::{HASTY, PATIENT, open, open_guard, policy, post, trusting};
use crate::support::authority::{Authority, self_signed, self_signed_authority};
use crate::support::receiver::{Answer, Door, Receiver, url};

#[tokio::test]
async fn a_blocked_address_is_failed_and_never_dialled() {
    let receiver = Receiver::ok().await;
    let guard = Guard::new(GuardConfig { policy: policy(&[]), ..open(Trust::only([])) }).unwrap();
    let outcome = post(&guard, &receiver.url("/s3cret"), PATIENT).await;
    assert_eq!(outcome.verdict, Verdict::Failed(Reason::BlockedAddress));
    assert_eq!(outcome.detail, "127.0.0.1 is an internal address (127.0.0.0/8)");
    assert_eq!(receiver.connections(), 0);
}

#[tokio::test]
async fn a_name_that_does_not_resolve_is_failed_dns() {
    let lookup: Lookup = Arc::new(|_| Box::pin(async { Err(std::io::Error::other("no such host")) }));
    let guard = Guard::new(GuardConfig { lookup, ..open(Trust::only([])) }).unwrap();
    let outcome = post(&guard, &url("https://nowhere.example/"), PATIENT).await;
    assert_eq!((outcome.verdict, outcome.detail.as_str()), (Verdict::Failed(Reason::Dns), "no such host"));

    let outcome = post(&open_guard(), &url("https://nowhere.invalid/"), PATIENT).await;
    assert_eq!(outcome.verdict, Verdict::Failed(Reason::Dns), "{}", outcome.detail);
    let words = ["no such name", "the name service does not answer"];
    assert!(words.contains(&outcome.detail.as_str()), "{}", outcome.detail);
}

#[tokio::test]
async fn a_resolver_that_never_answers_is_failed_dns() {
    let lookup: Lookup = Arc::new(|_| Box::pin(std::future::pending()));
    let setup = GuardConfig { lookup, connect_timeout: HASTY, ..open(Trust::only([])) };
    let guard = Guard::new(setup).unwrap();
    for timeout in [PATIENT, HASTY] {
        let outcome = post(&guard, &url("https://hooks.acme.example/"), timeout).await;
        assert_eq!(
            (outcome.verdict, outcome.detail.as_str()),
            (Verdict::Failed(Reason::Dns), "waited 0.3 s")
        );
    }
}

#[tokio::test]
async fn a_refused_connection_is_failed_connect() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let outcome = post(&open_guard(), &url(&format!("http://{address}/")), PATIENT).await;
    assert_eq!(
        (outcome.verdict, outcome.detail.as_str()),
        (Verdict::Failed(Reason::Connect), "connection refused")
    );
}

/// A listener whose queue is full drops further SYNs: the client's `connect` neither succeeds nor fails.
async fn listener_that_lets_nobody_in() -> (Vec<TcpStream>, TcpListener) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(0).unwrap();
    let address = listener.local_addr().unwrap();
    let mut queue = Vec::new();
    while let Ok(Ok(stream)) = timeout(HASTY, TcpStream::connect(address)).await {
        queue.push(stream);
    }
    (queue, listener)
}

#[tokio::test]
async fn a_connection_that_times_out_is_failed_connect_for_http_and_https_alike() {
    let (_queue, listener) = listener_that_lets_nobody_in().await;
    let address = listener.local_addr().unwrap();
    let guard = Guard::new(GuardConfig { connect_timeout: HASTY, ..open(Trust::only([])) }).unwrap();
    for (scheme, timeout) in [("http", PATIENT), ("https", PATIENT), ("http", HASTY), ("https", HASTY)] {
        let outcome = post(&guard, &url(&format!("{scheme}://{address}/")), timeout).await;
        assert_eq!(
            (outcome.verdict, outcome.detail.as_str()),
            (Verdict::Failed(Reason::Connect), "waited 0.3 s")
        );
    }
}

#[tokio::test]
async fn a_bad_certificate_is_failed_tls_and_says_which() {
    let authority = Authority::new();
    for (acceptor, why) in [
        (self_signed(&["127.0.0.1"]), "an issuer that this server does not trust"),
        (self_signed_authority(&["127.0.0.1"]), "an authority’s, not a server’s"),
        (authority.served_until_2001(&["127.0.0.1"]), "has expired"),
        (authority.serves(&["hooks.acme.example"]), "for another host name"),
    ] {
        let receiver = Receiver::tls(acceptor).await;
        let outcome = post(&trusting(&authority), &receiver.https("127.0.0.1"), PATIENT).await;
        assert_eq!(outcome.verdict, Verdict::Failed(Reason::Tls));
        assert!(outcome.detail.contains(why), "{}", outcome.detail);
        assert_eq!(receiver.requests().len(), 0);
    }
}

#[tokio::test]
async fn a_good_certificate_delivers_by_address_and_by_name() {
    let authority = Authority::new();
    let receiver = Receiver::tls(authority.serves(&["127.0.0.1", "hooks.acme.example"])).await;
    let here: IpAddr = "127.0.0.1".parse().unwrap();
    let lookup: Lookup = Arc::new(move |_| Box::pin(async move { Ok(vec![here]) }));
    let guard = Guard::new(GuardConfig { lookup, ..open(authority.trust()) }).unwrap();
    for host in ["127.0.0.1", "hooks.acme.example"] {
        let outcome = post(&guard, &receiver.https(host), PATIENT).await;
        assert_eq!(outcome.verdict, Verdict::Delivered, "{host}: {}", outcome.detail);
    }
}

#[tokio::test]
async fn a_handshake_that_never_ends_is_failed_tls() {
    let receiver = Receiver::start(Door::Mute, vec![]).await;
    let guard = Guard::new(GuardConfig { connect_timeout: HASTY, ..open(Trust::only([])) }).unwrap();
    for timeout in [PATIENT, HASTY] {
        let outcome = post(&guard, &receiver.https("127.0.0.1"), timeout).await;
        assert_eq!(
            (outcome.verdict, outcome.detail.as_str()),
            (Verdict::Failed(Reason::Tls), "waited 0.3 s")
        );
    }
}

#[tokio::test]
async fn https_to_a_port_that_speaks_http_is_failed_tls() {
    let receiver =
        Receiver::start(Door::Greets("HTTP/1.1 400 Bad Request\r\n\r\n"), vec![Answer::close()]).await;
    let outcome = post(&open_guard(), &receiver.https("127.0.0.1"), PATIENT).await;
    assert_eq!(outcome.verdict, Verdict::Failed(Reason::Tls), "{}", outcome.detail);
}
