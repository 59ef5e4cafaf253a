//! Forms of other sites must not act with our people's cookies.

use ringpost::domain::role::Role;

use crate::support::app::{TestApp, event_request, spawn_app};
use crate::support::browser::Browser;
use crate::support::http::{Answer, Request};
use crate::support::samples::sample;

/// Tries to rename the company with the person's cookie and these headers.
async fn forged(browser: &mut Browser, headers: &[(&str, &str)]) -> Answer {
    let fields = [("name", "Evil Corp"), ("environment", "prod"), ("contact_name", "Eve")];
    let mut fields: Vec<_> = fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    fields.push(("contact_email".into(), "eve@evil.example".into()));
    let mut request = Request::new("POST", "/accounts/100/company").form(&fields);
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    browser.send(request).await
}

async fn company(app: &TestApp) -> String {
    app.db.account(100).await.unwrap().unwrap().name
}

#[tokio::test]
async fn a_form_of_another_site_is_refused() {
    let app = spawn_app().await;
    let mut browser = app.visitor(Role::Admin).await;
    let cases: [&[(&str, &str)]; 6] = [
        &[("Origin", "https://evil.example")],
        &[("Origin", "null")],
        &[("Sec-Fetch-Site", "cross-site")],
        &[("Sec-Fetch-Site", "same-site")],
        &[("Origin", "http://127.0.0.1:1"), ("Sec-Fetch-Site", "cross-site")],
        // No browser of this decade sends a form without either header.
        &[],
    ];
    for headers in cases {
        assert_eq!(forged(&mut browser, headers).await.status, 403, "{headers:?}");
    }
    assert_eq!(company(&app).await, "Acme Corp");
    app.finish().await;
}

#[tokio::test]
async fn a_form_of_ours_is_taken() {
    let app = spawn_app().await;
    let mut browser = app.visitor(Role::Admin).await;
    forged(&mut browser, &[("Sec-Fetch-Site", "same-origin")]).await.leads_to();
    assert_eq!(company(&app).await, "Evil Corp");
    app.finish().await;
}

#[tokio::test]
async fn signing_in_cannot_be_forged_either() {
    let app = spawn_app().await;
    app.person("eve@evil.example", Some((100, Role::Viewer))).await;
    let fields = [("email".to_owned(), "eve@evil.example".to_owned())];
    let login = Request::new("POST", "/login").form(&fields).header("Origin", "https://evil.example");
    app.browser().send(login).await.has_status(403);
    app.finish().await;
}

#[tokio::test]
async fn programs_with_a_token_need_no_origin_and_a_cookie_alone_posts_nothing() {
    let app = spawn_app().await;
    let mut browser = app.visitor(Role::Admin).await;
    let token = app.token(Some(100), Role::Ingest).await;
    let event = event_request(&sample("tenant_created"));
    app.send(event.clone().bearer(&token)).await.has_status(202);
    app.send(event.clone().bearer(&token).header("Origin", "https://elsewhere.example"))
        .await
        .has_status(202);
    let origin = format!("http://{}", app.address);
    browser.send(event.header("Origin", origin)).await.error(403, "MISSING_X_REQUESTED_WITH");
    app.finish().await;
}
