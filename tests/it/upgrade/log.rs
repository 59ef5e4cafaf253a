//! The log tells what happened, as it told it then.

use crate::support::browser::Browser;

use super::{Delivery, Fixture};

/// What a delivery's page says first.
fn label(delivery: &Delivery) -> &str {
    match (delivery.state.as_str(), delivery.channel.as_str()) {
        ("delivered", "email") => "Accepted",
        ("delivered", _) => "Delivered",
        ("failed", _) => "Failed",
        ("skipped", _) => "Skipped",
        ("unknown", _) => "Unknown",
        other => panic!("{other:?} is not how a delivery ends"),
    }
}

/// What it says of a reason.
fn sentence(reason: &str) -> &str {
    match reason {
        "http_status" => "answered 500 Internal Server Error in",
        "blocked_address" => "10.1.2.3",
        "connect" => "localhost:1 could not be reached",
        "no_answer" => "but did not answer",
        "interrupted" => "Ringpost stopped while sending",
        "smtp_refused" => "550 5.1.1 no such user",
        "toggle_off" => "Send Webhook is off for this event",
        "paused" => "the destination is paused",
        "unsubscribed" => "Lee@acme.example has unsubscribed",
        other => panic!("the fixture has no {other}"),
    }
}

fn path(delivery: &Delivery) -> String {
    format!("/accounts/{}/deliveries/{}", delivery.account_id, delivery.id)
}

#[tokio::test]
async fn every_delivery_is_told_as_it_ended() {
    let fixture = Fixture::open().await;
    let app = fixture.start().spawn().await;
    let mut operator = fixture.operator(&app).await;
    let ended = |delivery: &&Delivery| !matches!(delivery.state.as_str(), "pending" | "sending");
    let mut reasons = std::collections::BTreeSet::new();
    for delivery in fixture.facts.deliveries.iter().filter(ended) {
        let page = operator.get(&path(delivery)).await;
        page.has_status(200).says(label(delivery)).says(&delivery.recipient).says(&delivery.event_key);
        match delivery.triggered_by.as_str() {
            "event" => {}
            "test" => drop(page.says("Test")),
            "adhoc" => drop(page.says("Sent by hand")),
            other => panic!("the fixture has no {other}"),
        }
        if let Some(reason) = &delivery.reason {
            page.says(sentence(reason));
            reasons.insert(reason.as_str());
        }
        if let Some(body) = &delivery.response_body {
            page.says(body);
        }
    }
    assert_eq!(reasons.len(), 9, "{reasons:?}");
    app.dispatch.settled().await.unwrap();
    app.finish().await;
}

#[tokio::test]
async fn what_left_and_what_did_not_is_still_shown() {
    let fixture = Fixture::open().await;
    let app = fixture.start().spawn().await;
    let mut operator = fixture.operator(&app).await;
    let find = |channel: &str, state: &str, key: &str, recipient: &str| {
        let mut found = fixture.facts.deliveries.iter().filter(|row| {
            (row.channel.as_str(), row.state.as_str(), row.event_key.as_str()) == (channel, state, key)
                && row.recipient.contains(recipient)
        });
        found.next().unwrap()
    };

    let signed = find("webhook", "delivered", "tenant_created", "localhost");
    let page = show(&mut operator, signed).await;
    page.says("\"tenant_name\": \"Bäckerei Öz\"").says("x-ringpost-delivery").says("200").says("x-token");
    assert!(!page.body.contains("abc123"), "the header's value is a secret");

    let skipped = show(&mut operator, find("webhook", "skipped", "tenant_created", "localhost")).await;
    skipped.says("Nothing has been sent").says("\"tenant_name\": \"Bäckerei Öz\"");

    let mail = find("email", "delivered", "run_failed", "ops@acme.example");
    show(&mut operator, mail).await.says("Run 9876 for tenant Bäckerei Öz").says("queued");
    let html = operator.get(&format!("{}/mail", path(mail))).await;
    html.has_status(200).says("Bäckerei Öz").says("Open run 9876");

    let note = find("slack", "delivered", "notification", "localhost");
    show(&mut operator, note).await.says("Acceptance rate drop");
    let deferred = find("email", "pending", "sync_failed", "deferred@acme.example");
    app.dispatch.settled().await.unwrap();
    show(&mut operator, deferred).await.says("Accepted");
    app.finish().await;
}

async fn show(browser: &mut Browser, delivery: &Delivery) -> crate::support::http::Answer {
    let page = browser.get(&path(delivery)).await;
    page.has_status(200);
    page
}
