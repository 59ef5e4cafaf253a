//! Every field of every API that holds one word of a few: anything else is refused by name, and what was stored
//! stays as it was.

use ringpost::domain::role::Role;
use serde_json::{Value, json};

use crate::support::destinations::{Desk, PROVIDERS, WEBHOOKS, document, request};
use crate::support::samples::sample;

const RULES: &str = "/v1/organizations/org_100/knowledge/connectors/notifications";

/// A call that is taken as it is, and the one word in it.
struct Word {
    method: &'static str,
    path: String,
    body: Value,
    /// Where the word is in the body.
    pointer: &'static str,
    /// What an error calls it.
    name: &'static str,
}

fn word(
    method: &'static str,
    path: impl Into<String>,
    body: Value,
    pointer: &'static str,
    name: &'static str,
) -> Word {
    let (path, found) = (path.into(), body.pointer(pointer).is_some_and(Value::is_string));
    assert!(found, "{path} has no word at {pointer}");
    Word { method, path, body, pointer, name }
}

/// What stands for no word: nothing, a space, null, a number, and the word in other letters.
fn wrong(word: &str) -> [Value; 5] {
    [json!(""), json!(" "), Value::Null, json!(7), json!(word.to_uppercase())]
}

fn every_word(webhook: &str, slack: &str) -> Vec<Word> {
    let rule = json!({ "notifications": [
        { "type": "webhook", "url": "https://127.0.0.1/new", "events": ["run_failed"] },
        { "type": "email", "email": "new@acme.example", "events": ["run_failed"] },
    ] });
    let provider =
        json!({ "kind": "slack", "name": "new", "config": { "webhookUrl": "https://127.0.0.1/new" } });
    let send = json!({
        "providerIds": [slack],
        "notification": { "title": "t", "body": "b", "severity": "info" },
    });
    let mut new =
        document(&json!({ "name": "new", "url": "https://127.0.0.1/new", "events": ["run_failed"] }));
    new["data"]["relationships"] = json!({ "account": { "data": { "type": "accounts", "id": "100" } } });
    let mut change = document(&json!({ "events": ["tenant_created"] }));
    change["data"]["relationships"] = new["data"]["relationships"].clone();
    let test = json!({ "notification_type": "email" });
    let one = format!("{WEBHOOKS}/{webhook}");
    let relationship = ("/data/relationships/account/data/type", "data.relationships.account.data.type");
    vec![
        word("PUT", RULES, rule.clone(), "/notifications/0/type", "notifications[0].type"),
        word("PUT", RULES, rule.clone(), "/notifications/1/type", "notifications[1].type"),
        word("PUT", RULES, rule.clone(), "/notifications/0/events/0", "notifications[0].events"),
        word("PATCH", RULES, rule.clone(), "/notifications/0/type", "notifications[0].type"),
        word("PATCH", RULES, rule, "/notifications/1/events/0", "notifications[1].events"),
        word("POST", format!("{RULES}/test"), test, "/notification_type", "notification_type"),
        word("POST", PROVIDERS, provider, "/kind", "kind"),
        word("POST", "/api/v1/notifications/send", send, "/notification/severity", "notification.severity"),
        word("POST", WEBHOOKS, new.clone(), "/data/type", "data.type"),
        word("POST", WEBHOOKS, new.clone(), "/data/attributes/events/0", "data.attributes.events"),
        word("POST", WEBHOOKS, new, relationship.0, relationship.1),
        word("PATCH", &one, change.clone(), "/data/type", "data.type"),
        word("PATCH", &one, change.clone(), "/data/attributes/events/0", "data.attributes.events"),
        word("PATCH", one, change, relationship.0, relationship.1),
        word("POST", "/api/v1/events", sample("run_failed"), "/event_type", "event_type"),
    ]
}

/// All that the three documents show of the account.
async fn stored(desk: &Desk) -> [Value; 3] {
    [desk.get(RULES).await.json(), desk.get(PROVIDERS).await.json(), desk.get(WEBHOOKS).await.json()]
}

#[tokio::test]
async fn only_the_documented_words_are_taken_and_nothing_is_lost_by_another() {
    let desk = Desk::of_admin().await;
    let (receiver, url) = desk.ok().await;
    let rules = json!({ "notifications": [
        { "type": "webhook", "url": url, "events": ["run_failed"] },
        { "type": "email", "email": "ops@acme.example", "events": ["sync_failed"] },
    ] });
    desk.call("PUT", RULES, Some(&rules)).await.has_status(200);
    let slack = desk.provider("slack", &json!({ "webhookUrl": url })).await;
    let webhook = desk.webhook(&json!({ "name": "kept", "url": url, "events": ["run_failed"] })).await;
    let before = stored(&desk).await;
    for Word { method, path, body, pointer, name } in every_word(webhook["id"].as_str().unwrap(), &slack) {
        let good = body.pointer(pointer).and_then(Value::as_str).unwrap().to_owned();
        for value in wrong(&good) {
            let mut body = body.clone();
            *body.pointer_mut(pointer).unwrap() = value.clone();
            let answer = desk.app.send(request(method, &path, Some(&body)).bearer(&desk.token)).await;
            let told = format!("{method} {path} with {name} = {value}: {}", answer.body);
            assert!([400, 409, 422].contains(&answer.status.as_u16()), "{told}");
            let error =
                answer.error(answer.status.as_u16(), answer.json()["error"]["code"].as_str().unwrap());
            let message = error["message"].as_str().unwrap();
            assert!(message.contains(name), "{told}");
            // A conflict has one field, which its sentence names.
            assert!(error["details"][name].is_string() || answer.status == 409, "{told}");
        }
    }
    assert_eq!(stored(&desk).await, before);
    assert!(receiver.requests().is_empty() && desk.app.log().await.is_empty(), "and nothing was sent");
    // The words themselves are taken: it was not for anything else that they were refused.
    for Word { method, path, body, .. } in every_word(webhook["id"].as_str().unwrap(), &slack) {
        let answer = desk.app.send(request(method, &path, Some(&body)).bearer(&desk.token)).await;
        assert!(answer.status.is_success(), "{method} {path}: {}", answer.body);
    }
    desk.app.dispatch.settled().await.unwrap();
    desk.app.finish().await;
}

#[tokio::test]
async fn what_nobody_can_mean_by_a_secret_a_scope_or_an_environment_is_refused_by_name() {
    let desk = Desk::of_admin().await;
    let url = "https://127.0.0.1/hook";
    let slack = desk.provider("webhook", &json!({ "url": url, "secret": "a real one" })).await;
    let webhook = desk.webhook(&json!({ "name": "kept", "url": url, "events": ["run_failed"] })).await;
    let webhook = format!("{WEBHOOKS}/{}", webhook["id"].as_str().unwrap());
    let before = stored(&desk).await;
    let refused = async |method, path: &str, body: Value, name: &str| {
        let error = desk.call(method, path, Some(&body)).await.error(422, "VALIDATION_FAILED");
        assert!(error["details"][name].is_string(), "{method} {path} {body}: {error}");
    };
    for secret in ["", " ", "\u{2003}", "\0", "a\0b"] {
        let config = json!({ "url": url, "secret": secret });
        let provider = json!({ "kind": "webhook", "name": "new", "config": config });
        refused("POST", PROVIDERS, provider, "config.secret").await;
        let patch = json!({ "config": { "secret": secret } });
        refused("PATCH", &format!("{PROVIDERS}/{slack}"), patch, "config.secret").await;
        let attributes = json!({ "name": "new", "url": url, "events": [], "secret": secret });
        refused("POST", WEBHOOKS, document(&attributes), "data.attributes.secret").await;
        let attributes = json!({ "secret": secret });
        refused("PATCH", &webhook, document(&attributes), "data.attributes.secret").await;
    }
    for values in [json!([]), json!(""), json!(" "), json!("\0"), json!([1, ""]), json!(["Shopify", " "])] {
        let attributes = json!({ "scopes": { "integration_name": values } });
        let name = "data.attributes.scopes.integration_name";
        refused("PATCH", &webhook, document(&attributes), name).await;
        let mut attributes = attributes;
        attributes["name"] = json!("new");
        attributes["url"] = json!(url);
        refused("POST", WEBHOOKS, document(&attributes), name).await;
    }
    for name in ["environment", "account_name"] {
        for text in ["", " "] {
            let mut event = sample("run_failed");
            event[name] = json!(text);
            refused("POST", "/api/v1/events", event, name).await;
        }
    }
    assert_eq!(stored(&desk).await, before);

    let mut admin = desk.app.visitor(Role::Admin).await;
    let form = admin.form("/accounts/100/destinations/new?kind=webhook").await;
    let form = form.with("name", "new").with("url", url);
    for (field, text) in [("secret", " "), ("secret", "\u{2003}"), ("scopes", "integration_name = \" \"")] {
        let answer = admin.submit("/accounts/100/destinations", &form.clone().with(field, text)).await;
        answer.has_status(422).says("There is a problem");
        let link = format!("href=\"#{field}\"");
        assert!(answer.body.contains(&link), "{field}: {}", answer.text());
    }
    assert_eq!(stored(&desk).await, before);
    desk.app.finish().await;
}

#[tokio::test]
async fn words_of_a_query_are_held_to_the_same() {
    let desk = Desk::of_admin().await;
    for (name, good) in
        [("count", "true"), ("sort", "name"), ("filter[events]", "run_failed"), ("include", "account")]
    {
        let ask = async |value: &str| {
            let value = value.replace(' ', "%20");
            desk.get(&format!("{WEBHOOKS}?{name}={value}")).await
        };
        ask(good).await.has_status(200);
        let upper = good.to_uppercase();
        let mut wrong = vec!["null", "7", upper.as_str()];
        // An empty list of resources includes none: JSON:API gives it a meaning.
        wrong.extend(["", " "].iter().filter(|_| name != "include"));
        for value in wrong {
            let error = ask(value).await.error(400, "INVALID_PARAMETER");
            assert!(error["details"][name].is_string(), "{name}={value}: {error}");
        }
    }
    desk.app.finish().await;
}
