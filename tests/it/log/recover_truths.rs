//! What a recovery is asked for, and what it says that it has done, is meant word for word.

use ringpost::domain::delivery::Trigger;
use ringpost::domain::role::Role;
use serde_json::json;

use super::recover::{broken, recover, recovery, resends, told};
use crate::support::app::spawn_app;
use crate::support::destinations::request;
use crate::support::program::ringpost;
use crate::support::receiver::Answer;

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
async fn mails_that_are_written_to_files_are_not_told_as_recovered() {
    let app = spawn_app().await;
    told(&app, vec![Answer::status(200, "ok")], 3).await;
    app.place
        .change("update deliveries set state = 'failed', reason = 'smtp_refused' where channel = 'email'")
        .await;

    let begun = recover(&app, &json!({ "channel": "email" })).await;
    begun.has_status(202);

    assert_eq!(resends(&app).await.len(), 3);
    let end = recovery(&app, begun.json()["id"].as_str().unwrap()).await;
    assert_eq!(end["message"], "Recovered 0 of 3. 3 written to files: nobody received them.");
    assert_eq!((&end["delivered"], &end["written_to_file"]), (&json!(0), &json!(3)));
    let id = app.settled_log().await.iter().find(|row| row.trigger == Trigger::Resend).unwrap().id;
    let token = app.token(Some(100), Role::Admin).await;
    let again = format!("/api/v1/deliveries/{id}/resend");
    let refused = app.send(request("POST", &again, None).bearer(&token)).await.error(409, "NOT_RESENDABLE");
    assert!(refused["message"].as_str().unwrap().contains("nobody received it"), "{refused}");
    app.finish().await;
}
