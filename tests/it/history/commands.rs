//! What commands change is in the history like everything else, and takes nobody's change back.

use ringpost::db::history::HistoryFilter;
use ringpost::domain::role::Role;

use super::{SETTINGS, revert, save};
use crate::support::app::{spawn_app, webhook_url};
use crate::support::program::ringpost;

/// Who a command is, and by which door it comes.
const COMMAND: (&str, &str) = ("the command line", "Command");

#[tokio::test]
async fn commands_are_told_and_taken_back_like_every_door() {
    let app = spawn_app().await;
    app.notify(Some(&webhook_url("https://hooks.acme.invalid/f1rst")), "run_failed", true, "").await;
    let pat = ["account", "set-contact", "--id", "100", "--contact-name", "Pat"];
    ringpost(&app.place, &pat, "").await.done();
    // What changes nothing is no change.
    ringpost(&app.place, &pat, "").await.done();
    let file = "version = 1\n[webhook]\nurl = \"https://hooks.acme.invalid/sec0nd\"\n\
                [events.run_failed]\nsend_webhook = false\nsubscribers = [\"ops@acme.example\"]\n\
                [[destination]]\nkind = \"slack\"\nname = \"chat\"\n\
                [destination.config]\nwebhookUrl = \"https://hooks.slack.invalid/s3cr3t\"\n";
    let import = ["settings", "import", "--account", "100", "-"];
    ringpost(&app.place, &[&import[..], &["--dry-run"]].concat(), file).await.done();
    ringpost(&app.place, &import, file).await.done();
    let paused = file.replace("name = \"chat\"", "name = \"chat\"\nenabled = false");
    ringpost(&app.place, &import, &paused).await.done();
    ringpost(&app.place, &[&import[..], &["--prune"]].concat(), "version = 1\n").await.done();

    let history = app.db.history(100, &HistoryFilter::default(), 100).await.unwrap();
    assert!(history.iter().all(|entry| (entry.actor.as_str(), entry.via.as_str()) == COMMAND), "{history:?}");
    let told: Vec<_> = history.iter().rev().map(|entry| entry.setting.as_str()).collect();
    assert_eq!(
        told,
        [
            "contact_name",
            "webhook_url",
            "send_webhook",
            "subscribers",
            "destination",
            "destination_state",
            "destination",
        ]
    );
    for secret in ["f1rst", "sec0nd", "s3cr3t"] {
        assert!(!format!("{history:?}").contains(secret), "{secret}");
    }
    assert_eq!(app.place.count("audit where action = 'account_changed'").await, 1);
    let mut admin = app.visitor(Role::Admin).await;
    revert(&app, &mut admin, "webhook_url").await;
    let form = admin.form(SETTINGS).await;
    assert_eq!(form.get("webhook_url"), Some("https://hooks.acme.invalid/f1rst"));
    app.finish().await;
}

#[tokio::test]
async fn an_import_beside_saves_takes_none_of_them_back() {
    let app = spawn_app().await;
    let mut editor = app.visitor(Role::Editor).await;
    for (round, toggle) in [true, false, true].into_iter().enumerate() {
        // Each destination takes a while, in which others save.
        let destination = |number| {
            format!(
                "[[destination]]\nkind = \"slack\"\nname = \"{round} {number}\"\n\
                 [destination.config]\nwebhookUrl = \"https://198.51.100.7/\"\n"
            )
        };
        let event = format!("[events.sync_failed]\nsend_webhook = {toggle}\nsubscribers = []\n");
        let file = format!("version = 1\n{event}{}", (0..20).map(destination).collect::<String>());
        let import = async {
            ringpost(&app.place, &["settings", "import", "--account", "100", "-"], &file).await.done();
        };
        let saves = async {
            for number in 0..10 {
                let url = format!("https://hooks.acme.invalid/{round}/{number}");
                save(&mut editor, &[("webhook_url", &url)]).await;
            }
        };
        tokio::join!(import, saves);
    }

    let mut history = app.db.history(100, &HistoryFilter::default(), 1_000).await.unwrap();
    history.reverse();
    for setting in ["webhook_url", "send_webhook"] {
        let told: Vec<_> = history.iter().filter(|entry| entry.setting.as_str() == setting).collect();
        assert!(told.len() > 2, "{told:?}");
        for pair in told.windows(2) {
            assert_eq!(pair[1].before_shown, pair[0].after_shown, "{setting}");
        }
    }
    assert!(app.db.settings(100).await.unwrap().unwrap().event("sync_failed").send_webhook);
    app.finish().await;
}
