//! Which passwords are refused, at every door.

use ringpost::domain::role::Role;

use crate::support::app::spawn_app;
use crate::support::people::PASSWORD;
use crate::support::program::ringpost;

#[tokio::test]
async fn a_common_password_is_refused_wherever_one_is_chosen() {
    let app = spawn_app().await;
    let mut admin = app.visitor(Role::Admin).await;
    let link = app.invite(&mut admin, "lee@acme.example").await;
    let common = "Passwordpassword";
    let refused = "among the first that are guessed";
    let change = [("current_password", PASSWORD), ("new_password", common)];
    admin.post("/profile/password", &change).await.has_status(422).says(refused);
    let anew = [("name", "Lee"), ("password", common)];
    app.browser().post(&format!("/invitations/{link}"), &anew).await.has_status(422).says(refused);
    for command in [
        &["user", "reset-password", "admin@acme.example", "--password-stdin"][..],
        &["user", "add", "kim@acme.example", "--name", "Kim", "--operator", "--password-stdin"],
    ] {
        ringpost(&app.place, command, common).await.refused(1, refused);
    }
    app.browser().sign_in("admin@acme.example", PASSWORD).await.leads_to();
    app.finish().await;
}
