//! Saving the settings page: all of it or nothing, and what was typed stays.

use ringpost::domain::role::Role;

use super::SETTINGS;
use crate::support::app::spawn_app;
use crate::support::browser::Form;
use crate::support::http::Request;
use crate::support::receiver::Receiver;

#[tokio::test]
async fn what_is_saved_is_shown_again_and_nothing_else_changes() {
    let (app, receiver) = (spawn_app().await, Receiver::ok().await);
    let mut browser = app.visitor(Role::Editor).await;
    let url = receiver.url("/hook?key=1").expose().to_owned();
    let form = browser.form(SETTINGS).await.with("webhook_url", format!("  {url}  "));
    browser.submit(SETTINGS, &form).await.leads_to();
    let form = browser.form(SETTINGS).await;
    let form = form.with("send_webhook.run_failed", "on").with("subscribers.sync_failed", "ops@acme.example");

    assert_eq!(browser.submit(SETTINGS, &form).await.leads_to(), SETTINGS);

    browser.get(SETTINGS).await.says("Changes saved.");
    let again = browser.get(SETTINGS).await;
    assert!(!again.text().contains("Changes saved."), "it is said once");
    let shown = Form::of(&again);
    assert_eq!(shown.get("webhook_url"), Some(url.as_str()));
    assert_eq!(shown.get("send_webhook.run_failed"), Some("on"));
    assert_eq!(shown.get("send_webhook.sync_failed"), None);
    assert_eq!(shown.get("subscribers.sync_failed"), Some("ops@acme.example"));
    assert_eq!(shown.get("subscribers.run_failed"), Some(""));
    app.finish().await;
}

#[tokio::test]
async fn one_bad_field_refuses_the_save_names_it_and_keeps_everything_typed() {
    let app = spawn_app().await;
    let mut browser = app.visitor(Role::Editor).await;
    let form = browser.form(SETTINGS).await;
    let form = form
        .with("webhook_url", "https://dana:secret@hooks.acme.example/")
        .with("send_webhook.run_failed", "on")
        .with("subscribers.run_failed", "ops@acme.example, oncall@acme")
        .with("subscribers.sync_failed", "lee@acme.example");

    let answer = browser.submit(SETTINGS, &form).await;

    answer.has_status(422).says("There is a problem").says("oncall@acme").says("Unsaved changes");
    assert!(answer.text().contains("Webhook URL"), "{}", answer.text());
    let shown = Form::of(&answer);
    for (name, value) in &form.0 {
        if !["nonce", "toggles", "send_webhook.run_failed"].contains(&name.as_str()) {
            assert_eq!(shown.get(name), Some(value.as_str()), "{name}");
        }
    }
    let settings = app.db.settings(100).await.unwrap().unwrap();
    assert!(settings.webhook.is_none() && settings.events.is_empty());
    assert_eq!(Form::of(&browser.get(SETTINGS).await).get("subscribers.sync_failed"), Some(""));
    app.finish().await;
}

#[tokio::test]
async fn urls_that_no_webhook_can_have_are_refused_with_the_reason() {
    let app = spawn_app().await;
    let mut browser = app.visitor(Role::Editor).await;
    for url in [
        "hooks.acme.example",
        "ftp://hooks.acme.example/",
        "javascript:alert(1)",
        "https://user@hooks.acme.example/",
        "https://hooks.acme.example/#top",
        "https://",
        "https://hooks.acme.example/a b",
        "https://hooks.acme.example/\\evil",
        &format!("https://hooks.acme.example/{}", "a".repeat(2_048)),
    ] {
        let form = browser.form(SETTINGS).await.with("webhook_url", url);
        let answer = browser.submit(SETTINGS, &form).await;
        answer.has_status(422).says("Webhook URL");
        assert_eq!(Form::of(&answer).get("webhook_url"), Some(url));
    }
    assert!(app.db.sealed_webhook(100).await.unwrap().is_none());
    app.finish().await;
}

#[tokio::test]
async fn an_international_host_is_stored_in_ascii() {
    let app = spawn_app().await;
    let mut browser = app.visitor(Role::Editor).await;
    let form = browser.form(SETTINGS).await.with("webhook_url", "https://bücher.example/hook");
    browser.submit(SETTINGS, &form).await.leads_to();
    let shown = browser.form(SETTINGS).await;
    assert_eq!(shown.get("webhook_url"), Some("https://xn--bcher-kva.example/hook"));
    app.finish().await;
}

#[tokio::test]
async fn the_url_is_not_readable_in_the_database() {
    let app = spawn_app().await;
    let mut browser = app.visitor(Role::Editor).await;
    let form = browser.form(SETTINGS).await.with("webhook_url", "https://hooks.acme.example/t0k3n");
    browser.submit(SETTINGS, &form).await.leads_to();
    let stored = app.db.sealed_webhook(100).await.unwrap().unwrap();
    assert!(!format!("{stored:?}").contains("t0k3n"));
    app.finish().await;
}

#[tokio::test]
async fn a_form_over_256_kib_is_too_large() {
    let app = spawn_app().await;
    let mut browser = app.visitor(Role::Editor).await;
    let origin = format!("http://{}", app.address);
    let form = |bytes: usize| {
        let body = format!("webhook_url={}", "a".repeat(bytes - "webhook_url=".len()));
        Request::new("POST", SETTINGS)
            .body("application/x-www-form-urlencoded", body)
            .header("Origin", origin.clone())
    };
    browser.send(form(256 * 1_024)).await.has_status(422);
    browser.send(form(256 * 1_024 + 1)).await.has_status(413);
    app.finish().await;
}

#[tokio::test]
async fn saving_an_unknown_events_fields_changes_nothing() {
    let app = spawn_app().await;
    let mut browser = app.visitor(Role::Editor).await;
    let form = browser.form(SETTINGS).await.with("subscribers.party", "ops@acme.example");
    browser.submit(SETTINGS, &form).await.leads_to();
    assert!(!app.db.settings(100).await.unwrap().unwrap().events.contains_key("party"));
    app.finish().await;
}

#[tokio::test]
async fn the_first_url_without_a_toggle_leads_on_to_the_events() {
    let app = spawn_app().await;
    let mut browser = app.visitor(Role::Editor).await;
    let form = browser.form(SETTINGS).await.with("webhook_url", "https://hooks.acme.example/");
    browser.submit(SETTINGS, &form).await.leads_to();
    browser.get(SETTINGS).await.says("Webhook URL saved. Now choose the events.");
    app.finish().await;
}

#[tokio::test]
async fn the_page_has_two_groups_and_the_first_is_the_five_documented_events() {
    let app = spawn_app().await;
    let mut browser = app.visitor(Role::Editor).await;
    let page = browser.get(SETTINGS).await;
    let keys = [
        "integration_created",
        "tenant_created",
        "tenant_archived",
        "partner_integration_updated",
        "run_failed",
        "sync_succeeded",
        "sync_failed",
    ];
    let places: Vec<_> = keys.map(|key| page.body.find(&format!("id=\"event-{key}\"")).expect(key)).into();
    assert!(places.is_sorted());
    let second = page.body.find("id=\"group-2\"").unwrap();
    assert!(places[4] < second && second < places[5]);
    page.says("Knowledge connectors")
        .says("new_integration_created")
        .says("dana@acme.example (primary contact)");
    app.finish().await;
}

#[tokio::test]
async fn each_event_has_a_preview_of_its_payload_and_its_mail() {
    let app = spawn_app().await;
    let mut browser = app.visitor(Role::Viewer).await;
    let page = browser.get(SETTINGS).await;
    page.says("\"event_type\": \"new_tenant_created\"").says("\"account_name\": \"Acme Corp\"");
    let mail = browser.get("/accounts/100/notifications/preview/run_failed").await;
    mail.has_status(200).says("9876").says("Acme Corp");
    let policy = mail.header("content-security-policy").unwrap();
    assert!(policy.contains("sandbox") && policy.contains("frame-ancestors 'self'"), "{policy}");
    browser.get("/accounts/100/notifications/preview/party").await.has_status(404);
    app.finish().await;
}

/// settings-page.md, "Configuration": a person who has read it finds every word of it.
#[tokio::test]
async fn the_words_are_those_of_the_document() {
    let app = spawn_app().await;
    let mut browser = app.visitor(Role::Editor).await;
    let page = browser.get(SETTINGS).await;
    for word in
        ["Administrator Settings", "Notifications & Webhooks", "Company", "Webhook URL", "Send Webhook"]
    {
        page.says(word);
    }
    for (name, key, when) in [
        ("Integration Created", "integration_created", "a new integration is created on the platform"),
        ("Tenant Created", "tenant_created", "a new tenant is created for an integration"),
        ("Tenant Archived", "tenant_archived", "a tenant is archived"),
        (
            "Partner Integration Updated",
            "partner_integration_updated",
            "a partner modifies an existing integration",
        ),
        ("Run Failed", "run_failed", "an integration run fails"),
    ] {
        page.says(&format!("{name} 1 person Nothing sent yet Fired when {when}. {key}"));
    }
    app.finish().await;
}
