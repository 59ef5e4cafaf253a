//! Addresses that must not be reached, in all their spellings.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ringpost::domain::delivery::{Reason, Verdict};
use ringpost::domain::values::{Schemes, WebhookUrl};
use ringpost::send::post::guard::{Guard, GuardConfig, Lookup, Warning};
use ringpost::send::trust::Trust;
use tokio::net::TcpListener;

use super::{PATIENT, policy, post};
use crate::support::forbidden::FORBIDDEN;
use crate::support::receiver::{Receiver, url};

/// A listener on every address of this machine, and how often it was reached.
async fn counter() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let v6 = TcpListener::bind(("::", port)).await.ok();
    let reached = Arc::new(AtomicUsize::new(0));
    for listener in [Some(listener), v6].into_iter().flatten() {
        let reached = Arc::clone(&reached);
        tokio::spawn(async move {
            while listener.accept().await.is_ok() {
                reached.fetch_add(1, Ordering::SeqCst);
            }
        });
    }
    (port, reached)
}

fn guard(allowed: &[&str]) -> Guard {
    Guard::new(GuardConfig::new(policy(allowed), Trust::only([]))).unwrap()
}

/// A guard for which every name has these addresses.
fn resolving(addresses: &[&str], allowed: &[&str]) -> Guard {
    let addresses: Vec<IpAddr> = addresses.iter().map(|text| text.parse().unwrap()).collect();
    let lookup: Lookup = Arc::new(move |_| {
        let addresses = addresses.clone();
        Box::pin(async move { Ok(addresses) })
    });
    Guard::new(GuardConfig { lookup, ..GuardConfig::new(policy(allowed), Trust::only([])) }).unwrap()
}

#[tokio::test]
async fn no_spelling_of_an_internal_address_is_ever_dialled() {
    assert!(FORBIDDEN.len() >= 60);
    let (port, reached) = counter().await;
    let guard = guard(&[]);
    for scheme in ["http", "https"] {
        for host in FORBIDDEN {
            let typed = format!("{scheme}://{host}:{port}/hook");
            let url = WebhookUrl::parse(&typed, Schemes::HttpOrHttps).expect(&typed);
            let outcome = post(&guard, &url, PATIENT).await;
            assert_eq!(
                outcome.verdict,
                Verdict::Failed(Reason::BlockedAddress),
                "{typed}: {}",
                outcome.detail
            );
            let warning = guard.inspect(&url).await.expect_err(&typed).to_string();
            assert!(warning.contains("--allow-network"), "{typed}: {warning}");
            assert!(warning.starts_with(&outcome.detail), "{typed}: {warning}");
        }
    }
    assert_eq!(reached.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn one_denied_address_among_good_ones_blocks_the_name() {
    let (port, reached) = counter().await;
    for answers in [
        &["10.0.0.7"][..],
        &["93.184.215.14", "127.0.0.1"],
        &["127.0.0.1", "93.184.215.14"],
        &["2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::1"],
        &["::ffff:127.0.0.1"],
    ] {
        let guard = resolving(answers, &[]);
        let url = url(&format!("http://hooks.acme.example:{port}/"));
        let outcome = post(&guard, &url, PATIENT).await;
        assert_eq!(outcome.verdict, Verdict::Failed(Reason::BlockedAddress), "{answers:?}");
        assert!(outcome.detail.starts_with("hooks.acme.example is "), "{}", outcome.detail);
        assert!(matches!(guard.inspect(&url).await, Err(Warning::Blocked(_))));
    }
    assert_eq!(reached.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn an_allowed_port_opens_a_name_on_that_port_only() {
    let (open, closed) = (Receiver::ok().await, Receiver::ok().await);
    let guard = resolving(&["127.0.0.1"], &[&format!("127.0.0.1/32:{}", open.address.port())]);
    let named = |receiver: &Receiver| url(&format!("http://hooks.acme.example:{}/", receiver.address.port()));
    assert_eq!(post(&guard, &named(&open), PATIENT).await.verdict, Verdict::Delivered);
    assert_eq!(guard.inspect(&named(&open)).await, Ok(()));
    assert_eq!(post(&guard, &named(&closed), PATIENT).await.verdict, Verdict::Failed(Reason::BlockedAddress));
    assert_eq!((open.connections(), closed.connections()), (1, 0));
}

#[tokio::test]
async fn a_warning_says_what_an_operator_can_do() {
    let blocked = resolving(&["10.0.0.7"], &[]).inspect(&url("https://hooks.acme.example/s3cret")).await;
    assert_eq!(
        blocked.unwrap_err().to_string(),
        "hooks.acme.example is 10.0.0.7, an internal address (10.0.0.0/8): nothing will be sent to it until an \
         operator starts Ringpost with --allow-network 10.0.0.7/32:443."
    );
    let unresolved = resolving(&[], &[]).inspect(&url("https://hooks.acme.example/s3cret")).await;
    assert_eq!(
        unresolved.unwrap_err().to_string(),
        "hooks.acme.example could not be resolved: check the host name, or publish it before the next event."
    );
}
