//! `ringpost deliveries`: the log from a shell, beside a running server.

use ringpost::domain::delivery::{State, Trigger};
use serde_json::{Value, json};

use super::reading::told;
use crate::support::app::{TestApp, spawn_app};
use crate::support::program::{Ended, ringpost};
use crate::support::receiver::{Answer, Door, Receiver};

async fn deliveries(app: &TestApp, arguments: &[&str]) -> Ended {
    ringpost(&app.place, &[&["deliveries"], arguments].concat(), "").await
}

async fn json_of(app: &TestApp, arguments: &[&str]) -> Value {
    serde_json::from_str(&deliveries(app, arguments).await.done()).unwrap()
}

#[tokio::test]
async fn deliveries_are_listed_shown_and_sent_again() {
    let app = spawn_app().await;
    let receiver = told(&app).await;
    let listed = json_of(&app, &["list", "--status", "failed", "--json"]).await;
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["event_type"]), (1, &json!("run_failed")));
    let id = listed[0]["id"].as_str().unwrap();
    let all = json_of(&app, &["list", "--account", "100", "--limit", "3", "--json"]).await;
    assert_eq!(all.as_array().unwrap().len(), 3);
    let found = json_of(&app, &["list", "--search", "9876", "--status", "failed", "--json"]).await;
    assert_eq!(found.as_array().unwrap().len(), 1);
    let none = json_of(&app, &["list", "--search", "nothing like it", "--json"]).await;
    assert_eq!(none, json!([]));
    let table = deliveries(&app, &["list", "--channel", "webhook", "--since", "2020-01-01"]).await.done();
    assert!(table.contains("STATUS") && table.contains(id) && table.contains("skipped"), "{table}");
    deliveries(&app, &["list", "--since", "yesterday"]).await.refused(1, "must be a moment like");
    deliveries(&app, &["list", "--event", "bogus"]).await.refused(1, "must be the key of an event type");
    for option in ["--event", "--search", "--status", "--channel"] {
        deliveries(&app, &["list", option, ""]).await.refused(2, option);
    }
    deliveries(&app, &["list", "--account", "999"]).await.refused(1, "there is no account 999");
    deliveries(&app, &["list", "--status", "bogus"]).await.refused(2, "--status");

    let shown = deliveries(&app, &["show", id]).await.done();
    assert!(shown.contains("run_failed webhook to") && shown.contains("answered 500"), "{shown}");
    deliveries(&app, &["show", "x"]).await.refused(1, "there is no delivery x");

    deliveries(&app, &["resend", id]).await.done();
    let log = app.settled_log().await;
    let again = log.iter().find(|row| row.trigger == Trigger::Resend).unwrap();
    assert_eq!((again.state, again.resent_by.as_deref()), (State::Delivered, Some("the command line")));
    assert_eq!(receiver.requests().len(), 4);
    deliveries(&app, &["resend", id]).await.refused(1, "was sent again already");
    let sends = json_of(&app, &["show", id, "--json"]).await;
    assert_eq!((sends["sends"].as_array().unwrap().len(), &sends["sends"][1]["resend_of"]), (2, &json!(id)));
    app.finish().await;
}

#[tokio::test]
async fn of_several_each_is_told_and_an_unknown_one_needs_a_look() {
    let app = spawn_app().await;
    let answers = vec![Answer::close(), Answer::status(500, "no"), Answer::status(200, "ok")];
    let receiver = Receiver::start(Door::Plain, answers).await;
    app.notify(Some(&receiver.url("/hook")), "run_failed", true, "").await;
    super::resend::happen(&app).await;
    let log = super::resend::happen(&app).await;
    let of = |state| log.iter().find(|row| row.state == state).unwrap().id.to_string();
    let (unknown, failed) = (of(State::Unknown), of(State::Failed));

    deliveries(&app, &["resend", &unknown]).await.refused(1, "say --checked");
    deliveries(&app, &["resend", &unknown, &failed, "--checked"])
        .await
        .refused(1, "is said about one delivery");
    assert_eq!(receiver.requests().len(), 2);
    let both = deliveries(&app, &["resend", &unknown, &failed, "--json"]).await;
    both.refused(1, "1 of 2 were not sent again");
    let told: Value = serde_json::from_str(&both.stdout).unwrap();
    assert!(told[0]["error"].as_str().unwrap().contains("look at the receiver first"), "{told}");
    assert!(told[1]["resent_as"].is_string() && told[1]["error"].is_null(), "{told}");
    app.dispatch.settled().await.unwrap();
    deliveries(&app, &["resend", &unknown, "--checked"]).await.done();
    app.dispatch.settled().await.unwrap();
    assert_eq!(receiver.requests().len(), 4);
    app.finish().await;
}

#[tokio::test]
async fn a_recovery_is_counted_started_watched_and_stopped() {
    let app = spawn_app().await;
    let _receiver = told(&app).await;
    let recover = ["recover", "--account", "100", "--json"];
    let count = json_of(&app, &[&recover[..], &["--dry-run"]].concat()).await;
    assert_eq!((&count["total"], &count["to_send"], &count["skipped"]), (&json!(1), &json!(1), &json!(0)));
    deliveries(&app, &["recover"]).await.refused(2, "--account");
    deliveries(&app, &["recover", "--account", "100", "--since", "x"]).await.refused(1, "must be a moment");

    let begun = json_of(&app, &recover).await;
    assert_eq!((&begun["state"], &begun["started_by"]), (&json!("running"), &json!("the command line")));
    app.dispatch.settled().await.unwrap();
    let id = begun["id"].as_str().unwrap();
    let end = deliveries(&app, &["recover", "--progress", id]).await.done();
    assert_eq!(end.trim(), format!("Recovery {id}: Recovered 1 of 1."));
    deliveries(&app, &["recover", "--stop", id]).await.refused(1, "has ended already");
    deliveries(&app, &["recover", "--progress", "x"]).await.refused(1, "there is no recovery x");
    deliveries(&app, &recover).await.refused(1, "nothing has failed");
    app.finish().await;
}
