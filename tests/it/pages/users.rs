//! People of an account, and that it never loses its last admin.

use ringpost::domain::role::Role;

use crate::support::app::{TestApp, spawn_app};

const USERS: &str = "/accounts/100/users";

async fn id_of(app: &TestApp, email: &str) -> String {
    app.db.user_by_email(email).await.unwrap().unwrap().id
}

#[tokio::test]
async fn the_last_admin_can_be_neither_demoted_nor_removed() {
    let app = spawn_app().await;
    let mut admin = app.visitor(Role::Admin).await;
    let path = format!("{USERS}/{}", id_of(&app, "admin@acme.example").await);
    for role in ["viewer", "editor"] {
        admin
            .post(&path, &[("role", role)])
            .await
            .has_status(422)
            .says("This is the last admin of an account");
    }
    let removed = admin.post(&format!("{path}/remove"), &[]).await;
    removed.has_status(422).says("This is the last admin of an account");
    assert_eq!(app.db.role(&id_of(&app, "admin@acme.example").await, 100).await.unwrap(), Some(Role::Admin));

    app.person("lee@acme.example", Some((100, Role::Admin))).await;
    assert_eq!(admin.post(&format!("{path}/remove"), &[]).await.leads_to(), "/login");
    app.finish().await;
}

#[tokio::test]
async fn a_removed_person_keeps_the_other_accounts() {
    let app = spawn_app().await;
    app.account(200, "Globex", "prod-globex", "kim@globex.example").await;
    let mut admin = app.visitor(Role::Admin).await;
    let kim = app.person("kim@globex.example", Some((200, Role::Admin))).await;
    app.join(&kim, 100, Role::Editor).await;
    let path = format!("{USERS}/{kim}/remove");
    admin.get(&path).await.has_status(200).says("Other accounts of theirs stay");
    assert_eq!(admin.post(&path, &[]).await.leads_to(), USERS);
    admin.post(&path, &[]).await.has_status(404);
    let mut kim = app.signed_in("kim@globex.example").await;
    kim.get("/accounts/100/company").await.has_status(404);
    kim.get("/accounts/200/company").await.has_status(200);
    app.finish().await;
}

#[tokio::test]
async fn a_disabled_admin_is_no_admin_to_fall_back_on() {
    let app = spawn_app().await;
    let mut admin = app.visitor(Role::Admin).await;
    let lee = app.person("lee@acme.example", Some((100, Role::Admin))).await;
    app.db.set_disabled(lee, true, app.clock.now_ms()).await.unwrap();
    let path = format!("{USERS}/{}", id_of(&app, "admin@acme.example").await);
    admin.post(&path, &[("role", "viewer")]).await.has_status(422);
    app.finish().await;
}

#[tokio::test]
async fn two_admins_who_demote_each_other_at_once_leave_one() {
    let app = spawn_app().await;
    let mut one = app.visitor(Role::Admin).await;
    let lee = app.person("lee@acme.example", Some((100, Role::Admin))).await;
    let mut two = app.signed_in("lee@acme.example").await;
    let first = id_of(&app, "admin@acme.example").await;
    let demote = [("role", "viewer")];
    let (to_lee, to_first) = (format!("{USERS}/{lee}"), format!("{USERS}/{first}"));

    tokio::join!(one.post(&to_lee, &demote), two.post(&to_first, &demote));

    let roles = [app.db.role(&lee, 100).await.unwrap(), app.db.role(&first, 100).await.unwrap()];
    assert_eq!(roles.iter().filter(|role| **role == Some(Role::Admin)).count(), 1, "{roles:?}");
    app.finish().await;
}

#[tokio::test]
async fn ingest_is_no_role_for_people() {
    let app = spawn_app().await;
    let mut admin = app.visitor(Role::Admin).await;
    let path = format!("{USERS}/{}", id_of(&app, "admin@acme.example").await);
    for role in ["ingest", "", "king"] {
        admin.post(&path, &[("role", role)]).await.has_status(422).says("Choose what the person may do");
    }
    app.finish().await;
}
