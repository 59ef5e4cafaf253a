//! A session ends while somebody fills in a form: what they typed is there again when they have signed in.

use ringpost::domain::role::Role;

use super::SETTINGS;
use crate::support::app::{TestApp, spawn_app, webhook_url};
use crate::support::browser::{Browser, Form};
use crate::support::people::PASSWORD;

const COMPANY: &str = "/accounts/100/company";
const LED_TO_SIGN_IN: &str = "/login?next=%2Faccounts%2F100%2Fnotifications&kept=1";

/// Ends every session of somebody, as a change of their password elsewhere does.
async fn end_sessions(app: &TestApp, email: &str) {
    let id = app.db.user_by_email(email).await.unwrap().unwrap().id;
    let mut elsewhere = app.signed_in(email).await;
    elsewhere.post("/profile/sign-out-everywhere", &[]).await.leads_to();
    assert!(app.db.sessions_of(&id, app.clock.now_ms()).await.unwrap().is_empty());
}

async fn typed(app: &TestApp) -> (Browser, Form) {
    app.notify(Some(&webhook_url("https://hooks.acme.example/")), "run_failed", true, "ops@acme.example")
        .await;
    let mut browser = app.visitor(Role::Editor).await;
    let form = browser.form(SETTINGS).await.with("webhook_url", "https://hooks.acme.example/t0k3n");
    (browser, form.with("subscribers.run_failed", "night@acme.example").without("send_webhook.run_failed"))
}

#[tokio::test]
async fn the_form_stands_there_again_unsaved_after_signing_in() {
    let app = spawn_app().await;
    let (mut browser, form) = typed(&app).await;
    end_sessions(&app, "editor@acme.example").await;

    assert_eq!(browser.submit(SETTINGS, &form).await.leads_to(), LED_TO_SIGN_IN);
    let login = browser.get(LED_TO_SIGN_IN).await;
    login.says("Sign in: your form comes back as you left it.");
    assert!(!login.body.contains("t0k3n") && !login.body.contains("night@acme.example"));
    let next = Form::of(&login).get("next").unwrap().to_owned();
    let fields = [("email", "editor@acme.example"), ("password", PASSWORD), ("next", &next)];
    assert_eq!(browser.post("/login", &fields).await.leads_to(), SETTINGS);

    let page = browser.get(SETTINGS).await;
    page.says("You were signed out before this was saved.").says("Unsaved changes");
    let again = Form::of(&page);
    assert_eq!(again.get("webhook_url"), Some("https://hooks.acme.example/t0k3n"));
    assert_eq!(again.get("subscribers.run_failed"), Some("night@acme.example"));
    assert_eq!(again.get("send_webhook.run_failed"), None);
    let stored = app.db.settings(100).await.unwrap().unwrap().event("run_failed");
    assert_eq!((stored.subscribers.to_string().as_str(), stored.send_webhook), ("ops@acme.example", true));
    assert_eq!(
        browser.form(SETTINGS).await.get("subscribers.run_failed"),
        Some("ops@acme.example"),
        "it is shown once"
    );
    browser.submit(SETTINGS, &again).await.leads_to();
    assert!(!app.db.settings(100).await.unwrap().unwrap().event("run_failed").send_webhook);
    app.finish().await;
}

#[tokio::test]
async fn nothing_is_kept_for_strangers_nor_shown_to_somebody_else() {
    let app = spawn_app().await;
    let (mut browser, form) = typed(&app).await;
    let stranger = app.browser().submit(SETTINGS, &form).await;
    assert_eq!(stranger.leads_to(), "/login?ended=1");
    end_sessions(&app, "editor@acme.example").await;
    browser.submit(SETTINGS, &form).await.leads_to();
    app.person("other@acme.example", Some((100, Role::Editor))).await;
    browser.sign_in("other@acme.example", PASSWORD).await.leads_to();
    let page = browser.get(SETTINGS).await;
    assert_eq!(Form::of(&page).get("subscribers.run_failed"), Some("ops@acme.example"));
    page.says("A form of somebody else was not kept.");
    assert!(!page.body.contains("t0k3n") && !page.body.contains("editor@acme.example"));
    let again = browser.get(SETTINGS).await;
    assert!(!again.body.contains("was not kept"), "it is said once");
    browser.sign_in("editor@acme.example", PASSWORD).await.leads_to();
    assert_eq!(browser.form(SETTINGS).await.get("subscribers.run_failed"), Some("ops@acme.example"));
    app.finish().await;
}

#[tokio::test]
async fn what_others_have_saved_meanwhile_is_not_undone_by_a_form_that_comes_back() {
    let app = spawn_app().await;
    let (mut browser, form) = typed(&app).await;
    end_sessions(&app, "editor@acme.example").await;
    browser.submit(SETTINGS, &form).await.leads_to();
    let mut other = app.visitor(Role::Admin).await;
    let saved = other.form(SETTINGS).await.with("subscribers.run_failed", "oncall@acme.example");
    other.submit(SETTINGS, &saved.with("subscribers.sync_failed", "sam@acme.example")).await.leads_to();

    browser.sign_in("editor@acme.example", PASSWORD).await.leads_to();
    let page = browser.get(SETTINGS).await;
    page.says("Their change is kept: Sync Failed.");
    let again = Form::of(&page);
    assert_eq!(again.get("subscribers.sync_failed"), Some("sam@acme.example"));
    browser
        .submit(SETTINGS, &again)
        .await
        .has_status(422)
        .says("Run Failed was changed by admin@acme.example");
    app.finish().await;
}

#[tokio::test]
async fn company_and_destinations_come_back_too_and_nothing_typed_is_readable_at_rest() {
    let app = spawn_app().await;
    let mut browser = app.visitor(Role::Admin).await;
    let company = browser.form(COMPANY).await.with("name", "Acme Limited");
    let new = "/accounts/100/destinations/new?kind=webhook";
    let hook = browser.form(new).await.with("name", "Billing").with("secret", "s3cr3t-typed");
    for (post, form, page, field, value) in [
        (COMPANY, company, COMPANY, "name", "Acme Limited"),
        ("/accounts/100/destinations", hook, new, "secret", "s3cr3t-typed"),
    ] {
        end_sessions(&app, "admin@acme.example").await;
        browser.submit(post, &form).await.leads_to();
        browser.sign_in("admin@acme.example", PASSWORD).await.leads_to();
        let shown = browser.get(page).await;
        shown.says("Nothing of it is saved yet.");
        assert_eq!(Form::of(&shown).get(field), Some(value));
    }
    app.finish().await;
}
