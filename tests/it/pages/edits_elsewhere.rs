//! Two people edit the company or a destination at once.

use ringpost::domain::role::Role;
use serde_json::json;

use crate::support::app::{TestApp, spawn_app};
use crate::support::browser::{Browser, Form};
use crate::support::http::Request;

const COMPANY: &str = "/accounts/100/company";

async fn two_admins(app: &TestApp) -> (Browser, Browser) {
    let one = app.visitor(Role::Admin).await;
    app.person("second@acme.example", Some((100, Role::Admin))).await;
    (one, app.signed_in("second@acme.example").await)
}

#[tokio::test]
async fn of_the_company_each_field_is_merged_and_a_real_conflict_shows_both() {
    let app = spawn_app().await;
    let (mut one, mut other) = two_admins(&app).await;
    let (first, second) = (one.form(COMPANY).await, other.form(COMPANY).await);
    one.submit(COMPANY, &first.with("name", "Acme Limited")).await.leads_to();

    other.submit(COMPANY, &second.clone().with("contact_name", "Sam Reyes")).await.leads_to();
    other.get(COMPANY).await.says("Their change is kept: The organization name.");
    let account = app.db.account(100).await.unwrap().unwrap();
    assert_eq!((account.name.as_str(), account.contact.name.as_str()), ("Acme Limited", "Sam Reyes"));

    let refused = other.submit(COMPANY, &second.with("name", "Acme Incorporated")).await;
    refused.has_status(422).says("The organization name was changed to “Acme Limited” by admin@acme.example");
    let again = Form::of(&refused);
    assert_eq!(again.get("name"), Some("Acme Incorporated"));
    assert_eq!(again.get("contact_name"), Some("Sam Reyes"));
    other.submit(COMPANY, &again).await.leads_to();
    assert_eq!(app.db.account(100).await.unwrap().unwrap().name, "Acme Incorporated");
    app.finish().await;
}

async fn hook(app: &TestApp) -> String {
    let token = app.token(Some(100), Role::Admin).await;
    let asked = json!({ "kind": "webhook", "name": "Billing", "config": { "url": "https://hooks.acme.invalid/", "secret": "first" } });
    let request = Request::new("POST", "/api/v1/notifications/providers")
        .body("application/json", asked.to_string())
        .header("X-Requested-With", "XMLHttpRequest");
    app.send(request.bearer(&token)).await.has_status(201);
    let id = app.db.destinations(100).await.unwrap()[0].id;
    format!("/accounts/100/destinations/{id}")
}

#[tokio::test]
async fn of_a_destination_too() {
    let app = spawn_app().await;
    let path = hook(&app).await;
    let (mut one, mut other) = two_admins(&app).await;
    let (first, second) = (one.form(&path).await, other.form(&path).await);
    one.submit(&path, &first.with("name", "Invoices").with("secret", "one's secret")).await.leads_to();

    let events = second.clone().with("events.run_failed", "on");
    other.submit(&path, &events).await.leads_to();
    other.get("/accounts/100/destinations").await.says("Their change is kept: Name.");
    let row = app.db.destinations(100).await.unwrap().remove(0);
    assert_eq!((row.name.as_str(), row.events.as_str()), ("Invoices", "[\"run_failed\"]"));

    let refused = other.submit(&path, &second.with("name", "Finance").with("secret", "other's secret")).await;
    refused
        .has_status(422)
        .says("Name was changed to “Invoices” by admin@acme.example")
        .says("was changed to “something else” by admin@acme.example");
    assert!(!refused.body.contains("one&#39;s secret") && !refused.body.contains("one's secret"));
    other.submit(&path, &Form::of(&refused)).await.leads_to();
    assert_eq!(app.db.destinations(100).await.unwrap()[0].name, "Finance");
    app.finish().await;
}
