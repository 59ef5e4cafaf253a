//! An account's settings as a file: out without a secret in clear, and in again, all of it or nothing.

use std::fs;

use ringpost::db::audit::AuditFilter;
use ringpost::domain::audit::AuditAction;
use ringpost::domain::settings::Settings;
use serde_json::{Value, json};

use crate::support::app::{TestApp, start, webhook_url};
use crate::support::destinations::{Desk, PROVIDERS};
use crate::support::program::{Ended, ringpost};
use crate::support::smtp::SmtpServer;

const URL: &str = "https://hooks.acme.invalid/canary-5d0e2b11";
const SLACK: &str = "https://hooks.slack.invalid/canary-77c9a402";
const SECRETS: [&str; 4] = ["canary-5d0e2b11", "canary-77c9a402", "canary-secret", "canary-header"];

/// An app with something in every field.
async fn filled() -> Desk {
    let desk = Desk::of_admin().await;
    desk.app.notify(Some(&webhook_url(URL)), "run_failed", true, "ops@acme.example, lee@acme.example").await;
    let headers = json!({ "X-Token": "canary-header" });
    for (kind, config) in [
        ("slack", json!({ "webhookUrl": SLACK })),
        ("webhook", json!({ "url": SLACK, "secret": "canary-secret", "headers": headers })),
        ("ops_email", json!({ "fromEmail": "ops@acme.example", "toEmails": ["a@b.example"] })),
    ] {
        let body = json!({ "kind": kind, "name": format!("the {kind}"), "config": config });
        desk.call("POST", PROVIDERS, Some(&body)).await.has_status(201);
    }
    desk
}

async fn export(app: &TestApp, more: &[&str]) -> String {
    let command = [&["settings", "export", "--account", "100"], more].concat();
    ringpost(&app.place, &command, "").await.done()
}

async fn import(app: &TestApp, account: &str, text: &str, more: &[&str]) -> Ended {
    let command = [&["settings", "import", "--account", account, "-"], more].concat();
    ringpost(&app.place, &command, text).await
}

async fn settings(app: &TestApp) -> Settings {
    app.db.settings(100).await.unwrap().unwrap()
}

async fn destinations(desk: &Desk) -> Vec<Value> {
    let listed = desk.get(PROVIDERS).await.json();
    listed["data"].as_array().unwrap().clone()
}

/// The text with each of these replaced, each of which is there.
fn edited(text: &str, edits: &[(&str, &str)]) -> String {
    edits.iter().fold(text.to_owned(), |text, (old, new)| {
        assert!(text.contains(old), "“{old}” is not in {text}");
        text.replace(old, new)
    })
}

#[tokio::test]
async fn what_was_exported_holds_no_secret_in_clear_and_importing_it_changes_nothing() {
    let desk = filled().await;
    for secrets in [&[][..], &["--encrypted-secrets"]] {
        let text = export(&desk.app, secrets).await;
        assert_eq!(text.contains("sealed:"), !secrets.is_empty(), "{text}");
        assert!(text.contains("ops@acme.example") && text.contains("X-Token"), "{text}");
        assert!(SECRETS.iter().all(|secret| !text.contains(secret)), "{text}");

        let said = import(&desk.app, "100", &text, &[]).await.done();

        assert_eq!(said.trim(), "Account 100 is as the file says.");
    }
    let exported = desk.app.db.audit(&AuditFilter::default(), 100).await.unwrap();
    assert_eq!(exported.iter().filter(|line| line.action == AuditAction::Exported).count(), 2);
    desk.app.finish().await;
}

#[tokio::test]
async fn a_file_is_compared_first_and_then_applied_whole() {
    let desk = filled().await;
    let old = export(&desk.app, &["--encrypted-secrets"]).await;
    let new = edited(
        &old,
        &[
            ("contact_email = \"dana@acme.example\"", "contact_email = \"pat@acme.example\""),
            ("failure_mails = true", "failure_mails = false"),
            ("\"lee@acme.example\"", "\"kim@acme.example\", \"pat@acme.example\""),
            ("send_webhook = true", "send_webhook = false"),
            ("name = \"the slack\"", "name = \"our slack\"\nevents = [\"new_tenant_created\"]"),
        ],
    );
    let new = edited(
        &new,
        &[(
            "our slack\"\nevents = [\"new_tenant_created\"]\nenabled = true\nevents = []",
            "our slack\"\nenabled = false\nevents = [\"new_tenant_created\"]",
        )],
    );
    let added = "\n[[destination]]\nkind = \"discord\"\nname = \"chat\"\nevents = [\"run_failed\"]\n\n\
                 [destination.config]\nwebhookUrl = \"https://discord.invalid/canary-77c9a402\"\n";
    let new = new + added;

    let dry = import(&desk.app, "100", &new, &["--dry-run"]).await.done();

    for line in [
        "~ account.contact_email: “dana@acme.example” → “pat@acme.example”",
        "~ account.failure_mails: on → off",
        "- events.run_failed.subscribers lee@acme.example: listed",
        "+ events.run_failed.subscribers kim@acme.example: listed",
        "~ events.run_failed.send_webhook: on → off",
        "~ destination “the slack” (slack): name: “the slack” → “our slack”",
        "~ destination “the slack” (slack): state: active → paused",
        "+ destination “the slack” (slack): events tenant_created: listed",
        "+ destination “chat” (discord)",
        "9 differences; nothing was changed.",
    ] {
        assert!(dry.lines().any(|said| said == line), "{line}\n{dry}");
    }
    assert!(SECRETS.iter().all(|secret| !dry.contains(secret)), "{dry}");
    assert_eq!(export(&desk.app, &[]).await, {
        let again = import(&desk.app, "100", &old, &["--dry-run"]).await.done();
        assert!(again.contains("is as the file says"), "{again}");
        export(&desk.app, &[]).await
    });

    let done = import(&desk.app, "100", &new, &[]).await.done();

    assert!(done.contains("9 differences; account 100 is as the file says now."), "{done}");
    let after = settings(&desk.app).await;
    assert_eq!(after.account.contact.email.as_str(), "pat@acme.example");
    assert!(!after.account.failure_mails);
    let row = after.event("run_failed");
    // The primary contact hears everything anyway.
    assert_eq!(
        (row.send_webhook, row.subscribers.to_string()),
        (false, "ops@acme.example, kim@acme.example".to_owned())
    );
    let names: Vec<_> =
        destinations(&desk).await.iter().map(|one| (one["name"].clone(), one["enabled"].clone())).collect();
    assert!(
        names.contains(&(json!("our slack"), json!(false))) && names.contains(&(json!("chat"), json!(true))),
        "{names:?}"
    );
    // Applied again it finds the new one by kind and name.
    let again = import(&desk.app, "100", &new, &[]).await.done();
    assert_eq!(again.trim(), "Account 100 is as the file says.");
    let log = desk.app.db.audit(&AuditFilter::default(), 100).await.unwrap();
    let imported = log.iter().filter(|line| line.detail == "imported from a file");
    assert_eq!(imported.count(), 4, "account, settings, one destination changed, one made");
    desk.app.finish().await;
}

#[tokio::test]
async fn everything_that_is_wrong_is_told_at_once_and_nothing_is_changed() {
    let desk = filled().await;
    let old = export(&desk.app, &[]).await;
    let wrong = edited(
        &old,
        &[
            ("contact_email = \"dana@acme.example\"", "contact_email = \"dana\""),
            ("\"lee@acme.example\"", "\"lee\""),
            ("name = \"Acme Corp\"", "name = \"Globex\""),
            ("fromEmail = \"ops@acme.example\"", "fromEmail = \"ops\""),
        ],
    );
    let wrong = wrong
        + "\n[events.nothing]\nsend_webhook = true\nsubscribers = []\n\n\
                         [[destination]]\nkind = \"pager\"\nname = \"a\"\n[destination.config]\n\n\
                         [[destination]]\nkind = \"slack\"\nname = \"b\"\n[destination.config]\nwebhookUrl = \"••••••••\"\n";

    let refused = import(&desk.app, "100", &wrong, &[]).await;

    for words in [
        "account.contact_email is missing an @",
        "events.run_failed.subscribers: “lee”",
        "events.nothing is not an event: use integration_created",
        "destination[2].config.fromEmail: “ops”",
        "destination[3].kind: “pager” is not one of slack",
        "destination[4].config.webhookUrl must be the real value",
    ] {
        refused.refused(1, words);
    }
    assert_eq!(export(&desk.app, &[]).await, old);
    assert_eq!(settings(&desk.app).await.account.name, "Acme Corp");
    import(&desk.app, "100", "version = 1\nnothing = 1\n", &[])
        .await
        .refused(1, "line 2: `nothing` is not a field here: use ");
    import(&desk.app, "999", &old, &[]).await.refused(1, "there is no account 999");
    desk.app.finish().await;
}

#[tokio::test]
async fn an_encrypted_secret_opens_in_its_own_account_and_place_only() {
    let desk = filled().await;
    let text = export(&desk.app, &["--encrypted-secrets"]).await;
    desk.app.account(200, "Globex", "prod-globex", "kim@globex.example").await;
    import(&desk.app, "200", &text, &[]).await.refused(1, "webhook.url was encrypted with another key");
    let sealed = |start: &str| {
        let (_, rest) = text.split_once(start).unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let (url, secret) = (sealed("\nurl = \""), sealed("\nsecret = \""));
    let moved = edited(&text, &[(&url, &secret)]);
    import(&desk.app, "100", &moved, &[]).await.refused(1, "for another place: write the value itself");
    // A destination is one account's, whatever a file says.
    let plain = edited(&export(&desk.app, &[]).await, &[("••••••••", "https://a.invalid/")]);
    import(&desk.app, "200", &plain, &[]).await.refused(1, "has the id of another account’s");
    assert_eq!(desk.app.db.settings(200).await.unwrap().unwrap().account.name, "Globex");
    desk.app.finish().await;
}

#[tokio::test]
async fn what_a_file_does_not_name_stays_unless_it_is_to_go() {
    let desk = filled().await;
    let before = export(&desk.app, &["--encrypted-secrets"]).await;

    let said = import(&desk.app, "100", "version = 1\n", &[]).await.done();

    assert!(said.contains("“the slack” (slack) is not in the file and stays: --prune deletes it"), "{said}");
    assert_eq!(destinations(&desk).await.len(), 3);
    let some = "version = 1\n[account]\nname = \"Acme Two\"\n[events.tenant_created]\nsend_webhook = true\n";
    let said = import(&desk.app, "100", some, &["--dry-run"]).await.done();
    assert!(said.contains("account.name") && said.contains("2 differences"), "{said}");
    let said = import(&desk.app, "100", "version = 1\n[webhook]\nurl = \"\"\n", &["--prune"]).await.done();
    assert!(said.contains("- destination “the webhook” (webhook)"), "{said}");
    assert!(said.contains("- webhook.url: https://hooks.acme.invalid"), "{said}");
    assert!(SECRETS.iter().all(|secret| !said.contains(secret)), "{said}");
    assert_eq!(destinations(&desk).await.len(), 0);
    assert!(settings(&desk.app).await.webhook.is_none());
    // What is under version control comes back with its secrets.
    import(&desk.app, "100", &before, &[]).await.done();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("acme.toml");
    fs::write(&file, &before).unwrap();
    let compare = ["settings", "import", "--account", "100", file.to_str().unwrap(), "--dry-run"];
    let said = ringpost(&desk.app.place, &compare, "").await.done();
    assert_eq!(said.trim(), "Account 100 is as the file says.");
    desk.app.finish().await;
}

#[tokio::test]
async fn who_comes_onto_a_list_by_a_file_is_asked_first() {
    let mails = SmtpServer::friendly().await;
    let (server, none) = (mails.url("smtp", "", ""), "");
    let app = start().with("--smtp-url", &server).with("--confirm-subscribers", none).spawn().await;
    let text =
        "version = 1\n[events.run_failed]\nsend_webhook = false\nsubscribers = [\"lee@elsewhere.example\"]\n";

    import(&app, "100", text, &["--confirm-subscribers"]).await.done();

    // The command leaves the mail to the server.
    assert_eq!(mails.wait_for(1).await[0].to, ["lee@elsewhere.example"]);
    assert!(settings(&app).await.unconfirmed.contains("lee@elsewhere.example"));
    app.settled_log().await;
    assert_eq!(mails.log().mails.len(), 1);
    app.finish().await;
}
