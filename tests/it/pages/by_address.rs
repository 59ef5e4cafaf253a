//! The People tab: the lists of an account read by address.

use ringpost::db::history::HistoryFilter;
use ringpost::domain::role::Role;

use super::SETTINGS;
use crate::support::app::{TestApp, spawn_app, start, webhook_url};
use crate::support::browser::Form;
use crate::support::clock::minutes;
use crate::support::http::{Answer, Request};
use crate::support::samples::sample;
use crate::support::smtp::{Fault, Script, SmtpServer, Step};

const PEOPLE: &str = "/accounts/100/people";
const REMOVE: &str = "/accounts/100/people/remove";
const UNDO: &str = "/accounts/100/people/resubscribe";

async fn list(app: &TestApp, key: &str) -> String {
    app.db.settings(100).await.unwrap().unwrap().event(key).subscribers.to_string()
}

async fn unsubscribe(app: &TestApp, address: &str) {
    let link = app.sender.unsubscribe_links().sign(100, &address.parse().unwrap());
    app.send(Request::new("POST", format!("/u/{link}"))).await.has_status(200);
}

/// The lines of the table.
fn lines(page: &Answer) -> Vec<String> {
    let html = page.html();
    let rows = scraper::Selector::parse("tbody > tr").unwrap();
    let words =
        |row: scraper::ElementRef| row.text().flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ");
    html.select(&rows).map(words).collect()
}

/// The form that asks, with the lists that it shows.
async fn question(app: &TestApp, role: Role, address: &str) -> (crate::support::browser::Browser, Form) {
    let mut browser = app.visitor(role).await;
    let page = browser.get(&format!("{REMOVE}?address={}", address.replace('@', "%40"))).await;
    page.has_status(200).says(&format!("Remove {address} from everything?"));
    let form = Form::of(&page);
    (browser, form)
}

#[tokio::test]
async fn everybody_is_listed_once_with_their_events_and_the_primary_contact_first() {
    let app = spawn_app().await;
    app.notify(None, "run_failed", false, "sam@acme.example, ops@acme.example").await;
    app.notify(None, "sync_failed", false, "OPS@acme.example").await;
    unsubscribe(&app, "sam@acme.example").await;
    let mut browser = app.visitor(Role::Editor).await;

    let page = browser.get(PEOPLE).await;

    page.has_status(200).says("3 addresses");
    let lines = lines(&page);
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(lines[0].starts_with("dana@acme.example Primary contact All 7 events Active"), "{}", lines[0]);
    assert!(
        lines[1].starts_with("ops@acme.example Run Failed Sync Failed Active Remove from"),
        "{}",
        lines[1]
    );
    assert!(lines[2].starts_with("sam@acme.example Run Failed Unsubscribed since "), "{}", lines[2]);
    assert!(lines[2].contains("by the link in a mail Undo unsubscribe of sam@acme.example"), "{}", lines[2]);

    let found = browser.get(&format!("{PEOPLE}?q=OPS")).await;
    found.says("1 of 3 addresses with “OPS”");
    browser.get(&format!("{PEOPLE}?q=nobody")).await.says("Nobody found").says("has “nobody” in it");
    app.finish().await;
}

#[tokio::test]
async fn a_long_list_goes_on_where_it_ended() {
    let app = spawn_app().await;
    let many: Vec<String> = (100..220).map(|n| format!("s{n}@acme.example")).collect();
    app.notify(None, "run_failed", false, &many.join(", ")).await;
    let mut browser = app.visitor(Role::Viewer).await;
    let (mut path, mut seen) = (PEOPLE.to_owned(), Vec::new());
    loop {
        let page = browser.get(&path).await;
        seen.extend(lines(&page).iter().map(|line| line.split(' ').next().unwrap().to_owned()));
        let html = page.html();
        let next = scraper::Selector::parse("a[rel=next]").unwrap();
        let Some(next) = html.select(&next).next() else { break };
        path = next.value().attr("href").unwrap().to_owned();
    }
    assert_eq!(seen, [vec!["dana@acme.example".to_owned()], many].concat());
    app.finish().await;
}

#[tokio::test]
async fn an_address_is_added_to_several_lists_and_the_rest_of_the_settings_stays() {
    let app = spawn_app().await;
    let url = webhook_url("https://hooks.acme.example/t0k3n");
    app.notify(Some(&url), "run_failed", true, "ops@acme.example").await;
    let mut editor = app.visitor(Role::Editor).await;
    let form = editor.form(PEOPLE).await.with("address", "Night Shift <night@acme.example>");
    let form = form.with("event.run_failed", "on").with("event.sync_failed", "on");

    assert_eq!(editor.submit(PEOPLE, &form).await.leads_to(), PEOPLE);

    editor
        .get(PEOPLE)
        .await
        .says("Added to Run Failed, Sync Failed: night@acme.example.")
        .says("“Night Shift <night@acme.example>” is night@acme.example.");
    assert_eq!(list(&app, "run_failed").await, "ops@acme.example, night@acme.example");
    assert_eq!(list(&app, "sync_failed").await, "night@acme.example");
    let settings = app.db.settings(100).await.unwrap().unwrap();
    assert!(settings.event("run_failed").send_webhook);
    assert_eq!(settings.webhook.unwrap().label, url.label());
    let told = app.db.history(100, &HistoryFilter::default(), 10).await.unwrap();
    assert!(
        told.iter()
            .all(|entry| entry.setting.as_str() == "subscribers" && entry.actor == "editor@acme.example")
    );
    assert_eq!(told.len(), 2);

    // A second time there is nothing to change, and nothing is told.
    editor.submit(PEOPLE, &form).await.leads_to();
    editor.get(PEOPLE).await.says("On these lists already: night@acme.example.");
    assert_eq!(app.db.history(100, &HistoryFilter::default(), 10).await.unwrap().len(), 2);
    app.finish().await;
}

#[tokio::test]
async fn who_cannot_be_added_is_said_and_what_was_typed_stays() {
    let app = spawn_app().await;
    let full: Vec<String> = (0..200).map(|n| format!("s{n}@acme.example")).collect();
    app.notify(None, "run_failed", false, &full.join(", ")).await;
    let mut editor = app.visitor(Role::Editor).await;
    let add = async |browser: &mut crate::support::browser::Browser, address: &str, events: &[&str]| {
        let fields: Vec<(&str, &str)> = events.iter().map(|event| (*event, "on")).collect();
        browser.post(PEOPLE, &[&[("address", address)], fields.as_slice()].concat()).await
    };
    let refused = add(&mut editor, "", &[]).await;
    refused.has_status(422).says("Enter the address that is to be added").says("Tick the events");
    let refused = add(&mut editor, "night@acme, sam@", &["event.sync_failed"]).await;
    refused
        .has_status(422)
        .says("Address: “night@acme” is missing a domain ending, like .com")
        .says("Address: “sam@” is missing the part after the @");
    let form = Form::of(&refused);
    assert_eq!(form.get("address"), Some("night@acme, sam@"));
    assert_eq!(form.get("event.sync_failed"), Some("on"));
    let primary = add(&mut editor, "Dana@acme.example", &["event.sync_failed"]).await;
    primary.has_status(422).says("dana@acme.example is the primary contact and on every list already");
    let both = ["event.run_failed", "event.sync_failed"];
    let refused = add(&mut editor, "night@acme.example", &both).await;
    refused.has_status(422).says("Run Failed holds at most 200 addresses, not 201");
    assert_eq!(list(&app, "sync_failed").await, "", "all of it or nothing");
    app.finish().await;
}

#[tokio::test]
async fn somebody_is_taken_off_every_list_after_a_question() {
    let app = spawn_app().await;
    app.notify(None, "run_failed", false, "ops@acme.example, sam@acme.example").await;
    app.notify(None, "sync_failed", false, "Ops@acme.example").await;
    let (mut editor, form) = question(&app, Role::Editor, "ops@acme.example").await;
    assert_eq!(editor.submit(REMOVE, &form).await.leads_to(), PEOPLE);
    editor.get(PEOPLE).await.says("ops@acme.example was removed from Run Failed, Sync Failed.");
    assert_eq!(list(&app, "run_failed").await, "sam@acme.example");
    assert_eq!(list(&app, "sync_failed").await, "");
    assert_eq!(app.db.history(100, &HistoryFilter::default(), 10).await.unwrap().len(), 2);
    // A second press finds nothing more to do.
    editor.submit(REMOVE, &form).await.leads_to();
    editor.get(PEOPLE).await.says("ops@acme.example is on no list.");
    for address in ["ops%40acme.example", "dana%40acme.example", "x", ""] {
        editor.get(&format!("{REMOVE}?address={address}")).await.has_status(404);
    }
    app.finish().await;
}

#[tokio::test]
async fn lists_that_have_changed_since_the_question_are_asked_about_again() {
    let app = spawn_app().await;
    app.notify(None, "run_failed", false, "ops@acme.example").await;
    let (mut editor, form) = question(&app, Role::Editor, "ops@acme.example").await;
    app.notify(None, "sync_failed", false, "ops@acme.example").await;
    let asked = editor.submit(REMOVE, &form).await;
    asked.has_status(422).says("Somebody else has changed these lists since").says("Sync Failed");
    assert_eq!(list(&app, "run_failed").await, "ops@acme.example");
    editor.submit(REMOVE, &Form::of(&asked)).await.leads_to();
    assert_eq!(list(&app, "run_failed").await + &list(&app, "sync_failed").await, "");
    app.finish().await;
}

#[tokio::test]
async fn a_form_that_was_open_meanwhile_does_not_bring_the_removed_back() {
    let app = spawn_app().await;
    app.notify(None, "run_failed", false, "ops@acme.example").await;
    let mut admin = app.visitor(Role::Admin).await;
    let open = admin.form(SETTINGS).await.with("subscribers.sync_failed", "sam@acme.example");
    let (mut editor, form) = question(&app, Role::Editor, "ops@acme.example").await;
    editor.submit(REMOVE, &form).await.leads_to();
    admin.submit(SETTINGS, &open).await.leads_to();
    assert_eq!(list(&app, "run_failed").await, "");
    assert_eq!(list(&app, "sync_failed").await, "sam@acme.example");
    app.finish().await;
}

#[tokio::test]
async fn an_unsubscription_is_undone_and_told_and_adding_says_what_it_does_not_undo() {
    let app = spawn_app().await;
    app.notify(None, "run_failed", false, "pat@acme.example").await;
    unsubscribe(&app, "pat@acme.example").await;
    unsubscribe(&app, "lee@acme.example").await;
    let mut editor = app.visitor(Role::Editor).await;
    assert!(
        lines(&editor.get(PEOPLE).await)[1].starts_with("lee@acme.example On no list Unsubscribed since")
    );
    let fields = [("address", "pat@acme.example lee@acme.example"), ("event.sync_failed", "on")];
    editor.post(PEOPLE, &fields).await.leads_to();
    editor
        .get(PEOPLE)
        .await
        .says("Unsubscribed: pat@acme.example. No mail goes there until that is undone below.")
        .says("Had unsubscribed before: lee@acme.example.");
    let address = "pat@acme.example".parse().unwrap();
    let settings = async || app.db.settings(100).await.unwrap().unwrap();
    assert!(settings().await.is_unsubscribed(&address));
    assert_eq!(editor.post(UNDO, &[("address", "pat@acme.example")]).await.leads_to(), PEOPLE);
    editor.get(PEOPLE).await.says("pat@acme.example gets mail again.");
    assert!(!settings().await.is_unsubscribed(&address));
    assert_eq!(app.db.history(100, &HistoryFilter::default(), 1).await.unwrap()[0].after_shown, "Gets email");
    editor.post(UNDO, &[("address", "pat@acme.example")]).await.leads_to();
    editor.get(PEOPLE).await.says("pat@acme.example was not unsubscribed any more.");
    app.finish().await;
}

#[tokio::test]
async fn a_newcomer_who_has_to_confirm_is_marked_and_said() {
    let app = start().with("--confirm-subscribers", "").spawn().await;
    let mut editor = app.visitor(Role::Editor).await;
    editor.post(PEOPLE, &[("address", "new@elsewhere.example"), ("event.run_failed", "on")]).await.leads_to();
    let page = editor.get(PEOPLE).await;
    page.says("Asked by mail first: new@elsewhere.example.");
    assert!(lines(&page)[1].starts_with("new@elsewhere.example Run Failed Not confirmed"));
    app.finish().await;
}

#[tokio::test]
async fn whose_last_mail_was_refused_is_failing_until_one_arrives() {
    let script = Script::default().once(Step::Rcpt, Fault::Say("550 5.1.1 no such user"));
    let server = SmtpServer::start(script).await;
    let app = start().with("--smtp-url", &server.url("smtp", "", "")).spawn().await;
    app.notify(None, "run_failed", false, "dana@acme.example").await;
    let token = app.token(Some(100), Role::Ingest).await;
    app.post_event(&token, &sample("run_failed")).await.has_status(202);
    app.settled_log().await;
    let mut viewer = app.visitor(Role::Viewer).await;
    let page = viewer.get(PEOPLE).await;
    page.says("Failing").says("Last mail: 550 5.1.1 no such user, ");
    app.time.advance(minutes(2));
    app.post_event(&token, &sample("run_failed")).await.has_status(202);
    app.settled_log().await;
    assert!(!viewer.get(PEOPLE).await.body.contains("Failing"));
    app.finish().await;
}

#[tokio::test]
async fn a_viewer_reads_and_can_do_nothing() {
    let app = spawn_app().await;
    app.notify(None, "run_failed", false, "ops@acme.example").await;
    let mut viewer = app.visitor(Role::Viewer).await;
    let page = viewer.get(PEOPLE).await;
    page.says("Only editors and admins can change this.").says("ops@acme.example");
    assert!(!page.body.contains("Remove from") && !page.body.contains("Add address"));
    for path in [PEOPLE, REMOVE, UNDO] {
        viewer.post(path, &[("address", "ops@acme.example")]).await.has_status(403);
    }
    assert_eq!(list(&app, "run_failed").await, "ops@acme.example");
    app.finish().await;
}
