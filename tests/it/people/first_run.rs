//! The first run: whoever reads the terminal becomes the first operator.

use crate::support::app::{TestApp, spawn_app, start};
use crate::support::people::PASSWORD;
use crate::support::place::on_postgres;

fn typed<'a>(code: &'a str, password: &'a str) -> [(&'a str, &'a str); 7] {
    [
        ("code", code),
        ("name", "Dana Ito"),
        ("email", "Dana@Acme.example"),
        ("password", password),
        ("account_id", "300"),
        ("account_name", "Initech"),
        ("environment", "prod-initech"),
    ]
}

fn code(app: &TestApp) -> String {
    app.setup.expose().unwrap().to_owned()
}

#[tokio::test]
async fn the_code_from_the_terminal_makes_the_first_account_and_signs_in() {
    let app = spawn_app().await;
    let mut browser = app.browser();
    assert_eq!(browser.get("/").await.leads_to(), "/login?next=%2F");
    assert_eq!(browser.get("/login").await.leads_to(), "/setup");

    let code = code(&app).to_lowercase().replace('-', " ");
    let answer = browser.post("/setup", &typed(&code, PASSWORD)).await;

    assert_eq!(answer.leads_to(), "/accounts/300/welcome");
    let page = browser.get("/accounts/300/welcome").await;
    page.says(
        "Your account is ready. You are signed in as dana@acme.example, operator and admin of Initech.",
    );
    page.says("0 of 5 done.");
    assert!(!browser.get("/accounts/300/welcome").await.text().contains("Your account is ready"));
    browser.get("/accounts/300/notifications").await.says("Initech").says("(operator)");
    assert_eq!(browser.get("/").await.leads_to(), "/accounts/300/notifications");
    // So it is for a second click on the button, and for whoever has left the page open.
    for answer in [browser.get("/setup").await, browser.post("/setup", &typed(&code, PASSWORD)).await] {
        answer.has_status(404).says("Ringpost is set up already").says("Sign in on the start page");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_wrong_code_makes_nothing_and_keeps_what_was_typed_but_the_password() {
    let app = spawn_app().await;
    let mut browser = app.browser();

    let answer = browser.post("/setup", &typed("WRONG-CODE", "a secret passphrase")).await;

    answer.has_status(422).says("The one-time code is not the one that was printed");
    assert!(answer.body.contains("Initech") && !answer.body.contains("a secret passphrase"));
    assert!(!app.db.has_users().await.unwrap());
    app.finish().await;
}

#[tokio::test]
async fn the_code_cannot_be_guessed_for_ever() {
    let app = spawn_app().await;
    let mut browser = app.browser();
    for _ in 0..30 {
        browser.post("/setup", &typed("WRONG-CODE", PASSWORD)).await.has_status(422);
    }
    let answer = browser.post("/setup", &typed(&code(&app), PASSWORD)).await;
    answer.has_status(429);
    assert!(answer.header("retry-after").is_some());
    app.finish().await;
}

#[tokio::test]
async fn every_fault_of_the_form_is_named() {
    let app = spawn_app().await;
    let mut browser = app.browser();
    let code = code(&app);
    let fields = [("code", code.as_str()), ("account_id", "none"), ("email", "dana"), ("password", "short")];

    let answer = browser.post("/setup", &fields).await;

    answer.has_status(422);
    for words in [
        "The organization ID must be a whole number above 0",
        "The organization name must not be empty",
        "The environment must not be empty",
        "The name must not be empty",
        "The email address",
        "The password must have at least 15 characters",
    ] {
        answer.says(words);
    }
    app.finish().await;
}

#[tokio::test]
async fn two_who_hold_the_code_at_once_make_one_operator() {
    let app = spawn_app().await;
    let code = code(&app);
    let (mut one, mut two) = (app.browser(), app.browser());
    let mut other = typed(&code, PASSWORD);
    other[2] = ("email", "lee@acme.example");

    let mine = typed(&code, PASSWORD);
    let (first, second) = tokio::join!(one.post("/setup", &mine), two.post("/setup", &other));

    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 404]);
    assert_eq!(app.db.users().await.unwrap().len(), 1);
    app.finish().await;
}

#[tokio::test]
async fn the_code_is_the_same_for_every_instance_and_after_a_restart_and_is_not_readable_in_the_database() {
    let first = start().spawn().await;
    let code = first.setup.expose().unwrap().to_owned();
    if on_postgres() {
        let other = start().at(&first.place).spawn().await;
        assert_eq!(other.setup.expose(), Some(code.as_str()));
        other.stop().await;
    }
    let place = first.stop().await;
    for file in std::fs::read_dir(place.folder()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap_or_default();
        assert!(!String::from_utf8_lossy(&bytes).contains(&code));
    }
    let again = start().at(&place).spawn().await;
    assert_eq!(again.setup.expose(), Some(code.as_str()));
    again.finish().await;
}
