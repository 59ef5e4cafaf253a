//! What a recovery is asked for, and what it says that it has done, is meant word for word.

use ringpost::domain::delivery::State;
use ringpost::domain::role::Role;
use serde_json::json;

use super::recover::{broken, recover, resends, told};
use crate::support::app::{spawn_app, start};
use crate::support::destinations::request;
use crate::support::program::ringpost;
use crate::support::receiver::Answer;
use crate::support::smtp::SmtpServer;

#[tokio::test]
async fn a_filter_that_is_given_and_empty_is_a_variable_that_nobody_has_set() {
    let app = spawn_app().await;
    let (receiver, _) = told(&app, broken(1), 2).await;
    for name in ["status", "event", "channel", "destination", "since", "until"] {
        for empty in ["", " "] {
            let error = recover(&app, &json!({ name: empty })).await.error(422, "VALIDATION_FAILED");
            assert_eq!(error["details"][name], "Must be text that is not empty, or left out.", "{name}");
        }
    }
    for option in ["--event", "--channel", "--destination", "--since", "--until"] {
        let command = ["deliveries", "recover", "--account", "100", option, ""];
        ringpost(&app.place, &command, "").await.refused(2, option);
    }
    assert!(resends(&app).await.is_empty());
    assert_eq!(receiver.requests().len(), 2);
    app.finish().await;
}

#[tokio::test]
async fn mails_wait_for_a_mail_server_instead_of_being_sent_again_into_files() {
    let smtp = SmtpServer::friendly().await;
    let app = spawn_app().await;
    told(&app, vec![Answer::status(200, "ok")], 3).await;
    app.place
        .change("update deliveries set state = 'failed', reason = 'smtp_refused' where channel = 'email'")
        .await;

    let filter = json!({ "channel": "email" });
    let count = recover(&app, &json!({ "channel": "email", "dry_run": true })).await.json();
    assert_eq!((&count["to_send"], &count["skipped"]), (&json!(0), &json!(3)));
    recover(&app, &filter).await.error(409, "NOTHING_TO_RECOVER");
    let mut admin = app.visitor(Role::Admin).await;
    let page = admin.get("/accounts/100/deliveries/recover?channel=email").await;
    page.says("3 deliveries will be skipped: no mail server.");
    let id = app.log().await.iter().find(|row| row.state == State::Failed).unwrap().id;
    let token = app.token(Some(100), Role::Admin).await;
    let again = format!("/api/v1/deliveries/{id}/resend");
    let skipped = app.send(request("POST", &again, None).bearer(&token)).await;
    skipped.has_status(202);
    assert_eq!(skipped.json()["reason"], "no_mail_server");

    let place = app.stop().await;
    let app = start().at(&place).with("--smtp-url", &smtp.url("smtp", "", "")).spawn().await;
    recover(&app, &filter).await.has_status(202);
    smtp.wait_for(3).await;
    app.finish().await;
}

#[tokio::test]
async fn what_a_recovery_cannot_choose_by_is_said_before_it_starts() {
    let app = spawn_app().await;
    told(&app, broken(2), 2).await;
    let mut admin = app.visitor(Role::Admin).await;

    let log = admin.get("/accounts/100/deliveries?q=9876&trigger=event").await;
    let link = "/accounts/100/deliveries/recover?trigger=event&#38;q=9876";
    assert!(log.body.contains(link), "{}", log.body);

    admin
        .get(&link.replace("&#38;", "&"))
        .await
        .has_status(200)
        .says("Counted without the search for “9876” and the trigger.")
        .says("Resend 2 failed?");
    app.finish().await;
}
