//! Every change of settings is in the history, by whatever door, and can be taken back.

mod commands;

use ringpost::db::history::HistoryFilter;
use ringpost::domain::role::Role;
use serde_json::json;

use crate::support::app::{TestApp, spawn_app, start, webhook_url};
use crate::support::browser::{Browser, Form};
use crate::support::http::{Answer, Request};

const SETTINGS: &str = "/accounts/100/notifications";
const HISTORY: &str = "/accounts/100/history";
const COMPANY: &str = "/accounts/100/company";

async fn save(browser: &mut Browser, fields: &[(&str, &str)]) {
    let form = browser.form(SETTINGS).await;
    let form = fields.iter().fold(form, |form, (name, value)| form.with(name, *value));
    browser.submit(SETTINGS, &form).await.leads_to();
}

/// Asks for a revert of the newest change of this kind, and answers the page that asks back, and its path.
async fn ask(app: &TestApp, browser: &mut Browser, setting: &str) -> (String, Answer) {
    let history = app.db.history(100, &HistoryFilter::default(), 100).await.unwrap();
    let entry = history.into_iter().find(|entry| entry.setting.as_str() == setting).unwrap();
    let path = format!("{HISTORY}/{}/revert", entry.id);
    let page = browser.get(&path).await;
    (path, page)
}

async fn revert(app: &TestApp, browser: &mut Browser, setting: &str) {
    let (path, page) = ask(app, browser, setting).await;
    page.has_status(200);
    assert_eq!(browser.submit(&path, &Form::of(&page)).await.leads_to(), HISTORY);
}

#[tokio::test]
async fn a_save_is_told_field_by_field_with_who_and_from_where() {
    let app = spawn_app().await;
    let mut browser = app.visitor(Role::Editor).await;
    browser.get(HISTORY).await.says("No changes yet");
    save(
        &mut browser,
        &[
            ("webhook_url", "https://hooks.acme.example/t0k3n"),
            ("subscribers.run_failed", "ops@acme.example"),
        ],
    )
    .await;

    let page = browser.get(HISTORY).await;

    page.says("Run Failed: subscribers").says("Before None After ops@acme.example");
    page.says("Webhook URL").says("editor@acme.example Session, 127.0.0.1");
    page.says(&webhook_url("https://hooks.acme.example/t0k3n").label());
    assert!(!page.body.contains("t0k3n"));
    assert_eq!(app.db.history(100, &HistoryFilter::default(), 100).await.unwrap().len(), 2);
    // What changes nothing is no change.
    save(&mut browser, &[]).await;
    assert_eq!(app.db.history(100, &HistoryFilter::default(), 100).await.unwrap().len(), 2);
    app.finish().await;
}

#[tokio::test]
async fn every_door_is_told() {
    let app = spawn_app().await;
    let token = app.token(Some(100), Role::Admin).await;
    let call = async |method, path: &str, body: serde_json::Value| {
        let request = Request::new(method, path).bearer(&token).header("X-Requested-With", "XMLHttpRequest");
        app.send(request.body("application/json", body.to_string())).await
    };
    let rules = json!({ "notifications": [{ "type": "email", "email": "ops@acme.example", "events": ["run_failed"] }] });
    call("PUT", "/v1/organizations/org_100/knowledge/connectors/notifications", rules).await.has_status(200);
    let hook = json!({ "kind": "webhook", "name": "Billing", "config": { "url": "https://hooks.acme.invalid/t0k3n", "secret": "s3cr3t" } });
    let made = call("POST", "/api/v1/notifications/providers", hook).await;
    let path =
        format!("/api/v1/notifications/providers/{}", made.has_status(201).json()["id"].as_str().unwrap());
    let change = json!({ "name": "Invoices", "config": { "secret": "an0ther", "url": "https://hooks.acme.invalid/0ther" } });
    call("PATCH", &path, change).await.has_status(200);
    let link = app.sender.unsubscribe_links().sign(100, &"ops@acme.example".parse().unwrap());
    app.send(Request::new("POST", format!("/u/{link}"))).await.has_status(200);
    app.send(Request::new("POST", format!("/u/{link}"))).await.has_status(200);
    let mut admin = app.visitor(Role::Admin).await;
    let form = admin.form(COMPANY).await.with("name", "Acme Limited");
    admin.submit(COMPANY, &form).await.leads_to();

    let history = app.db.history(100, &HistoryFilter::default(), 100).await.unwrap();
    let told: Vec<_> =
        history.iter().rev().map(|entry| (entry.setting.as_str(), entry.via.as_str())).collect();
    assert_eq!(
        told,
        [
            ("subscribers", "API token"),
            ("destination", "API token"),
            ("destination_name", "API token"),
            ("destination_config", "API token"),
            ("destination_config", "API token"),
            ("unsubscribed", "Link in a mail"),
            ("name", "Session"),
        ]
    );
    let page = admin.get(HISTORY).await;
    page.says("Billing: secret")
        .says("Set (changed)")
        .says("Emails to ops@acme.example")
        .says("Acme Limited");
    for secret in ["s3cr3t", "an0ther", "t0k3n", "0ther"] {
        assert!(!page.body.contains(secret), "{secret}");
        assert!(!format!("{history:?}").contains(secret), "{secret}");
    }
    app.finish().await;
}

#[tokio::test]
async fn an_admin_takes_a_change_back_and_that_is_told_too() {
    let app = spawn_app().await;
    let mut admin = app.visitor(Role::Admin).await;
    save(
        &mut admin,
        &[
            ("webhook_url", "https://hooks.acme.example/first"),
            ("subscribers.run_failed", "ops@acme.example"),
        ],
    )
    .await;
    save(
        &mut admin,
        &[
            ("webhook_url", "https://hooks.acme.example/second"),
            ("send_webhook.run_failed", "on"),
            ("subscribers.run_failed", "night@acme.example"),
        ],
    )
    .await;
    let form = admin.form(COMPANY).await.with("environment", "staging");
    admin.submit(COMPANY, &form).await.leads_to();

    for setting in ["webhook_url", "send_webhook", "subscribers", "environment"] {
        revert(&app, &mut admin, setting).await;
    }

    let form = admin.form(SETTINGS).await;
    assert_eq!(form.get("webhook_url"), Some("https://hooks.acme.example/first"));
    assert_eq!(form.get("send_webhook.run_failed"), None);
    assert_eq!(form.get("subscribers.run_failed"), Some("ops@acme.example"));
    assert_eq!(app.db.account(100).await.unwrap().unwrap().environment, "prod-acme");
    assert_eq!(app.db.history(100, &HistoryFilter::default(), 100).await.unwrap().len(), 2 + 3 + 1 + 4);
    app.finish().await;
}

#[tokio::test]
async fn what_was_changed_again_since_is_said_before_it_is_dropped() {
    let app = spawn_app().await;
    let mut admin = app.visitor(Role::Admin).await;
    save(&mut admin, &[("subscribers.run_failed", "ops@acme.example")]).await;
    let first = app.db.history(100, &HistoryFilter::default(), 1).await.unwrap().remove(0);
    save(&mut admin, &[("subscribers.run_failed", "ops@acme.example, sam@acme.example")]).await;
    let page = admin.get(&format!("{HISTORY}/{}/revert", first.id)).await;
    page.says("It was changed again after that.")
        .says("Now ops@acme.example, sam@acme.example")
        .says("Revert to None");
    app.finish().await;
}

/// The setting that was changed last, and to what.
async fn newest(app: &TestApp) -> (&'static str, String) {
    let entry = app.db.history(100, &HistoryFilter::default(), 1).await.unwrap().remove(0);
    (entry.setting.as_str(), entry.after_shown)
}

#[tokio::test]
async fn a_change_that_was_made_while_a_revert_was_asked_about_is_dropped_by_nobody_unseen() {
    let app = spawn_app().await;
    let mut admin = app.visitor(Role::Admin).await;
    let new = "/accounts/100/destinations/new?kind=webhook";
    let url = |page: &str| format!("https://hooks.acme.invalid/{page}");
    let label = |page: &str| webhook_url(&url(page)).label();
    let form = admin.form(new).await.with("name", "Billing").with("url", url("one"));
    admin.submit("/accounts/100/destinations", &form).await.leads_to();
    let id = app.db.destinations(100).await.unwrap()[0].id;
    let destination = format!("/accounts/100/destinations/{id}");
    let settings = [("webhook_url", SETTINGS), ("destination_config", destination.as_str())];
    for (setting, page) in settings {
        let field = if setting == "webhook_url" { "webhook_url" } else { "url" };
        let put = async |admin: &mut Browser, value: &str| {
            let form = admin.form(page).await.with(field, url(value));
            admin.submit(page, &form).await.leads_to();
        };
        put(&mut admin, "one").await;
        put(&mut admin, "two").await;
        let (path, asked) = ask(&app, &mut admin, setting).await;
        put(&mut admin, "three").await;

        let refused = admin.submit(&path, &Form::of(&asked)).await;

        refused.has_status(422).says("Nothing was reverted: it was changed since this page was opened.");
        refused.says(&format!("Now {}", label("three")));
        assert_eq!(newest(&app).await, (setting, label("three")));
        // A form that does not say what it showed drops nothing either.
        let blind = admin.submit(&path, &Form::of(&refused).with("latest", "")).await;
        blind.has_status(422).says("Nothing was reverted");
        assert_eq!(newest(&app).await, (setting, label("three")));
        // Once it has been seen, it may be dropped.
        assert_eq!(admin.submit(&path, &Form::of(&refused)).await.leads_to(), HISTORY);
        assert_eq!(newest(&app).await, (setting, label("one")));
    }
    app.finish().await;
}

#[tokio::test]
async fn a_secret_and_a_deleted_destination_are_not_brought_back() {
    let app = spawn_app().await;
    let mut admin = app.visitor(Role::Admin).await;
    let new = "/accounts/100/destinations/new?kind=webhook";
    let form = admin
        .form(new)
        .await
        .with("name", "Billing")
        .with("url", "https://hooks.acme.invalid/")
        .with("secret", "first");
    admin.submit("/accounts/100/destinations", &form).await.leads_to();
    let id = app.db.destinations(100).await.unwrap()[0].id;
    let path = format!("/accounts/100/destinations/{id}");
    let form = admin.form(&path).await.with("secret", "second").with("name", "Invoices");
    admin.submit(&path, &form).await.leads_to();
    ask(&app, &mut admin, "destination_config").await.1.has_status(409).says("This cannot be brought back");
    revert(&app, &mut admin, "destination_name").await;
    assert_eq!(app.db.destinations(100).await.unwrap()[0].name, "Billing");
    admin.post(&format!("{path}/delete"), &[]).await.leads_to();
    ask(&app, &mut admin, "destination_name").await.1.has_status(404);
    ask(&app, &mut admin, "destination").await.1.has_status(409);
    app.finish().await;
}

#[tokio::test]
async fn an_unsubscription_is_taken_back_and_only_admins_take_back() {
    let app = spawn_app().await;
    app.notify(None, "run_failed", false, "ops@acme.example").await;
    let link = app.sender.unsubscribe_links().sign(100, &"ops@acme.example".parse().unwrap());
    app.send(Request::new("POST", format!("/u/{link}"))).await.has_status(200);
    let mut editor = app.visitor(Role::Editor).await;
    let (path, refused) = ask(&app, &mut editor, "unsubscribed").await;
    refused.has_status(403);
    editor.post(&path, &[]).await.has_status(403);
    assert!(!editor.get(HISTORY).await.body.contains("/revert"));
    let mut admin = app.visitor(Role::Admin).await;
    revert(&app, &mut admin, "unsubscribed").await;
    let address = "ops@acme.example".parse().unwrap();
    assert!(!app.db.settings(100).await.unwrap().unwrap().is_unsubscribed(&address));
    assert_eq!(app.place.count("audit where detail = 'ops@acme.example gets email again'").await, 1);
    app.finish().await;
}

#[tokio::test]
async fn who_comes_back_to_a_list_after_unsubscribing_is_told_as_getting_email_again() {
    let app = spawn_app().await;
    let mut editor = app.visitor(Role::Editor).await;
    save(&mut editor, &[("subscribers.run_failed", "ops@acme.example")]).await;
    let link = app.sender.unsubscribe_links().sign(100, &"ops@acme.example".parse().unwrap());
    app.send(Request::new("POST", format!("/u/{link}"))).await.has_status(200);
    save(&mut editor, &[("subscribers.run_failed", "")]).await;
    save(&mut editor, &[("subscribers.run_failed", "ops@acme.example")]).await;
    let told = app.db.history(100, &HistoryFilter::default(), 100).await.unwrap();
    let told: Vec<_> =
        told.iter().map(|entry| (entry.setting.as_str(), entry.after_shown.as_str())).collect();
    assert_eq!(
        told,
        [
            ("unsubscribed", "Gets email"),
            ("subscribers", "ops@acme.example"),
            ("subscribers", ""),
            ("unsubscribed", "Gets no email"),
            ("subscribers", "ops@acme.example"),
        ]
    );
    app.finish().await;
}

#[tokio::test]
async fn a_change_that_is_400_days_old_is_forgotten() {
    let app = spawn_app().await;
    let mut editor = app.visitor(Role::Editor).await;
    save(&mut editor, &[("subscribers.run_failed", "ops@acme.example")]).await;
    let old = "insert into history select 'old', account_id, at - 34646400000, actor, via, address, setting, object,
                 title, before_shown, after_shown, sealed_before, revertible from history";
    app.place.change(old).await;
    let place = app.stop().await;
    let app = start().at(&place).spawn().await;
    while app.place.count("history where id = 'old'").await > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(app.place.count("history").await, 1);
    app.finish().await;
}
