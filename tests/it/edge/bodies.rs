//! How much is read of whom, and what cannot be read at all.

use std::collections::BTreeSet;

use ringpost::domain::role::Role;

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::app::{event_request, spawn_app};
use crate::support::browser::Browser;
use crate::support::destinations::{PROVIDERS, request};
use crate::support::http::{Answer, Request};
use crate::support::people::PASSWORD;
use crate::support::samples::sample;

const KIB: usize = 1_024;

fn form(path: &str, field: &str, value: &str, app: std::net::SocketAddr) -> Request {
    Request::new("POST", path)
        .header("Origin", format!("http://{app}"))
        .body("application/x-www-form-urlencoded", format!("{field}={value}"))
}

#[tokio::test]
async fn whoever_is_not_signed_in_is_read_for_8_kib_and_a_form_for_64() {
    let app = spawn_app().await;
    let to = app.address;
    let long = |kib: usize| "a".repeat(kib * KIB);
    for (path, field) in [("/login", "email"), ("/setup", "code"), ("/u/x", "List-Unsubscribe")] {
        let answer = app.send(form(path, field, &long(8), to)).await;
        assert_eq!(answer.status, 413, "{path}");
        let answer = app.send(form(path, field, &long(7), to)).await;
        assert_ne!(answer.status, 413, "{path}");
    }
    let mut browser = app.visitor(Role::Admin).await;
    browser.send(form("/accounts/100/company", "name", &long(63), to)).await.has_status(422);
    browser
        .send(form("/accounts/100/company", "name", &long(64), to))
        .await
        .has_status(413)
        .says("too large");
    let answer = browser.send(form("/accounts/100/notifications", "webhook_url", &long(255), to)).await;
    answer.has_status(422).says("2048");
    browser.send(form("/accounts/100/notifications", "url", &long(256), to)).await.has_status(413);
    app.finish().await;
}

#[tokio::test]
async fn a_body_that_does_not_come_is_the_callers_fault() {
    let app = spawn_app().await;
    let mut slow = TcpStream::connect(app.address).await.unwrap();
    let head = format!(
        "POST /login HTTP/1.1\r\nHost: {0}\r\nOrigin: http://{0}\r\nContent-Length: 100\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n\r\nemail=",
        app.address
    );
    slow.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    slow.read_exact(&mut answer).await.unwrap();
    assert_eq!(std::str::from_utf8(&answer).unwrap(), "HTTP/1.1 400");
    app.finish().await;
}

#[tokio::test]
async fn a_nul_in_a_path_a_query_or_a_form_is_refused_as_such() {
    let app = spawn_app().await;
    let mut browser = app.visitor(Role::Admin).await;
    let token = app.token(Some(100), Role::Admin).await;
    for path in [
        "/accounts/100%00",
        "/accounts/100/deliveries/%00",
        "/accounts/100/deliveries?q=%00",
        "/accounts/100/deliveries?before=a%00b",
        "/login?next=%00",
        "/u/%00",
        "/static/%00",
    ] {
        browser.get(path).await.has_status(400).says("cannot be read");
    }
    for path in
        ["/api/v1/notifications/providers?page=%00", "/api/v1/event-types/%00", "/api/%00", "/readyz?%00"]
    {
        app.send(Request::new("GET", path).bearer(&token)).await.error(400, "BAD_REQUEST");
    }
    for (path, field) in [
        ("/login", "email"),
        ("/login", "password"),
        ("/accounts/100/company", "name"),
        ("/accounts/100/users", "email"),
        ("/accounts/100/notifications", "url"),
        ("/profile/password", "current_password"),
    ] {
        browser.send(form(path, field, "a%00b", app.address)).await.has_status(400).says("cannot be read");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_browser_that_asks_for_one_address_with_every_name_learns_nothing_and_fails_nowhere() {
    // Whatever is typed at sign-in, the answer is never a 5xx.
    let app = spawn_app().await;
    let mut statuses = BTreeSet::new();
    for typed in ["\u{fffd}", "%FF%FE", "\u{202e}dana@acme.example", "''; drop table users; --", "\u{10ffff}"]
    {
        let mut browser = Browser::new(app.address);
        statuses.insert(browser.sign_in(typed, PASSWORD).await.status.as_u16());
        statuses.insert(app.send(form("/login", "email", "%ff%fe", app.address)).await.status.as_u16());
    }
    assert!(statuses.iter().all(|status| (400..500).contains(status)), "{statuses:?}");
    app.finish().await;
}

#[tokio::test]
async fn a_nul_in_json_is_never_a_failure_of_ours() {
    let app = spawn_app().await;
    let token = app.token(Some(100), Role::Admin).await;
    let hook = json!({ "url": "https://hooks.acme.invalid/" });
    let mut event = sample("run_failed");
    event["environment"] = json!("prod\u{0}");
    let mut other = sample("run_failed");
    other["run_status"] = json!("failed\u{0}");
    for (method, path, body) in [
        ("POST", "/api/v1/events", event),
        ("POST", "/api/v1/events", other),
        ("POST", PROVIDERS, json!({ "kind": "webhook", "name": "a\u{0}b", "config": hook })),
        ("POST", PROVIDERS, json!({ "kind": "web\u{0}hook", "name": "a", "config": hook })),
        (
            "POST",
            PROVIDERS,
            json!({ "kind": "webhook", "name": "a", "config": { "url": "https://a\u{0}b.invalid/" } }),
        ),
        (
            "POST",
            PROVIDERS,
            json!({ "kind": "webhook", "name": "a", "config": hook, "events": ["run_failed\u{0}"], "scopes": { "a\u{0}": ["b\u{0}"] } }),
        ),
        (
            "POST",
            "/api/v1/notifications/send",
            json!({ "title": "a\u{0}b", "message": "c\u{0}", "providers": ["x\u{0}"] }),
        ),
    ] {
        let answer = app.send(request(method, path, Some(&body)).bearer(&token)).await;
        assert!(!answer.status.is_server_error(), "{path} {body}: {} {}", answer.status, answer.body);
    }
    let keyed = event_request(&sample("tenant_created")).bearer(&token).header("Idempotency-Key", "a%00b");
    assert!(!app.send(keyed).await.status.is_server_error());
    app.finish().await;
}

/// A proxy writes all of a body before it reads the answer; a connection that is reset meanwhile takes the answer with it.
#[tokio::test]
async fn who_reads_only_after_writing_everything_reads_the_refusal_too() {
    let app = spawn_app().await;
    let token = app.token(Some(100), Role::Ingest).await;
    for (path, bearer, mib, status) in [
        ("/api/v1/events", token.as_str(), 4, 413),
        ("/api/v1/events", "rp_nobody", 1, 401),
        ("/api/nowhere", "", 1, 404),
    ] {
        let body = vec![b' '; mib * KIB * KIB];
        for _ in 0..5 {
            let head = format!(
                "POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {bearer}\r\n\
                 Content-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            let mut socket = TcpStream::connect(app.address).await.unwrap();
            socket.write_all(head.as_bytes()).await.unwrap();
            socket.write_all(&body).await.expect("all of it is read");
            let mut answer = Vec::new();
            socket.read_to_end(&mut answer).await.expect("the answer comes whole");
            let answer = Answer::parse(&answer);
            answer.has_status(status);
            assert!(answer.json()["error"]["trace_id"].is_string(), "{}", answer.body);
        }
    }
    app.finish().await;
}
