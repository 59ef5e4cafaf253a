//! A name is one short line at every door, and every door says so in the same words.

use ringpost::domain::role::Role;

use crate::support::app::spawn_app;
use crate::support::browser::Browser;
use crate::support::people::PASSWORD;
use crate::support::program::ringpost;

/// What is wrong with a name, and the words for it.
fn bad_names() -> [(String, &'static str); 4] {
    [
        (String::new(), "must not be empty"),
        ("a".repeat(121), "must have at most 120 characters"),
        (
            "Acme\r\nBcc: eve@evil.example".to_owned(),
            "must be one line without control or invisible characters",
        ),
        ("\u{2800}\u{e0041}".to_owned(), "must be one line without control or invisible characters"),
    ]
}

/// Posts a form that is good but for one field at a time.
async fn refuses(browser: &mut Browser, path: &str, good: &[(&str, &str)], fields: &[&str]) {
    for field in fields {
        for (name, words) in bad_names() {
            let value = |own: &str, good| if own == *field { name.clone() } else { String::from(good) };
            let form: Vec<(&str, String)> = good.iter().map(|&(own, good)| (own, value(own, good))).collect();
            let form: Vec<(&str, &str)> = form.iter().map(|(own, value)| (*own, value.as_str())).collect();
            let answer = browser.post(path, &form).await;
            answer.has_status(422).says(words);
        }
    }
}

#[tokio::test]
async fn the_pages_refuse_a_name_that_is_no_short_line() {
    let app = spawn_app().await;
    app.operator("root@platform.example").await;
    let mut browser = app.signed_in("root@platform.example").await;
    let account = [
        ("id", "300"),
        ("name", "Initech"),
        ("environment", "prod-initech"),
        ("contact_name", "Bill"),
        ("contact_email", "bill@initech.example"),
    ];
    let names = ["name", "environment", "contact_name"];
    refuses(&mut browser, "/accounts", &account, &names).await;
    refuses(&mut browser, "/accounts/100/company", &account, &names).await;
    let link = app.invite(&mut browser, "lee@acme.example").await;
    let person = [("name", "Lee"), ("password", PASSWORD)];
    refuses(&mut app.browser(), &format!("/invitations/{link}"), &person, &["name"]).await;
    assert!(app.db.account(300).await.unwrap().is_none());
    assert_eq!(app.db.account(100).await.unwrap().unwrap().name, "Acme Corp");
    assert_eq!(app.db.users().await.unwrap().len(), 1);
    app.finish().await;
}

#[tokio::test]
async fn the_name_of_a_token_is_no_longer_than_a_name() {
    let app = spawn_app().await;
    let mut admin = app.visitor(Role::Admin).await;
    for (name, words) in &bad_names()[1..] {
        let form = [("name", name.as_str()), ("role", "viewer"), ("expires", "never")];
        admin.post("/accounts/100/tokens", &form).await.has_status(422).says(words);
    }
    assert!(app.db.tokens(Some(100)).await.unwrap().is_empty());
    app.finish().await;
}

#[tokio::test]
async fn the_first_run_refuses_a_name_that_is_no_short_line() {
    let app = spawn_app().await;
    let code = app.setup.expose().unwrap().to_owned();
    let good = [
        ("code", code.as_str()),
        ("name", "Dana Ito"),
        ("email", "dana@acme.example"),
        ("password", PASSWORD),
        ("account_id", "300"),
        ("account_name", "Initech"),
        ("environment", "prod-initech"),
    ];
    refuses(&mut app.browser(), "/setup", &good, &["name", "account_name", "environment"]).await;
    assert!(!app.db.has_users().await.unwrap());
    app.finish().await;
}

#[tokio::test]
async fn the_commands_refuse_a_name_that_is_no_short_line() {
    let app = spawn_app().await;
    let account = [
        ["--id", "300"],
        ["--name", "Initech"],
        ["--environment", "prod-initech"],
        ["--contact-name", "Bill"],
        ["--contact-email", "bill@initech.example"],
    ];
    for (name, words) in bad_names() {
        for field in ["--name", "--environment", "--contact-name"] {
            let flags =
                account.iter().flat_map(|&[flag, good]| [flag, if flag == field { &name } else { good }]);
            let arguments: Vec<&str> = ["account", "add"].into_iter().chain(flags).collect();
            ringpost(&app.place, &arguments, "").await.refused(2, words);
        }
        let add = ["user", "add", "lee@acme.example", "--name", &name, "--operator", "--password-stdin"];
        ringpost(&app.place, &add, PASSWORD).await.refused(2, words);
        let create = ["token", "create", "--all-accounts", "--role", "ingest", "--name", &name];
        ringpost(&app.place, &create, "").await.refused(2, words);
    }
    assert!(app.db.account(300).await.unwrap().is_none() && !app.db.has_users().await.unwrap());
    app.finish().await;
}
