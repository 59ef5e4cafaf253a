//! Who was here may still do what they might, and nobody else.

use crate::support::browser::Browser;
use crate::support::clock::minutes;
use crate::support::destinations::{PROVIDERS, WEBHOOKS, request};
use crate::support::http::Request;
use crate::support::samples::sample;

use super::Fixture;

#[tokio::test]
async fn people_sign_in_and_have_their_roles() {
    let fixture = Fixture::open().await;
    let app = fixture.start().spawn().await;
    // Whether they edit and administer account 100, and whether account 200 is theirs. All read account 100.
    for (email, edits, administers, globex) in [
        ("dana@acme.example", true, true, true),
        ("eli@acme.example", true, false, false),
        ("vera@acme.example", false, false, false),
        ("olga@ops.example", true, true, true),
        ("kim@globex.example", false, false, true),
    ] {
        assert!(fixture.facts.people.iter().any(|known| known == email));
        let mut browser = fixture.sign_in(&app, email).await;
        let page = browser.get("/accounts/100/notifications").await;
        page.has_status(200).says("Acme & Söhne");
        assert_eq!(page.body.contains("name=\"webhook_url\""), edits, "{email}");
        let users = browser.get("/accounts/100/users").await;
        users.has_status(if administers { 200 } else { 403 });
        browser.get("/accounts/200/company").await.has_status(if globex { 200 } else { 404 });
    }
    let refused = app.browser().sign_in("gone@acme.example", &fixture.facts.password).await;
    refused.has_status(422).says("The email address or the password is wrong");
    let users = fixture.operator(&app).await.get("/accounts/100/users").await;
    users.says("gone@acme.example").says("Disabled").says("Dana Itō").says("vera@acme.example");
    app.finish().await;
}

#[tokio::test]
async fn whoever_was_signed_in_still_is() {
    let fixture = Fixture::open().await;
    let app = fixture.start().spawn().await;
    let mut dana = Browser::with_session(app.address, &fixture.facts.session);
    dana.get("/accounts/100/company").await.has_status(200).says("dana@acme.example");
    app.time.advance(minutes(24 * 60));
    dana.get("/accounts/100/company").await.leads_to();
    app.finish().await;
}

#[tokio::test]
async fn tokens_open_what_they_opened() {
    let fixture = Fixture::open().await;
    let app = fixture.start().spawn().await;
    let token = |name: &str| fixture.facts.tokens[name].clone();
    let read = async |name: &str| app.send(request("GET", PROVIDERS, None).bearer(&token(name))).await.status;
    for (name, status) in [
        ("viewer", 200),
        ("expiring", 200),
        ("by hand", 200),
        ("admin", 200),
        ("globex", 200),
        ("ingest", 403),
        ("revoked", 401),
    ] {
        assert_eq!(read(name).await, status, "{name}");
    }
    for account in ["100", "200"] {
        let everywhere = request("GET", PROVIDERS, None).bearer(&token("everywhere"));
        app.send(everywhere.header("X-Tenant-Id", account)).await.has_status(200);
    }
    for (name, status) in [("ingest", 202), ("admin", 202), ("viewer", 403), ("globex", 404)] {
        let answer = app.post_event(&token(name), &event()).await;
        assert_eq!(answer.status, status, "{name}");
    }
    for (name, status) in [("viewer", 403), ("by hand", 403), ("admin", 404)] {
        let call = request("DELETE", &format!("{WEBHOOKS}/999"), None).bearer(&token(name));
        assert_eq!(app.send(call).await.status, status, "{name}");
    }
    let mut dana = fixture.sign_in(&app, "dana@acme.example").await;
    let page = dana.get("/accounts/100/tokens").await;
    for name in ["by hand", "expiring", "ingest"] {
        let text = &fixture.facts.tokens[name];
        page.says(name).says(&format!("{}…{}", &text[..7], &text[text.len() - 4..]));
    }

    app.time.advance(minutes(24 * 60));

    assert_eq!((read("expiring").await.as_u16(), read("viewer").await.as_u16()), (401, 200));
    app.finish_with_pending().await;
}

/// An event that nobody's webhook hears of.
fn event() -> serde_json::Value {
    let mut event = sample("integration_created");
    for common in ["environment", "account_name"] {
        event.as_object_mut().unwrap().shift_remove(common);
    }
    event
}

#[tokio::test]
async fn a_used_key_stays_used() {
    let fixture = Fixture::open().await;
    let app = fixture.start().spawn().await;
    let used = &fixture.facts.idempotent;
    let post = async |body: &serde_json::Value| {
        let request = Request::new("POST", "/api/v1/events").bearer(&fixture.facts.tokens["ingest"]);
        let key = used["key"].as_str().unwrap();
        app.send(request.header("Idempotency-Key", key).body("application/json", body.to_string())).await
    };
    let again = post(&used["body"]).await;
    again.has_status(202);
    assert_eq!(again.json(), used["answer"]);
    post(&event()).await.error(409, "IDEMPOTENCY_KEY_REUSED");

    let rows = app.stop().await;
    assert_eq!(rows.count("deliveries").await, fixture.facts.counts["deliveries"]);
    rows.clear().await;
}
