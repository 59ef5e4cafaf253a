//! Seven events on one screen: each a line that opens, and buttons that fill in several rows and save nothing.

use ringpost::domain::role::Role;

use super::SETTINGS;
use crate::support::app::{TestApp, spawn_app, webhook_url};
use crate::support::browser::Form;
use crate::support::http::Answer;
use crate::support::receiver::{Answer as Answered, Receiver};
use crate::support::samples::sample;

const ON: &str = "/accounts/100/notifications/toggles/on";
const OFF: &str = "/accounts/100/notifications/toggles/off";
const ADD: &str = "/accounts/100/notifications/add";
const URL: &str = "https://hooks.acme.example/";

/// The rows that are open on a page, by their event.
fn open_rows(page: &Answer) -> Vec<String> {
    let rows = page.body.split("<details id=\"event-").skip(1);
    let opened = rows.filter_map(|row| row.split_once('"').filter(|(_, rest)| rest.starts_with(" open>")));
    opened.map(|(key, _)| key.to_owned()).collect()
}

/// The end of an event's line.
fn line(page: &Answer, key: &str) -> String {
    let html = page.html();
    let selector = scraper::Selector::parse(&format!("#event-{key} > summary > .ev-last")).unwrap();
    let last = html.select(&selector).next().unwrap();
    last.text().flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

async fn nothing_is_saved(app: &TestApp) {
    let settings = app.db.settings(100).await.unwrap().unwrap();
    assert!(
        !settings.event("sync_failed").send_webhook && settings.event("sync_failed").subscribers.is_empty()
    );
    assert!(settings.event("run_failed").send_webhook);
}

#[tokio::test]
async fn every_row_is_closed_until_something_asks_for_a_look() {
    let app = spawn_app().await;
    app.notify(Some(&webhook_url(URL)), "run_failed", true, "ops@acme.example").await;
    let mut browser = app.visitor(Role::Editor).await;
    let page = browser.get(SETTINGS).await;
    assert_eq!(open_rows(&page), [""; 0]);
    page.says("Run Failed 2 people Nothing sent yet").says("1 of 7 send a webhook");
    let form = Form::of(&page).with("subscribers.sync_failed", "sam@").with("subscribers.run_failed", "");
    let refused = browser.submit(SETTINGS, &form).await;
    assert_eq!(open_rows(&refused), ["run_failed", "sync_failed"]);
    assert_eq!(line(&refused, "sync_failed"), "To correct 1 address");
    app.finish().await;
}

#[tokio::test]
async fn all_on_and_all_off_change_the_screen_and_save_nothing() {
    let app = spawn_app().await;
    app.notify(Some(&webhook_url(URL)), "run_failed", true, "").await;
    let mut browser = app.visitor(Role::Editor).await;
    let form = browser.form(SETTINGS).await.with("subscribers.tenant_created", "typed@acme.example");

    let on = browser.submit(ON, &form).await;
    on.has_status(200).says("7 of 7 send a webhook").says("Unsaved changes");
    let shown = Form::of(&on);
    assert_eq!(shown.get("send_webhook.sync_failed"), Some("on"));
    assert_eq!(shown.get("subscribers.tenant_created"), Some("typed@acme.example"));
    assert!(!open_rows(&on).contains(&"run_failed".to_owned()) && open_rows(&on).len() == 6);
    nothing_is_saved(&app).await;

    let off = browser.submit(OFF, &shown).await;
    off.has_status(200).says("0 of 7 send a webhook");
    assert_eq!(Form::of(&off).get("send_webhook.run_failed"), None);
    nothing_is_saved(&app).await;

    browser.submit(SETTINGS, &shown).await.leads_to();
    let settings = app.db.settings(100).await.unwrap().unwrap();
    assert!(app.catalog.events().all(|event_type| settings.event(&event_type.key).send_webhook));
    app.finish().await;
}

#[tokio::test]
async fn without_a_url_no_toggle_can_be_filled_in() {
    let app = spawn_app().await;
    let mut browser = app.visitor(Role::Editor).await;
    let form = browser.form(SETTINGS).await;
    browser.submit(ON, &form).await.has_status(422).says("Enter a Webhook URL first");
    browser.submit("/accounts/100/notifications/toggles/maybe", &form).await.has_status(404);
    app.finish().await;
}

#[tokio::test]
async fn a_person_is_added_to_several_lists_on_screen_and_one_save_keeps_them() {
    let app = spawn_app().await;
    app.notify(None, "run_failed", true, "ops@acme.example").await;
    let mut browser = app.visitor(Role::Editor).await;
    let form = browser.form(SETTINGS).await.with("add_address", "Night Shift <night@acme.example>");
    let form = form.with("add.run_failed", "on").with("add.sync_failed", "on");

    let added = browser.submit(ADD, &form).await;

    added.has_status(200).says("Unsaved changes");
    let shown = Form::of(&added);
    assert_eq!(shown.get("subscribers.run_failed"), Some("ops@acme.example, night@acme.example"));
    assert_eq!(shown.get("subscribers.sync_failed"), Some("night@acme.example"));
    assert_eq!(shown.get("add_address"), Some(""));
    assert_eq!(open_rows(&added), ["run_failed", "sync_failed"]);
    nothing_is_saved(&app).await;
    let again = shown.with("add_address", "NIGHT@acme.example").with("add.run_failed", "on");
    let again = Form::of(&browser.submit(ADD, &again).await);
    assert_eq!(again.get("subscribers.run_failed"), Some("ops@acme.example, night@acme.example"));
    browser.submit(SETTINGS, &again).await.leads_to();
    let list = app.db.settings(100).await.unwrap().unwrap().event("sync_failed").subscribers.to_string();
    assert_eq!(list, "night@acme.example");
    app.finish().await;
}

#[tokio::test]
async fn who_cannot_be_added_is_said_and_stays_typed() {
    let app = spawn_app().await;
    let mut browser = app.visitor(Role::Editor).await;
    let form = browser.form(SETTINGS).await;
    browser.submit(ADD, &form).await.has_status(422).says("Enter the address that is to be added");
    let nowhere = form.clone().with("add_address", "night@acme");
    let refused = browser.submit(ADD, &nowhere).await;
    refused.has_status(422).says("Tick the events").says("Address: “night@acme” is missing a domain ending");
    assert_eq!(Form::of(&refused).get("add_address"), Some("night@acme"));
    let primary = form.clone().with("add_address", "dana@acme.example").with("add.run_failed", "on");
    browser.submit(ADD, &primary).await.has_status(200).says("dana@acme.example was not added.");
    // Whoever is typed and not added yet is not lost by Save.
    let typed = form.with("add_address", "night@acme.example");
    browser.submit(SETTINGS, &typed).await.has_status(422).says("Tick the events");
    browser.submit(SETTINGS, &typed.with("add.run_failed", "on")).await.leads_to();
    let list = app.db.settings(100).await.unwrap().unwrap().event("run_failed").subscribers.to_string();
    assert_eq!(list, "night@acme.example");
    app.finish().await;
}

#[tokio::test]
async fn a_line_tells_the_worst_of_the_last_event_and_not_of_a_test() {
    let (app, receiver) = (spawn_app().await, Receiver::answering(Answered::status(500, "no")).await);
    let url = receiver.url("/hook");
    app.notify(Some(&url), "run_failed", true, "").await;
    let mut browser = app.visitor(Role::Editor).await;
    let form = browser.form(SETTINGS).await;
    let tested = browser.submit("/accounts/100/notifications/test/run_failed/webhook", &form).await;
    assert_eq!(line(&tested, "run_failed"), "Test just now");
    assert_eq!(line(&browser.get(SETTINGS).await, "run_failed"), "Nothing sent yet");

    let token = app.token(Some(100), Role::Ingest).await;
    app.post_event(&token, &sample("tenant_created")).await.has_status(202);
    app.post_event(&token, &sample("run_failed")).await.has_status(202);
    app.settled_log().await;

    let page = browser.get(SETTINGS).await;
    assert!(line(&page, "run_failed").starts_with("Failed "), "{}", line(&page, "run_failed"));
    assert!(line(&page, "tenant_created").starts_with("Written to file "));
    assert_eq!(line(&page, "sync_failed"), "Nothing sent yet");
    page.says("Last webhook Failed");
    app.finish().await;
}

#[tokio::test]
async fn the_address_that_a_button_leaves_behind_answers_a_get() {
    let app = spawn_app().await;
    let mut browser = app.visitor(Role::Editor).await;
    let row = "/accounts/100/notifications#event-run_failed";
    for (path, leads_to) in [
        ("/accounts/100/notifications/test/run_failed/webhook", row),
        ("/accounts/100/notifications/test/run_failed/email", row),
        (ON, SETTINGS),
        (ADD, SETTINGS),
    ] {
        assert_eq!(browser.get(path).await.leads_to(), leads_to);
    }
    browser.get("/accounts/100/notifications/test/party/email").await.has_status(404);
    app.finish().await;
}
