//! A target that fails is seen on every page until it works again, and after an hour its account's contact is told.

mod mails;

use ringpost::domain::role::Role;
use serde_json::json;

use crate::support::app::{spawn_app, webhook_url};
use crate::support::clock::minutes;
use crate::support::destinations::{Desk, WEBHOOKS, document};
use crate::support::receiver::{Answer, Door, Receiver};
use crate::support::samples::sample;

/// The pages that everybody has who may read an account.
const PAGES: [&str; 5] = ["company", "notifications", "destinations", "deliveries", "history"];

/// A path of this page's banner, as its link has it.
fn see_them(page: &crate::support::http::Answer) -> String {
    let (_, rest) = page.body.split_once("is failing.</strong>").expect("no banner");
    let (_, rest) = rest.split_once("href=\"").unwrap();
    rest.split('"').next().unwrap().replace("&#38;", "&")
}

#[tokio::test]
async fn every_page_says_which_webhook_is_failing_until_it_delivers_again() {
    let refused = Answer::status(500, "no");
    let answers = vec![refused.clone(), refused, Answer::status(200, "ok")];
    let (app, receiver) = (spawn_app().await, Receiver::start(Door::Plain, answers).await);
    app.account(200, "Globex", "prod-globex", "kim@globex.example").await;
    app.notify(Some(&receiver.url("/hook")), "run_failed", true, "").await;
    let token = app.token(Some(100), Role::Ingest).await;
    let mut viewer = app.visitor(Role::Viewer).await;
    app.operator("lee@ringpost.example").await;
    for page in PAGES {
        assert!(!viewer.get(&format!("/accounts/100/{page}")).await.text().contains("is failing"));
    }
    for _ in 0..2 {
        app.post_event(&token, &sample("run_failed")).await.has_status(202);
        app.dispatch.settled().await.unwrap();
    }
    let says = format!(
        "The webhook to {} is failing. 2 failed in the last hour, the last with 500 Internal Server Error.",
        receiver.address
    );
    for page in PAGES {
        viewer.get(&format!("/accounts/100/{page}")).await.has_status(200).says(&says);
    }
    let mut operator = app.signed_in("lee@ringpost.example").await;
    assert!(!operator.get("/accounts/200/company").await.text().contains("is failing"));

    let log = see_them(&viewer.get("/accounts/100/company").await);
    let shown = viewer.get(&log).await;
    assert_eq!(shown.body.matches("href=\"/accounts/100/events/0").count(), 2, "{}", shown.text());
    app.time.advance(minutes(90));
    let mut viewer = app.signed_in("viewer@acme.example").await;
    viewer.get("/accounts/100/company").await.says("2 failed in the last 24 hours, the last with 500");

    app.post_event(&token, &sample("run_failed")).await.has_status(202);
    app.dispatch.settled().await.unwrap();
    for page in PAGES {
        assert!(!viewer.get(&format!("/accounts/100/{page}")).await.text().contains("is failing"));
    }
    viewer.get("/accounts/100/notifications").await.says("3 in 24 h, 2 failed");
    app.finish().await;
}

#[tokio::test]
async fn a_failed_test_accuses_nobody_and_one_that_arrives_shows_that_it_works_again() {
    let desk = Desk::of_admin().await;
    let answers = vec![Answer::status(500, "no"), Answer::status(500, "no"), Answer::status(200, "ok")];
    let (_receiver, url) = desk.receiver(answers).await;
    let body = document(&json!({ "name": "billing", "url": url, "events": ["run_failed"] }));
    let made = desk.call("POST", WEBHOOKS, Some(&body)).await;
    let id = made.json()["data"]["id"].as_str().unwrap().to_owned();
    let mut admin = desk.app.visitor(Role::Admin).await;
    let test = format!("/accounts/100/destinations/{id}/test");
    let page = "/accounts/100/destinations";

    admin.post(&test, &[("nonce", "0196b3e0-5c1e-7d1a-9a44-2f5d0b7e11aa")]).await;
    desk.app.dispatch.settled().await.unwrap();
    assert!(!admin.get(page).await.text().contains("ailing"));

    let token = desk.app.token(Some(100), Role::Ingest).await;
    desk.app.post_event(&token, &sample("run_failed")).await.has_status(202);
    desk.app.dispatch.settled().await.unwrap();
    admin.get(page).await.says("billing is failing. 1 failed in the last hour").says("2 in 24 h, 2 failed");
    admin.get("/accounts/100/deliveries?status=failed&destination=1").await.says("1–2 of 2");

    admin.post(&test, &[("nonce", "0196b3e0-5c1e-7d1a-9a44-2f5d0b7e11ab")]).await;
    desk.app.dispatch.settled().await.unwrap();
    assert!(!admin.get(page).await.text().contains("ailing"));
    desk.app.finish().await;
}

#[tokio::test]
async fn a_target_whose_address_was_changed_is_not_failing_but_untested() {
    let app = spawn_app().await;
    let bad = Receiver::answering(Answer::status(500, "no")).await;
    let answers = vec![Answer::status(200, "ok"), Answer::status(503, "no")];
    let good = Receiver::start(Door::Plain, answers).await;
    app.notify(Some(&bad.url("/hook")), "run_failed", true, "").await;
    let token = app.token(Some(100), Role::Ingest).await;
    app.post_event(&token, &sample("run_failed")).await.has_status(202);
    app.dispatch.settled().await.unwrap();
    let mut editor = app.visitor(Role::Editor).await;
    let page = "/accounts/100/notifications";
    editor.get(page).await.says("is failing");

    app.time.advance(minutes(1));
    let form = editor.form(page).await.with("webhook_url", good.url("/hook").expose());
    editor.submit(page, &form).await.leads_to();
    app.time.advance(minutes(120));
    let mut editor = app.signed_in("editor@acme.example").await;
    let shown = editor.get(page).await;
    shown.says("Changed, not tested The webhook URL changed 2 hours ago and has not been tested since.");
    assert!(!shown.text().contains("is failing"), "{}", shown.text());

    // A test of another address says nothing of this one.
    for (url, tested) in [(bad.url("/hook"), false), (good.url("/hook"), true)] {
        let form = editor.form(page).await.with("webhook_url", url.expose());
        editor.submit("/accounts/100/notifications/test/run_failed/webhook", &form).await.has_status(200);
        app.dispatch.settled().await.unwrap();
        let text = editor.get(page).await.text();
        assert_eq!(text.contains("Changed, not tested"), !tested, "{text}");
        assert!(!text.contains("is failing"));
    }
    // The same URL saved again is not another one.
    let form = editor.form(page).await.with("subscribers.run_failed", "ops@acme.example");
    editor.submit(page, &form).await.leads_to();
    assert!(!editor.get(page).await.text().contains("Changed, not tested"));

    // What failed at the address before is not counted against this one.
    app.time.advance(minutes(1));
    app.post_event(&token, &sample("run_failed")).await.has_status(202);
    app.dispatch.settled().await.unwrap();
    let shown = app.signed_in("editor@acme.example").await.get(page).await;
    shown.says("is failing. 1 failed in the last hour, the last with 503 Service Unavailable.");
    app.finish().await;
}

#[tokio::test]
async fn a_destination_says_that_it_was_changed_or_hears_of_nothing() {
    let desk = Desk::of_admin().await;
    let (_receiver, url) = desk.ok().await;
    desk.webhook(&json!({ "name": "silent", "url": url, "events": [] })).await;
    let made = desk.webhook(&json!({ "name": "loud", "url": url, "events": ["run_failed"] })).await;
    let id = made["id"].as_str().unwrap();
    let mut admin = desk.app.visitor(Role::Admin).await;
    let list = admin.get("/accounts/100/destinations").await;
    list.says("No events chosen");
    assert!(!list.text().contains("Changed, not tested"));

    let path = format!("{WEBHOOKS}/{id}");
    let changed_to = |attributes| json!({ "data": { "type": "notification/webhooks", "id": id, "attributes": attributes } });
    desk.call("PATCH", &path, Some(&changed_to(json!({ "name": "louder" })))).await.has_status(200);
    assert!(!admin.get("/accounts/100/destinations").await.text().contains("Changed, not tested"));
    desk.app.time.advance(minutes(1));
    desk.call("PATCH", &path, Some(&changed_to(json!({ "url": format!("{url}/2") })))).await.has_status(200);
    admin.get("/accounts/100/destinations").await.says("Changed, not tested");
    let nonce = [("nonce", "0196b3e0-5c1e-7d1a-9a44-2f5d0b7e11aa")];
    admin.post(&format!("/accounts/100/destinations/{id}/test"), &nonce).await;
    assert!(!admin.get("/accounts/100/destinations").await.text().contains("Changed, not tested"));
    desk.app.finish().await;
}

#[tokio::test]
async fn a_paused_destination_and_a_cleared_url_are_not_failing() {
    let app = spawn_app().await;
    let bad = Receiver::answering(Answer::status(500, "no")).await;
    app.notify(Some(&bad.url("/hook")), "run_failed", true, "").await;
    let token = app.token(Some(100), Role::Ingest).await;
    app.post_event(&token, &sample("run_failed")).await.has_status(202);
    app.dispatch.settled().await.unwrap();
    let mut viewer = app.visitor(Role::Viewer).await;
    viewer.get("/accounts/100/company").await.says("is failing");
    app.notify(None, "run_failed", true, "").await;
    assert!(!viewer.get("/accounts/100/company").await.text().contains("is failing"));
    // Entered again, it begins anew.
    app.time.advance(minutes(1));
    app.notify(Some(&webhook_url(bad.url("/hook").expose())), "run_failed", true, "").await;
    assert!(!viewer.get("/accounts/100/company").await.text().contains("is failing"));
    app.finish().await;
}
