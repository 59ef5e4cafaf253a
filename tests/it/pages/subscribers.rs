//! The lists of addresses.

use ringpost::domain::role::Role;

use super::SETTINGS;
use crate::support::app::{TestApp, spawn_app};
use crate::support::browser::Browser;
use crate::support::http::Answer;

const FIELD: &str = "subscribers.run_failed";

async fn save(browser: &mut Browser, list: &str) -> Answer {
    let form = browser.form(SETTINGS).await.with(FIELD, list);
    browser.submit(SETTINGS, &form).await
}

async fn saved(app: &TestApp) -> String {
    app.db.settings(100).await.unwrap().unwrap().event("run_failed").subscribers.to_string()
}

#[tokio::test]
async fn lists_are_split_on_commas_semicolons_spaces_and_newlines_without_repeats() {
    let app = spawn_app().await;
    let mut browser = app.visitor(Role::Editor).await;
    save(&mut browser, " a@x.example,b@x.example;c@x.example d@x.example\r\nA@X.example,, ;")
        .await
        .leads_to();
    assert_eq!(saved(&app).await, "a@x.example, b@x.example, c@x.example, d@x.example");
    app.finish().await;
}

#[tokio::test]
async fn the_primary_contact_is_dropped_from_a_list_with_a_word() {
    let app = spawn_app().await;
    let mut browser = app.visitor(Role::Editor).await;
    save(&mut browser, "Dana@Acme.example, ops@acme.example").await.leads_to();
    browser
        .get(SETTINGS)
        .await
        .says("Removed from the list of Run Failed.")
        .says("dana@acme.example is the primary contact and always included.");
    assert_eq!(saved(&app).await, "ops@acme.example");
    app.finish().await;
}

#[tokio::test]
async fn a_bad_address_is_named_with_its_event() {
    let app = spawn_app().await;
    let mut browser = app.visitor(Role::Editor).await;
    for (list, named) in [
        ("ops@acme.example, oncall@acme", "oncall@acme"),
        ("ops.acme.example", "ops.acme.example"),
        ("Dana Ito <dana@acme.example", "Dana Ito <dana@acme.example"),
        ("ops@@acme.example", "has two @"),
        ("däna@acme.example", "däna@acme.example"),
        ("ops@[127.0.0.1]", "ops@[127.0.0.1]"),
    ] {
        let answer = save(&mut browser, list).await;
        answer.has_status(422).says("Run Failed: ").says(named);
    }
    assert_eq!(saved(&app).await, "");
    app.finish().await;
}

#[tokio::test]
async fn every_bad_address_of_every_list_is_named_at_once() {
    let app = spawn_app().await;
    let mut browser = app.visitor(Role::Editor).await;
    let form = browser.form(SETTINGS).await;
    let form =
        form.with(FIELD, "oncall@acme, ops@acme.example, night").with("subscribers.sync_failed", "sam@");
    let answer = browser.submit(SETTINGS, &form).await;
    answer
        .has_status(422)
        .says("Run Failed: “oncall@acme” is missing a domain ending")
        .says("Run Failed: “night” is missing an @")
        .says("Sync Failed: “sam@” is missing the part after the @");
    assert_eq!(saved(&app).await, "");
    app.finish().await;
}

#[tokio::test]
async fn of_a_name_or_a_link_the_address_is_kept_and_the_page_says_so() {
    let app = spawn_app().await;
    let mut browser = app.visitor(Role::Editor).await;
    save(&mut browser, "\"Park, Lee\" <lee@acme.example>, mailto:ops@acme.example").await.leads_to();
    browser
        .get(SETTINGS)
        .await
        .says("Changes saved.")
        .says("Only the addresses were kept, without names and links.")
        .says("Run Failed: “\"Park, Lee\" <lee@acme.example>” is lee@acme.example.")
        .says("Run Failed: “mailto:ops@acme.example” is ops@acme.example.");
    assert_eq!(saved(&app).await, "lee@acme.example, ops@acme.example");
    app.finish().await;
}

#[tokio::test]
async fn a_list_holds_two_hundred_addresses_and_no_more() {
    let app = spawn_app().await;
    let mut browser = app.visitor(Role::Editor).await;
    let list = |count: usize| (0..count).map(|n| format!("s{n}@acme.example")).collect::<Vec<_>>().join(", ");
    save(&mut browser, &list(201)).await.has_status(422).says("holds at most 200 addresses, not 201");
    save(&mut browser, &list(200)).await.leads_to();
    assert_eq!(saved(&app).await, list(200));
    app.finish().await;
}

#[tokio::test]
async fn whoever_has_unsubscribed_stays_on_the_list_and_is_marked() {
    let app = spawn_app().await;
    app.notify(None, "run_failed", false, "ops@acme.example, lee@acme.example").await;
    app.db.unsubscribe(100, &"lee@acme.example".parse().unwrap(), Vec::new(), 1).await.unwrap();
    let mut browser = app.visitor(Role::Editor).await;
    browser.get(SETTINGS).await.says("Unsubscribed, gets no email: lee@acme.example");
    app.finish().await;
}
