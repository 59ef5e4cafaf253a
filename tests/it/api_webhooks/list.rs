//! The list and its options.

use ringpost::domain::role::Role;
use serde_json::{Value, json};

use crate::support::destinations::{Desk, PROVIDERS, WEBHOOKS};

/// Three webhooks, and a destination of another kind.
async fn desk() -> Desk {
    let desk = Desk::of_admin().await;
    for (name, events) in [("b", json!(["run_failed"])), ("a", json!(["tenant_created"])), ("c", json!([]))] {
        let url = format!("https://{name}.example/hook?token=t");
        let scopes = if name == "b" { json!({ "integration_id": [42, 43] }) } else { json!({}) };
        desk.webhook(&json!({ "name": name, "url": url, "events": events, "scopes": scopes })).await;
    }
    let slack = json!({ "kind": "slack", "name": "s", "config": { "webhookUrl": "https://s.example/" } });
    desk.call("POST", PROVIDERS, Some(&slack)).await.has_status(201);
    desk
}

async fn names(desk: &Desk, query: &str) -> Vec<String> {
    let answer = desk.get(&format!("{WEBHOOKS}?{query}")).await;
    answer.has_status(200);
    let name = |row: &Value| row["attributes"]["name"].as_str().unwrap().to_owned();
    answer.json()["data"].as_array().unwrap().iter().map(name).collect()
}

#[tokio::test]
async fn the_list_holds_webhooks_only_as_resources() {
    let desk = desk().await;
    let list = desk.get(WEBHOOKS).await.json();
    assert_eq!(list.as_object().unwrap().keys().collect::<Vec<_>>(), ["data", "links"]);
    let rows = list["data"].as_array().unwrap();
    assert_eq!(rows.len(), 3);
    let first = &rows[0];
    assert_eq!(first["type"], "notification/webhooks");
    assert_eq!(first["id"], first["attributes"]["id"].to_string());
    assert_eq!(first["relationships"]["account"]["data"], json!({ "type": "accounts", "id": "100" }));
    let attributes = &first["attributes"];
    assert_eq!((&attributes["account_id"], &attributes["name"]), (&json!(100), &json!("b")));
    assert_eq!(attributes["url"], "https://b.example/hook?token=t");
    assert_eq!(attributes["secret"], "••••••••");
    assert_eq!(attributes["events"], json!(["run_failed"]));
    assert_eq!(attributes["scopes"], json!({ "integration_id": [42, 43] }));
    for time in ["created_at", "updated_at"] {
        assert_eq!(attributes[time].as_str().unwrap().len(), "2026-04-17T10:00:00Z".len());
    }
    desk.app.finish().await;
}

#[tokio::test]
async fn pages_are_cut_and_counted() {
    let desk = desk().await;
    assert_eq!(names(&desk, "page[size]=2").await, ["b", "a"]);
    assert_eq!(names(&desk, "page[size]=2&page[number]=2").await, ["c"]);
    assert_eq!(names(&desk, "page%5Bsize%5D=100000").await.len(), 3);
    assert!(names(&desk, "page[number]=9").await.is_empty());
    let counted = desk.get(&format!("{WEBHOOKS}?count=true&page[size]=1")).await.json();
    assert_eq!(counted["meta"], json!({ "count": 3 }));
    assert_eq!(counted["data"].as_array().unwrap().len(), 1);
    desk.app.finish().await;
}

#[tokio::test]
async fn rows_are_sorted_by_several_keys() {
    let desk = desk().await;
    assert_eq!(names(&desk, "sort=name").await, ["a", "b", "c"]);
    assert_eq!(names(&desk, "sort=-name").await, ["c", "b", "a"]);
    assert_eq!(names(&desk, "sort=-account_id,-id").await, ["c", "a", "b"]);
    desk.app.finish().await;
}

#[tokio::test]
async fn rows_are_filtered_by_every_documented_field_but_the_secret() {
    let desk = desk().await;
    let first = desk.get(WEBHOOKS).await.json()["data"][0]["id"].as_str().unwrap().to_owned();
    for (query, expected) in [
        ("filter[name]=a".to_owned(), vec!["a"]),
        (format!("filter[id]={first}"), vec!["b"]),
        (format!("filter[id][gt]={first}"), vec!["a", "c"]),
        ("filter[account_id]=100".to_owned(), vec!["b", "a", "c"]),
        ("filter[events]=run_failed".to_owned(), vec!["b"]),
        ("filter[scopes]=integration_id".to_owned(), vec!["b"]),
        ("filter[url]=https://a.example/hook?token=t".to_owned(), vec!["a"]),
        ("filter[created_at][gte]=2000-01-01T00:00:00Z".to_owned(), vec!["b", "a", "c"]),
        ("filter[created_at][lt]=2000-01-01".to_owned(), vec![]),
        ("filter[updated_at][lte]=2000-01-01T00:00:00Z".to_owned(), vec![]),
        ("filter[name]=a&filter[events]=run_failed".to_owned(), vec![]),
    ] {
        assert_eq!(names(&desk, &query).await, expected, "{query}");
    }
    desk.app.finish().await;
}

#[tokio::test]
async fn what_is_not_known_is_a_400_that_names_it() {
    let desk = desk().await;
    for (query, name) in [
        ("colour=blue", "colour"),
        ("page[limit]=1", "page[limit]"),
        ("page[size]=0", "page[size]"),
        ("page[number]=x", "page[number]"),
        ("sort=colour", "sort"),
        ("sort=secret", "sort"),
        ("count=maybe", "count"),
        ("filter[secret]=x", "filter[secret]"),
        ("filter[colour]=x", "filter[colour]"),
        ("filter[id]=x", "filter[id]"),
        ("filter[created_at][near]=2000-01-01", "filter[created_at][near]"),
        ("filter[name][gte]=a", "filter[name][gte]"),
        ("fields[notification/webhooks]=colour", "fields[notification/webhooks]"),
        ("fields[cars]=name", "fields[cars]"),
        ("included=cars", "included"),
        ("include=cars", "include"),
        ("fields[accounts]=id", "fields[accounts]"),
        ("filter[events]=party", "filter[events]"),
    ] {
        let error = desk.get(&format!("{WEBHOOKS}?{query}")).await.error(400, "INVALID_PARAMETER");
        assert!(error["details"][name].is_string(), "{query}: {error}");
    }
    desk.app.finish().await;
}

#[tokio::test]
async fn fields_and_included_shape_the_answer() {
    let desk = desk().await;
    let query = "fields[notification/webhooks]=name,url&included=account";
    let list = desk.get(&format!("{WEBHOOKS}?{query}")).await.json();
    let attributes = list["data"][0]["attributes"].as_object().unwrap();
    assert_eq!(attributes.keys().collect::<Vec<_>>(), ["name", "url"]);
    assert!(list["data"][0]["id"].is_string());
    assert_eq!(
        (&list["included"][0]["type"], &list["included"][0]["id"]),
        (&json!("accounts"), &json!("100"))
    );
    assert_eq!(list["included"][0]["attributes"]["name"], "Acme Corp");
    desk.app.finish().await;
}

#[tokio::test]
async fn only_admins_see_the_whole_url() {
    let desk = desk().await;
    for role in [Role::Viewer, Role::Editor] {
        let list = desk.call_as(role, "GET", WEBHOOKS, None).await.json();
        let url = list["data"][0]["attributes"]["url"].as_str().unwrap().to_owned();
        assert!(url.starts_with("https://b.example/… (") && !url.contains("token"), "{url}");
    }
    desk.app.finish().await;
}
