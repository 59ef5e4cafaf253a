//! Mail is no weapon: who is put on a list is asked first, tests go to a few, and nobody sends as somebody else.

use ringpost::domain::delivery::{Reason, State};
use ringpost::domain::role::Role;
use serde_json::json;

use crate::support::app::{Start, TestApp, start};
use crate::support::browser::Browser;
use crate::support::destinations::{Desk, PROVIDERS};
use crate::support::http::{Answer, Request};
use crate::support::samples::sample;
use crate::support::smtp::{SmtpServer, Taken};

const SETTINGS: &str = "/accounts/100/notifications";
const EMAIL_TEST: &str = "/accounts/100/notifications/test/run_failed/email";
const FIELD: &str = "subscribers.run_failed";
const STRANGER: &str = "lee@elsewhere.example";

fn confirming(mails: &SmtpServer) -> Start {
    let start = start().with("--smtp-url", &mails.url("smtp", "", ""));
    start.with("--confirm-subscribers", "").with("--trusted-mail-domain", "acme.example")
}

async fn save(browser: &mut Browser, list: &str) {
    let form = browser.form(SETTINGS).await.with(FIELD, list);
    browser.submit(SETTINGS, &form).await.leads_to();
}

/// The path of the link in a mail.
fn link(mail: &Taken) -> String {
    let text = mail.message.replace("=\r\n", "").replace("=3D", "=");
    let (_, rest) = text.split_once("/u/").unwrap();
    let signed = rest.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_')).next().unwrap();
    format!("/u/{signed}")
}

/// Posts an event; who gets it, and why not.
async fn told(app: &TestApp) -> Vec<(String, Option<Reason>)> {
    let token = app.token(Some(100), Role::Ingest).await;
    let posted: Answer = app.post_event(&token, &sample("run_failed")).await;
    posted.has_status(202);
    let id = posted.json()["id"].as_str().unwrap().to_owned();
    let log = app.settled_log().await;
    let own = log.iter().filter(|row| row.event_id.to_string() == id);
    own.map(|row| (row.target.recipient().to_owned(), row.reason)).collect()
}

#[tokio::test]
async fn who_is_put_on_a_list_gets_nothing_but_the_question_until_they_say_yes() {
    let mails = SmtpServer::friendly().await;
    let app = confirming(&mails).spawn().await;
    let mut browser = app.visitor(Role::Editor).await;
    save(&mut browser, &format!("{STRANGER}, ops@acme.example")).await;
    let question = mails.wait_for(1).await.remove(0);
    assert_eq!(question.to, [STRANGER]);
    assert_eq!(question.header("List-Unsubscribe"), None, "there is nothing to leave yet");
    browser.get(SETTINGS).await.says(&format!("Not confirmed yet, gets no email: {STRANGER}"));

    let (contact, ops) = ("dana@acme.example".to_owned(), "ops@acme.example".to_owned());
    let stranger = STRANGER.to_owned();
    let unconfirmed = Some(Reason::Unconfirmed);
    let before = [(contact.clone(), None), (stranger.clone(), unconfirmed), (ops.clone(), None)];
    assert_eq!(told(&app).await, before);
    // A test obeys it too, for who is saved and for who is only typed.
    let form = browser.form(SETTINGS).await.with(FIELD, format!("{STRANGER}, typed@elsewhere.example"));
    browser.submit(EMAIL_TEST, &form).await;
    let skipped: Vec<_> = app.settled_log().await;
    let skipped = skipped.iter().filter(|row| row.trigger.as_str() == "test" && row.reason == unconfirmed);
    assert_eq!(skipped.count(), 2);
    assert!(mails.log().mails.iter().filter(|mail| mail.to == [STRANGER]).count() == 1);

    // Saving again asks nobody again, and opening the link says nothing yet.
    save(&mut browser, &format!("{STRANGER}, ops@acme.example")).await;
    let path = link(&question);
    app.send(Request::new("GET", &path)).await.has_status(200).says("Do you want these emails?");
    assert_eq!(told(&app).await, before);
    app.send(Request::new("POST", &path)).await.has_status(200).says("You get these emails now");
    assert_eq!(told(&app).await, [(contact, None), (stranger, None), (ops, None)]);
    let to_stranger: Vec<_> = mails.log().mails.into_iter().filter(|mail| mail.to == [STRANGER]).collect();
    assert_eq!(to_stranger.len(), 2, "the question, and the event");
    assert!(to_stranger[1].header("List-Unsubscribe").is_some());
    app.finish().await;
}

#[tokio::test]
async fn nobody_who_reads_the_log_can_answer_for_somebody_else() {
    let mails = SmtpServer::friendly().await;
    let app = confirming(&mails).spawn().await;
    let mut browser = app.visitor(Role::Editor).await;
    save(&mut browser, STRANGER).await;
    let question = mails.wait_for(1).await.remove(0);
    let row = app.settled_log().await.remove(0);
    assert_eq!((row.target.recipient(), row.state), (STRANGER, State::Delivered));
    let (_, signed) = link(&question).split_once("/u/").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let detail = browser.get(&format!("/accounts/100/deliveries/{}", row.id)).await;
    assert!(!detail.has_status(200).body.contains(&signed));
    let transcript = app.db.transcript(100, &row.id.to_string()).await.unwrap().unwrap();
    assert!(!transcript.request_body.unwrap_or_default().contains("/u/"));
    // The link that ends a subscription confirms none.
    let other = app.sender.unsubscribe_links().sign(100, &STRANGER.parse().unwrap());
    app.send(Request::new("POST", format!("/u/{other}"))).await.has_status(200).says("You are unsubscribed");
    let settings = app.db.settings(100).await.unwrap().unwrap();
    assert!(settings.is_unconfirmed(&STRANGER.parse().unwrap()));
    app.finish().await;
}

#[tokio::test]
async fn who_was_on_a_list_before_counts_as_confirmed() {
    let mails = SmtpServer::friendly().await;
    let app = start().spawn().await;
    app.notify(None, "run_failed", false, STRANGER).await;
    let place = app.stop().await;
    let app = confirming(&mails).at(&place).spawn().await;
    let mut browser = app.visitor(Role::Editor).await;
    save(&mut browser, &format!("{STRANGER}, ops@acme.example")).await;
    let reasons: Vec<_> = told(&app).await.into_iter().map(|(_, reason)| reason).collect();
    assert_eq!(reasons, [None, None, None]);
    assert_eq!(mails.log().mails.len(), 3, "nobody was asked");
    app.finish().await;
}

#[tokio::test]
async fn a_test_goes_to_twenty_addresses_at_most_and_says_so() {
    let app = start().spawn().await;
    let mut browser = app.visitor(Role::Editor).await;
    let list: Vec<String> = (0..30).map(|n| format!("a{n}@acme.example")).collect();
    let form = browser.form(SETTINGS).await.with(FIELD, list.join(", "));
    browser.submit(EMAIL_TEST, &form).await.has_status(200).says("A test goes to the first 20 addresses");
    assert_eq!(app.settled_log().await.len(), 20);
    app.finish().await;
}

#[tokio::test]
async fn an_ops_email_is_from_a_domain_of_the_installation_and_bounces_come_back_to_it() {
    let mails = SmtpServer::friendly().await;
    let start =
        start().with("--smtp-url", &mails.url("smtp", "", "")).with("--mail-from-domain", "acme.example");
    let desk = Desk::of(start).await;
    let provider = |from: &str| {
        let config = json!({ "fromEmail": from, "toEmails": ["ops@acme.example"] });
        json!({ "kind": "ops_email", "name": "ops", "config": config })
    };
    let foreign = desk.call("POST", PROVIDERS, Some(&provider("ceo@elsewhere.example"))).await;
    let error = foreign.error(422, "VALIDATION_FAILED");
    assert_eq!(error["details"]["config.fromEmail"], "Must be an address of acme.example.");
    let own = desk.call("POST", PROVIDERS, Some(&provider("alerts@eu.acme.example"))).await;
    let id = own.has_status(201).json()["id"].as_str().unwrap().to_owned();
    desk.call("POST", &format!("{PROVIDERS}/{id}/test"), None).await.has_status(200);
    let mail = mails.wait_for(1).await.remove(0);
    assert_eq!(mail.header("From").as_deref(), Some("alerts@eu.acme.example"));
    assert_eq!(mail.from, "ringpost@localhost");
    desk.app.finish().await;
}
