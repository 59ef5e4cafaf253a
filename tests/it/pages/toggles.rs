//! Toggles, while there is a URL and while there is none.

use ringpost::domain::role::Role;

use super::SETTINGS;
use crate::support::app::{TestApp, spawn_app, webhook_url};
use crate::support::browser::{Browser, Form};

const URL: &str = "https://hooks.acme.example/";
const TOGGLE: &str = "send_webhook.run_failed";

async fn is_on(app: &TestApp) -> bool {
    app.db.settings(100).await.unwrap().unwrap().event("run_failed").send_webhook
}

async fn save(browser: &mut Browser, form: &Form) {
    browser.submit(SETTINGS, form).await.leads_to();
}

#[tokio::test]
async fn while_no_url_is_saved_toggles_are_disabled_and_a_save_without_them_keeps_what_is_stored() {
    let app = spawn_app().await;
    app.notify(None, "run_failed", true, "").await;
    let mut browser = app.visitor(Role::Editor).await;
    let page = browser.get(SETTINGS).await;
    page.says("Webhooks are off until you enter a webhook URL");
    assert!(
        page.body.contains("name=\"send_webhook.run_failed\" value=\"on\" checked disabled"),
        "{}",
        page.body
    );
    let form = Form::of(&page);
    assert_eq!((form.get(TOGGLE), form.get("toggles")), (None, None));

    save(&mut browser, &form.clone().with("subscribers.run_failed", "ops@acme.example")).await;
    assert!(is_on(&app).await);
    // Without script, the toggles stay disabled while the first URL is typed.
    save(&mut browser, &form.with("webhook_url", URL)).await;
    assert!(is_on(&app).await);
    app.finish().await;
}

#[tokio::test]
async fn an_on_that_is_posted_while_no_url_is_saved_is_saved() {
    let app = spawn_app().await;
    let mut browser = app.visitor(Role::Editor).await;
    let form = browser.form(SETTINGS).await.with(TOGGLE, "on");
    save(&mut browser, &form).await;
    assert!(is_on(&app).await);
    app.finish().await;
}

#[tokio::test]
async fn once_a_url_is_saved_a_toggle_that_is_not_posted_is_off() {
    let app = spawn_app().await;
    app.notify(Some(&webhook_url(URL)), "run_failed", true, "").await;
    let mut browser = app.visitor(Role::Editor).await;
    let form = browser.form(SETTINGS).await;
    assert_eq!(form.get(TOGGLE), Some("on"));
    save(&mut browser, &form.without(TOGGLE)).await;
    assert!(!is_on(&app).await);
    app.finish().await;
}

#[tokio::test]
async fn taking_the_url_away_keeps_the_toggles_for_the_next_one() {
    let app = spawn_app().await;
    app.notify(Some(&webhook_url(URL)), "run_failed", true, "").await;
    let mut browser = app.visitor(Role::Editor).await;
    let form = browser.form(SETTINGS).await.with("webhook_url", "").without(TOGGLE);
    save(&mut browser, &form).await;
    assert!(app.db.sealed_webhook(100).await.unwrap().is_none());
    assert!(is_on(&app).await);
    app.finish().await;
}

#[tokio::test]
async fn with_script_a_toggle_can_be_switched_off_together_with_the_first_url() {
    let app = spawn_app().await;
    app.notify(None, "run_failed", true, "").await;
    let mut browser = app.visitor(Role::Editor).await;
    let form = browser.form(SETTINGS).await.with("webhook_url", URL).with("toggles", "live");
    save(&mut browser, &form).await;
    assert!(!is_on(&app).await);
    app.finish().await;
}

#[tokio::test]
async fn a_url_that_is_cleared_and_saved_says_how_many_events_it_was_for() {
    let app = spawn_app().await;
    for key in ["run_failed", "sync_failed"] {
        app.notify(Some(&webhook_url(URL)), key, true, "").await;
    }
    let mut editor = app.visitor(Role::Editor).await;
    let form = editor.form(SETTINGS).await.with("webhook_url", "");
    let saved = editor.submit(SETTINGS, &form).await;
    let page = editor.get(saved.leads_to()).await;
    page.says("Changes saved.").says("Webhooks are off: no URL is saved. 2 events would send one.");
    let form = editor.form(SETTINGS).await;
    let again = editor.submit(SETTINGS, &form).await;
    assert!(!editor.get(again.leads_to()).await.text().contains("would send one"));
    app.finish().await;
}
