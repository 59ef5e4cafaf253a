//! The Destinations tab.

use hmac::{Hmac, KeyInit as _, Mac as _};
use ringpost::domain::delivery::Channel;
use ringpost::domain::role::Role;
use ringpost::domain::text;
use sha2::Sha256;

use crate::support::app::{TestApp, spawn_app, start};
use crate::support::authority::Authority;
use crate::support::browser::{Browser, Form};
use crate::support::receiver::Receiver;
use crate::support::samples::sample;

const TAB: &str = "/accounts/100/destinations";

/// An app that believes in a receiver, the receiver, and its address.
async fn app_with_receiver() -> (TestApp, Receiver, String) {
    let authority = Authority::new();
    let receiver = Receiver::tls(authority.serves(&["127.0.0.1"])).await;
    let app = start().trusting(&authority).spawn().await;
    let url = receiver.https("127.0.0.1").expose().to_owned();
    (app, receiver, url)
}

/// Adds a destination on the page; answers its path.
async fn add(browser: &mut Browser, kind: &str, fields: &[(&str, &str)]) -> String {
    let mut form = browser.form(&format!("{TAB}/new?kind={kind}")).await;
    for (name, value) in fields {
        form = form.with(name, *value);
    }
    browser.submit(TAB, &form).await.leads_to();
    let page = browser.get(TAB).await;
    let edit = page.body.split('"').rfind(|word| word.starts_with(TAB) && word.ends_with("/delete"));
    edit.unwrap().trim_end_matches("/delete").to_owned()
}

#[tokio::test]
async fn a_destination_is_added_in_two_steps_and_gets_the_events_that_were_ticked() {
    let (app, receiver, url) = app_with_receiver().await;
    let mut admin = app.visitor(Role::Admin).await;
    admin.get(TAB).await.says("No destinations yet");
    admin.get(&format!("{TAB}/new")).await.says("Step 1 of 2").says("Outbound webhook");
    admin.get(&format!("{TAB}/new?kind=pager")).await.has_status(422).says("Choose what kind");

    let fields = [
        ("name", "ingest"),
        ("url", url.as_str()),
        ("headers", "X-Token: abc"),
        ("events.run_failed", "on"),
        ("scopes", "integration_id = 7"),
    ];
    let path = add(&mut admin, "webhook", &fields).await;

    admin.get(TAB).await.says("ingest").says("Run Failed").says("Active").says("Never");
    let token = app.token(Some(100), Role::Ingest).await;
    app.post_event(&token, &sample("run_failed")).await.has_status(202);
    assert!(
        app.settled_log().await.iter().all(|row| row.target.channel() == Channel::Email),
        "the scope keeps it out"
    );
    let form = admin.form(&path).await;
    assert_eq!(form.get("scopes"), Some("integration_id = 7"));
    admin.submit(&path, &form.with("scopes", "")).await.leads_to();
    app.post_event(&token, &sample("run_failed")).await.has_status(202);
    app.settled_log().await;
    assert_eq!(receiver.requests().len(), 1);
    assert_eq!(receiver.requests()[0].header("x-token"), Some("abc"));
    admin.get(TAB).await.says("Delivered");
    app.finish().await;
}

#[tokio::test]
async fn a_generated_secret_is_shown_once_and_signs() {
    let (app, receiver, url) = app_with_receiver().await;
    let mut admin = app.visitor(Role::Admin).await;
    let form = admin.form(&format!("{TAB}/new?kind=webhook")).await.with("name", "ingest").with("url", url);

    let added = admin.submit(TAB, &form.with("generate_secret", "on")).await;

    let page = admin.get(added.leads_to()).await;
    let secret = page.body.split('"').find(|word| word.starts_with("whsec_")).unwrap().to_owned();
    admin.get(added.leads_to()).await.says("Secret no longer available");
    let path = added.leads_to().trim_end_matches("/secret").to_owned();
    for page in [TAB.to_owned(), path.clone()] {
        assert!(!admin.get(&page).await.body.contains(&secret), "{page}");
    }
    admin.get(TAB).await.says("Signed");
    let shown = admin.post(&format!("{path}/test"), &[]).await.leads_to().to_owned();
    // The address stays what it is, however often it is opened.
    for _ in 0..2 {
        admin.get(&shown).await.says("ingest: Test webhook delivered.").says("HTTP : passed");
    }
    assert!(receiver.requests()[0].header("x-ringpost-signature").unwrap().starts_with("sha256="));
    app.finish().await;
}

#[tokio::test]
async fn a_form_that_is_posted_ten_times_at_once_adds_one_destination() {
    let (app, receiver, url) = app_with_receiver().await;
    let mut admin = app.visitor(Role::Admin).await;
    let form = admin.form(&format!("{TAB}/new?kind=webhook")).await.with("name", "ingest").with("url", url);
    let form = form.with("generate_secret", "on");
    let id = admin.session().unwrap();
    let presses = (0..10).map(|_| {
        let (mut admin, form) = (Browser::with_session(app.address, id), form.clone());
        async move { admin.submit(TAB, &form).await.leads_to().to_owned() }
    });

    let led_to = futures_util::future::join_all(presses).await;

    assert_eq!(app.db.destinations(100).await.unwrap().len(), 1);
    assert!(led_to.iter().all(|path| *path == led_to[0]), "{led_to:?}");
    let page = admin.get(&led_to[0]).await;
    let secret = page.body.split('"').find(|word| word.starts_with("whsec_")).unwrap();
    // It is the one that is stored: what leaves is signed with it.
    admin.post(&format!("{}/test", led_to[0].trim_end_matches("/secret")), &[]).await.leads_to();
    let sent = receiver.wait_for(1).await.remove(0);
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(sent.body.as_bytes());
    let signature = format!("sha256={}", text::hex(&mac.finalize().into_bytes()));
    assert_eq!(sent.header("x-ringpost-signature"), Some(signature.as_str()));
    // Another name in the same form is another destination.
    admin.submit(TAB, &form.with("name", "other")).await.leads_to();
    assert_eq!(app.db.destinations(100).await.unwrap().len(), 2);
    app.finish().await;
}

#[tokio::test]
async fn what_is_left_empty_is_kept_and_secrets_are_never_written_back() {
    let (app, receiver, url) = app_with_receiver().await;
    let mut admin = app.visitor(Role::Admin).await;
    let fields =
        [("name", "ingest"), ("url", url.as_str()), ("secret", "hunter2"), ("headers", "X-A: v4lue\nX-B: 2")];
    let path = add(&mut admin, "webhook", &fields).await;

    let page = admin.get(&path).await;
    page.says("Saved: https://127.0.0.1").says("Saved. Leave empty to keep it.").says("Remove X-A");
    assert!(!page.body.contains("hunter2") && !page.body.contains("v4lue") && !page.body.contains("/hook\""));
    let form = Form::of(&page).with("name", "renamed").with("remove_header.X-B", "on");
    admin.submit(&path, &form).await.leads_to();

    admin.get(TAB).await.says("Changes saved.").says("renamed").says("Signed");
    admin.post(&format!("{path}/test"), &[]).await.leads_to();
    let sent = receiver.requests().remove(0);
    assert!(sent.header("x-ringpost-signature").is_some());
    assert_eq!((sent.header("x-a"), sent.header("x-b")), (Some("v4lue"), None));
    let form = admin.form(&path).await.with("remove_secret", "on");
    admin.submit(&path, &form).await.leads_to();
    admin.post(&format!("{path}/test"), &[]).await.leads_to();
    assert!(receiver.requests()[1].header("x-ringpost-signature").is_none());
    app.finish().await;
}

#[tokio::test]
async fn a_refused_form_says_everything_that_is_wrong_and_keeps_what_was_typed() {
    let app = spawn_app().await;
    let mut admin = app.visitor(Role::Admin).await;
    let form = admin.form(&format!("{TAB}/new?kind=webhook")).await;
    let form = form.with("url", "http://a.example/").with("headers", "nothing").with("scopes", "color = red");
    let form = form.with("secret", "hunter2").with("events.run_failed", "on");

    let answer = admin.submit(TAB, &form).await;

    answer.has_status(422).says("Name must have 1 to 120 characters").says("URL must start with https://");
    answer.says("Line 1 of the headers has no colon").says("“color” is not a field of any event");
    let kept = Form::of(&answer);
    for (field, value) in [("url", "http://a.example/"), ("secret", "hunter2"), ("events.run_failed", "on")] {
        assert_eq!(kept.get(field), Some(value));
    }
    assert!(app.db.destinations(100).await.unwrap().is_empty());
    app.finish().await;
}

#[tokio::test]
async fn a_test_sends_what_is_on_screen_once_and_saves_nothing() {
    let (app, receiver, url) = app_with_receiver().await;
    let mut admin = app.visitor(Role::Admin).await;
    let form = admin.form(&format!("{TAB}/new?kind=slack")).await.with("url", url.clone());

    for _ in 0..2 {
        let answer = admin.submit(&format!("{TAB}/test"), &form).await;
        answer
            .has_status(200)
            .says("Test Slack message delivered.")
            .says("What you tested is not saved yet.");
        assert_eq!(Form::of(&answer).get("url"), Some(url.as_str()));
    }

    assert_eq!(receiver.requests().len(), 1, "the same page is tested once");
    assert!(app.db.destinations(100).await.unwrap().is_empty());
    let refused = admin.submit(&format!("{TAB}/test"), &form.with("url", "ftp://a.example")).await;
    refused.has_status(422).says("URL must start with https://");
    app.finish().await;
}

#[tokio::test]
async fn a_test_of_a_change_uses_the_stored_secret_and_leaves_the_store_alone() {
    let (app, receiver, url) = app_with_receiver().await;
    let mut admin = app.visitor(Role::Admin).await;
    let fields = [("name", "ingest"), ("url", "https://elsewhere.example/"), ("secret", "hunter2")];
    let path = add(&mut admin, "webhook", &fields).await;
    let form = admin.form(&path).await.with("url", url);

    admin
        .submit(&format!("{path}/test/unsaved"), &form)
        .await
        .says("Test webhook delivered.")
        .says("Unsaved changes");

    assert!(receiver.requests()[0].header("x-ringpost-signature").is_some());
    admin.get(TAB).await.says("elsewhere.example");
    app.finish().await;
}

#[tokio::test]
async fn a_paused_destination_gets_no_events_until_it_is_resumed() {
    let (app, receiver, url) = app_with_receiver().await;
    let mut admin = app.visitor(Role::Admin).await;
    let fields = [("name", "ingest"), ("url", url.as_str()), ("events.run_failed", "on")];
    let path = add(&mut admin, "webhook", &fields).await;
    let token = app.token(Some(100), Role::Ingest).await;

    admin.post(&format!("{path}/pause"), &[]).await.leads_to();
    admin.get(TAB).await.says("ingest is paused").says("Paused");
    app.post_event(&token, &sample("run_failed")).await.has_status(202);
    app.settled_log().await;
    assert!(receiver.requests().is_empty());

    admin.post(&format!("{path}/resume"), &[]).await.leads_to();
    app.post_event(&token, &sample("run_failed")).await.has_status(202);
    app.settled_log().await;
    assert_eq!(receiver.requests().len(), 1);
    app.finish().await;
}

#[tokio::test]
async fn deleting_says_what_stops_and_keeps_the_log() {
    let (app, _receiver, url) = app_with_receiver().await;
    let mut admin = app.visitor(Role::Admin).await;
    let fields = [("name", "#ops"), ("url", url.as_str()), ("events.run_failed", "on")];
    let path = add(&mut admin, "slack", &fields).await;
    admin.post(&format!("{path}/test"), &[]).await.leads_to();

    let page = admin.get(&format!("{path}/delete")).await;

    page.says("Delete #ops?").says("no longer sent to it: Run Failed.").says("Its one past delivery stays");
    page.says("Pause instead");
    admin.post(&format!("{path}/delete"), &[]).await.leads_to();
    admin.get(TAB).await.says("#ops deleted.").says("No destinations yet");
    assert_eq!(app.log().await.len(), 1);
    admin.get(&path).await.has_status(404);
    app.finish().await;
}

#[tokio::test]
async fn others_read_the_list_and_press_nothing() {
    let app = spawn_app().await;
    let mut admin = app.visitor(Role::Admin).await;
    let fields = [("name", "oncall"), ("from", "ops@acme.example"), ("to", "a@acme.example; b@acme.example")];
    let path = add(&mut admin, "ops_email", &fields).await;
    assert_eq!(admin.form(&path).await.get("to"), Some("a@acme.example, b@acme.example"));
    for role in [Role::Viewer, Role::Editor] {
        let mut browser = app.visitor(role).await;
        let page = browser.get(TAB).await;
        page.says("oncall").says("a@acme.example +1").says("Only admins can change this.");
        assert!(!page.body.contains("/pause") && !page.body.contains("Add destination"));
        browser.get(&path).await.has_status(403);
    }
    app.finish().await;
}

#[tokio::test]
async fn an_address_that_will_be_refused_is_saved_with_a_warning() {
    let app = start().without("--allow-network").spawn().await;
    let mut admin = app.visitor(Role::Admin).await;
    let form = admin.form(&format!("{TAB}/new?kind=teams")).await.with("name", "chat");
    admin.submit(TAB, &form.with("url", "https://10.0.0.7/hook")).await.leads_to();
    admin.get(TAB).await.says("Destination added.").says("Deliveries will not arrive.").says("chat");
    app.finish().await;
}
