//! The first steps: each is told from what is really there.

use ringpost::domain::role::Role;
use scraper::Selector;

use super::SETTINGS;
use crate::support::app::{TestApp, spawn_app, start};
use crate::support::browser::{Browser, Form};
use crate::support::clock::minutes;
use crate::support::http::Answer;
use crate::support::receiver::{self, Door, Receiver};
use crate::support::samples::sample;
use crate::support::smtp::SmtpServer;

const WELCOME: &str = "/accounts/100/welcome";

/// The words of each step, and which are done.
fn steps(page: &Answer) -> (Vec<String>, [bool; 5]) {
    let html = page.has_status(200).html();
    let steps: Vec<_> = html.select(&Selector::parse(".checklist > li").unwrap()).collect();
    let words =
        steps.iter().map(|step| step.text().flat_map(str::split_whitespace).collect::<Vec<_>>().join(" "));
    let done: Vec<bool> =
        steps.iter().map(|step| step.value().classes().any(|class| class == "is-done")).collect();
    (words.collect(), done.try_into().unwrap())
}

async fn done(browser: &mut Browser) -> [bool; 5] {
    steps(&browser.get(WELCOME).await).1
}

async fn save_url(browser: &mut Browser, receiver: &Receiver) {
    let form = browser.form(SETTINGS).await.with("webhook_url", receiver.url("/hook?token=abc").expose());
    browser.submit(SETTINGS, &form).await.leads_to();
}

async fn test_webhook(browser: &mut Browser) {
    let form = browser.form(SETTINGS).await;
    browser.submit(&format!("{SETTINGS}/test/run_failed/webhook"), &form).await.has_status(200);
}

async fn line(browser: &mut Browser) -> bool {
    browser.get(SETTINGS).await.has_status(200).text().contains("first steps done.")
}

#[tokio::test]
async fn each_step_is_done_when_it_is_and_the_list_leaves_with_the_last() {
    let smtp = SmtpServer::friendly().await;
    let app = spawn_app().await;
    let answers = vec![receiver::Answer::status(500, "no"), receiver::Answer::status(200, "ok")];
    let site = Receiver::start(Door::Plain, answers).await;
    let mut admin = app.visitor(Role::Admin).await;

    let page = admin.get(WELCOME).await;
    let (words, none) = steps(&page);
    assert_eq!(none, [false; 5]);
    page.says("0 of 5 done.").says("An operator of this server can connect one.");
    assert!(words[4].contains("Waiting."), "{}", words[4]);
    admin.get(SETTINGS).await.says("0 of 5 first steps done. Next: Connect a mail server. See the steps");

    save_url(&mut admin, &site).await;
    let page = admin.get(WELCOME).await;
    assert_eq!(steps(&page).1, [false, true, false, false, false]);
    assert!(page.body.contains(&site.address.to_string()) && !page.body.contains("token=abc"));

    test_webhook(&mut admin).await;
    let (words, failed) = steps(&admin.get(WELCOME).await);
    assert!(!failed[2] && words[2].contains("answered 500 Internal Server Error"), "{}", words[2]);
    test_webhook(&mut admin).await;
    let (words, tested) = steps(&admin.get(WELCOME).await);
    assert!(tested[2] && words[2].contains("answered 200 OK"), "{}", words[2]);

    let reader = app.token(Some(100), Role::Viewer).await;
    assert!(!done(&mut admin).await[3], "a token that cannot post is not the platform's");
    let token = app.token(Some(100), Role::Ingest).await;
    let (words, made) = steps(&admin.get(WELCOME).await);
    assert!(made[3] && words[3].contains("platform, rp_") && words[3].contains("never used"), "{}", words[3]);
    assert!(!words[3].contains(&token) && !words[3].contains(&reader));

    app.post_event(&token, &sample("tenant_created")).await.has_status(202);
    let (words, posted) = steps(&admin.get(WELCOME).await);
    assert_eq!(posted, [false, true, true, true, true]);
    assert!(words[4].contains("Tenant Created, just now. Who got it"), "{}", words[4]);
    assert!(line(&mut admin).await);

    // With a mail server everything is done, and stays so when the log has forgotten the test.
    app.dispatch.settled().await.unwrap();
    let place = app.stop().await;
    let app = start().at(&place).with("--smtp-url", &smtp.url("smtp", "", "")).spawn().await;
    let mut admin = app.signed_in("admin@acme.example").await;
    let page = admin.get(WELCOME).await;
    assert_eq!(steps(&page).1, [true; 5]);
    page.says("All five are done: the pages lead here no more.").says("Emails leave as ringpost@localhost");
    assert!(!line(&mut admin).await);
    app.place.change("delete from deliveries").await;
    app.place.change("delete from events").await;
    assert_eq!(done(&mut admin).await, [true, true, false, true, false]);
    assert!(!line(&mut admin).await);
    app.finish().await;
}

#[tokio::test]
async fn what_a_neighbour_does_is_not_done_here() {
    let (app, site) = (spawn_app().await, Receiver::ok().await);
    app.account(200, "Globex", "prod-globex", "kim@globex.example").await;
    save_url(&mut app.visitor(Role::Admin).await, &site).await;
    test_webhook(&mut app.signed_in("admin@acme.example").await).await;
    let everywhere = app.token(None, Role::Ingest).await;
    app.post_event(&everywhere, &sample("tenant_created")).await.has_status(202);
    app.person("kim@globex.example", Some((200, Role::Admin))).await;
    let mut kim = app.signed_in("kim@globex.example").await;

    let page = kim.get("/accounts/200/welcome").await;

    assert_eq!(steps(&page).1, [false; 5]);
    // Whose events arrive has a token for it, of whichever account.
    let (words, here) = steps(&app.signed_in("admin@acme.example").await.get(WELCOME).await);
    assert_eq!(here, [false, true, true, true, true]);
    assert!(words[3].contains("Events arrive already."), "{}", words[3]);
    kim.get(WELCOME).await.has_status(404);
    app.finish().await;
}

#[tokio::test]
async fn a_token_that_has_ended_is_none() {
    let app = spawn_app().await;
    let mut admin = app.visitor(Role::Admin).await;
    let fields = [("name", "billing"), ("role", "ingest"), ("expires", "30")];
    admin.post("/accounts/100/tokens", &fields).await.leads_to();
    assert!(done(&mut admin).await[3]);
    app.time.advance(minutes(31 * 24 * 60));
    assert!(!done(&mut app.signed_in("admin@acme.example").await).await[3]);
    app.finish().await;
}

#[tokio::test]
async fn everybody_sees_what_is_theirs_to_do() {
    let app = spawn_app().await;
    app.operator("lee@ringpost.example").await;
    let mut operator = app.signed_in("lee@ringpost.example").await;
    let page = operator.get(WELCOME).await;
    page.says("ringpost --smtp-url").says("Make a token").says("Authorization: Bearer $RINGPOST_TOKEN");
    let curl =
        page.html().select(&Selector::parse("#curl").unwrap()).next().unwrap().text().collect::<String>();
    assert!(curl.contains(&format!("http://{}/api/v1/events", app.address)), "{curl}");

    let page = app.visitor(Role::Editor).await.get(WELCOME).await;
    page.says("Enter the URL").says("Admins can make one.").says("Hide this list");
    assert!(!page.body.contains("curl") && !page.text().contains("ringpost --smtp-url"));

    let mut viewer = app.visitor(Role::Viewer).await;
    let page = viewer.get(WELCOME).await;
    page.says("Editors and admins can enter it.").says("Editors and admins can send one.");
    assert!(!page.body.contains("Hide this list") && !page.body.contains("curl"));
    assert!(!line(&mut viewer).await, "there is nothing for them to do");
    viewer.post(WELCOME, &[("list", "hidden")]).await.has_status(403);
    app.finish().await;
}

#[tokio::test]
async fn the_list_is_hidden_for_its_account_and_found_again() {
    let app: TestApp = spawn_app().await;
    app.account(200, "Globex", "prod-globex", "kim@globex.example").await;
    app.operator("lee@ringpost.example").await;
    let mut operator = app.signed_in("lee@ringpost.example").await;
    let page = operator.get(WELCOME).await;
    assert!(!operator.get("/accounts/100/company").await.body.contains("/welcome"));

    let hidden = operator.submit(WELCOME, &Form::of(&page).with("list", "hidden")).await;

    let settings = operator.get(hidden.leads_to()).await;
    settings.says("The list of first steps is hidden. Company still leads to it. Open it");
    assert!(!line(&mut operator).await);
    assert!(operator.get("/accounts/200/notifications").await.text().contains("first steps done."));
    let company = operator.get("/accounts/100/company").await;
    assert!(company.body.contains("href=\"/accounts/100/welcome\""));
    operator.get(WELCOME).await.says("The list is hidden.").says("Show this list again");
    operator.post(WELCOME, &[("list", "shown")]).await.leads_to();
    assert!(line(&mut operator).await);
    app.finish().await;
}

#[tokio::test]
async fn a_mail_server_that_takes_no_mail_is_told_on_every_page_and_is_no_step_done() {
    // Nobody listens there.
    let app = start().with("--smtp-url", "smtp://127.0.0.1:1").spawn().await;
    let mut admin = app.visitor(Role::Admin).await;
    assert!(done(&mut admin).await[0], "nothing is known against it yet");
    let token = app.token(Some(100), Role::Ingest).await;
    app.post_event(&token, &sample("tenant_created")).await.has_status(202);
    app.dispatch.settled().await.unwrap();

    let page = admin.get(WELCOME).await;
    assert!(!steps(&page).1[0]);
    page.says("A mail server is set, and it did not take the last email from");
    admin.get(SETTINGS).await.says("The mail server did not take the last email.");
    app.finish_with_pending().await;
}
