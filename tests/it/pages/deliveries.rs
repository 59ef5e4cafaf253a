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

#[tokio::test]
async fn an_empty_log_says_what_will_be_here() {
    let app = spawn_app().await;
    let mut browser = app.visitor(Role::Viewer).await;
    browser.get(LOG).await.has_status(200).says("No deliveries yet");
    app.finish().await;
}

/// The ids of the events on a page, in its order.
fn events(body: &str) -> Vec<String> {
    let links = body.split("class=\"title\" href=\"/accounts/100/events/").skip(1);
    links.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn each_filter_leaves_the_events_that_fit_and_keeps_what_was_chosen() {
    let (app, receiver) = (spawn_app().await, Receiver::answering(Answer::status(500, "no")).await);
    app.notify(Some(&receiver.url("/hook")), "run_failed", true, "ops@acme.example").await;
    post(&app, &["run_failed", "sync_failed"]).await;
    let mut browser = app.visitor(Role::Viewer).await;
    let log = app.log().await;
    let (run, sync) = (log[0].event_id.to_string(), log.last().unwrap().event_id.to_string());
    let (both, none) = (vec![sync.clone(), run.clone()], Vec::new());
    let (run_only, sync_only) = (vec![run.clone()], vec![sync.clone()]);
    for (query, expected) in [
        (String::new(), &both),
        ("status=failed".into(), &run_only),
        ("status=delivered".into(), &none),
        ("status=written_to_file".into(), &both),
        ("status=expired".into(), &none),
        ("status=skipped".into(), &sync_only),
        ("event=run_failed".into(), &run_only),
        ("channel=webhook".into(), &both),
        ("channel=email".into(), &both),
        ("channel=slack".into(), &none),
        ("channel=webhook&status=failed&event=run_failed".into(), &run_only),
        ("channel=webhook&status=failed&event=sync_failed".into(), &none),
        ("trigger=event".into(), &both),
        ("trigger=test".into(), &none),
        ("trigger=resend".into(), &none),
        ("q=OPS%40acme".into(), &run_only),
        ("q=acme.example".into(), &none),
        ("q=%25".into(), &none),
        ("q=9876".into(), &run_only),
        ("q=widget+co".into(), &run_only),
        ("q=sync".into(), &sync_only),
        ("q=widget+co&status=failed".into(), &run_only),
        ("q=widget+co&status=skipped".into(), &none),
        (format!("q={run}"), &run_only),
        (format!("q={}", &run[..35]), &run_only),
        (format!("q={}", log[0].id), &run_only),
        ("from=2020-01-01".into(), &both),
        ("from=2020-01-01&to=2020-01-02".into(), &none),
        ("status=&event=&q=".into(), &both),
    ] {
        let page = browser.get(&format!("{LOG}?{query}")).await;
        page.has_status(200);
        assert_eq!(events(&page.body), *expected, "{query}");
    }
    let page = browser.get(&format!("{LOG}?status=failed&q=acme")).await;
    assert!(page.body.contains("value=\"failed\" selected") && page.body.contains("value=\"acme\""));
    let found = browser.get(&format!("{LOG}?q=widget+co")).await;
    assert!(found.body.contains("<strong>1 event</strong>, newest first"), "{}", found.text());
    browser.get(&format!("{LOG}?trigger=test")).await.says("No deliveries match");
    app.finish().await;
}

#[tokio::test]
async fn an_unknown_value_is_left_out_and_said() {
    let app = spawn_app().await;
    post(&app, &["run_failed"]).await;
    let mut browser = app.visitor(Role::Viewer).await;
    for name in ["status", "event", "channel", "destination", "trigger", "from", "to", "before", "after"] {
        let page = browser.get(&format!("{LOG}?{name}=bogus")).await;
        let sentence = match name {
            "from" | "to" => "“bogus” is no day like 2026-05-04.".to_owned(),
            "before" | "after" => "“bogus” is no place in this log.".to_owned(),
            name => format!("There is no {name} “bogus”."),
        };
        page.says(&format!("{sentence} It was left out."));
        assert_eq!(events(&page.body).len(), 1, "{name}");
    }
    app.finish().await;
}

#[tokio::test]
async fn an_event_stands_like_the_worst_of_its_deliveries_and_folds_what_is_well() {
    let (app, receiver) = (spawn_app().await, Receiver::answering(Answer::status(503, "no")).await);
    app.notify(Some(&receiver.url("/hook")), "run_failed", true, "").await;
    post(&app, &["run_failed"]).await;
    let mut browser = app.visitor(Role::Viewer).await;
    let page = browser.get(LOG).await;
    page.says("Shopify Integration for Widget Co (run 9876)").says("Failed").says("503 Service Unavailable");
    page.says("Last 24 hours");
    assert!(page.body.contains("<strong>1 event</strong>, newest first"), "{}", page.text());
    assert!(page.body.contains("class=\"is-bad\""));
    // The row and the chart tell of the same failure.
    assert!(page.body.contains("most of these (1)"), "{}", page.body);
    app.finish().await;
}

#[tokio::test]
async fn the_page_of_an_event_says_who_got_it_and_who_did_not() {
    let app = spawn_app().await;
    post(&app, &["run_failed"]).await;
    let event = app.log().await[0].event_id;
    let mut browser = app.visitor(Role::Viewer).await;
    let page = browser.get(&format!("/accounts/100/events/{event}")).await;
    page.has_status(200).says("Who got this, and why not").says("Email to dana@acme.example");
    page.says("No URL is saved")
        .says("\"run_id\": 9876")
        .says("0 of 2 possible targets were told, 1 written to file");
    browser.get("/accounts/100/events/00000000-0000-0000-0000-000000000000").await.has_status(404);
    app.finish().await;
}

#[tokio::test]
async fn older_and_newer_lead_through_every_event_once_in_both_directions() {
    let app = spawn_app().await;
    post(&app, &["run_failed"; 110]).await;
    post(&app, &["sync_failed"]).await;
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
        .map(|row| row.event_id.to_string())
        .collect();
    all.reverse();
    assert_eq!(all.len(), 110);

    let mut page = browser.get(&format!("{LOG}{query}")).await;
    page.says("1–50 of 110 events");
    let mut seen = vec![events(&page.body)];
    assert_eq!(link(&page.body, "prev"), None);
    while let Some(path) = link(&page.body, "next") {
        page = browser.get(&path).await;
        seen.push(events(&page.body));
    }
    assert_eq!(seen.iter().map(Vec::len).collect::<Vec<_>>(), [50, 50, 10]);
    assert_eq!(seen.concat(), all);

    let path = link(&page.body, "prev").unwrap();
    page = browser.get(&path).await;
    assert_eq!(events(&page.body), seen[1]);
    let path = link(&page.body, "prev").unwrap();
    page = browser.get(&path).await;
    assert_eq!(events(&page.body), seen[0]);
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
    assert!(events(&browser.get(&format!("{LOG}?q={event_id}")).await.body).is_empty());
    browser.get(&format!("/accounts/100/events/{event_id}")).await.has_status(404);
    app.finish().await;
}
