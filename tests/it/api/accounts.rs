//! `/api/v1/accounts/{account_id}`: the platform looks after its accounts.

use ringpost::db::history::HistoryFilter;
use ringpost::domain::role::Role;
use serde_json::{Value, json};

use crate::support::app::{TestApp, spawn_app};
use crate::support::http::{Answer, Request};

const ACME: &str = "/api/v1/accounts/100";

async fn get(app: &TestApp, token: &str, path: &str) -> Answer {
    app.send(Request::new("GET", path).bearer(token)).await
}

fn put(token: &str, path: &str, body: &Value) -> Request {
    Request::new("PUT", path).body("application/json", body.to_string()).bearer(token)
}

fn acme() -> Value {
    json!({
        "id": 100, "name": "Acme Corp", "environment": "prod-acme", "contact_name": "Dana Ito",
        "contact_email": "dana@acme.example", "failure_mails": true
    })
}

#[tokio::test]
async fn what_is_read_can_be_put_back_and_what_is_changed_is_in_the_history() {
    let app = spawn_app().await;
    let platform = app.token(None, Role::Admin).await;
    let read = get(&app, &platform, ACME).await;
    assert_eq!(read.has_status(200).json(), acme());
    let tag = read.header("etag").unwrap().to_owned();

    let same = app.send(put(&platform, ACME, &acme()).header("If-Match", &tag)).await;
    assert_eq!((same.has_status(200).json(), same.header("etag")), (acme(), Some(tag.as_str())));
    assert!(app.db.history(100, &HistoryFilter::default(), 10).await.unwrap().is_empty());
    let mut moved = acme();
    moved["environment"] = json!("prod-eu");
    moved["contact_email"] = json!("kim@acme.example");
    let changed = app.send(put(&platform, ACME, &moved).header("If-Match", &tag)).await;

    assert_eq!(changed.has_status(200).json(), moved);
    assert_eq!(get(&app, &platform, ACME).await.header("etag"), changed.header("etag"));
    let history = app.db.history(100, &HistoryFilter::default(), 10).await.unwrap();
    let told: Vec<_> = history.iter().map(|row| (row.setting.as_str(), row.via.as_str())).collect();
    assert_eq!(told, [("contact_email", "API token"), ("environment", "API token")]);
    // The revision that was seen is gone, and nothing is lost.
    app.send(put(&platform, ACME, &acme()).header("If-Match", &tag)).await.error(412, "PRECONDITION_FAILED");
    assert_eq!(get(&app, &platform, ACME).await.json(), moved);
    app.send(put(&platform, ACME, &acme()).header("If-Match", "*")).await.has_status(200);
    app.send(put(&platform, ACME, &acme()).header("If-Match", "41")).await.error(400, "BAD_REQUEST");
    app.finish().await;
}

#[tokio::test]
async fn a_new_number_makes_an_account_unless_one_was_to_be_changed() {
    let app = spawn_app().await;
    let platform = app.token(None, Role::Admin).await;
    let path = "/api/v1/accounts/200";
    get(&app, &platform, path).await.error(404, "NOT_FOUND");
    let mut globex = acme();
    globex["id"] = json!(200);
    let expected = put(&platform, path, &globex).header("If-Match", "*");
    app.send(expected).await.error(412, "PRECONDITION_FAILED");

    let made = app.send(put(&platform, path, &globex)).await;

    assert_eq!(made.has_status(201).json(), globex);
    app.send(put(&platform, path, &globex)).await.has_status(200);
    assert_eq!(get(&app, &platform, path).await.json(), globex);
    assert_eq!(app.place.count("audit where action = 'account_created' and account_id = 200").await, 1);
    app.finish().await;
}

#[tokio::test]
async fn of_ten_that_make_an_account_at_once_one_does_and_nobody_is_refused() {
    let app = spawn_app().await;
    let platform = app.token(None, Role::Admin).await;
    let mut globex = acme();
    globex["id"] = json!(200);

    let puts = (0..10).map(|_| app.send(put(&platform, "/api/v1/accounts/200", &globex)));
    let answers = futures_util::future::join_all(puts).await;

    let made = answers.iter().filter(|answer| answer.status == 201).count();
    assert!(answers.iter().all(|answer| answer.status == 200 || answer.status == 201));
    assert_eq!(made, 1);
    app.finish().await;
}

#[tokio::test]
async fn only_tokens_of_all_accounts_come_in_and_only_admins_change() {
    let app = spawn_app().await;
    for role in Role::ALL {
        let own = app.token(Some(100), *role).await;
        get(&app, &own, ACME).await.error(403, "FORBIDDEN");
        app.send(put(&own, ACME, &acme())).await.error(403, "FORBIDDEN");
        let everywhere = app.token(None, *role).await;
        let read = get(&app, &everywhere, ACME).await;
        assert_eq!(read.status == 200, *role != Role::Ingest, "{role}");
        let change = app.send(put(&everywhere, ACME, &acme())).await;
        assert_eq!(change.status == 200, *role == Role::Admin, "{role}");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_refused_account_names_every_field_and_changes_nothing() {
    let app = spawn_app().await;
    let platform = app.token(None, Role::Admin).await;
    let wrong = json!({ "id": 7, "name": " ", "contact_name": 5, "contact_email": "dana", "colour": "blue" });

    let error = app.send(put(&platform, ACME, &wrong)).await.error(422, "VALIDATION_FAILED");

    let mut fields: Vec<&String> = error["details"].as_object().unwrap().keys().collect();
    fields.sort();
    assert_eq!(fields, ["colour", "contact_email", "contact_name", "environment", "id", "name"]);
    assert_eq!(get(&app, &platform, ACME).await.json(), acme());
    for path in ["/api/v1/accounts/0", "/api/v1/accounts/acme", "/api/v1/accounts/-1"] {
        app.send(put(&platform, path, &acme())).await.error(404, "NOT_FOUND");
    }
    app.finish().await;
}

#[tokio::test]
async fn the_history_is_read_part_by_part_and_by_its_filters() {
    let app = spawn_app().await;
    let platform = app.token(None, Role::Admin).await;
    for name in ["One", "Two", "Three"] {
        let mut body = acme();
        body["name"] = json!(name);
        app.send(put(&platform, ACME, &body)).await.has_status(200);
    }
    let mut body = acme();
    body["environment"] = json!("prod-eu");
    body["name"] = json!("Three");
    app.send(put(&platform, ACME, &body)).await.has_status(200);
    let viewer = app.token(Some(100), Role::Viewer).await;
    let history = async |query: &str| get(&app, &viewer, &format!("{ACME}/history?{query}")).await;
    let names = |answer: &Answer| -> Vec<String> {
        let data = answer.has_status(200).json()["data"].as_array().unwrap().clone();
        data.iter().map(|row| row["after"].as_str().unwrap().to_owned()).collect()
    };

    assert_eq!(names(&history("").await), ["prod-eu", "Three", "Two", "One"]);
    assert_eq!(names(&history("setting=name").await), ["Three", "Two", "One"]);
    let first = history("setting=name&limit=2").await;
    let next = first.json()["next"].as_str().unwrap().to_owned();
    let last = history(&format!("setting=name&limit=2&before={next}")).await;
    assert_eq!((names(&first), names(&last)), (vec!["Three".into(), "Two".into()], vec!["One".into()]));
    assert!(last.json()["next"].is_null());
    let entry = first.json()["data"][0].clone();
    let who = entry["actor"].as_str().unwrap();
    assert_eq!((&entry["before"], &entry["via"]), (&json!("Two"), &json!("API token")));
    assert_eq!(names(&history(&format!("who={}", who.to_uppercase())).await).len(), 4);
    assert!(names(&history("who=nobody%25").await).is_empty());
    assert!(names(&history("to=2020-01-01").await).is_empty());
    assert_eq!(names(&history("from=2020-01-01&to=2199-01-01").await).len(), 4);
    for (query, name) in [
        ("setting=x", "setting"),
        ("from=x", "from"),
        ("before=x", "before"),
        ("limit=0", "limit"),
        ("page=1", "page"),
    ] {
        let error = history(query).await.error(400, "INVALID_PARAMETER");
        assert!(error["details"][name].is_string(), "{error}");
    }
    app.finish().await;
}
