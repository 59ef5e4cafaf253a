//! Two people edit the same settings at once: nothing that one of them has saved is lost without a word.

use ringpost::domain::role::Role;

use super::SETTINGS;
use crate::support::app::{TestApp, spawn_app, webhook_url};
use crate::support::browser::{Browser, Form};

const FAILED: &str = "subscribers.run_failed";
const CREATED: &str = "subscribers.tenant_created";
const RESOLVE: &str = "/accounts/100/notifications/resolve/run_failed";

async fn list(app: &TestApp, key: &str) -> String {
    app.db.settings(100).await.unwrap().unwrap().event(key).subscribers.to_string()
}

/// Two people who look at the same form.
async fn two(app: &TestApp) -> ((Browser, Form), (Browser, Form)) {
    app.notify(Some(&webhook_url("https://hooks.acme.example/")), "run_failed", true, "ops@acme.example")
        .await;
    let mut one = app.visitor(Role::Editor).await;
    let mut other = app.visitor(Role::Admin).await;
    let (first, second) = (one.form(SETTINGS).await, other.form(SETTINGS).await);
    ((one, first), (other, second))
}

#[tokio::test]
async fn rows_that_only_one_of_two_has_changed_are_merged_and_said() {
    let app = spawn_app().await;
    let ((mut one, first), (mut other, second)) = two(&app).await;
    one.submit(SETTINGS, &first.with(CREATED, "lee@acme.example").without("send_webhook.run_failed"))
        .await
        .leads_to();

    other.submit(SETTINGS, &second.with("subscribers.sync_failed", "sam@acme.example")).await.leads_to();

    other
        .get(SETTINGS)
        .await
        .says("Changes saved.")
        .says("editor@acme.example has saved while you were editing.")
        .says("Their change is kept: Tenant Created, Run Failed.");
    let settings = app.db.settings(100).await.unwrap().unwrap();
    assert_eq!(settings.event("tenant_created").subscribers.to_string(), "lee@acme.example");
    assert_eq!(settings.event("sync_failed").subscribers.to_string(), "sam@acme.example");
    assert!(!settings.event("run_failed").send_webhook);
    app.finish().await;
}

#[tokio::test]
async fn a_row_that_both_have_changed_shows_both_values_and_saving_again_replaces() {
    let app = spawn_app().await;
    let ((mut one, first), (mut other, second)) = two(&app).await;
    let before: i64 = second.get("revision").unwrap().parse().unwrap();
    one.submit(SETTINGS, &first.with(FAILED, "night@acme.example")).await.leads_to();
    let typed = second.with(FAILED, "oncall@acme.example").with(CREATED, "lee@acme.example");

    let refused = other.submit(SETTINGS, &typed).await;

    refused
        .has_status(422)
        .says("Run Failed was changed by editor@acme.example while you were editing")
        .says("Now Webhook on; night@acme.example")
        .says("You typed Webhook on; oncall@acme.example");
    assert_eq!(
        (list(&app, "run_failed").await, list(&app, "tenant_created").await),
        ("night@acme.example".into(), String::new())
    );
    let again = Form::of(&refused);
    assert_eq!(again.get(FAILED), Some("oncall@acme.example"));
    assert_eq!(again.get(CREATED), Some("lee@acme.example"));
    assert_eq!(again.get("revision"), Some((before + 1).to_string().as_str()));
    other.submit(SETTINGS, &again).await.leads_to();
    assert_eq!(list(&app, "run_failed").await, "oncall@acme.example");
    assert_eq!(list(&app, "tenant_created").await, "lee@acme.example");
    app.finish().await;
}

#[tokio::test]
async fn a_conflict_is_resolved_with_what_is_there_or_with_both() {
    let app = spawn_app().await;
    let ((mut one, first), (mut other, second)) = two(&app).await;
    one.submit(SETTINGS, &first.with(FAILED, "ops@acme.example, night@acme.example")).await.leads_to();
    let refused = other.submit(SETTINGS, &second.with(FAILED, "ops@acme.example, oncall@acme.example")).await;
    let conflict = Form::of(refused.has_status(422));

    let theirs = other.submit(&format!("{RESOLVE}/now"), &conflict).await;
    assert_eq!(Form::of(theirs.has_status(200)).get(FAILED), Some("ops@acme.example, night@acme.example"));
    let both = other.submit(&format!("{RESOLVE}/both"), &conflict).await;
    let both = Form::of(both.has_status(200).says("Unsaved changes"));
    assert_eq!(both.get(FAILED), Some("ops@acme.example, night@acme.example, oncall@acme.example"));
    assert_eq!(
        list(&app, "run_failed").await,
        "ops@acme.example, night@acme.example",
        "nothing is saved yet"
    );
    other.submit(SETTINGS, &both).await.leads_to();
    assert_eq!(list(&app, "run_failed").await, "ops@acme.example, night@acme.example, oncall@acme.example");
    app.finish().await;
}

#[tokio::test]
async fn whoever_has_two_tabs_open_is_told_that_it_was_themselves() {
    let app = spawn_app().await;
    let ((mut one, first), _) = two(&app).await;
    let second = first.clone();
    one.submit(SETTINGS, &first.with(FAILED, "night@acme.example")).await.leads_to();
    one.submit(SETTINGS, &second.clone().with(CREATED, "lee@acme.example")).await.leads_to();
    one.get(SETTINGS)
        .await
        .says("You have saved in another tab or browser while you were editing.")
        .says("That change is kept: Run Failed.");
    let refused = one.submit(SETTINGS, &second.with(FAILED, "oncall@acme.example")).await;
    refused
        .has_status(422)
        .says("Run Failed was changed by you in another tab or browser while you were editing")
        .says("This was changed by you in another tab or browser while you were editing.");
    app.finish().await;
}

#[tokio::test]
async fn the_url_is_a_row_of_its_own() {
    let app = spawn_app().await;
    let ((mut one, first), (mut other, second)) = two(&app).await;
    let url = "https://hooks.acme.example/first";
    one.submit(SETTINGS, &first.with("webhook_url", url)).await.leads_to();
    let refused =
        other.submit(SETTINGS, &second.with("webhook_url", "https://hooks.acme.example/second")).await;
    refused.has_status(422).says("The webhook URL was changed by editor@acme.example").says(url);
    let kept = other.submit("/accounts/100/notifications/resolve/webhook_url/now", &Form::of(&refused)).await;
    assert_eq!(Form::of(&kept).get("webhook_url"), Some(url));
    app.finish().await;
}

#[tokio::test]
async fn a_test_in_between_hides_no_conflict_and_no_merge() {
    let app = spawn_app().await;
    let ((mut one, first), (mut other, second)) = two(&app).await;
    one.submit(SETTINGS, &first.with(FAILED, "night@acme.example").with(CREATED, "lee@acme.example"))
        .await
        .leads_to();
    let typed = second.with(FAILED, "oncall@acme.example");
    let tested = other.submit("/accounts/100/notifications/test/sync_failed/email", &typed).await;
    tested.has_status(200).says("Their change is kept: Tenant Created.");
    let tested = Form::of(&tested);
    assert_eq!(tested.get(CREATED), Some("lee@acme.example"));
    other
        .submit(SETTINGS, &tested)
        .await
        .has_status(422)
        .says("Run Failed was changed by editor@acme.example");
    app.finish().await;
}

#[tokio::test]
async fn the_same_change_by_two_is_none_and_a_program_without_marks_is_the_last_to_write() {
    let app = spawn_app().await;
    let ((mut one, first), (mut other, second)) = two(&app).await;
    one.submit(SETTINGS, &first.with(FAILED, "night@acme.example")).await.leads_to();
    other.submit(SETTINGS, &second.clone().with(FAILED, "night@acme.example")).await.leads_to();
    let fields = [("webhook_url", "https://hooks.acme.example/"), (FAILED, "program@acme.example")];
    other.post(SETTINGS, &fields).await.leads_to();
    assert_eq!(list(&app, "run_failed").await, "program@acme.example");
    app.finish().await;
}

#[tokio::test]
async fn without_script_toggles_that_a_bad_url_made_grey_keep_their_choice() {
    let app = spawn_app().await;
    let ((mut one, form), _) = two(&app).await;
    let refused = one.submit(SETTINGS, &form.with("webhook_url", "hooks.acme.example")).await;
    let shown = Form::of(refused.has_status(422));
    assert_eq!((shown.get("send_webhook.run_failed"), shown.get("toggles")), (None, None));
    one.submit(SETTINGS, &shown.with("webhook_url", "https://hooks.acme.example/")).await.leads_to();
    assert!(app.db.settings(100).await.unwrap().unwrap().event("run_failed").send_webhook);
    app.finish().await;
}

#[tokio::test]
async fn of_many_who_save_other_rows_at_once_none_is_lost() {
    let app = spawn_app().await;
    let keys: Vec<String> = app.catalog.events().map(|event_type| event_type.key.clone()).collect();
    let mut visitors = Vec::new();
    for (number, key) in keys.iter().enumerate() {
        let email = format!("editor{number}@acme.example");
        app.person(&email, Some((100, Role::Editor))).await;
        let mut browser = app.signed_in(&email).await;
        let form =
            browser.form(SETTINGS).await.with(&format!("subscribers.{key}"), format!("{key}@acme.example"));
        visitors.push((browser, form));
    }
    let saves = visitors.iter_mut().map(|(browser, form)| browser.submit(SETTINGS, form));
    for answer in futures_util::future::join_all(saves).await {
        answer.leads_to();
    }
    for key in keys {
        assert_eq!(list(&app, &key).await, format!("{key}@acme.example"));
    }
    app.finish().await;
}
