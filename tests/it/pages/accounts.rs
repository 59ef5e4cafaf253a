//! Accounts, their switcher, and the Company tab.

use ringpost::domain::role::Role;

use crate::support::app::spawn_app;
use crate::support::samples::sample;

const FIELDS: [(&str, &str); 5] = [
    ("id", "300"),
    ("name", "Initech"),
    ("environment", "prod-initech"),
    ("contact_name", "Bill"),
    ("contact_email", "bill@initech.example"),
];

#[tokio::test]
async fn an_operator_creates_accounts_and_sees_all_of_them() {
    let app = spawn_app().await;
    app.operator("root@platform.example").await;
    let mut operator = app.signed_in("root@platform.example").await;
    assert_eq!(operator.get("/").await.leads_to(), "/accounts");

    assert_eq!(operator.post("/accounts", &FIELDS).await.leads_to(), "/accounts/300/notifications");

    operator.get("/accounts").await.says("Acme Corp").says("Initech").says("bill@initech.example");
    let again = operator.post("/accounts", &FIELDS).await;
    again.has_status(422).says("There is an account 300 already");
    assert!(again.body.contains("prod-initech"), "what was typed is kept");
    app.finish().await;
}

#[tokio::test]
async fn others_see_their_own_accounts_and_create_none() {
    let app = spawn_app().await;
    app.account(200, "Globex", "prod-globex", "kim@globex.example").await;
    let mut admin = app.visitor(Role::Admin).await;
    let page = admin.get("/accounts").await;
    page.says("Acme Corp");
    assert!(!page.text().contains("Globex") && !page.body.contains("name=\"environment\""));
    admin.post("/accounts", &FIELDS).await.has_status(403);
    assert!(app.db.account(300).await.unwrap().is_none());
    app.finish().await;
}

#[tokio::test]
async fn the_company_tab_changes_name_environment_and_contact() {
    let app = spawn_app().await;
    let mut admin = app.visitor(Role::Admin).await;
    let form = admin.form("/accounts/100/company").await;
    assert_eq!(form.get("contact_email"), Some("dana@acme.example"));
    let form = form.with("name", "Acme & Sons").with("contact_email", "lee@acme.example");

    assert_eq!(admin.submit("/accounts/100/company", &form).await.leads_to(), "/accounts/100/company");

    admin.get("/accounts/100/company").await.says("Changes saved.").says("Acme & Sons");
    let token = app.token(Some(100), Role::Ingest).await;
    app.post_event(&token, &sample("run_failed")).await.has_status(202);
    assert_eq!(app.settled_log().await[0].target.recipient(), "lee@acme.example");
    app.finish().await;
}

#[tokio::test]
async fn an_account_cannot_lose_its_primary_contact() {
    let app = spawn_app().await;
    let mut admin = app.visitor(Role::Admin).await;
    let form = admin.form("/accounts/100/company").await;
    let long = "a".repeat(121);
    for (field, value, words) in [
        ("contact_email", "", "The email address"),
        ("contact_email", "dana", "The email address"),
        ("contact_name", " ", "The name must not be empty"),
        ("contact_name", "Dana\r\nBcc: eve@evil.example", "must be one line"),
        ("name", &long, "must have at most 120 characters"),
    ] {
        let answer = admin.submit("/accounts/100/company", &form.clone().with(field, value)).await;
        answer.has_status(422).says(words);
    }
    assert_eq!(app.db.account(100).await.unwrap().unwrap().contact.email.as_str(), "dana@acme.example");
    app.finish().await;
}

#[tokio::test]
async fn a_form_without_its_fields_is_refused_and_never_a_failure_of_ours() {
    let app = spawn_app().await;
    app.operator("root@platform.example").await;
    let mut operator = app.signed_in("root@platform.example").await;
    for path in
        ["/accounts", "/accounts/100/company", "/accounts/100/tokens", "/accounts/100/users", "/login"]
    {
        operator.post(path, &[]).await.has_status(422);
    }
    app.finish().await;
}
