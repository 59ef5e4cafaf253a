//! People of an account, and that it never loses its last admin.

use ringpost::domain::role::Role;

use crate::support::app::{TestApp, spawn_app};
use crate::support::people::PASSWORD;

const USERS: &str = "/accounts/100/users";

async fn id_of(app: &TestApp, email: &str) -> String {
    app.db.user_by_email(email).await.unwrap().unwrap().id
}

#[tokio::test]
async fn a_new_person_signs_in_with_the_password_that_is_shown_once() {
    let app = spawn_app().await;
    let mut admin = app.visitor(Role::Admin).await;
    let fields = [("name", "Lee Park"), ("email", "Lee@Acme.example"), ("role", "editor")];

    let added = admin.post(USERS, &fields).await;

    assert_eq!(added.leads_to(), "/accounts/100/users/created");
    let page = admin.get(added.leads_to()).await;
    page.says("lee@acme.example");
    let password =
        page.body.split('"').find(|word| word.len() == 23 && word.matches('-').count() == 3).unwrap();
    assert!(!admin.get("/accounts/100/users/created").await.body.contains(password));
    app.browser().sign_in("lee@acme.example", password).await.leads_to();
    admin.get(USERS).await.says("Lee Park").says("editor");
    app.finish().await;
}

#[tokio::test]
async fn somebody_who_is_here_already_gets_a_role_and_keeps_the_password() {
    let app = spawn_app().await;
    app.account(200, "Globex", "prod-globex", "kim@globex.example").await;
    app.person("kim@globex.example", Some((200, Role::Admin))).await;
    let mut admin = app.visitor(Role::Admin).await;
    let fields = [("name", "Kim"), ("email", "kim@globex.example"), ("role", "viewer")];
    assert_eq!(admin.post(USERS, &fields).await.leads_to(), USERS);
    admin.post(USERS, &fields).await.has_status(422).says("is in this account already");
    let mut kim = app.browser();
    kim.sign_in("kim@globex.example", PASSWORD).await.leads_to();
    kim.get("/accounts/100/company").await.has_status(200);
    kim.get("/accounts").await.says("Acme Corp").says("Globex");
    app.finish().await;
}

#[tokio::test]
async fn the_last_admin_can_be_neither_demoted_nor_disabled() {
    let app = spawn_app().await;
    let mut admin = app.visitor(Role::Admin).await;
    let path = format!("{USERS}/{}", id_of(&app, "admin@acme.example").await);
    for (role, status) in [("viewer", "active"), ("admin", "disabled"), ("editor", "disabled")] {
        let answer = admin.post(&path, &[("role", role), ("status", status)]).await;
        answer.has_status(422).says("This is the last admin of an account");
    }
    assert_eq!(app.db.role(&id_of(&app, "admin@acme.example").await, 100).await.unwrap(), Some(Role::Admin));

    app.person("lee@acme.example", Some((100, Role::Admin))).await;
    admin.post(&path, &[("role", "viewer"), ("status", "active")]).await.leads_to();
    app.finish().await;
}

#[tokio::test]
async fn a_disabled_admin_is_no_admin_to_fall_back_on() {
    let app = spawn_app().await;
    let mut admin = app.visitor(Role::Admin).await;
    let lee = app.person("lee@acme.example", Some((100, Role::Admin))).await;
    app.db.set_disabled(lee, true).await.unwrap();
    let path = format!("{USERS}/{}", id_of(&app, "admin@acme.example").await);
    admin.post(&path, &[("role", "viewer"), ("status", "active")]).await.has_status(422);
    app.finish().await;
}

#[tokio::test]
async fn two_admins_who_demote_each_other_at_once_leave_one() {
    let app = spawn_app().await;
    let mut one = app.visitor(Role::Admin).await;
    let lee = app.person("lee@acme.example", Some((100, Role::Admin))).await;
    let mut two = app.signed_in("lee@acme.example").await;
    let first = id_of(&app, "admin@acme.example").await;
    let demote = [("role", "viewer"), ("status", "active")];
    let (to_lee, to_first) = (format!("{USERS}/{lee}"), format!("{USERS}/{first}"));

    tokio::join!(one.post(&to_lee, &demote), two.post(&to_first, &demote));

    let roles = [app.db.role(&lee, 100).await.unwrap(), app.db.role(&first, 100).await.unwrap()];
    assert_eq!(roles.iter().filter(|role| **role == Some(Role::Admin)).count(), 1, "{roles:?}");
    app.finish().await;
}

#[tokio::test]
async fn wrong_fields_are_named_and_ingest_is_no_role_for_people() {
    let app = spawn_app().await;
    let mut admin = app.visitor(Role::Admin).await;
    let answer = admin.post(USERS, &[("name", " "), ("email", "lee"), ("role", "ingest")]).await;
    answer.has_status(422).says("The name must not be empty").says("The email address");
    answer.says("Choose what the person may do");
    let path = format!("{USERS}/{}", id_of(&app, "admin@acme.example").await);
    admin.post(&path, &[("role", "ingest"), ("status", "active")]).await.has_status(422);
    admin.post(&path, &[("role", "admin"), ("status", "asleep")]).await.has_status(422);
    app.finish().await;
}
