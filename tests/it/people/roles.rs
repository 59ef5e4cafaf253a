//! What a role that is given, changed or taken away ends: what is lost by it, and nothing else.

use ringpost::domain::role::Role;

use crate::support::app::{TestApp, spawn_app};
use crate::support::browser::Browser;
use crate::support::program::ringpost;

async fn set_role(app: &TestApp, email: &str, account: &str, role: &str) {
    ringpost(&app.place, &["user", "set-role", email, "--account", account, "--role", role], "").await.done();
}

async fn live_tokens(app: &TestApp) -> i64 {
    app.place.count("tokens where revoked_at is null").await
}

/// Makes a token on the page of account 100.
async fn make_token(browser: &mut Browser) {
    let token = [("name", "billing"), ("role", "ingest"), ("expires", "never")];
    browser.post("/accounts/100/tokens", &token).await.leads_to();
}

#[tokio::test]
async fn a_role_that_is_only_given_ends_nothing() {
    let app = spawn_app().await;
    app.account(200, "Globex", "prod-globex", "kim@globex.example").await;
    app.person("dana@acme.example", Some((100, Role::Admin))).await;
    app.person("kim@globex.example", Some((200, Role::Admin))).await;
    let mut kim = app.signed_in("kim@globex.example").await;
    let mut dana = app.signed_in("dana@acme.example").await;
    make_token(&mut dana).await;

    set_role(&app, "kim@globex.example", "100", "viewer").await;
    set_role(&app, "dana@acme.example", "100", "admin").await;

    kim.get("/accounts/100/company").await.has_status(200).says("(viewer)");
    kim.get("/accounts/200/company").await.has_status(200).says("(admin)");
    dana.get("/accounts/100/company").await.has_status(200).says("(admin)");
    assert_eq!(live_tokens(&app).await, 1);
    // Another role is a new session, and one that is less than admin ends the tokens.
    set_role(&app, "kim@globex.example", "100", "admin").await;
    kim.get("/accounts/100/company").await.leads_to();
    set_role(&app, "dana@acme.example", "100", "editor").await;
    dana.get("/accounts/100/company").await.leads_to();
    assert_eq!(live_tokens(&app).await, 0);
    app.finish().await;
}

#[tokio::test]
async fn an_operator_loses_nothing_by_a_role_in_an_account() {
    let app = spawn_app().await;
    app.person("dana@acme.example", Some((100, Role::Admin))).await;
    let root = app.operator("root@platform.example").await;
    let mut operator = app.signed_in("root@platform.example").await;
    make_token(&mut operator).await;

    for role in ["viewer", "admin", "editor"] {
        set_role(&app, "root@platform.example", "100", role).await;
        operator.get("/accounts/100/company").await.has_status(200).says("(operator)");
        assert_eq!(live_tokens(&app).await, 1, "{role}");
    }
    let page = format!("/accounts/100/users/{root}/remove");
    operator.get(&page).await.says("API tokens and sessions go on.");
    assert_eq!(operator.post(&page, &[]).await.leads_to(), "/accounts/100/users");
    assert_eq!(app.db.role(&root, 100).await.unwrap(), None);
    operator.get("/accounts/100/company").await.has_status(200).says("(operator)");
    assert_eq!(live_tokens(&app).await, 1);
    app.finish().await;
}
