//! The test of one provider, and ad-hoc sends to many.

use ringpost::domain::delivery::{Channel, Trigger};
use serde_json::{Value, json};

use crate::support::destinations::{Desk, PROVIDERS};
use crate::support::receiver::Answer;

const SEND: &str = "/api/v1/notifications/send";

fn notification() -> Value {
    json!({
        "title": "Alert: acceptance rate drop",
        "body": "acceptance_rate < 0.05 (observed 0.04, baseline 0.08)",
        "severity": "warning",
        "fields": [{ "label": "Observed", "value": "0.04" }, { "label": "Threshold", "value": "0.05" }],
        "sourceUrl": "https://app.kaireonai.com/dashboards/operations",
    })
}

fn to(ids: &[&str]) -> Value {
    json!({ "providerIds": ids, "notification": notification() })
}

#[tokio::test]
async fn a_test_says_that_it_arrived() {
    let desk = Desk::of_admin().await;
    let (receiver, url) = desk.ok().await;
    let id = desk.provider("slack", &json!({ "webhookUrl": url })).await;
    // Also while it is paused.
    let one = format!("{PROVIDERS}/{id}");
    desk.call("PATCH", &one, Some(&json!({ "enabled": false }))).await.has_status(200);
    let answer = desk.call("POST", &format!("{one}/test"), None).await;
    answer.has_status(200);
    assert_eq!(answer.json(), json!({ "success": true, "detail": "Test message sent to Slack." }));
    assert_eq!(receiver.requests().len(), 1);
    assert_eq!(desk.app.log().await[0].trigger, Trigger::Test);
    desk.app.finish().await;
}

#[tokio::test]
async fn a_test_that_failed_is_a_502_with_the_receivers_words() {
    let desk = Desk::of_admin().await;
    for (kind, field, answer, error) in [
        (
            "slack",
            "webhookUrl",
            Answer::status(500, "invalid_payload"),
            "Slack returned 500: invalid_payload",
        ),
        ("teams", "webhookUrl", Answer::status(400, "bad card"), "Teams returned 400: bad card"),
        ("webhook", "url", Answer::status(500, ""), "Webhook returned 500"),
    ] {
        let (_receiver, url) = desk.receiver(vec![answer]).await;
        let id = desk.provider(kind, &json!({ field: url })).await;
        let answer = desk.call("POST", &format!("{PROVIDERS}/{id}/test"), None).await;
        answer.has_status(502);
        assert_eq!(answer.json(), json!({ "success": false, "error": error }));
    }
    desk.app.finish().await;
}

#[tokio::test]
async fn a_send_answers_for_each_provider_in_the_order_of_the_request() {
    let desk = Desk::of_admin().await;
    let (good, url) = desk.ok().await;
    let (_bad, broken) = desk.receiver(vec![Answer::status(500, "")]).await;
    let webhook = desk.provider("webhook", &json!({ "url": broken })).await;
    let slack = desk.provider("slack", &json!({ "webhookUrl": url })).await;
    let paused = desk.provider("teams", &json!({ "webhookUrl": url })).await;
    let pause = json!({ "enabled": false });
    desk.call("PATCH", &format!("{PROVIDERS}/{paused}"), Some(&pause)).await.has_status(200);
    let unknown = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";

    let answer = desk.call("POST", SEND, Some(&to(&[&slack, unknown, &webhook, &paused]))).await;

    answer.has_status(200);
    let results = answer.json()["results"].clone();
    let log = desk.app.log().await;
    let delivery = log.iter().find(|row| row.target.channel() == Channel::Slack).unwrap();
    assert_eq!(
        results,
        json!([
            { "providerId": slack, "kind": "slack", "success": true,
              "providerMessageId": format!("slack-{}", delivery.id) },
            { "providerId": unknown, "kind": null, "success": false, "error": "unknown destination" },
            { "providerId": webhook, "kind": "webhook", "success": false, "error": "Webhook returned 500" },
            { "providerId": paused, "kind": "teams", "success": false, "error": "destination is paused" },
        ])
    );
    assert_eq!(good.requests().len(), 1);
    assert!(log.iter().all(|row| row.trigger == Trigger::Adhoc && row.event_key == "notification"));
    desk.app.finish().await;
}

#[tokio::test]
async fn a_send_that_nobody_took_is_a_502() {
    let desk = Desk::of_admin().await;
    let unknown = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
    let answer = desk.call("POST", SEND, Some(&to(&[unknown]))).await;
    answer.has_status(502);
    assert_eq!(answer.json()["results"][0]["success"], false);
    desk.app.finish().await;
}

#[tokio::test]
async fn a_webhook_gets_the_common_fields_and_the_notification() {
    let desk = Desk::of_admin().await;
    let (receiver, url) = desk.ok().await;
    let id = desk.provider("webhook", &json!({ "url": url })).await;
    desk.call("POST", SEND, Some(&to(&[&id]))).await.has_status(200);
    let seen = receiver.wait_for(1).await.remove(0);
    let body: Value = serde_json::from_str(&seen.body).unwrap();
    let names: Vec<&String> = body.as_object().unwrap().keys().collect();
    let expected = [
        "event_type",
        "environment",
        "account_id",
        "account_name",
        "timestamp",
        "title",
        "body",
        "severity",
        "fields",
        "sourceUrl",
    ];
    assert_eq!(names, expected);
    assert_eq!((&body["event_type"], &body["account_id"]), (&json!("notification"), &json!(100)));
    assert_eq!(body["fields"], notification()["fields"]);
    assert_eq!(seen.header("x-ringpost-event"), Some("notification"));
    desk.app.finish().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_send_is_named() {
    let desk = Desk::of_admin().await;
    let id = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
    let many = vec![id; 21];
    let with = |name: &str, value: Value| {
        let mut body = to(&[id]);
        body["notification"][name] = value;
        body
    };
    let cases = [
        (to(&[]), "providerIds"),
        (to(&many), "providerIds"),
        (to(&["7"]), "providerIds"),
        (json!({ "providerIds": id, "notification": notification() }), "providerIds"),
        (json!({ "providerIds": [id] }), "notification"),
        (with("severity", json!("loud")), "notification.severity"),
        (with("title", json!("")), "notification.title"),
        (with("body", json!(7)), "notification.body"),
        (with("fields", json!("x")), "notification.fields"),
        (with("fields", json!([{ "label": "x" }])), "notification.fields[0].value"),
        (with("fields", json!([{ "label": 1, "value": "" }])), "notification.fields[0].label"),
        (with("sourceUrl", json!("javascript:alert(1)")), "notification.sourceUrl"),
        (with("colour", json!("blue")), "notification.colour"),
    ];
    for (body, field) in cases {
        let error = desk.call("POST", SEND, Some(&body)).await.error(422, "VALIDATION_FAILED");
        assert!(error["details"][field].is_string(), "{field}: {error}");
    }
    let long =
        with("fields", json!([{ "label": "x", "value": "y" }, { "label": "x", "value": "y".repeat(1_001) }]));
    let error = desk.call("POST", SEND, Some(&long)).await.error(422, "VALIDATION_FAILED");
    let told = &error["details"]["notification.fields[1].value"];
    assert_eq!(told, "Is too long: it must have at most 1000 characters.");
    desk.app.finish().await;
}
