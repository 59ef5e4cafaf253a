//! The log: filters, pages, and one delivery in detail.

use ringpost::domain::delivery::{Channel, State};
use ringpost::domain::role::Role;
use serde_json::json;

use crate::support::app::{TestApp, spawn_app};
use crate::support::receiver::{Answer, Receiver};
use crate::support::samples::sample;

const LOG: &str = "/accounts/100/deliveries";

async fn post(app: &TestApp, keys: &[&str]) {
    let token = app.token(Some(100), Role::Ingest).await;
    for key in keys {
        app.post_event(&token, &sample(key)).await.has_status(202);
    }
    app.dispatch.settled().await.unwrap();
}

/// The ids of the deliveries on a page, in its order.
fn listed(body: &str) -> Vec<String> {
    let links = body.split("href=\"/accounts/100/deliveries/").skip(1);
    links.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn an_empty_log_says_what_will_be_here() {
    let app = spawn_app().await;
    let mut browser = app.visitor(Role::Viewer).await;
    browser.get(LOG).await.has_status(200).says("No deliveries yet");
    app.finish().await;
}

#[tokio::test]
async fn each_filter_leaves_what_fits_and_keeps_what_was_chosen() {
    let (app, receiver) = (spawn_app().await, Receiver::answering(Answer::status(500, "no")).await);
    app.notify(Some(&receiver.url("/hook")), "run_failed", true, "ops@acme.example").await;
    post(&app, &["run_failed", "sync_failed"]).await;
    let mut browser = app.visitor(Role::Viewer).await;
    let log = app.log().await;
    let event_id = log[0].event_id;
    for (query, count) in [
        (String::new(), 5),
        ("status=failed".into(), 1),
        ("status=delivered".into(), 3),
        ("status=skipped".into(), 1),
        ("event=run_failed".into(), 3),
        ("channel=webhook".into(), 2),
        ("channel=webhook&status=failed&event=run_failed".into(), 1),
        ("trigger=event".into(), 5),
        ("trigger=test".into(), 0),
        ("q=OPS%40acme".into(), 1),
        ("q=%25".into(), 0),
        (format!("q={event_id}"), 3),
        (format!("q={}", log[0].id), 1),
        ("status=&event=&q=".into(), 5),
    ] {
        let page = browser.get(&format!("{LOG}?{query}")).await;
        page.has_status(200);
        assert_eq!(listed(&page.body).len(), count, "{query}");
    }
    for (query, named) in [
        ("status=nonsense", "status: “nonsense” is not one of pending"),
        ("channel=fax", "channel: “fax” is not one of webhook"),
        ("trigger=me", "trigger: “me” is not one of event"),
        ("event=party", "event: “party” is not one that there is"),
        ("before=zzz", "before: “zzz” is no place in this list"),
        ("after=%20%27", "after: “'” is no place in this list"),
    ] {
        browser.get(&format!("{LOG}?{query}")).await.has_status(422).says(named);
    }
    let page = browser.get(&format!("{LOG}?status=failed&q=acme")).await;
    assert!(page.body.contains("value=\"failed\" selected") && page.body.contains("value=\"acme\""));
    browser.get(&format!("{LOG}?trigger=test")).await.says("No deliveries match");
    app.finish().await;
}

#[tokio::test]
async fn older_and_newer_lead_through_every_delivery_once_in_both_directions() {
    let app = spawn_app().await;
    let list = (0..54).map(|n| format!("s{n}@acme.example")).collect::<Vec<_>>().join(",");
    app.notify(None, "run_failed", false, &list).await;
    post(&app, &["run_failed", "run_failed", "sync_failed"]).await;
    let mut browser = app.visitor(Role::Viewer).await;
    let query = "?event=run_failed";
    let link = |body: &str, rel: &str| {
        let (_, rest) = body.split_once(&format!("rel=\"{rel}\" href=\""))?;
        Some(rest.split('"').next()?.replace("&#38;", "&").replace("&amp;", "&"))
    };
    let mut all: Vec<String> = app
        .log()
        .await
        .into_iter()
        .filter(|row| row.event_key == "run_failed")
        .map(|row| row.id.to_string())
        .collect();
    all.reverse();
    assert_eq!(all.len(), 110);

    let mut page = browser.get(&format!("{LOG}{query}")).await;
    let mut seen = vec![listed(&page.body)];
    assert_eq!(link(&page.body, "prev"), None);
    while let Some(path) = link(&page.body, "next") {
        page = browser.get(&path).await;
        seen.push(listed(&page.body));
    }
    assert_eq!(seen.iter().map(Vec::len).collect::<Vec<_>>(), [50, 50, 10]);
    assert_eq!(seen.concat(), all);

    let path = link(&page.body, "prev").unwrap();
    page = browser.get(&path).await;
    assert_eq!(listed(&page.body), seen[1]);
    let path = link(&page.body, "prev").unwrap();
    page = browser.get(&path).await;
    assert_eq!(listed(&page.body), seen[0]);
    assert_eq!(link(&page.body, "prev"), None);
    app.finish().await;
}

#[tokio::test]
async fn a_webhooks_page_shows_what_left_and_what_came_back() {
    let answer = Answer::status(500, "{\"error\":\"<b>out of order</b>\"}");
    let (app, receiver) = (spawn_app().await, Receiver::answering(answer).await);
    app.notify(Some(&receiver.url("/hook")), "run_failed", true, "").await;
    post(&app, &["run_failed"]).await;
    let row = app.log().await.into_iter().find(|row| row.target.channel() == Channel::Webhook).unwrap();
    let mut browser = app.visitor(Role::Viewer).await;

    let page = browser.get(&format!("{LOG}/{}", row.id)).await;

    page.has_status(200)
        .says("Failed")
        .says("answered 500 Internal Server Error in")
        .says(&row.id.to_string());
    page.says("\"run_id\": 9876").says("<b>out of order</b>").says("x-ringpost-delivery");
    assert!(!page.body.contains("<b>out of order</b>"), "the answer is text, not markup");
    app.finish().await;
}

#[tokio::test]
async fn a_skipped_delivery_says_why_and_shows_what_would_have_been_sent() {
    let (app, receiver) = (spawn_app().await, Receiver::ok().await);
    app.notify(Some(&receiver.url("/hook")), "run_failed", false, "").await;
    post(&app, &["run_failed"]).await;
    let row = app.log().await.into_iter().find(|row| row.state == State::Skipped).unwrap();
    let mut browser = app.visitor(Role::Viewer).await;
    let page = browser.get(&format!("{LOG}/{}", row.id)).await;
    page.says("Not sent: Send Webhook is off for this event.").says("Nothing has been sent.");
    app.finish().await;
}

#[tokio::test]
async fn another_accounts_delivery_is_not_found_here() {
    let app = spawn_app().await;
    app.account(200, "Globex", "prod-globex", "kim@globex.example").await;
    let token = app.token(None, Role::Ingest).await;
    let mut event = sample("run_failed");
    event["account_id"] = json!(200);
    let accepted = app.post_event(&token, &event).await;
    app.dispatch.settled().await.unwrap();
    let event_id = accepted.json()["id"].as_str().unwrap().to_owned();
    let theirs = app.db.deliveries_of(200, event_id.parse().unwrap()).await.unwrap().remove(0);
    let mut browser = app.visitor(Role::Admin).await;
    for id in [theirs.id.to_string().as_str(), "none", "00000000-0000-0000-0000-000000000000"] {
        browser.get(&format!("{LOG}/{id}")).await.has_status(404);
        browser.get(&format!("{LOG}/{id}/mail")).await.has_status(404);
    }
    assert!(listed(&browser.get(&format!("{LOG}?q={event_id}")).await.body).is_empty());
    app.finish().await;
}
