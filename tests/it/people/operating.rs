//! What only an operator can do about people, and what nobody below one can do about an operator.

use ringpost::domain::role::Role;

use crate::support::app::{TestApp, spawn_app};
use crate::support::clock::minutes;
use crate::support::people::PASSWORD;
use crate::support::program::ringpost;

const NEW: &str = "another long passphrase";

async fn id_of(app: &TestApp, email: &str) -> String {
    app.db.user_by_email(email).await.unwrap().unwrap().id
}

#[tokio::test]
async fn an_admin_neither_disables_nor_enables_anybody() {
    let app = spawn_app().await;
    let mut admin = app.visitor(Role::Admin).await;
    let lee = app.person("lee@acme.example", Some((100, Role::Editor))).await;
    let path = format!("/accounts/100/users/{lee}");
    // The form of before: what it says of the status is nobody's any more.
    admin.post(&path, &[("role", "editor"), ("status", "disabled")]).await.leads_to();
    assert!(!app.db.user(&lee).await.unwrap().unwrap().disabled);
    for what in ["disable", "enable", "reset-password", "reset-2fa"] {
        admin.post(&format!("/people/{lee}/{what}"), &[]).await.has_status(403);
    }
    app.db.set_disabled(lee.clone(), true, app.clock.now_ms()).await.unwrap();
    admin.post(&path, &[("role", "editor"), ("status", "active")]).await.leads_to();
    admin.get("/accounts/100/users").await.says("Disabled");
    app.browser().sign_in("lee@acme.example", PASSWORD).await.has_status(422);
    app.finish().await;
}

#[tokio::test]
async fn nobody_below_an_operator_touches_one() {
    let app = spawn_app().await;
    app.account(200, "Globex", "prod-globex", "kim@globex.example").await;
    let mut admin = app.visitor(Role::Admin).await;
    let root = app.operator("root@platform.example").await;
    app.join(&root, 100, Role::Viewer).await;
    let mut operator = app.signed_in("root@platform.example").await;

    let path = format!("/accounts/100/users/{root}");
    admin.get(&path).await.has_status(200).says("only operators can change that");
    admin.post(&path, &[("role", "editor")]).await.has_status(403);
    admin.post(&format!("{path}/remove"), &[]).await.has_status(403);
    admin.post(&format!("{path}/link"), &[]).await.has_status(403);

    operator.get("/accounts/200/company").await.has_status(200);
    assert_eq!(app.db.role(&root, 100).await.unwrap(), Some(Role::Viewer));
    app.finish().await;
}

#[tokio::test]
async fn an_operator_keeps_somebody_out_and_lets_them_in_again() {
    let app = spawn_app().await;
    app.operator("root@platform.example").await;
    let mut operator = app.signed_in("root@platform.example").await;
    let lee = app.person("lee@acme.example", Some((100, Role::Viewer))).await;
    let mut session = app.signed_in("lee@acme.example").await;
    operator.get("/people").await.says("lee@acme.example").says("viewer in 100").says("operator");

    let page = format!("/people/{lee}");
    assert_eq!(operator.post(&format!("{page}/disable"), &[]).await.leads_to(), page);
    operator.get(&page).await.says("lee@acme.example can no longer sign in.").says("Disabled");
    session.get("/profile").await.leads_to();
    app.browser().sign_in("lee@acme.example", PASSWORD).await.has_status(422);
    operator.post(&format!("{page}/enable"), &[]).await.leads_to();
    app.browser().sign_in("lee@acme.example", PASSWORD).await.leads_to();

    let root = id_of(&app, "root@platform.example").await;
    let own = operator.post(&format!("/people/{root}/disable"), &[]).await;
    own.has_status(422).says("You cannot disable yourself");
    app.finish().await;
}

#[tokio::test]
async fn a_one_time_password_is_good_for_one_sign_in_within_three_days() {
    let app = spawn_app().await;
    app.operator("root@platform.example").await;
    let mut operator = app.signed_in("root@platform.example").await;
    let lee = app.person("lee@acme.example", Some((100, Role::Viewer))).await;
    let mut session = app.signed_in("lee@acme.example").await;

    let made = operator.post(&format!("/people/{lee}/reset-password"), &[]).await;
    let page = operator.get(made.leads_to()).await;
    let password =
        page.body.split('"').find(|word| word.len() == 23 && word.matches('-').count() == 3).unwrap();
    assert!(!operator.get("/people/password").await.body.contains(password));
    session.get("/profile").await.leads_to();

    let mut browser = app.browser();
    browser.sign_in("lee@acme.example", password).await.leads_to();
    for page in ["/", "/profile", "/accounts/100/notifications"] {
        assert_eq!(browser.get(page).await.leads_to(), "/profile/new-password");
    }
    let change = [("current_password", password), ("new_password", NEW)];
    assert_eq!(browser.post("/profile/password", &change).await.leads_to(), "/profile/new-password");
    browser.post("/profile/new-password", &[("new_password", NEW)]).await.leads_to();
    browser.get("/accounts/100/notifications").await.has_status(200);
    app.browser().sign_in("lee@acme.example", password).await.has_status(422);
    // Nobody else gets a new password without the old one.
    assert_eq!(
        browser.post("/profile/new-password", &[("new_password", PASSWORD)]).await.leads_to(),
        "/profile"
    );
    app.browser().sign_in("lee@acme.example", NEW).await.leads_to();

    let command = ["user", "reset-password", "lee@acme.example"];
    let printed = ringpost(&app.place, &command, "").await.done();
    app.time.advance(minutes(3 * 24 * 60 + 1));
    app.browser().sign_in("lee@acme.example", printed.trim()).await.has_status(422);
    app.finish().await;
}

#[tokio::test]
async fn what_belongs_to_a_session_of_an_unfinished_sign_in_is_no_api_call() {
    let app = spawn_app().await;
    app.person("lee@acme.example", Some((100, Role::Admin))).await;
    let printed = ringpost(&app.place, &["user", "reset-password", "lee@acme.example"], "").await.done();
    let mut browser = app.browser();
    browser.sign_in("lee@acme.example", printed.trim()).await.leads_to();
    let answer = browser.get("/api/v1/event-types").await;
    answer.error(403, "SIGN_IN_UNFINISHED");
    app.finish().await;
}

#[tokio::test]
async fn people_are_enabled_and_removed_from_a_shell() {
    let app = spawn_app().await;
    app.account(200, "Globex", "prod-globex", "kim@globex.example").await;
    app.person("dana@acme.example", Some((100, Role::Admin))).await;
    let lee = app.person("lee@acme.example", Some((100, Role::Viewer))).await;
    app.join(&lee, 200, Role::Viewer).await;
    let run = async |arguments: &[&str]| ringpost(&app.place, arguments, "").await;

    run(&["user", "disable", "lee@acme.example"]).await.done();
    run(&["user", "enable", "lee@acme.example"]).await.done();
    let mut session = app.signed_in("lee@acme.example").await;
    run(&["user", "remove", "lee@acme.example", "--account", "100"]).await.done();
    session.get("/profile").await.leads_to();
    assert_eq!(app.db.role(&lee, 100).await.unwrap(), None);
    assert_eq!(app.db.role(&lee, 200).await.unwrap(), Some(Role::Viewer));
    let again = run(&["user", "remove", "lee@acme.example", "--account", "100"]).await;
    again.refused(1, "is not in account 100");

    run(&["user", "remove", "lee@acme.example"]).await.done();
    assert!(app.db.user_by_email("lee@acme.example").await.unwrap().is_none());
    for arguments in [
        &["user", "remove", "dana@acme.example"][..],
        &["user", "remove", "dana@acme.example", "--account", "100"],
    ] {
        run(arguments).await.refused(1, "is the last admin of an account");
    }
    app.operator("root@platform.example").await;
    run(&["user", "remove", "root@platform.example"]).await.refused(1, "is the last operator");
    run(&["user", "disable", "root@platform.example"]).await.refused(1, "is the last operator");
    app.finish().await;
}
