//! The log for programs: lists with filters and places to go on from, and one event.

use ringpost::domain::role::Role;
use serde_json::{Value, json};

use crate::support::app::{TestApp, spawn_app};
use crate::support::destinations::request;
use crate::support::http;
use crate::support::receiver::{Answer, Door, Receiver};
use crate::support::samples::sample;

async fn get(app: &TestApp, path: &str) -> http::Answer {
    let token = app.token(Some(100), Role::Viewer).await;
    app.send(request("GET", path, None).bearer(&token)).await
}

async fn json_of(app: &TestApp, path: &str) -> Value {
    let answer = get(app, path).await;
    answer.has_status(200);
    answer.json()
}

/// Three failed runs and a failed sync; the webhook of the first run has failed.
pub async fn told(app: &TestApp) -> Receiver {
    let answers = vec![Answer::status(500, "no"), Answer::status(200, "ok")];
    let receiver = Receiver::start(Door::Plain, answers).await;
    app.notify(Some(&receiver.url("/hook")), "run_failed", true, "").await;
    let token = app.token(Some(100), Role::Ingest).await;
    for key in ["run_failed", "run_failed", "run_failed", "sync_failed"] {
        app.post_event(&token, &sample(key)).await.has_status(202);
        app.dispatch.settled().await.unwrap();
    }
    receiver
}

fn ids(list: &Value, of: &str) -> Vec<String> {
    list[of].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn every_entry_is_listed_once_whatever_the_size_of_the_pages() {
    let app = spawn_app().await;
    let _receiver = told(&app).await;
    let all = app.log().await.len();
    assert_eq!(all, 8, "a webhook and a mail for each");
    for (list, filter, all) in [
        ("deliveries", "", all),
        ("deliveries", "&channel=webhook", 4),
        ("deliveries", "&event=run_failed", 6),
        ("deliveries", "&status=skipped", 1),
        ("deliveries", "&q=9876", 6),
        ("deliveries", "&q=dana@", 8),
        ("deliveries", "&q=dana@&channel=email", 4),
        ("deliveries", "&q=widget&status=delivered", 2),
        ("events", "", 4),
        ("events", "&event=run_failed", 3),
        ("events", "&q=9876", 3),
        ("events", "&status=delivered&channel=webhook", 2),
    ] {
        for size in [1, 3, 50] {
            let (mut seen, mut next) = (Vec::new(), Some(String::new()));
            while let Some(cursor) = next {
                let cursor = if cursor.is_empty() { cursor } else { format!("&cursor={cursor}") };
                let page = json_of(&app, &format!("/api/v1/{list}?limit={size}{filter}{cursor}")).await;
                seen.extend(ids(&page, list));
                next = page["next"].as_str().map(str::to_owned);
            }
            let listed = seen.len();
            seen.sort();
            seen.dedup();
            assert_eq!((listed, seen.len()), (all, all), "{list}: {filter} by {size}");
        }
    }
    app.finish().await;
}

#[tokio::test]
async fn deliveries_are_found_like_on_the_page() {
    let app = spawn_app().await;
    let _receiver = told(&app).await;
    let log = app.log().await;
    let of_sync = log.iter().find(|row| row.event_key == "sync_failed").unwrap();
    let mut viewer = app.visitor(Role::Viewer).await;
    for (q, events) in [
        ("9876", 3),
        ("shopify integration", 3),
        ("DANA@acme", 4),
        (&of_sync.id.to_string()[..30], 1),
        (&of_sync.event_id.to_string(), 1),
        ("sync failed", 1),
        ("nothing like it", 0),
    ] {
        let list = json_of(&app, &format!("/api/v1/deliveries?q={}", q.replace(' ', "%20"))).await;
        let mut of: Vec<_> =
            list["deliveries"].as_array().unwrap().iter().map(|row| &row["event_id"]).collect();
        assert_eq!(of.len(), 2 * events, "every delivery of what is found by {q}");
        of.dedup();
        assert_eq!(of.len(), events, "{q}");
        let page = viewer.get(&format!("/accounts/100/deliveries?q={}", q.replace(' ', "+"))).await;
        assert_eq!(page.body.matches("<tr role=\"row\" data-key").count(), events, "{q}");
    }
    app.finish().await;
}

#[tokio::test]
async fn filters_choose_and_what_is_not_known_is_refused_by_name() {
    let app = spawn_app().await;
    let _receiver = told(&app).await;
    let failed = json_of(&app, "/api/v1/deliveries?status=failed").await;
    assert_eq!(failed["deliveries"].as_array().unwrap().len(), 1);
    assert_eq!(failed["deliveries"][0]["status"], 500);
    assert_eq!(json_of(&app, "/api/v1/events?status=failed").await["events"][0]["status"], "failed");
    for (query, none) in [("since=2126-01-01", true), ("until=2020-01-01", true), ("since=2020-01-01", false)]
    {
        let events = json_of(&app, &format!("/api/v1/events?{query}")).await;
        let deliveries = json_of(&app, &format!("/api/v1/deliveries?{query}")).await;
        let are_empty = [&events["events"], &deliveries["deliveries"]].map(|list| *list == json!([]));
        assert_eq!(are_empty, [none; 2], "{query}");
    }
    for (list, query, name) in [
        ("deliveries", "status=bogus", "status"),
        ("deliveries", "event=bogus", "event"),
        ("deliveries", "event=", "event"),
        ("events", "event=", "event"),
        ("deliveries", "q=", "q"),
        ("events", "destination=+", "destination"),
        ("events", "status=", "status"),
        ("events", "destination=9", "destination"),
        ("events", "since=yesterday", "since"),
        ("events", "limit=0", "limit"),
        ("deliveries", "limit=201", "limit"),
        ("deliveries", "cursor=x", "cursor"),
        ("events", "cursor=x", "cursor"),
        ("deliveries", "search=x", "search"),
        ("events", "page=2", "page"),
    ] {
        let said = get(&app, &format!("/api/v1/{list}?{query}")).await.error(400, "INVALID_PARAMETER");
        assert!(said["details"][name].is_string(), "{list}?{query}: {said}");
    }
    app.finish().await;
}

#[tokio::test]
async fn an_event_is_read_with_its_payload_its_deliveries_and_who_was_left_out() {
    let app = spawn_app().await;
    let _receiver = told(&app).await;
    let list = json_of(&app, "/api/v1/events?event=run_failed").await;
    let first = ids(&list, "events").pop().unwrap();
    let event = json_of(&app, &format!("/api/v1/events/{first}")).await;
    assert_eq!((&event["payload"]["run_id"], &event["status"]), (&json!(9876), &json!("failed")));
    assert_eq!(event["subject"], "Shopify Integration for Widget Co (run 9876)");
    assert_eq!(event["deliveries"].as_array().unwrap().len(), 2);
    assert_eq!(event["left_out"], json!([]));
    get(&app, "/api/v1/events/00000000-0000-0000-0000-000000000000").await.error(404, "NOT_FOUND");
    get(&app, &format!("/api/v1/events/{first}?x=1")).await.error(400, "INVALID_PARAMETER");
    app.finish().await;
}
