//! Invitations: an admin asks somebody in, and only that person can let themselves in.

use ringpost::domain::role::Role;

use crate::support::app::{TestApp, spawn_app, start};
use crate::support::browser::{Browser, Form};
use crate::support::clock::minutes;
use crate::support::http::Answer;
use crate::support::people::PASSWORD;
use crate::support::smtp::SmtpServer;

pub(super) const USERS: &str = "/accounts/100/users";
pub(super) const NEWCOMER: [(&str, &str); 2] = [("name", "Lee Park"), ("password", PASSWORD)];

/// What the owner of a mailbox chooses.
pub(super) const OWNERS: &str = "the passphrase of the owner";

pub(super) fn page(link: &str) -> String {
    format!("/invitations/{link}")
}

pub(super) async fn app_with_kim() -> TestApp {
    let app = spawn_app().await;
    app.account(200, "Globex", "prod-globex", "kim@globex.example").await;
    app.person("kim@globex.example", Some((200, Role::Admin))).await;
    app
}

/// Chooses a password behind a link and signs in with it; the browser is led to the invitation.
pub(super) async fn choose(
    browser: &mut Browser,
    link: &str,
    email: &str,
    fields: &[(&str, &str); 2],
) -> Answer {
    let chosen = browser.post(&page(link), fields).await;
    let form = browser.form(chosen.leads_to()).await;
    assert_eq!(form.get("email"), Some(email));
    browser.submit("/login", &form.with("password", fields[1].1)).await
}

/// Lets a newcomer in through a link.
pub(super) async fn come(browser: &mut Browser, link: &str, email: &str) -> Answer {
    assert_eq!(choose(browser, link, email, &NEWCOMER).await.leads_to(), page(link));
    browser.post(&format!("{}/accept", page(link)), &[]).await
}

/// The secret of the link in a mail.
pub(super) fn link_in(mail: &str) -> String {
    let text = mail.replace("=\r\n", "");
    let link = text.split("/invitations/").nth(1).expect("a link");
    link.chars().take_while(char::is_ascii_alphanumeric).collect()
}

#[tokio::test]
async fn somebody_new_is_mailed_a_link_that_nobody_else_sees_chooses_a_password_and_is_in() {
    let mails = SmtpServer::friendly().await;
    let app = start().with("--smtp-url", &mails.url("smtp", "", "")).spawn().await;
    let mut admin = app.visitor(Role::Admin).await;
    let invited = admin.post(USERS, &[("email", "Lee@Acme.example"), ("role", "viewer")]).await;
    let mail = mails.wait_for(1).await.remove(0);
    assert_eq!(mail.to, ["Lee@acme.example"]);
    assert!(mail.header("Subject").unwrap().contains("You are invited to Acme Corp"));
    let link = link_in(&mail.message);
    let shown = admin.get(invited.leads_to()).await;
    shown.says("An invitation is on its way to Lee@acme.example").says("lee@acme.example").says("Waiting");
    for page in [&invited.body, &shown.body, &admin.get(&format!("{USERS}/invited")).await.body] {
        assert!(!page.contains(&link), "{page}");
    }

    let mut lee = app.browser();
    lee.get(&page(&link)).await.has_status(200).says("Acme Corp").says("lee@acme.example").says("viewer");
    let entered = come(&mut lee, &link, "lee@acme.example").await;

    assert_eq!(entered.leads_to(), "/accounts/100/notifications");
    lee.get("/accounts/100/company").await.has_status(200).says("(viewer)");
    lee.get(&page(&link)).await.has_status(404);
    app.browser().post(&page(&link), &NEWCOMER).await.has_status(404);
    app.browser().sign_in("lee@acme.example", PASSWORD).await.leads_to();
    admin.get(USERS).await.says("Lee Park");
    app.finish().await;
}

#[tokio::test]
async fn choosing_a_password_reads_the_same_whether_the_person_is_here_or_not() {
    let app = app_with_kim().await;
    let mut admin = app.visitor(Role::Admin).await;
    let mut answers = Vec::new();
    for email in ["kim@globex.example", "new@globex.example"] {
        let link = app.invite(&mut admin, email).await;
        let mut browser = app.browser();
        let mut pages = Vec::new();
        for password in ["short", "the password of whoever holds the link"] {
            let answer = browser.post(&page(&link), &[("name", "Lee Park"), ("password", password)]).await;
            pages.push(answer);
        }
        pages.push(browser.get(&format!("/login?invited={link}")).await);
        pages.push(browser.get(&page(&link)).await);
        let text = |page: Answer| {
            let differs = |name: &str| ["date", "x-request-id"].contains(&name);
            let headers: Vec<_> = page.headers.into_iter().filter(|(name, _)| !differs(name)).collect();
            format!("{} {headers:?} {}", page.status, page.body)
                .replace(&link, "LINK")
                .replace(email, "EMAIL")
        };
        answers.push(pages.into_iter().map(text).collect::<Vec<_>>());
    }
    assert_eq!(answers[0], answers[1]);
    app.browser().sign_in("kim@globex.example", PASSWORD).await.leads_to();
    app.finish().await;
}

#[tokio::test]
async fn the_answer_is_the_same_whether_the_person_is_here_or_not() {
    let app = app_with_kim().await;
    let mut admin = app.visitor(Role::Admin).await;
    let mut pages = Vec::new();
    for email in ["kim@globex.example", "new@globex.example"] {
        let invited = admin.post(USERS, &[("email", email), ("role", "viewer")]).await;
        let shown = admin.get(invited.leads_to()).await;
        let link = shown.body.split("/invitations/").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let listed = admin.get(USERS).await;
        listed.says(email).says("Waiting");
        let seen = app.browser().get(&page(&link)).await;
        let [shown, seen] =
            [shown, seen].map(|page| page.body.replace(&link, "LINK").replace(email, "EMAIL"));
        pages.push((invited.status, shown, seen));
    }
    assert_eq!(pages[0], pages[1]);
    app.finish().await;
}

#[tokio::test]
async fn whoever_is_here_already_accepts_signed_in_and_loses_nothing() {
    let app = app_with_kim().await;
    let mut admin = app.visitor(Role::Admin).await;
    let mut kim = app.signed_in("kim@globex.example").await;
    let link = app.invite(&mut admin, "kim@globex.example").await;
    kim.get("/accounts/100/company").await.has_status(404);

    // The admin has the link too, and no way to Kim's password.
    app.browser().post(&page(&link), &[("name", "Kim"), ("password", OWNERS)]).await.leads_to();
    app.browser().sign_in("kim@globex.example", OWNERS).await.has_status(422);
    admin.get(&page(&link)).await.says("You are signed in as admin@acme.example");
    admin.post(&format!("{}/accept", page(&link)), &[]).await.has_status(404);
    app.browser().post(&format!("{}/accept", page(&link)), &[]).await.leads_to();

    kim.get(&page(&link)).await.has_status(200).says("You are signed in as kim@globex.example");
    let accepted = kim.post(&format!("{}/accept", page(&link)), &[]).await;

    assert_eq!(accepted.leads_to(), "/accounts/100/notifications");
    kim.get("/accounts/100/company").await.has_status(200).says("(viewer)");
    kim.get("/accounts/200/company").await.has_status(200).says("(admin)");
    kim.post(&format!("{}/accept", page(&link)), &[]).await.has_status(404);
    app.browser().sign_in("kim@globex.example", PASSWORD).await.leads_to();
    app.finish().await;
}

#[tokio::test]
async fn who_signs_in_to_accept_comes_back_to_the_invitation() {
    let app = app_with_kim().await;
    let mut admin = app.visitor(Role::Admin).await;
    let link = app.invite(&mut admin, "kim@globex.example").await;
    let mut kim = app.browser();
    let shown = kim.get(&page(&link)).await;
    let way = shown.body.split('"').find(|word| word.starts_with("/login?next=")).unwrap().to_owned();
    let form = kim.form(&way).await.with("email", "kim@globex.example").with("password", PASSWORD);
    assert_eq!(kim.submit("/login", &form).await.leads_to(), page(&link));
    app.finish().await;
}

#[tokio::test]
async fn a_link_ends_after_three_days_when_withdrawn_and_when_another_is_made() {
    let app = spawn_app().await;
    let mut admin = app.visitor(Role::Admin).await;
    let first = app.invite(&mut admin, "lee@acme.example").await;
    let again = [("email", "lee@acme.example"), ("role", "editor")];
    admin.post(USERS, &again).await.has_status(422).says("was invited a moment ago");
    app.time.advance(minutes(11));
    let second = app.invite(&mut admin, "lee@acme.example").await;
    assert_eq!(app.db.invitations(100).await.unwrap().len(), 1);
    app.browser().get(&page(&first)).await.has_status(404);
    app.browser().get(&page(&second)).await.has_status(200);

    app.time.advance(minutes(3 * 24 * 60));
    app.browser().get(&page(&second)).await.has_status(404);
    app.browser().post(&page(&second), &NEWCOMER).await.has_status(404);

    let mut admin = app.signed_in("admin@acme.example").await;
    admin.get(USERS).await.says("Over");
    let third = app.invite(&mut admin, "lee@acme.example").await;
    let id = app.db.invitations(100).await.unwrap().remove(0).id;
    let path = format!("/accounts/100/invitations/{id}/withdraw");
    assert_eq!(admin.post(&path, &[]).await.leads_to(), USERS);
    admin.post(&path, &[]).await.has_status(404);
    app.browser().get(&page(&third)).await.has_status(404);
    assert!(app.db.user_by_email("lee@acme.example").await.unwrap().is_none());
    app.finish().await;
}

#[tokio::test]
async fn every_fault_is_named_and_what_was_typed_stays() {
    let app = spawn_app().await;
    let mut admin = app.visitor(Role::Admin).await;
    let answer = admin.post(USERS, &[("email", "lee"), ("role", "ingest")]).await;
    answer.has_status(422).says("The email address").says("Choose what the person may do");
    assert_eq!(Form::of(&answer).get("email"), Some("lee"));
    let member = [("email", "ADMIN@acme.example"), ("role", "viewer")];
    admin.post(USERS, &member).await.has_status(422).says("is in this account already");

    let link = app.invite(&mut admin, "lee@acme.example").await;
    let answer = app.browser().post(&page(&link), &[("name", "Lee\r\nBcc: x"), ("password", "short")]).await;
    answer.has_status(422).says("without control or invisible characters").says("at least 15 characters");
    app.browser().get(&page(&link)).await.has_status(200);
    app.finish().await;
}

#[tokio::test]
async fn a_dismissed_admin_comes_back_by_no_link_of_their_own() {
    let app = spawn_app().await;
    let mut admin = app.visitor(Role::Admin).await;
    let lee = app.person("lee@acme.example", Some((100, Role::Admin))).await;
    let mut dismissed = app.signed_in("lee@acme.example").await;
    let back = app.invite(&mut dismissed, "lees-other-address@acme.example").await;
    let other = app.invite(&mut admin, "kim@acme.example").await;

    admin.post(&format!("{USERS}/{lee}/remove"), &[]).await.leads_to();

    app.browser().post(&page(&back), &NEWCOMER).await.has_status(404);
    come(&mut app.browser(), &other, "kim@acme.example").await.leads_to();
    app.finish().await;
}

#[tokio::test]
async fn two_who_hold_the_link_at_once_make_one_person() {
    let app = spawn_app().await;
    let mut admin = app.visitor(Role::Admin).await;
    let link = page(&app.invite(&mut admin, "lee@acme.example").await);
    let (mut one, mut two) = (app.browser(), app.browser());
    let fields = [PASSWORD, OWNERS].map(|password| [("name", "Lee Park"), ("password", password)]);
    let (first, second) = tokio::join!(one.post(&link, &fields[0]), two.post(&link, &fields[1]));
    assert_eq!(first.leads_to(), second.leads_to());
    let mut statuses = Vec::new();
    for password in [PASSWORD, OWNERS] {
        statuses.push(app.browser().sign_in("lee@acme.example", password).await.status.as_u16());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 422]);
    app.finish().await;
}

#[tokio::test]
async fn invitations_are_no_way_to_mail_the_world() {
    let app = spawn_app().await;
    let mut admin = app.visitor(Role::Admin).await;
    let invite = |number: usize| [("email".to_owned(), format!("lee{number}@acme.example")), viewer()];
    for number in 0..200 {
        admin.submit(USERS, &Form(invite(number).into())).await.leads_to();
    }
    admin.submit(USERS, &Form(invite(200).into())).await.has_status(422).says("200 people were invited");
    // Taking one back makes no room, and lets nobody be mailed again at once.
    let id = app.db.invitations(100).await.unwrap().remove(0);
    admin.post(&format!("/accounts/100/invitations/{}/withdraw", id.id), &[]).await.leads_to();
    admin.submit(USERS, &Form(invite(200).into())).await.has_status(422).says("200 people were invited");
    let again = admin.post(USERS, &[("email", &id.email), ("role", "viewer")]).await;
    again.has_status(422).says("was invited a moment ago");
    app.time.advance(minutes(24 * 60 + 1));
    let mut admin = app.signed_in("admin@acme.example").await;
    admin.submit(USERS, &Form(invite(200).into())).await.leads_to();
    app.finish().await;
}

fn viewer() -> (String, String) {
    ("role".to_owned(), "viewer".to_owned())
}
