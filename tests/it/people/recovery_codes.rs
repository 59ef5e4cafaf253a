//! New recovery codes for who has lost or used up theirs, while the second factor stays on.

use std::time::Duration;

use ringpost::db::audit::AuditFilter;
use ringpost::domain::role::Role;

use crate::support::app::{TestApp, spawn_app, start};
use crate::support::browser::Browser;
use crate::support::people::PASSWORD;
use crate::support::second_factor::{Phone, recovery_codes, turn_on};
use crate::support::smtp::SmtpServer;

const NEW: &str = "/profile/recovery-codes/new";
const SHOWN: &str = "/profile/recovery-codes";
const EMAIL: &str = "lee@acme.example";

async fn lee_of(app: &TestApp) -> (Browser, Phone, Vec<String>) {
    app.person(EMAIL, Some((100, Role::Viewer))).await;
    let mut lee = app.signed_in(EMAIL).await;
    let (phone, codes) = turn_on(app, &mut lee).await;
    (lee, phone, codes)
}

async fn comes_in_with(app: &TestApp, code: &str) -> bool {
    let mut browser = app.browser_of(EMAIL).await;
    browser.sign_in(EMAIL, PASSWORD).await.leads_to();
    browser.post("/login/code", &[("recovery", code)]).await.status == 303
}

#[tokio::test]
async fn new_codes_take_password_and_code_replace_all_and_are_shown_once() {
    let app = spawn_app().await;
    let (mut lee, phone, before) = lee_of(&app).await;
    let mut other = app.browser_of(EMAIL).await;
    other.sign_in(EMAIL, PASSWORD).await.leads_to();
    other.post("/login/code", &[("code", &phone.next(&app))]).await.leads_to();
    lee.get("/profile").await.says("Make new recovery codes");
    lee.get(NEW).await.has_status(200).says("those that you have are void");

    let code = phone.next(&app);
    let wrong = lee.post(NEW, &[("current_password", "not the passphrase"), ("code", &code)]).await;
    wrong.has_status(422).says("The current password is wrong");
    let wrong = lee.post(NEW, &[("current_password", PASSWORD), ("code", "000000")]).await;
    wrong.has_status(422).says("That code is not right");
    assert!(comes_in_with(&app, &before[0]).await, "a refusal leaves the codes");
    let made = lee.post(NEW, &[("current_password", PASSWORD), ("code", &code)]).await;
    assert_eq!(made.leads_to(), SHOWN);
    let after = recovery_codes(&lee.get(SHOWN).await);

    lee.get(SHOWN).await.says("no longer available");
    assert!(before.iter().all(|code| !after.contains(code)));
    lee.get("/profile").await.says("10 of 10 left");
    other.get("/profile").await.has_status(200);
    assert!(!comes_in_with(&app, &before[1]).await, "those before are void");
    assert!(comes_in_with(&app, &after[1]).await);
    app.finish().await;
}

#[tokio::test]
async fn who_has_lost_the_phone_makes_them_with_the_last_code_and_is_told_by_mail() {
    let mails = SmtpServer::friendly().await;
    let app = start().with("--smtp-url", &mails.url("smtp", "", "")).spawn().await;
    let (mut lee, _, before) = lee_of(&app).await;
    let fields = [("current_password", PASSWORD), ("recovery", before[9].as_str())];
    assert_eq!(lee.post(NEW, &fields).await.leads_to(), SHOWN);
    let after = recovery_codes(&lee.get(SHOWN).await);

    let mails = mails.wait_for(2).await;
    let subject = |mail: &crate::support::smtp::Taken| mail.header("Subject").unwrap();
    let told = mails.iter().find(|mail| subject(mail).contains("New recovery codes were made")).unwrap();
    assert_eq!(told.to, [EMAIL]);
    assert!(after.iter().all(|code| !told.message.contains(code)));
    let log = app.db.audit(&AuditFilter::default(), 100).await.unwrap();
    let written = log.iter().find(|line| line.action.as_str() == "recovery_codes_made").unwrap();
    assert_eq!((written.object.as_str(), written.result.as_str()), (EMAIL, "done"));
    let written = format!("{log:?}");
    assert!(after.iter().chain(&before).all(|code| !written.contains(code)), "{written}");
    app.finish().await;
}

#[tokio::test]
async fn of_two_who_make_new_codes_at_once_each_is_shown_only_codes_that_work() {
    let app = spawn_app().await;
    let (mut lee, phone, before) = lee_of(&app).await;
    app.time.advance(Duration::from_secs(30));
    let mut other = app.browser_of(EMAIL).await;
    other.sign_in(EMAIL, PASSWORD).await.leads_to();
    other.post("/login/code", &[("recovery", &before[0])]).await.leads_to();
    let code = phone.next(&app);
    let by_code = [("current_password", PASSWORD), ("code", code.as_str())];
    let by_recovery = [("current_password", PASSWORD), ("recovery", before[1].as_str())];
    let (one, two) = tokio::join!(lee.post(NEW, &by_code), other.post(NEW, &by_recovery));
    assert!([one.status, two.status].iter().any(|status| *status == 303), "{} {}", one.body, two.body);
    // Whoever came last has replaced the other's; one who was overtaken was told so.
    let mut working = 0;
    for (answer, browser) in [(one, &mut lee), (two, &mut other)] {
        if answer.status == 303 {
            let codes = recovery_codes(&browser.get(SHOWN).await);
            working += usize::from(comes_in_with(&app, &codes[5]).await);
        }
    }
    assert_eq!(working, 1);
    app.finish().await;
}
