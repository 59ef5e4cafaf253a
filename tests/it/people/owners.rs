//! Whose an address is: where no mail server is set up, an invitation's link shows nothing of it.

use ringpost::domain::role::Role;

use super::invitations::{OWNERS, app_with_kim, choose, come, link_in, page};
use crate::support::app::start;
use crate::support::browser::Browser;
use crate::support::people::PASSWORD;
use crate::support::program::ringpost;
use crate::support::smtp::SmtpServer;

#[tokio::test]
async fn whoever_was_made_through_a_shown_link_is_known_to_that_account_only() {
    let app = app_with_kim().await;
    let mut acme = app.visitor(Role::Admin).await;
    let link = app.invite(&mut acme, "ceo@globex.example").await;
    // The admin of one account opens the link that was shown to them.
    let mut squatter = app.browser();
    assert_eq!(
        come(&mut squatter, &link, "ceo@globex.example").await.leads_to(),
        "/accounts/100/notifications"
    );

    let mut globex = app.signed_in("kim@globex.example").await;
    let invited =
        globex.post("/accounts/200/users", &[("email", "ceo@globex.example"), ("role", "admin")]).await;
    let shown = globex.get(invited.leads_to()).await.body;
    let link = shown.split("/invitations/").nth(1).unwrap().split('"').next().unwrap();
    let refused = squatter.post(&format!("{}/accept", page(link)), &[]).await;
    refused
        .has_status(422)
        .says("Nobody knows yet that the address is yours")
        .says("ringpost user sign-in-link");
    squatter.get("/accounts/200/company").await.has_status(404);
    // Nor does a shown link of the other account take over who they are in the first.
    let chosen = app.browser().post(&page(link), &[("name", "Kim"), ("password", OWNERS)]).await;
    chosen.leads_to();
    app.browser().sign_in("ceo@globex.example", OWNERS).await.has_status(422);

    // An operator knows to whom a password is handed.
    let made = ringpost(&app.place, &["user", "reset-password", "ceo@globex.example"], "").await.done();
    squatter.get("/accounts/100/company").await.leads_to();
    let mut ceo = app.browser();
    ceo.sign_in("ceo@globex.example", made.trim()).await.leads_to();
    ceo.post("/profile/new-password", &[("new_password", OWNERS)]).await.leads_to();
    ceo.post(&format!("{}/accept", page(link)), &[]).await.leads_to();
    ceo.get("/accounts/200/company").await.has_status(200).says("(admin)");
    app.finish().await;
}

#[tokio::test]
async fn who_shows_that_the_mailbox_is_theirs_has_the_address_and_nobody_else() {
    let app = app_with_kim().await;
    let mut acme = app.visitor(Role::Admin).await;
    let mut squatters = Vec::new();
    for email in ["ceo@globex.example", "cfo@globex.example"] {
        let link = app.invite(&mut acme, email).await;
        let mut squatter = app.browser();
        come(&mut squatter, &link, email).await.leads_to();
        squatters.push(squatter);
    }
    // From now on there is a mail server.
    let mails = SmtpServer::friendly().await;
    let app = start().at(&app.stop().await).with("--smtp-url", &mails.url("smtp", "", "")).spawn().await;
    for squatter in &mut squatters {
        *squatter = Browser::with_session(app.address, squatter.session().unwrap());
        squatter.get("/accounts/100/company").await.has_status(200);
    }

    // One is invited by the other account, and takes the address over through the mail.
    let mut globex = app.signed_in("kim@globex.example").await;
    globex
        .post("/accounts/200/users", &[("email", "ceo@globex.example"), ("role", "admin")])
        .await
        .leads_to();
    let link = link_in(&mails.wait_for(1).await[0].message);
    let mut ceo = app.browser();
    let fields = [("name", "The CEO"), ("password", OWNERS)];
    assert_eq!(choose(&mut ceo, &link, "ceo@globex.example", &fields).await.leads_to(), page(&link));
    squatters[0].get("/accounts/100/company").await.leads_to();
    app.browser().sign_in("ceo@globex.example", PASSWORD).await.has_status(422);
    ceo.post(&format!("{}/accept", page(&link)), &[]).await.leads_to();
    ceo.get("/accounts/200/company").await.has_status(200).says("(admin)");
    globex.get("/accounts/200/users").await.says("The CEO");

    // The other has forgotten a password that they never chose.
    let sent = mails.log().mails.len();
    app.browser().post("/login/forgotten", &[("email", "cfo@globex.example")]).await.has_status(200);
    let text = loop {
        let mails = mails.wait_for(sent + 1).await;
        let found = mails.iter().find(|mail| mail.message.contains("/login/link/"));
        if let Some(mail) = found {
            break mail.message.replace("=\r\n", "");
        }
    };
    let path = text.split("/login/link/").nth(1).unwrap();
    let path: String = path.chars().take_while(char::is_ascii_alphanumeric).collect();
    let mut cfo = app.browser();
    assert_eq!(cfo.post(&format!("/login/link/{path}"), &[]).await.leads_to(), "/");
    cfo.post("/profile/new-password", &[("new_password", OWNERS)]).await.leads_to();
    squatters[1].get("/accounts/100/company").await.leads_to();
    app.browser().sign_in("cfo@globex.example", PASSWORD).await.has_status(422);
    // Now it is proven, so no link takes it away, and every account may let them in.
    let mut operator_view = ringpost(&app.place, &["user", "list", "--json"], "").await.done();
    operator_view.retain(|letter| !letter.is_whitespace());
    assert_eq!(operator_view.matches(r#""address_proven":true"#).count(), 4, "{operator_view}");
    app.stop().await.clear().await;
}
