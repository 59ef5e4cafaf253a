//! A person hears of a new browser, and sees and ends what is open.

use ringpost::domain::role::Role;

use crate::support::app::{TestApp, spawn_app, start};
use crate::support::http::Request;
use crate::support::people::PASSWORD;
use crate::support::smtp::SmtpServer;

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0";

async fn app(mails: &SmtpServer) -> TestApp {
    let app = start().with("--smtp-url", &mails.url("smtp", "", "")).spawn().await;
    app.person("lee@acme.example", Some((100, Role::Viewer))).await;
    app
}

#[tokio::test]
async fn a_new_browser_is_told_about_once_and_a_known_one_is_not() {
    let mails = SmtpServer::friendly().await;
    let app = app(&mails).await;
    let mut browser = app.browser();
    let fields =
        [("email", "lee@acme.example"), ("password", PASSWORD)].map(|(a, b)| (a.to_owned(), b.to_owned()));
    let request = Request::new("POST", "/login").header("User-Agent", FIREFOX).form(&fields);
    let entered = browser.send(request.header("Origin", format!("http://{}", app.address))).await;
    let device = entered.headers.iter().find(|(_, value)| value.starts_with("ringpost-device=")).unwrap();
    assert!(device.1.contains("HttpOnly") && device.1.contains("SameSite=Lax"), "{}", device.1);

    let mail = mails.wait_for(1).await.remove(0);
    assert_eq!(mail.to, ["lee@acme.example"]);
    assert!(mail.header("Subject").unwrap().contains("New sign-in to your account"));
    assert!(mail.message.contains("Firefox on Linux") && mail.message.contains("127.0.0.1"));

    browser.sign_in("lee@acme.example", PASSWORD).await.leads_to();
    app.signed_in("lee@acme.example").await;
    // It is another person's, and new to them.
    app.person("kim@acme.example", Some((100, Role::Viewer))).await;
    browser.sign_in("kim@acme.example", PASSWORD).await.leads_to();
    app.stop().await.clear().await;
    let told: Vec<String> = mails.log().mails.iter().map(|mail| mail.to[0].clone()).collect();
    assert_eq!(told, ["lee@acme.example", "kim@acme.example"]);
}

#[tokio::test]
async fn a_wrong_password_from_a_new_browser_tells_nobody() {
    let mails = SmtpServer::friendly().await;
    let app = app(&mails).await;
    app.browser().sign_in("lee@acme.example", "not the passphrase").await.has_status(422);
    app.stop().await.clear().await;
    assert_eq!(mails.log().mails.len(), 0);
}

#[tokio::test]
async fn one_session_is_ended_and_the_others_go_on() {
    let app = spawn_app().await;
    app.person("lee@acme.example", Some((100, Role::Viewer))).await;
    let mut here = app.signed_in("lee@acme.example").await;
    let mut there = app.signed_in("lee@acme.example").await;
    let mut third = app.signed_in("lee@acme.example").await;
    app.person("kim@acme.example", Some((100, Role::Viewer))).await;
    let mut kim = app.signed_in("kim@acme.example").await;
    let id = |page: &str| -> Vec<String> {
        let ends = page.split('"').filter(|word| word.starts_with("/profile/sessions/"));
        ends.map(ToOwned::to_owned).collect()
    };
    let listed = id(&there.get("/profile").await.body);
    assert_eq!(listed.len(), 3);

    // What the list names signs nobody in, and nobody else ends it.
    kim.post(&listed[0], &[]).await.has_status(404);
    assert_eq!(here.post(&listed[0], &[]).await.leads_to(), "/profile");
    here.get("/profile").await.says("That session has ended.");
    there.get("/profile").await.leads_to();
    third.get("/profile").await.has_status(200);
    here.post(&listed[0], &[]).await.has_status(404);

    let own = id(&here.get("/profile").await.body).remove(0);
    assert_eq!(here.post(&own, &[]).await.leads_to(), "/login?bye=1");
    here.get("/profile").await.leads_to();
    app.finish().await;
}
