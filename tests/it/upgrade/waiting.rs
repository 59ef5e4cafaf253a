//! What waited or was being sent when the program was killed.

use std::collections::BTreeMap;

use crate::support::authority::Authority;
use crate::support::browser::Browser;
use crate::support::receiver::{Answer, Door, Receiver};
use crate::support::smtp::SmtpServer;

use super::{Delivery, Fixture, listed};

/// The addressee of a test of a mail list that was never saved. 0.1 sealed what it says in the delivery; nothing
/// of it is stored any more.
const UNSAVED: &str = "unsaved@acme.example";

/// The state that a delivery comes to: what waits is sent, a mail that was being sent is sent again, and of
/// a POST or a test of unsaved values that was being sent nobody knows.
fn comes_to(delivery: &Delivery) -> &str {
    match (delivery.state.as_str(), delivery.channel.as_str()) {
        ("sending", "email") if delivery.recipient == UNSAVED => "unknown",
        ("pending", _) | ("sending", "email") => "delivered",
        ("sending", _) => "unknown",
        (ended, _) => ended,
    }
}

async fn log_is_as_expected(fixture: &Fixture, browser: &mut Browser) {
    let mut expected: BTreeMap<(i64, &str), Vec<String>> = BTreeMap::new();
    for delivery in &fixture.facts.deliveries {
        let key = (delivery.account_id, comes_to(delivery));
        expected.entry(key).or_default().push(delivery.id.clone());
    }
    for account in [100, 200] {
        for (state, badges) in [
            ("pending", &["Pending"][..]),
            ("sending", &["Sending"]),
            ("delivered", &["Delivered", "Accepted"]),
            ("failed", &["Failed"]),
            ("unknown", &["Unknown"]),
            ("skipped", &["Skipped"]),
        ] {
            let mut ids = expected.remove(&(account, state)).unwrap_or_default();
            ids.sort();
            let listed = listed(browser, account, &format!("status={state}"), badges).await;
            assert_eq!(listed, ids, "{account} {state}");
        }
    }
    assert!(expected.is_empty(), "{expected:?}");
}

#[tokio::test]
async fn what_waits_is_sent_once_and_what_was_being_posted_is_not() {
    let fixture = Fixture::open().await;
    let port = fixture.hold_port().await;
    let authority = Authority::new();
    let door = Door::Tls(authority.serves(&["localhost"]));
    let receiver = Receiver::start_at(fixture.facts.port, door, vec![Answer::status(200, "ok")]).await;
    let smtp = SmtpServer::friendly().await;
    let start = || fixture.start().trusting(&authority).with("--smtp-url", &smtp.url("smtp", "", ""));
    let app = start().spawn().await;
    app.dispatch.settled().await.unwrap();
    let mut operator = fixture.operator(&app).await;

    log_is_as_expected(&fixture, &mut operator).await;

    // Six POSTs were being sent, two of them tests of addresses that are saved nowhere, and a mail like these.
    let interrupted = |row: &&Delivery| row.state == "sending" && comes_to(row) == "unknown";
    let interrupted: Vec<_> = fixture.facts.deliveries.iter().filter(interrupted).collect();
    assert_eq!(interrupted.len(), 7);
    for delivery in interrupted {
        let page = operator.get(&format!("/accounts/100/deliveries/{}", delivery.id)).await;
        page.says("Unknown").says("Ringpost stopped while sending");
    }
    // One waited behind them.
    let seen = receiver.requests();
    assert_eq!(seen.len(), 1, "{seen:?}");
    let pending = |row: &&Delivery| row.state == "pending" && row.channel == "webhook";
    let waited = fixture.facts.deliveries.iter().find(pending).unwrap();
    assert!(seen[0].head.starts_with("POST /hang HTTP"), "{}", seen[0].head);
    assert_eq!(seen[0].header("x-ringpost-delivery"), Some(waited.id.as_str()));

    let mails = smtp.log().mails;
    let mut to: Vec<_> = mails.iter().flat_map(|mail| mail.to.iter().map(String::as_str)).collect();
    to.sort_unstable();
    let dana = "Dana@acme.example";
    assert_eq!(to, [dana, dana, dana, dana, dana, dana, "deferred@acme.example"]);

    app.stop().await;
    let app = start().spawn().await;
    app.dispatch.settled().await.unwrap();
    log_is_as_expected(&fixture, &mut fixture.operator(&app).await).await;
    assert_eq!((receiver.requests().len(), smtp.log().mails.len()), (1, 7), "a start sends nothing again");
    app.finish().await;
    receiver.stop().await;
    drop(port);
}
