//! What viewers see, and what they never see.

use ringpost::domain::delivery::Channel;
use ringpost::domain::role::Role;

use super::SETTINGS;
use crate::support::app::spawn_app;
use crate::support::receiver::Receiver;
use crate::support::samples::sample;

#[tokio::test]
async fn a_viewer_sees_scheme_host_and_fingerprint_of_the_webhook_and_nowhere_more() {
    let (app, receiver) = (spawn_app().await, Receiver::ok().await);
    let url = receiver.url("/hook/t0k3n?key=s3cr3t");
    app.notify(Some(&url), "run_failed", true, "ops@acme.example").await;
    let token = app.token(Some(100), Role::Ingest).await;
    app.post_event(&token, &sample("run_failed")).await.has_status(202);
    let log = app.settled_log().await;
    let mut browser = app.visitor(Role::Viewer).await;
    let mut paths: Vec<String> =
        log.iter().map(|row| format!("/accounts/100/deliveries/{}", row.id)).collect();
    paths.extend(["notifications", "deliveries", "company"].map(|tab| format!("/accounts/100/{tab}")));

    for path in paths {
        let page = browser.get(&path).await;
        page.has_status(200);
        assert!(!page.body.contains("t0k3n") && !page.body.contains("s3cr3t"), "{path}");
    }

    browser.get(SETTINGS).await.says(&url.label()).says("ops@acme.example");
    browser.get("/accounts/100/deliveries").await.says(&url.authority());
    browser.get(&format!("/accounts/100/deliveries/{}", log[0].id)).await.says(&url.label());
    app.finish().await;
}

#[tokio::test]
async fn a_viewer_has_no_form_and_no_admins_tabs() {
    let app = spawn_app().await;
    let mut browser = app.visitor(Role::Viewer).await;
    let page = browser.get(SETTINGS).await;
    page.says("Only editors and admins can change this.");
    assert!(!page.body.contains("name=\"webhook_url\"") && !page.body.contains("Send test"));
    assert!(!page.body.contains("/accounts/100/tokens") && !page.body.contains("/accounts/100/users"));
    app.finish().await;
}

#[tokio::test]
async fn an_editor_sees_the_url_in_full_on_the_settings_page_and_only_there() {
    let (app, receiver) = (spawn_app().await, Receiver::ok().await);
    let url = receiver.url("/hook/t0k3n");
    app.notify(Some(&url), "run_failed", true, "").await;
    let token = app.token(Some(100), Role::Ingest).await;
    app.post_event(&token, &sample("run_failed")).await.has_status(202);
    let row =
        app.settled_log().await.into_iter().find(|row| row.target.channel() == Channel::Webhook).unwrap();
    let mut browser = app.visitor(Role::Editor).await;

    assert_eq!(browser.form(SETTINGS).await.get("webhook_url"), Some(url.expose()));

    for path in ["deliveries".to_owned(), format!("deliveries/{}", row.id)] {
        let page = browser.get(&format!("/accounts/100/{path}")).await;
        page.has_status(200);
        assert!(!page.body.contains("t0k3n"), "{path}");
    }
    app.finish().await;
}

#[tokio::test]
async fn without_a_mail_server_every_page_says_so() {
    let app = spawn_app().await;
    let mut browser = app.visitor(Role::Viewer).await;
    for path in [SETTINGS, "/accounts/100/deliveries", "/accounts/100/company", "/profile"] {
        browser.get(path).await.says("No mail server is set up.");
    }
    app.finish().await;
}

#[tokio::test]
async fn pages_that_are_only_looked_at_do_not_write_the_session() {
    let app = spawn_app().await;
    let mut browser = app.visitor(Role::Admin).await;
    // The first notes when somebody was here, which is done once a minute.
    browser.get(SETTINGS).await.has_status(200);
    app.place.change("update sessions set user_agent = 'as it was'").await;

    for tab in
        ["notifications", "company", "people", "destinations", "deliveries", "tokens", "users", "history"]
    {
        browser.get(&format!("/accounts/100/{tab}")).await.has_status(200);
    }

    assert_eq!(app.place.count("sessions where user_agent = 'as it was'").await, 1);
    app.finish().await;
}
