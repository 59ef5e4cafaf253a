//! Creating, changing and deleting.

use serde_json::{Value, json};

use crate::support::destinations::{Desk, WEBHOOKS, document, request};
use crate::support::http::Request;

#[tokio::test]
async fn creating_makes_a_secret_and_shows_it_once() {
    let desk = Desk::of_admin().await;
    let (receiver, url) = desk.ok().await;
    let created = desk.webhook(&json!({ "name": "a", "url": url, "events": ["run_failed"] })).await;
    assert_eq!(created["type"], "notification/webhooks");
    let secret = created["attributes"]["secret"].as_str().unwrap();
    assert!(secret.starts_with("whsec_") && secret.len() == "whsec_".len() + 44, "{secret}");
    let id = created["id"].as_str().unwrap();
    let read = desk.get(&format!("{WEBHOOKS}/{id}")).await.json();
    assert_eq!(read["data"]["attributes"]["secret"], "••••••••");
    desk.call("POST", &format!("{WEBHOOKS}/test/{id}"), None).await.has_status(200);
    assert!(receiver.wait_for(1).await[0].header("webhook-signature").unwrap().starts_with("v1,"));
    desk.app.finish().await;
}

#[tokio::test]
async fn a_given_secret_is_kept_and_events_and_scopes_may_be_left_out() {
    let desk = Desk::of_admin().await;
    let body = json!({ "name": "a", "url": "https://a.example/", "secret": "mine", "account_id": 100 });
    let created = desk.webhook(&body).await;
    let attributes = &created["attributes"];
    assert_eq!(attributes["secret"], "mine");
    assert_eq!((&attributes["events"], &attributes["scopes"]), (&json!([]), &json!({})));
    desk.app.finish().await;
}

#[tokio::test]
async fn both_content_types_are_read_and_answered() {
    let desk = Desk::of_admin().await;
    let body = document(&json!({ "name": "a", "url": "https://a.example/" })).to_string();
    for kind in ["application/json", "application/vnd.api+json"] {
        let call = Request::new("POST", WEBHOOKS)
            .header("Accept", kind)
            .body(kind, body.clone())
            .bearer(&desk.token);
        let created = desk.app.send(call).await;
        created.has_status(201);
        assert_eq!(created.header("content-type"), Some(kind));
        let read = Request::new("GET", WEBHOOKS).header("Accept", kind).bearer(&desk.token);
        assert_eq!(desk.app.send(read).await.header("content-type"), Some(kind));
    }
    let other = Request::new("POST", WEBHOOKS).body("text/plain", body.clone()).bearer(&desk.token);
    desk.app.send(other).await.error(415, "UNSUPPORTED_MEDIA_TYPE");
    let broken = Request::new("POST", WEBHOOKS).body("application/json", "{").bearer(&desk.token);
    desk.app.send(broken).await.error(400, "MALFORMED_JSON");
    desk.app.finish().await;
}

#[tokio::test]
async fn a_wrong_field_is_a_422_that_names_it() {
    let desk = Desk::of_admin().await;
    let with = |name: &str, value: Value| {
        let mut attributes = json!({ "name": "a", "url": "https://a.example/" });
        attributes[name] = value;
        document(&attributes)
    };
    let cases = [
        (with("url", json!("http://a.example/")), "data.attributes.url"),
        (with("url", json!(7)), "data.attributes.url"),
        (with("name", json!("")), "data.attributes.name"),
        (with("events", json!(["party"])), "data.attributes.events"),
        (with("events", json!("run_failed")), "data.attributes.events"),
        (with("scopes", json!({ "colour": ["blue"] })), "data.attributes.scopes.colour"),
        (with("scopes", json!([])), "data.attributes.scopes"),
        (with("secret", json!("••••••••")), "data.attributes.secret"),
        (with("account_id", json!(200)), "data.attributes.account_id"),
        (with("colour", json!("blue")), "data.attributes.colour"),
        (document(&json!({ "name": "a" })), "data.attributes.url"),
        (document(&json!({ "url": "https://a.example/" })), "data.attributes.name"),
        (json!({ "data": { "attributes": {} } }), "data.type"),
        (json!({ "data": { "type": "notification/webhooks" } }), "data.attributes"),
        (json!({}), "data"),
    ];
    for (body, field) in cases {
        let error = desk.call("POST", WEBHOOKS, Some(&body)).await.error(422, "VALIDATION_FAILED");
        assert!(error["details"][field].is_string(), "{field}: {error}");
    }
    let unknown = desk.call("POST", WEBHOOKS, Some(&with("events", json!(["party"])))).await;
    assert!(unknown.json()["error"]["message"].as_str().unwrap().contains("party"));
    desk.app.finish().await;
}

#[tokio::test]
async fn a_patch_changes_what_it_names() {
    let desk = Desk::of_admin().await;
    let created = desk.webhook(&json!({ "name": "a", "url": "https://a.example/", "secret": "mine" })).await;
    let one = format!("{WEBHOOKS}/{}", created["id"].as_str().unwrap());
    let patch = document(&json!({ "name": "b", "events": ["new_tenant_created"], "secret": "••••••••" }));
    let patched = desk.call("PATCH", &one, Some(&patch)).await;
    patched.has_status(200);
    let attributes = &patched.json()["data"]["attributes"];
    assert_eq!((&attributes["name"], &attributes["events"]), (&json!("b"), &json!(["tenant_created"])));
    assert_eq!(
        (&attributes["url"], &attributes["secret"]),
        (&json!("https://a.example/"), &json!("••••••••"))
    );
    // What a client has read, it may send back.
    let back = document(&desk.get(&one).await.json()["data"]["attributes"]);
    desk.call("PATCH", &one, Some(&back)).await.has_status(200);
    let other = document(&json!({ "id": 7_777 }));
    desk.call("PATCH", &one, Some(&other)).await.error(422, "VALIDATION_FAILED");
    desk.app.finish().await;
}

#[tokio::test]
async fn scopes_let_through_what_matches() {
    let desk = Desk::of_admin().await;
    let (receiver, url) = desk.ok().await;
    let scopes = json!({ "tenant_id": [1] });
    desk.webhook(&json!({ "name": "a", "url": url, "events": ["tenant_created"], "scopes": scopes })).await;
    for id in [1, 2] {
        let mut event = crate::support::samples::sample("tenant_created");
        event["account_id"] = json!(100);
        event["tenant_id"] = json!(id);
        desk.app.post_event(&desk.token, &event).await.has_status(202);
    }
    desk.app.dispatch.settled().await.unwrap();
    assert_eq!(receiver.requests().len(), 1);
    desk.app.finish().await;
}

#[tokio::test]
async fn a_deleted_webhook_is_gone() {
    let desk = Desk::of_admin().await;
    let created = desk.webhook(&json!({ "name": "a", "url": "https://a.example/" })).await;
    let one = format!("{WEBHOOKS}/{}", created["id"].as_str().unwrap());
    desk.app.send(request("DELETE", &one, None).bearer(&desk.token)).await.has_status(204);
    desk.get(&one).await.error(404, "NOT_FOUND");
    desk.app.finish().await;
}
