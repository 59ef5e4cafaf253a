//! Who may call, with which headers, and what is shown.

use ringpost::domain::role::Role;
use serde_json::json;

use crate::support::destinations::{Desk, PROVIDERS, keys, request};

const SLACK: &str = "https://hooks.slack.com/services/T/B/XYZ";

#[tokio::test]
async fn the_list_shows_redacted_records_and_the_kinds() {
    let desk = Desk::of_admin().await;
    let id = desk.provider("slack", &json!({ "webhookUrl": SLACK })).await;

    let list = desk.get(PROVIDERS).await.json();

    let record = &list["data"][0];
    let documented = ["id", "kind", "name", "enabled", "createdAt", "updatedAt", "config", "configSummary"];
    assert_eq!(keys(record), documented);
    assert_eq!(record["id"], id);
    assert_eq!((&record["kind"], &record["name"]), (&json!("slack"), &json!("#ops-alerts")));
    assert_eq!(record["enabled"], true);
    assert_eq!(record["config"], json!({ "webhookUrl": "••••••••" }));
    assert_eq!(record["configSummary"], "hooks.slack.com");
    for time in ["createdAt", "updatedAt"] {
        let text = record[time].as_str().unwrap();
        assert!(text.len() == "2026-04-17T10:00:00.000Z".len() && text.ends_with('Z'), "{text}");
    }
    // The documented four come first, whatever was added since.
    let kinds = json!([
        { "kind": "slack", "displayName": "Slack" },
        { "kind": "teams", "displayName": "Microsoft Teams" },
        { "kind": "webhook", "displayName": "Outbound Webhook" },
        { "kind": "ops_email", "displayName": "Ops Email (SES)" },
    ]);
    assert_eq!(list["kinds"].as_array().unwrap()[..4], *kinds.as_array().unwrap());
    desk.app.finish().await;
}

#[tokio::test]
async fn each_kinds_secrets_are_redacted_and_its_summary_tells_where_to() {
    let desk = Desk::of_admin().await;
    let webhook = json!({
        "url": "https://alerts.example.com:8443/ingest", "secret": "shared-hmac-secret",
        "headers": { "X-Token": "abc" },
    });
    let mail = json!({
        "fromEmail": "ops-alerts@example.com", "toEmails": ["ops@example.com", "oncall@example.com"],
        "replyTo": "support@example.com",
    });
    let teams = json!({ "webhookUrl": "https://outlook.office.com/webhook/x" });
    let cases = [
        ("teams", teams, json!({ "webhookUrl": "••••••••" }), "outlook.office.com"),
        (
            "webhook",
            webhook,
            json!({ "url": "••••••••", "secret": "••••••••", "headers": { "X-Token": "••••••••" } }),
            "alerts.example.com:8443",
        ),
        ("ops_email", mail.clone(), mail, "ops@example.com +1"),
    ];
    for (kind, config, shown, summary) in cases {
        let id = desk.provider(kind, &config).await;
        let read = desk.get(&format!("{PROVIDERS}/{id}")).await.json();
        assert_eq!((&read["config"], &read["configSummary"]), (&shown, &json!(summary)));
    }
    desk.app.finish().await;
}

#[tokio::test]
async fn viewers_and_editors_read_and_only_admins_do_more() {
    let desk = Desk::of_admin().await;
    let id = desk.provider("slack", &json!({ "webhookUrl": SLACK })).await;
    let one = format!("{PROVIDERS}/{id}");
    let body = json!({});
    for role in [Role::Viewer, Role::Editor] {
        for path in [PROVIDERS, &one] {
            desk.call_as(role, "GET", path, None).await.has_status(200);
        }
        for (method, path) in [
            ("POST", PROVIDERS.to_owned()),
            ("PATCH", one.clone()),
            ("DELETE", one.clone()),
            ("POST", format!("{one}/test")),
            ("POST", "/api/v1/notifications/send".to_owned()),
        ] {
            desk.call_as(role, method, &path, Some(&body)).await.error(403, "FORBIDDEN");
        }
    }
    desk.call_as(Role::Ingest, "GET", PROVIDERS, None).await.error(403, "FORBIDDEN");
    desk.app.send(request("GET", PROVIDERS, None)).await.error(401, "UNAUTHORIZED");
    desk.app.finish().await;
}

#[tokio::test]
async fn a_mutating_call_needs_x_requested_with_from_tokens_too() {
    use crate::support::http::Request;

    let desk = Desk::of_admin().await;
    for method in ["POST", "PATCH", "DELETE"] {
        let path = if method == "POST" { PROVIDERS.to_owned() } else { format!("{PROVIDERS}/x") };
        let answer = desk.app.send(Request::new(method, path).bearer(&desk.token)).await;
        answer.error(403, "MISSING_X_REQUESTED_WITH");
    }
    desk.app.send(Request::new("GET", PROVIDERS).bearer(&desk.token)).await.has_status(200);
    desk.app.finish().await;
}

#[tokio::test]
async fn a_token_of_all_accounts_says_which_one_it_means() {
    let desk = Desk::of_admin().await;
    desk.app.account(200, "Globex", "prod-globex", "kim@globex.example").await;
    desk.provider("slack", &json!({ "webhookUrl": SLACK })).await;
    let everywhere = desk.app.token(None, Role::Admin).await;
    let list = async |tenant: Option<&str>, token: &str| {
        let request = request("GET", PROVIDERS, None).bearer(token);
        let request = match tenant {
            Some(tenant) => request.header("X-Tenant-Id", tenant),
            None => request,
        };
        desk.app.send(request).await
    };
    for (tenant, records) in [("100", 1), ("org_100", 1), ("200", 0)] {
        let listed = list(Some(tenant), &everywhere).await.json();
        assert_eq!(listed["data"].as_array().unwrap().len(), records, "{tenant}");
    }
    let missing = list(None, &everywhere).await.error(422, "VALIDATION_FAILED");
    assert!(missing["details"]["X-Tenant-Id"].is_string());
    for malformed in ["acme", "org_", "org-100", "-1", "1.0"] {
        list(Some(malformed), &everywhere).await.error(422, "VALIDATION_FAILED");
    }
    list(Some("300"), &everywhere).await.error(404, "NOT_FOUND");
    list(Some("200"), &desk.token).await.error(404, "NOT_FOUND");
    list(Some("100"), &desk.token).await.has_status(200);
    desk.app.finish().await;
}

#[tokio::test]
async fn another_accounts_provider_and_what_is_no_uuid_are_not_there() {
    let desk = Desk::of_admin().await;
    desk.app.account(200, "Globex", "prod-globex", "kim@globex.example").await;
    let id = desk.provider("slack", &json!({ "webhookUrl": SLACK })).await;
    let stranger = desk.app.token(Some(200), Role::Admin).await;
    for (token, id) in [
        (&stranger, id.as_str()),
        (&desk.token, "7"),
        (&desk.token, "x"),
        (&desk.token, "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"),
    ] {
        for (method, end) in [("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/test")] {
            let path = format!("{PROVIDERS}/{id}{end}");
            let call = request(method, &path, Some(&json!({}))).bearer(token);
            desk.app.send(call).await.error(404, "NOT_FOUND");
        }
    }
    desk.app.finish().await;
}

#[tokio::test]
async fn a_parameter_that_is_not_known_is_named() {
    let desk = Desk::of_admin().await;
    let error = desk.get(&format!("{PROVIDERS}?colour=blue")).await.error(400, "INVALID_PARAMETER");
    assert!(error["details"]["colour"].is_string());
    desk.app.finish().await;
}
