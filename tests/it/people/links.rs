//! Who has forgotten the password: a link by mail, and what it cannot do.

use jiff::SignedDuration;
use ringpost::domain::role::Role;
use ringpost::domain::text;
use tokio::task::JoinSet;

use crate::support::app::{TestApp, spawn_app, start};
use crate::support::browser::Browser;
use crate::support::clock::minutes;
use crate::support::people::PASSWORD;
use crate::support::program::ringpost;
use crate::support::smtp::SmtpServer;

const NEW: &str = "another long passphrase";

async fn app(mails: &SmtpServer) -> TestApp {
    let app = start().with("--smtp-url", &mails.url("smtp", "", "")).spawn().await;
    app.person("lee@acme.example", Some((100, Role::Viewer))).await;
    app
}

/// The path of the link in a mail.
fn link_in(mail: &str) -> String {
    let text = mail.replace("=\r\n", "");
    let link = text.split("/login/link/").nth(1).expect("a link");
    format!("/login/link/{}", link.chars().take_while(char::is_ascii_alphanumeric).collect::<String>())
}

async fn ask(browser: &mut Browser, email: &str) -> String {
    let answer = browser.post("/login/forgotten", &[("email", email)]).await;
    answer.has_status(200);
    answer.body.replace(email, "EMAIL")
}

#[tokio::test]
async fn a_mailed_link_lets_its_owner_in_once_to_choose_a_password() {
    let mails = SmtpServer::friendly().await;
    let app = app(&mails).await;
    let mut elsewhere = app.signed_in("lee@acme.example").await;
    let mut lee = app.browser_of("lee@acme.example").await;
    lee.get("/login").await.says("Forgot your password?");
    ask(&mut lee, "Lee@Acme.example").await;
    let path = link_in(&mails.wait_for(1).await[0].message);

    // Scanners look at links.
    for _ in 0..2 {
        lee.get(&path).await.has_status(200).says("Sign in with this link");
    }
    assert_eq!(lee.post(&path, &[]).await.leads_to(), "/");
    for page in ["/", "/profile", "/accounts/100/company", "/profile/second-factor"] {
        assert_eq!(lee.get(page).await.leads_to(), "/profile/new-password", "{page}");
    }
    lee.post("/profile/new-password", &[("new_password", "short")]).await.has_status(422).says("at least 15");
    let again = lee.post("/profile/new-password", &[("new_password", PASSWORD)]).await;
    again.has_status(422).says("the password that you have");
    assert_eq!(lee.post("/profile/new-password", &[("new_password", NEW)]).await.leads_to(), "/");

    lee.get("/accounts/100/company").await.has_status(200);
    elsewhere.get("/accounts/100/company").await.leads_to();
    app.browser().post(&path, &[]).await.has_status(404).says("This link is over");
    app.browser().sign_in("lee@acme.example", PASSWORD).await.has_status(422);
    app.browser().sign_in("lee@acme.example", NEW).await.leads_to();
    assert!(mails.wait_for(2).await[1].header("Subject").unwrap().contains("Your password was changed"));
    app.finish().await;
}

#[tokio::test]
async fn the_answer_is_the_same_for_everybody_and_only_some_are_mailed() {
    let mails = SmtpServer::friendly().await;
    let app = app(&mails).await;
    app.operator("root@platform.example").await;
    let gone = app.person("gone@acme.example", Some((100, Role::Viewer))).await;
    app.db.set_disabled(gone, true, app.clock.now_ms()).await.unwrap();
    let mut pages = Vec::new();
    for email in ["root@platform.example", "gone@acme.example", "nobody@acme.example", "lee@acme.example"] {
        pages.push(ask(&mut app.browser(), email).await);
    }
    assert!(pages.iter().all(|page| *page == pages[0]));
    let sent = mails.wait_for(1).await;
    app.stop().await.clear().await;
    assert_eq!((sent[0].to[0].as_str(), mails.log().mails.len()), ("lee@acme.example", 1));
}

#[tokio::test]
async fn a_link_ends_after_a_quarter_of_an_hour_and_with_the_next_one() {
    let mails = SmtpServer::friendly().await;
    let app = app(&mails).await;
    ask(&mut app.browser(), "lee@acme.example").await;
    mails.wait_for(1).await;
    // Whoever asks at once again is not mailed again.
    app.time.advance(minutes(4));
    ask(&mut app.browser(), "lee@acme.example").await;
    let taken = mails.wait_for(2).await;
    let [first, second] = [0, 1].map(|index: usize| link_in(&taken[index].message));
    app.browser().post(&first, &[]).await.has_status(404);
    app.time.advance(minutes(15));
    app.browser().get(&second).await.has_status(404).says("This link is over");
    app.browser().post(&second, &[]).await.has_status(404);
    app.finish().await;
}

#[tokio::test]
async fn asking_again_and_again_mails_one_link_and_ends_for_an_address() {
    let mails = SmtpServer::friendly().await;
    let app = app(&mails).await;
    let mut browser = app.browser();
    for _ in 0..30 {
        ask(&mut browser, "lee@acme.example").await;
    }
    browser.post("/login/forgotten", &[("email", "lee@acme.example")]).await.has_status(429);
    mails.wait_for(1).await;
    app.stop().await.clear().await;
    assert_eq!(mails.log().mails.len(), 1);
}

#[tokio::test]
async fn an_admin_has_a_link_mailed_and_never_sees_it() {
    let mails = SmtpServer::friendly().await;
    let app = app(&mails).await;
    let mut admin = app.visitor(Role::Admin).await;
    let lee = app.db.user_by_email("lee@acme.example").await.unwrap().unwrap().id;

    let sent = admin.post(&format!("/accounts/100/users/{lee}/link"), &[]).await;

    let shown = admin.get(sent.leads_to()).await;
    shown.says("A sign-in link is on its way to lee@acme.example");
    let mail = mails.wait_for(1).await.remove(0);
    let path = link_in(&mail.message);
    assert!(!shown.body.contains(path.rsplit('/').next().unwrap()) && !sent.body.contains("/login/link/"));
    assert!(mail.message.replace("=\r\n", "").contains("admin@acme.example had it sent to you"));
    assert_eq!(app.browser().post(&path, &[]).await.leads_to(), "/");
    app.finish().await;
}

#[tokio::test]
async fn an_admin_has_one_link_mailed_in_three_minutes_however_often_they_ask() {
    let mails = SmtpServer::friendly().await;
    let app = app(&mails).await;
    app.visitor(Role::Admin).await;
    let lee = app.db.user_by_email("lee@acme.example").await.unwrap().unwrap().id;
    let path = format!("/accounts/100/users/{lee}/link");
    let mut asked = JoinSet::new();
    let before = app.clock.now();
    for _ in 0..30 {
        let (mut admin, path) = (app.signed_in("admin@acme.example").await, path.clone());
        asked.spawn(async move { admin.post(&path, &[]).await });
    }
    let answers = asked.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 303).count(), 1);
    let refused = answers.iter().find(|answer| answer.status != 303).unwrap();
    refused.has_status(422);
    let seconds = 0..=app.clock.now().as_second() - before.as_second();
    let moments = seconds.map(|s| text::moment(before + SignedDuration::from_secs(3 * 60 + s)));
    let told = |moment| refused.text().contains(&format!("another one can be mailed at {moment}"));
    assert!(moments.into_iter().any(told), "{}", refused.text());
    let first = link_in(&mails.wait_for(1).await[0].message);
    app.browser().get(&first).await.has_status(200);

    app.time.advance(minutes(3));
    let mut admin = app.signed_in("admin@acme.example").await;
    admin.post(&path, &[]).await.leads_to();
    let second = link_in(&mails.wait_for(2).await[1].message);
    app.browser().get(&first).await.has_status(404);
    app.browser().get(&second).await.has_status(200);
    app.stop().await.clear().await;
    assert_eq!(mails.log().mails.len(), 2);
}

#[tokio::test]
async fn whoever_guesses_links_is_stopped_and_fills_no_log() {
    let app = spawn_app().await;
    let mut browser = app.browser();
    for number in 0..30 {
        browser.post(&format!("/login/link/guess{number}"), &[]).await.has_status(404);
    }
    for number in 0..10 {
        let refused = browser.post(&format!("/login/link/more{number}"), &[]).await;
        refused.has_status(429);
        assert!(refused.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
    }
    assert_eq!(app.place.count("audit").await, 30);
    app.finish().await;
}

#[tokio::test]
async fn without_a_mail_server_the_command_makes_the_link() {
    let app = spawn_app().await;
    let lee = app.person("lee@acme.example", Some((100, Role::Viewer))).await;
    app.operator("root@platform.example").await;
    let mut admin = app.visitor(Role::Admin).await;
    app.browser().get("/login/forgotten").await.says("ringpost user sign-in-link");
    admin.get(&format!("/accounts/100/users/{lee}")).await.says("ringpost user sign-in-link");
    let refused = admin.post(&format!("/accounts/100/users/{lee}/link"), &[]).await;
    refused.has_status(422).says("No mail server is set up");

    let printed = ringpost(&app.place, &["user", "sign-in-link", "lee@acme.example"], "").await.done();

    let path = printed.trim().strip_prefix("http://127.0.0.1:8080").unwrap();
    assert_eq!(app.browser().post(path, &[]).await.leads_to(), "/");
    let operators = ["user", "sign-in-link", "root@platform.example"];
    ringpost(&app.place, &operators, "").await.refused(1, "no sign-in links for operators");
    app.finish().await;
}
