//! Mails to people outlive the server that was to send them, and the mail server's troubles.

use ringpost::domain::role::Role;

use super::invitations::{link_in, page};
use crate::support::app::{TestApp, start};
use crate::support::clock::minutes;
use crate::support::place::on_postgres;
use crate::support::program::free_address;
use crate::support::smtp::{Fault, Script, SmtpServer, Step};

/// An app whose mail server is not there, with an invitation and a sign-in link that were tried and put off.
async fn app_with_two_waiting() -> TestApp {
    let app = start().with("--smtp-url", &format!("smtp://{}", free_address().await)).spawn().await;
    app.person("lee@acme.example", Some((100, Role::Viewer))).await;
    let mut admin = app.visitor(Role::Admin).await;
    admin.post("/accounts/100/users", &[("email", "kim@acme.example"), ("role", "viewer")]).await.leads_to();
    app.browser().post("/login/forgotten", &[("email", "lee@acme.example")]).await.has_status(200);
    while app.place.count("person_mails where tries > 0").await < 2 {
        tokio::task::yield_now().await;
    }
    app
}

async fn wait_until_none_waits(app: &TestApp) {
    while app.place.count("person_mails").await > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn what_the_mail_server_did_not_take_is_sent_by_the_next_server_once() {
    let app = app_with_two_waiting().await;
    let (time, place) = (app.time.clone(), app.stop().await);
    assert_eq!(place.count("person_mails where content like '%acme%' or content like '%http%'").await, 0);
    time.advance(minutes(1));
    let mails = SmtpServer::friendly().await;
    let again = || start().at(&place).clock(&time).with("--smtp-url", &mails.url("smtp", "", ""));
    let app = again().spawn().await;
    // Of two servers on one database, one sends it.
    let other = if on_postgres() { Some(again().spawn().await) } else { None };

    let sent = mails.wait_for(2).await;
    wait_until_none_waits(&app).await;

    let invitation = sent.iter().find(|mail| mail.to == ["kim@acme.example"]).unwrap();
    app.browser().get(&page(&link_in(&invitation.message))).await.has_status(200).says("Acme Corp");
    assert!(sent.iter().any(|mail| mail.message.contains("/login/link/")));
    if let Some(other) = other {
        other.stop().await;
    }
    app.stop().await.clear().await;
    assert_eq!(mails.log().mails.len(), 2);
}

#[tokio::test]
async fn a_link_that_is_over_is_not_mailed_any_more() {
    let app = app_with_two_waiting().await;
    let (time, place) = (app.time.clone(), app.stop().await);
    time.advance(minutes(16));
    let mails = SmtpServer::friendly().await;
    let app = start().at(&place).clock(&time).with("--smtp-url", &mails.url("smtp", "", "")).spawn().await;
    let sent = mails.wait_for(1).await;
    wait_until_none_waits(&app).await;
    assert_eq!((sent[0].to.as_slice(), mails.log().mails.len()), (&["kim@acme.example".to_owned()][..], 1));
    app.stop().await.clear().await;
}

#[tokio::test]
async fn a_mail_that_its_server_took_to_the_grave_is_sent_when_its_time_is_over() {
    // Nobody answers, so the mail is under way for as long as the server lives, and longer than its end waits.
    let silent = SmtpServer::start(Script::default().always(Step::Greeting, Fault::Hang)).await;
    let app = start().with("--smtp-url", &silent.url("smtp", "", "")).spawn().await;
    let mut admin = app.visitor(Role::Admin).await;
    admin.post("/accounts/100/users", &[("email", "kim@acme.example"), ("role", "viewer")]).await.leads_to();
    let (time, place) = (app.time.clone(), app.stop().await);
    assert_eq!(place.count("person_mails where tries = 0").await, 1);
    time.advance(minutes(3));
    let mails = SmtpServer::friendly().await;
    let app = start().at(&place).clock(&time).with("--smtp-url", &mails.url("smtp", "", "")).spawn().await;
    assert_eq!(mails.wait_for(1).await[0].to, ["kim@acme.example"]);
    wait_until_none_waits(&app).await;
    app.stop().await.clear().await;
}
