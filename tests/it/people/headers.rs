//! Headers and cookies on every kind of answer.

use ringpost::assets::Asset;
use ringpost::domain::role::Role;

use crate::support::app::{spawn_app, start};
use crate::support::http::{Answer, Request};
use crate::support::people::PASSWORD;

#[track_caller]
fn is_armoured(answer: &Answer, what: &str) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{what}");
    }
    let policy = answer.header("content-security-policy").expect(what);
    assert!(
        policy.starts_with("default-src 'none';") && policy.contains("base-uri 'none'"),
        "{what}: {policy}"
    );
    assert!(!policy.contains("script-src 'unsafe") && !policy.contains('*'), "{what}: {policy}");
    assert!(answer.header("x-request-id").is_some(), "{what}");
}

#[tokio::test]
async fn security_headers_are_on_every_kind_of_answer() {
    let app = spawn_app().await;
    let mut browser = app.visitor(Role::Admin).await;
    for path in [
        "/accounts/100/notifications",
        "/accounts/100/notifications/preview/run_failed",
        "/accounts/100/deliveries",
        "/accounts/999/deliveries",
        "/",
        "/login",
        "/healthz",
        "/readyz",
        "/nowhere",
        "/api/nowhere",
        "/u/forged",
        &Asset::Css.url(),
        "/static/nothing.css",
    ] {
        is_armoured(&browser.get(path).await, path);
    }
    is_armoured(&app.send(Request::new("POST", "/healthz")).await, "405");
    is_armoured(
        &app.send(Request::new("POST", "/login").header("Origin", "https://evil.example")).await,
        "403",
    );
    let huge =
        Request::new("POST", "/login").body("application/x-www-form-urlencoded", vec![b'a'; 2_000_000]);
    is_armoured(&app.send(huge.header("Origin", format!("http://{}", app.address))).await, "413");
    app.finish().await;
}

#[tokio::test]
async fn pages_are_not_stored_and_files_are_kept_for_ever() {
    let app = spawn_app().await;
    let mut browser = app.visitor(Role::Admin).await;
    for path in ["/accounts/100/notifications", "/profile", "/login", "/nowhere"] {
        assert_eq!(browser.get(path).await.header("cache-control"), Some("no-store"), "{path}");
    }
    for asset in Asset::ALL {
        let kept = browser.get(&asset.url()).await;
        assert_eq!(kept.header("cache-control"), Some("public, max-age=31536000, immutable"));
    }
    app.finish().await;
}

#[tokio::test]
async fn a_file_is_asked_for_again_in_part_or_packed_and_keeps_its_headers() {
    let app = spawn_app().await;
    let url = Asset::Css.url();
    let whole = app.send(Request::new("GET", &url)).await;
    assert_eq!(whole.body, Asset::Css.body());
    let tag = whole.header("etag").unwrap();
    for (method, header, value, status) in [
        ("GET", "If-None-Match", tag, 304),
        ("GET", "Range", "bytes=0-9", 206),
        ("GET", "Range", "bytes=9999999-", 416),
        ("HEAD", "Accept", "*/*", 200),
        ("HEAD", "Accept-Encoding", "gzip", 200),
    ] {
        let answer = app.send(Request::new(method, &url).header(header, value)).await;
        answer.has_status(status);
        is_armoured(&answer, header);
        let kept = if status == 416 { "no-store" } else { "public, max-age=31536000, immutable" };
        assert_eq!(answer.header("cache-control"), Some(kept), "{header}");
        assert_eq!(answer.header("content-encoding"), (value == "gzip").then_some("gzip"), "{header}");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_request_id_is_ours_and_never_the_clients() {
    let app = spawn_app().await;
    for path in ["/healthz", "/nowhere", "/api/v1/events"] {
        let answer = app.send(Request::new("GET", path).header("X-Request-Id", "somebody-elses")).await;
        let id = uuid::Uuid::parse_str(answer.header("x-request-id").unwrap()).unwrap();
        assert_eq!(id.get_version_num(), 7, "{path}");
        assert_eq!(answer.headers.iter().filter(|(name, _)| name == "x-request-id").count(), 1, "{path}");
    }
    app.finish().await;
}

/// What a sign-in sets: the session, and that this browser is known.
fn cookies(answer: &Answer) -> Vec<&str> {
    let set = answer.headers.iter().filter(|(name, _)| name == "set-cookie");
    let mut cookies: Vec<&str> = set.map(|(_, value)| value.as_str()).collect();
    cookies.sort_unstable();
    cookies
}

#[tokio::test]
async fn on_plain_http_the_cookies_are_http_only_and_lax() {
    let app = spawn_app().await;
    app.person("dana@acme.example", Some((100, Role::Admin))).await;
    let answer = app.browser().sign_in("dana@acme.example", PASSWORD).await;
    let cookies = cookies(&answer);
    assert!(cookies[0].starts_with("ringpost-device=") && cookies[1].starts_with("ringpost="), "{cookies:?}");
    for cookie in &cookies {
        for attribute in ["HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(cookie.contains(attribute), "{cookie}");
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
    }
    assert!(answer.header("strict-transport-security").is_none());
    app.finish().await;
}

#[tokio::test]
async fn on_https_the_cookies_belong_to_this_host_alone_and_hsts_is_sent() {
    let app = start().with("--public-url", "https://ringpost.example").spawn().await;
    app.person("dana@acme.example", Some((100, Role::Admin))).await;
    let answer = app.browser().sign_in("dana@acme.example", PASSWORD).await;
    let cookies = cookies(&answer);
    assert_eq!(cookies.len(), 2);
    for (cookie, name) in cookies.iter().zip(["__Host-ringpost-device=", "__Host-ringpost="]) {
        assert!(cookie.starts_with(name), "{cookie}");
        for attribute in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(cookie.contains(attribute), "{cookie}");
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
    }
    assert!(answer.header("strict-transport-security").unwrap().contains("max-age="));
    app.finish().await;
}

#[tokio::test]
async fn no_page_has_a_script_or_a_style_of_its_own() {
    let app = spawn_app().await;
    let mut browser = app.visitor(Role::Admin).await;
    for path in ["notifications", "deliveries", "company", "tokens", "users", "users/new"] {
        let page = browser.get(&format!("/accounts/100/{path}")).await;
        page.has_status(200);
        assert!(!page.body.contains("<style") && !page.body.contains(" style=\""), "{path}");
        assert!(!page.body.contains("<script>") && !page.body.contains(" onclick="), "{path}");
    }
    app.finish().await;
}
