//! JSON:API 1.1, where webhooks-api.txt is silent.

use serde_json::{Value, json};

use crate::support::destinations::{Desk, WEBHOOKS, document};
use crate::support::http::{Answer, Request};

const JSON_API: &str = "application/vnd.api+json";

async fn post(desk: &Desk, body: &Value) -> Answer {
    let call = Request::new("POST", WEBHOOKS).body(JSON_API, body.to_string());
    desk.app.send(call.bearer(&desk.token)).await
}

fn new(name: &str) -> Value {
    document(&json!({ "name": name, "url": "https://127.0.0.1/hook" }))
}

/// The path and query of a link of ours.
fn path(link: &Value) -> String {
    let url = url::Url::parse(link.as_str().unwrap()).unwrap();
    url[url::Position::BeforePath..].to_owned()
}

#[tokio::test]
async fn members_that_are_not_ours_to_store_are_ignored() {
    let desk = Desk::of_admin().await;
    let mut body = new("a");
    body["jsonapi"] = json!({ "version": "1.1" });
    body["meta"] = json!({ "by": "a client" });
    body["links"] = json!({});
    body["included"] = json!([]);
    body["@context"] = json!("x");
    body["data"]["meta"] = json!({ "x": 1 });
    body["data"]["lid"] = json!("local-1");
    body["data"]["links"] = json!({ "self": null });
    body["data"]["attributes"]["@note"] = json!("x");
    body["data"]["relationships"] =
        json!({ "account": { "data": { "type": "accounts", "id": "100" }, "meta": {} } });
    let created = post(&desk, &body).await;
    created.has_status(201);
    // What has been read may be sent back whole.
    let own = path(&created.json()["data"]["links"]["self"]);
    let read = desk.get(&own).await.json();
    desk.call("PATCH", &own, Some(&read)).await.has_status(200);
    let mut elsewhere = new("b");
    elsewhere["data"]["relationships"] =
        json!({ "account": { "data": { "type": "accounts", "id": "200" } } });
    let error = post(&desk, &elsewhere).await.error(422, "VALIDATION_FAILED");
    assert!(error["details"]["data.relationships.account.data.id"].is_string(), "{error}");
    let mut unknown = new("b");
    unknown["data"]["colour"] = json!("blue");
    assert!(
        post(&desk, &unknown).await.error(422, "VALIDATION_FAILED")["details"]["data.colour"].is_string()
    );
    desk.app.finish().await;
}

#[tokio::test]
async fn a_conflicting_type_or_id_is_409_and_an_id_for_something_new_is_403() {
    let desk = Desk::of_admin().await;
    let one = path(&post(&desk, &new("a")).await.json()["data"]["links"]["self"]);
    let with = |name: &str, value: &str| {
        let mut body = new("b");
        body["data"][name] = json!(value);
        body
    };
    for kind in ["cars", "", "Notification/Webhooks"] {
        post(&desk, &with("type", kind)).await.error(409, "TYPE_CONFLICT");
        desk.call("PATCH", &one, Some(&with("type", kind))).await.error(409, "TYPE_CONFLICT");
    }
    for id in ["7777", "", "x"] {
        desk.call("PATCH", &one, Some(&with("id", id))).await.error(409, "ID_CONFLICT");
        post(&desk, &with("id", id)).await.error(403, "CLIENT_GENERATED_ID");
    }
    let (_, id) = one.rsplit_once('/').unwrap();
    desk.call("PATCH", &one, Some(&with("id", id))).await.has_status(200);
    // Clients that flatten a resource send the number that the attribute `id` is.
    let mut number = with("id", id);
    number["data"]["id"] = json!(id.parse::<i64>().unwrap());
    desk.call("PATCH", &one, Some(&number)).await.has_status(200);
    number["data"]["id"] = json!(7_777);
    desk.call("PATCH", &one, Some(&number)).await.error(409, "ID_CONFLICT");
    assert_eq!(desk.get(WEBHOOKS).await.json()["data"].as_array().unwrap().len(), 1);
    desk.app.finish().await;
}

#[tokio::test]
async fn media_types_are_negotiated_as_json_api_demands() {
    let desk = Desk::of_admin().await;
    let sent = async |kind: &str| {
        let call = Request::new("POST", WEBHOOKS).body(kind, new("a").to_string());
        desk.app.send(call.bearer(&desk.token)).await
    };
    for kind in
        ["application/vnd.api+json; charset=utf-8", "application/vnd.api+json; ext=\"https://a.example/x\""]
    {
        sent(kind).await.error(415, "UNSUPPORTED_MEDIA_TYPE");
    }
    for kind in
        ["application/vnd.api+json; profile=\"https://a.example/x\"", "application/json; charset=utf-8"]
    {
        sent(kind).await.has_status(201);
    }
    let asked = async |accept: Option<&str>| {
        let call = Request::new("GET", WEBHOOKS).bearer(&desk.token);
        desk.app.send(accept.into_iter().fold(call, |call, accept| call.header("Accept", accept))).await
    };
    for (accept, kind) in [
        (None, JSON_API),
        (Some("*/*"), JSON_API),
        (Some(JSON_API), JSON_API),
        (Some("application/json, text/plain, */*"), JSON_API),
        (Some("application/vnd.api+json; charset=utf-8, application/vnd.api+json"), JSON_API),
        (Some("application/json"), "application/json"),
    ] {
        let answer = asked(accept).await;
        answer.has_status(200);
        assert_eq!(answer.header("content-type"), Some(kind), "{accept:?}");
        let vary = answer.headers.iter().filter(|(name, _)| name == "vary");
        assert!(vary.into_iter().any(|(_, value)| value == "Accept"), "{:?}", answer.headers);
    }
    asked(Some("application/vnd.api+json; charset=utf-8")).await.error(406, "NOT_ACCEPTABLE");
    desk.app.finish().await;
}

#[tokio::test]
async fn a_new_webhook_says_where_it_is() {
    let desk = Desk::of_admin().await;
    let created = post(&desk, &new("a")).await;
    let body = created.json();
    let own = &body["data"]["links"]["self"];
    assert_eq!(created.header("location"), own.as_str());
    let read = desk.get(&path(own)).await.json();
    assert_eq!((&read["data"]["links"]["self"], &read["links"]["self"]), (own, own));
    assert_eq!(read["data"]["id"], body["data"]["id"]);
    desk.app.finish().await;
}

#[tokio::test]
async fn pages_link_to_one_another_and_keep_the_other_parameters() {
    let desk = Desk::of_admin().await;
    for name in ["a", "b", "c", "d", "e", "other"] {
        let url = if name == "other" { "https://127.0.0.1/other" } else { "https://127.0.0.1/hook" };
        desk.webhook(&json!({ "name": name, "url": url })).await;
    }
    let start =
        "filter[url]=https://127.0.0.1/hook&sort=-name&page[size]=2&fields[notification/webhooks]=name";
    let mut next = format!("{WEBHOOKS}?{start}");
    let mut names = Vec::new();
    let mut pages = Vec::new();
    loop {
        let page = desk.get(&next).await.json();
        names.extend(page["data"].as_array().unwrap().iter().map(|row| row["attributes"]["name"].clone()));
        pages.push(page["links"].clone());
        match page["links"].get("next") {
            Some(link) => next = path(link),
            None => break,
        }
    }
    assert_eq!(names, ["e", "d", "c", "b", "a"]);
    assert_eq!(pages.len(), 3);
    assert_eq!((pages[0].get("prev"), &pages[2]["last"]), (None, &pages[1]["next"]));
    assert_eq!((&pages[2]["prev"], &pages[1]["prev"]), (&pages[0]["next"], &pages[0]["first"]));
    // Each says itself where it is, and behind the last page the way leads back to it.
    assert_eq!(path(&pages[1]["self"]), path(&pages[0]["next"]));
    let behind = desk.get(&format!("{WEBHOOKS}?{start}&page[number]=9")).await.json();
    assert_eq!((&behind["links"]["prev"], behind["links"].get("next")), (&pages[0]["last"], None));
    desk.app.finish().await;
}

#[tokio::test]
async fn fields_cover_relationships_and_every_type() {
    let desk = Desk::of_admin().await;
    let one = path(&post(&desk, &new("a")).await.json()["data"]["links"]["self"]);
    let ask = async |path: &str, query: &str| desk.get(&format!("{path}?{query}")).await.json();
    let only_name = ask(&one, "fields[notification/webhooks]=name").await;
    assert_eq!(only_name["data"]["attributes"], json!({ "name": "a" }));
    assert_eq!(only_name["data"].get("relationships"), None);
    let owner = ask(&one, "fields[notification/webhooks]=account").await;
    assert_eq!(owner["data"]["attributes"], json!({}));
    assert_eq!(owner["data"]["relationships"]["account"]["data"]["id"], "100");
    let full = ask(&one, "include=account&fields[accounts]=environment").await;
    assert_eq!(full["included"][0]["attributes"], json!({ "environment": "prod-acme" }));
    assert_eq!(
        full["included"],
        ask(&one, "included=account&fields[accounts]=environment").await["included"]
    );
    let events = ask(&format!("{WEBHOOKS}/events"), "fields[notification/events]=name").await;
    assert_eq!(events["data"][0]["attributes"].as_object().unwrap().keys().collect::<Vec<_>>(), ["name"]);
    desk.get(&format!("{WEBHOOKS}/events?include=account")).await.error(400, "INVALID_PARAMETER");
    // What a change answers can be cut and completed too.
    let patch = document(&json!({ "name": "b" }));
    let query = "fields[notification/webhooks]=name&include=account";
    let changed = desk.call("PATCH", &format!("{one}?{query}"), Some(&patch)).await.json();
    assert_eq!(changed["data"]["attributes"], json!({ "name": "b" }));
    assert_eq!(changed["included"][0]["attributes"]["name"], "Acme Corp");
    desk.app.finish().await;
}
