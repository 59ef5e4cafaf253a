//! A signed-in person calls the APIs too, from a script of our own pages.

use ringpost::domain::catalog::Catalog;
use ringpost::domain::role::Role;
use serde_json::json;

use crate::support::app::spawn_app;
use crate::support::destinations::{PROVIDERS, WEBHOOKS, request};
use crate::support::http::Request;

const RULES: &str = "/v1/organizations/org_100/knowledge/connectors/notifications";

#[tokio::test]
async fn a_session_reads_what_its_role_may_read() {
    let app = spawn_app().await;
    let mut viewer = app.visitor(Role::Viewer).await;
    for path in [PROVIDERS, WEBHOOKS, RULES, "/api/v1/event-types"] {
        viewer.get(path).await.has_status(200);
    }
    let mut nobody = app.browser();
    nobody.get(PROVIDERS).await.error(401, "UNAUTHORIZED");
    app.finish().await;
}

#[tokio::test]
async fn a_session_changes_something_only_with_x_requested_with_and_from_our_own_site() {
    let app = spawn_app().await;
    let mut admin = app.visitor(Role::Admin).await;
    let body = json!({ "notifications": [] });
    let bare = || Request::new("PUT", RULES).body("application/json", body.to_string());
    let own = format!("http://{}", app.address);
    admin.send(bare().header("Origin", own.clone())).await.error(403, "MISSING_X_REQUESTED_WITH");
    let script = || request("PUT", RULES, Some(&body));
    admin.send(script().header("Origin", own)).await.has_status(200);
    admin.send(script().header("Sec-Fetch-Site", "same-origin")).await.has_status(200);
    // No browser sends neither.
    admin.send(script()).await.error(403, "CROSS_SITE");
    admin.send(script().header("Origin", "https://evil.example")).await.error(403, "CROSS_SITE");
    admin.send(script().header("Sec-Fetch-Site", "cross-site")).await.error(403, "CROSS_SITE");
    // A token is no cookie: nobody else's page can send it.
    let token = app.token(Some(100), Role::Editor).await;
    app.send(bare().bearer(&token).header("Origin", "https://evil.example")).await.has_status(200);
    app.finish().await;
}

#[tokio::test]
async fn a_session_is_about_its_first_account_unless_it_says_another() {
    let app = spawn_app().await;
    app.account(200, "Globex", "prod-globex", "kim@globex.example").await;
    let mut viewer = app.visitor(Role::Viewer).await;
    viewer.get(PROVIDERS).await.has_status(200);
    viewer.send(request("GET", PROVIDERS, None).header("X-Tenant-Id", "100")).await.has_status(200);
    let foreign = request("GET", PROVIDERS, None).header("X-Tenant-Id", "200");
    viewer.send(foreign).await.error(404, "NOT_FOUND");
    app.finish().await;
}

#[tokio::test]
async fn the_catalogue_is_for_every_caller() {
    let app = spawn_app().await;
    let token = app.token(Some(100), Role::Ingest).await;
    let get = async |path: &str| app.send(Request::new("GET", path).bearer(&token)).await;
    let list = get("/api/v1/event-types").await.json();
    assert_eq!(list["data"].as_array().unwrap().len(), Catalog::builtin().events().count());
    let one = get("/api/v1/event-types/tenant_created").await.json();
    assert_eq!((&one["key"], &one["wire_name"]), (&json!("tenant_created"), &json!("new_tenant_created")));
    let schema = get("/api/v1/event-types/tenant_created/schema").await.json();
    assert_eq!(schema["type"], "object");
    get("/api/v1/event-types/party").await.error(404, "NOT_FOUND");
    get("/api/v1/event-types/party/schema").await.error(404, "NOT_FOUND");
    app.send(Request::new("GET", "/api/v1/event-types")).await.error(401, "UNAUTHORIZED");
    app.finish().await;
}

#[tokio::test]
async fn no_api_takes_a_cookie_that_does_not_say_where_the_call_comes_from() {
    let app = spawn_app().await;
    let mut admin = app.visitor(Role::Admin).await;
    let body = json!({});
    for (method, path) in [
        ("POST", "/api/v1/events"),
        ("POST", PROVIDERS),
        ("POST", "/api/v1/notifications/send"),
        ("POST", WEBHOOKS),
        ("PUT", RULES),
        ("PATCH", RULES),
    ] {
        admin.send(request(method, path, Some(&body))).await.error(403, "CROSS_SITE");
    }
    app.finish().await;
}
