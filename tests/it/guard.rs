//! Addresses that must never be reached, through every door: saved with a warning, refused at each send.
//! A listener on every address of this machine counts what gets through: nothing may.

mod destinations;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ringpost::domain::delivery::{Channel, Reason};
use ringpost::domain::role::Role;
use ringpost::domain::values::{Schemes, WebhookUrl};
use tokio::net::TcpListener;

use crate::support::app::start;
use crate::support::forbidden::FORBIDDEN;
use crate::support::samples::sample;

const SETTINGS: &str = "/accounts/100/notifications";
const TEST: &str = "/accounts/100/notifications/test/run_failed/webhook";

/// Counts connections, on IPv4 and IPv6 alike.
async fn tripwire() -> (u16, Arc<AtomicUsize>) {
    let listener = match TcpListener::bind("[::]:0").await {
        Ok(both) => both,
        Err(_) => TcpListener::bind("0.0.0.0:0").await.unwrap(),
    };
    let port = listener.local_addr().unwrap().port();
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    });
    (port, count)
}

#[tokio::test]
async fn no_forbidden_address_is_reached_by_saving_testing_or_sending() {
    assert!(FORBIDDEN.len() >= 60);
    let app = start().without("--allow-network").spawn().await;
    let (port, connections) = tripwire().await;
    let mut browser = app.visitor(Role::Editor).await;
    let token = app.token(Some(100), Role::Ingest).await;
    for host in FORBIDDEN {
        let url = format!("http://{host}:{port}/hook");
        let form = browser.form(SETTINGS).await.with("webhook_url", url.clone());
        let form = form.with("send_webhook.run_failed", "on");

        let tested = browser.submit(TEST, &form).await;
        let saved = browser.submit(SETTINGS, &form).await;

        if WebhookUrl::parse(&url, Schemes::HttpOrHttps).is_err() {
            assert_eq!((tested.status.as_u16(), saved.status.as_u16()), (422, 422), "{host}");
            continue;
        }
        tested.has_status(200).says("Test webhook was not delivered.").says("--allow-network");
        saved.leads_to();
        browser.get(SETTINGS).await.says("Webhooks will not arrive.").says("--allow-network");
        app.post_event(&token, &sample("run_failed")).await.has_status(202);
        let row = app
            .settled_log()
            .await
            .into_iter()
            .rfind(|row| row.target.channel() == Channel::Webhook)
            .unwrap();
        assert_eq!(
            (row.state.as_str(), row.reason.map(Reason::as_str)),
            ("failed", Some("blocked_address")),
            "{host}"
        );
    }
    assert_eq!(connections.load(Ordering::Relaxed), 0);
    app.finish().await;
}

#[tokio::test]
async fn an_opened_network_is_opened_for_its_port_only() {
    let (port, connections) = tripwire().await;
    let app = start().with("--allow-network", "127.0.0.1/32:1").spawn().await;
    let url = crate::support::app::webhook_url(&format!("http://127.0.0.1:{port}/hook"));
    app.notify(Some(&url), "run_failed", true, "").await;
    let token = app.token(Some(100), Role::Ingest).await;

    app.post_event(&token, &sample("run_failed")).await.has_status(202);

    assert_eq!(app.settled_log().await[0].reason.map(Reason::as_str), Some("blocked_address"));
    assert_eq!(connections.load(Ordering::Relaxed), 0);
    app.finish().await;
}

#[tokio::test]
async fn a_name_that_does_not_resolve_yet_is_saved_with_a_notice() {
    let app = start().without("--allow-network").spawn().await;
    let mut browser = app.visitor(Role::Editor).await;
    let form = browser.form(SETTINGS).await.with("webhook_url", "https://hooks.acme.invalid/");
    browser.submit(SETTINGS, &form).await.leads_to();
    browser.get(SETTINGS).await.says("hooks.acme.invalid could not be resolved");
    assert!(app.db.sealed_webhook(100).await.unwrap().is_some());
    app.finish().await;
}

#[tokio::test]
async fn a_network_that_an_operator_denies_is_reached_by_no_door_although_it_is_opened() {
    let (port, connections) = tripwire().await;
    let app = start().with("--deny-network", "127.0.0.1").spawn().await;
    let mut browser = app.visitor(Role::Editor).await;
    let token = app.token(Some(100), Role::Ingest).await;
    let form = browser.form(SETTINGS).await.with("webhook_url", format!("http://127.0.0.1:{port}/hook"));
    let form = form.with("send_webhook.run_failed", "on");

    browser.submit(TEST, &form).await.has_status(200).says("closed by --deny-network (127.0.0.1/32)");
    browser.submit(SETTINGS, &form).await.leads_to();
    browser.get(SETTINGS).await.says("until an operator takes that away");
    app.post_event(&token, &sample("run_failed")).await.has_status(202);

    let rows = app.settled_log().await;
    let row = rows.iter().rfind(|row| row.target.channel() == Channel::Webhook).unwrap();
    assert_eq!(row.reason.map(Reason::as_str), Some("blocked_address"));
    assert_eq!(connections.load(Ordering::Relaxed), 0);
    app.finish().await;
}
