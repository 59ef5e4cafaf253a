//! Accounts, people, tokens and events from a shell.

use std::time::Duration;

use ringpost::domain::delivery::State;
use ringpost::domain::role::Role;
use serde_json::{Value, json};

use crate::support::app::spawn_app;
use crate::support::people::PASSWORD;
use crate::support::place::Place;
use crate::support::program::ringpost;
use crate::support::samples::sample;

pub(super) const ADD_ACCOUNT: [&str; 12] = [
    "account",
    "add",
    "--id",
    "300",
    "--name",
    "Initech",
    "--environment",
    "prod-initech",
    "--contact-name",
    "Bill Lum",
    "--contact-email",
    "bill@initech.example",
];

/// A command that changes account 300's contact.
fn set_contact<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["account", "set-contact", "--id", "300"], more].concat()
}

async fn json(place: &Place, arguments: &[&str]) -> Value {
    serde_json::from_str(&ringpost(place, arguments, "").await.done()).unwrap()
}

#[tokio::test]
async fn accounts_are_added_and_listed_beside_a_running_server() {
    let app = spawn_app().await;
    ringpost(&app.place, &ADD_ACCOUNT, "").await.done();
    ringpost(&app.place, &ADD_ACCOUNT, "").await.refused(1, "there is an account 300 already");

    let listed = json(&app.place, &["account", "list", "--json"]).await;

    let expected = json!({
        "id": 300, "name": "Initech", "environment": "prod-initech",
        "contact_name": "Bill Lum", "contact_email": "bill@initech.example",
    });
    assert_eq!((listed.as_array().unwrap().len(), &listed[1]), (2, &expected));
    let table = ringpost(&app.place, &["account", "list"], "").await.done();
    assert!(table.contains("Bill Lum <bill@initech.example>"), "{table}");

    let said =
        ringpost(&app.place, &set_contact(&["--contact-email", "pat@initech.example"]), "").await.done();
    assert_eq!(said.trim(), "Bill Lum <pat@initech.example> is the primary contact of account 300.");
    ringpost(&app.place, &set_contact(&["--contact-name", "Pat"]), "").await.done();
    ringpost(&app.place, &set_contact(&[]), "").await.refused(2, "--contact-name");
    ringpost(&app.place, &set_contact(&["--contact-email", "pat"]), "").await.refused(2, "@");
    let nowhere = ["account", "set-contact", "--id", "999", "--contact-name", "Pat"];
    ringpost(&app.place, &nowhere, "").await.refused(1, "there is no account 999");
    let account = app.db.account(300).await.unwrap().unwrap();
    let contact = (account.contact.name.as_str(), account.contact.email.as_str());
    assert_eq!((account.name.as_str(), contact), ("Initech", ("Pat", "pat@initech.example")));
    app.finish().await;
}

#[tokio::test]
async fn a_person_added_from_a_shell_signs_in_and_one_newline_is_no_part_of_the_password() {
    let app = spawn_app().await;
    let add =
        ["user", "add", "Dana@acme.example", "--name", "Dana Ito", "--account", "100", "--role", "admin"];
    let add = [&add[..], &["--password-stdin"]].concat();
    ringpost(&app.place, &add, &format!("{PASSWORD}\n")).await.done();
    ringpost(&app.place, &add, PASSWORD).await.refused(1, "is here already");

    let mut browser = app.signed_in("dana@acme.example").await;

    browser.get("/accounts/100/users").await.says("Dana Ito");
    let listed = json(&app.place, &["user", "list", "--json"]).await;
    assert_eq!(listed[0]["email"], "dana@acme.example");
    assert_eq!(listed[0]["accounts"], json!([{"account_id": 100, "role": "admin"}]));
    assert!(listed[0]["last_sign_in_at"].as_str().unwrap().ends_with('Z'));
    assert!(!listed.to_string().contains("argon2"));
    app.finish().await;
}

#[tokio::test]
async fn an_operator_may_come_with_or_without_an_account() {
    let app = spawn_app().await;
    let add = |email| ["user", "add", email, "--name", "Root", "--operator", "--password-stdin"];
    ringpost(&app.place, &add("root@platform.example"), PASSWORD).await.done();
    let with = [&add("both@platform.example")[..], &["--account", "100", "--role", "viewer"]].concat();
    ringpost(&app.place, &with, PASSWORD).await.done();
    let listed = json(&app.place, &["user", "list", "--json"]).await;
    assert!(listed.as_array().unwrap().iter().all(|person| person["operator"] == true));
    app.finish().await;
}

#[tokio::test]
async fn roles_passwords_and_access_are_changed_from_a_shell_and_end_sessions() {
    let app = spawn_app().await;
    app.person("dana@acme.example", Some((100, Role::Admin))).await;
    app.person("lee@acme.example", Some((100, Role::Viewer))).await;
    let cases: [(&[&str], &str); 3] = [
        (&["user", "set-role", "lee@acme.example", "--account", "100", "--role", "editor"], ""),
        (&["user", "reset-password", "lee@acme.example", "--password-stdin"], PASSWORD),
        (&["user", "disable", "lee@acme.example"], ""),
    ];
    for (arguments, stdin) in cases {
        let mut browser = app.signed_in("lee@acme.example").await;
        ringpost(&app.place, arguments, stdin).await.done();
        assert_eq!(browser.get("/accounts/100/company").await.status, 303, "{arguments:?}");
    }
    app.browser().sign_in("lee@acme.example", PASSWORD).await.has_status(422);
    for arguments in [
        &["user", "disable", "dana@acme.example"][..],
        &["user", "set-role", "dana@acme.example", "--account", "100", "--role", "viewer"],
    ] {
        ringpost(&app.place, arguments, "").await.refused(1, "is the last admin of an account");
    }
    let nobody = ["user", "disable", "nobody@acme.example"];
    ringpost(&app.place, &nobody, "").await.refused(1, "nobody is called nobody@acme.example");
    app.finish().await;
}

#[tokio::test]
async fn a_token_is_printed_alone_works_at_once_and_can_be_revoked() {
    let app = spawn_app().await;
    let create = ["token", "create", "--account", "100", "--role", "ingest", "--name", "billing"];
    let printed = ringpost(&app.place, &create, "").await.done();
    let token = printed.strip_suffix('\n').unwrap();
    assert!(token.starts_with("rp_") && token.len() == 39, "{printed}");
    app.post_event(token, &sample("run_failed")).await.has_status(202);

    let listed = json(&app.place, &["token", "list", "--account", "100", "--json"]).await;
    assert_eq!((&listed[0]["name"], &listed[0]["role"]), (&json!("billing"), &json!("ingest")));
    assert!(!listed.to_string().contains(token));
    let id = listed[0]["id"].as_str().unwrap();
    ringpost(&app.place, &["token", "revoke", id], "").await.done();
    // Nobody tells a server on SQLite what a command has done.
    app.time.advance(Duration::from_secs(2));

    app.post_event(token, &sample("run_failed")).await.error(401, "UNAUTHORIZED");
    ringpost(&app.place, &["token", "revoke", id], "").await.refused(1, "there is no live token");
    app.finish().await;
}

#[tokio::test]
async fn without_an_account_every_token_is_listed_with_its_own() {
    let app = spawn_app().await;
    ringpost(&app.place, &ADD_ACCOUNT, "").await.done();
    for (account, name) in [
        (&["--account", "100"][..], "acme"),
        (&["--account", "300"], "initech"),
        (&["--all-accounts"], "platform"),
    ] {
        let create = [&["token", "create", "--role", "ingest", "--name", name], account].concat();
        ringpost(&app.place, &create, "").await.done();
    }

    let all = json(&app.place, &["token", "list", "--json"]).await;
    let one = json(&app.place, &["token", "list", "--account", "300", "--json"]).await;
    let table = ringpost(&app.place, &["token", "list"], "").await.done();

    let of = |list: &Value| -> Vec<(Value, Value)> {
        list.as_array()
            .unwrap()
            .iter()
            .map(|token| (token["account_id"].clone(), token["name"].clone()))
            .collect()
    };
    let newest_first =
        [(json!(null), json!("platform")), (json!(300), json!("initech")), (json!(100), json!("acme"))];
    assert_eq!(of(&all), newest_first);
    assert_eq!(of(&one), newest_first[1..2]);
    assert!(table.contains("ACCOUNT") && table.contains("all") && table.contains("initech"), "{table}");
    ringpost(&app.place, &["token", "list", "--account", "999"], "")
        .await
        .refused(1, "there is no account 999");
    app.finish().await;
}

#[tokio::test]
async fn a_token_for_all_accounts_posts_for_each() {
    let app = spawn_app().await;
    ringpost(&app.place, &ADD_ACCOUNT, "").await.done();
    let create = ["token", "create", "--all-accounts", "--role", "ingest", "--name", "platform"];
    let token = ringpost(&app.place, &create, "").await.done();
    for id in [100, 300] {
        let mut event = sample("run_failed");
        event["account_id"] = json!(id);
        app.post_event(token.trim(), &event).await.has_status(202);
    }
    app.finish().await;
}

#[tokio::test]
async fn an_event_from_a_file_is_sent_by_the_running_server() {
    let app = spawn_app().await;
    let file = app.place.folder().join("event.json");
    std::fs::write(&file, sample("run_failed").to_string()).unwrap();

    let sent = json(&app.place, &["event", "send", &file.display().to_string()]).await;

    assert_eq!((&sent["event_type"], &sent["deliveries"]), (&json!("run_failed"), &json!(1)));
    assert_eq!(app.settled_log().await[0].state, State::Delivered);
    app.finish().await;
}

#[tokio::test]
async fn an_event_that_the_api_would_refuse_is_refused_with_the_same_words() {
    let app = spawn_app().await;
    let mut event = sample("run_failed");
    event["run_id"] = json!("nine");
    let send = ["event", "send", "-"];
    ringpost(&app.place, &send, &event.to_string()).await.refused(1, "run_id must be");
    ringpost(&app.place, &send, "{").await.refused(1, "is not JSON");
    ringpost(&app.place, &send, "{}").await.refused(1, "account_id is missing");
    event["account_id"] = json!(999);
    ringpost(&app.place, &send, &event.to_string()).await.refused(1, "there is no account 999");
    ringpost(&app.place, &["event", "send", "/nowhere.json"], "").await.refused(1, "cannot be read");
    assert!(app.log().await.is_empty());
    app.finish().await;
}

#[tokio::test]
async fn wrong_usage_exits_with_2_and_changes_nothing() {
    let app = spawn_app().await;
    let cases: [&[&str]; 13] = [
        &["dance"],
        &["account", "add", "--id", "300"],
        &["account", "add", "--id", "none"],
        &["user", "add", "dana", "--name", "Dana", "--operator", "--password-stdin"],
        &["user", "add", "dana@acme.example", "--name", "Dana", "--password-stdin"],
        &["user", "add", "dana@acme.example", "--name", "Dana", "--operator"],
        &["user", "set-role", "dana@acme.example", "--account", "100", "--role", "ingest"],
        &["token", "create", "--role", "ingest", "--name", "x"],
        &[
            "token",
            "create",
            "--all-accounts",
            "--role",
            "ingest",
            "--name",
            "x",
            "--expires-in-days",
            "3651",
        ],
        &["token", "create", "--account", "100", "--all-accounts", "--role", "ingest", "--name", "x"],
        &["--webhook-timeout", "2m", "account", "list"],
        &["--signature-header", "Host", "account", "list"],
        &["--signature-header", "webhook-signature", "account", "list"],
    ];
    for arguments in cases {
        let ended = ringpost(&app.place, arguments, PASSWORD).await;
        assert_eq!(ended.code, Some(2), "{arguments:?}: {ended:?}");
    }
    let missing = ["token", "create", "--account", "999", "--role", "ingest", "--name", "x"];
    ringpost(&app.place, &missing, "").await.refused(1, "there is no account 999");
    let short = ["user", "add", "x@acme.example", "--name", "X", "--operator", "--password-stdin"];
    ringpost(&app.place, &short, "short").await.refused(1, "at least 15 characters");
    app.finish().await;
}

#[tokio::test]
async fn help_documents_every_setting_and_hides_what_the_environment_holds() {
    let help = ringpost(&Place::on_sqlite(), &["--help"], "").await.done();
    for flag in ["--database-url", "--smtp-url", "--allow-network", "--rate-limit", "--retention-days"] {
        assert!(help.contains(flag), "{flag}");
    }
    assert!(help.contains("[env: RINGPOST_SMTP_URL]") && help.contains("RINGPOST_SMTP_URL_FILE"), "{help}");
}

#[tokio::test]
async fn a_command_that_makes_nothing_needs_a_database_and_leaves_no_trace() {
    let place = Place::on_sqlite();
    let folder = place.folder().join("not-yet");
    let url = format!("sqlite://{}", folder.join("ringpost.db").display());
    let elsewhere = place.by(&folder, &url);
    for line in [
        &["user", "list"] as &[&str],
        &["account", "list", "--json"],
        &["token", "list"],
        &["user", "disable", "dana@acme.example"],
        &["token", "revoke", "x"],
    ] {
        ringpost(&elsewhere, line, "").await.refused(1, "there is no database at ");
    }
    assert!(!folder.exists());
}
