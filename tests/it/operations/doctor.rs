//! `ringpost doctor`: each trouble is found, named, and told with what to do.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use crate::faults::stage::Stage;
use crate::support::app::spawn_app;
use crate::support::place::{Place, on_postgres};
use crate::support::program::{free_address, ringpost};
use crate::support::receiver::{Answer, Receiver};
use crate::support::smtp::{Fault, Script, SmtpServer, Step};

/// What the doctor says, and the exit code.
async fn examined(place: &Place, arguments: &[&str]) -> (Vec<(String, String, String)>, Option<i32>) {
    let ended = ringpost(place, &[arguments, &["doctor", "--json"]].concat(), "").await;
    let lines: Value = serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{ended:?}"));
    let text = |line: &Value, field: &str| line[field].as_str().unwrap().to_owned();
    let found = |line: &Value| (text(line, "check"), text(line, "health"), text(line, "text"));
    (lines.as_array().unwrap().iter().map(found).collect(), ended.code)
}

/// Fails unless one check says this, and nothing else is worse than a warning.
async fn finds(place: &Place, arguments: &[&str], check: &str, health: &str, words: &str) {
    let (found, code) = examined(place, arguments).await;
    let is_it =
        |line: &(String, String, String)| line.0 == check && line.1 == health && line.2.contains(words);
    assert!(found.iter().any(is_it), "{check} {health} {words}: {found:#?}");
    assert_eq!(code, Some(i32::from(health == "failed")), "{found:#?}");
    assert!(found.iter().all(|line| line.1 != "failed" || line.0 == check), "{found:#?}");
}

#[tokio::test]
async fn a_sound_installation_has_nothing_to_complain_about() {
    let receiver = Receiver::ok().await;
    let stage = Stage::with(&receiver).await;
    let server = stage.serve(&[]).await;
    fs::set_permissions(stage.place.folder(), fs::Permissions::from_mode(0o700)).unwrap();
    let url = format!("http://{}", server.address);
    let arguments = stage.arguments(&["--public-url", &url]);

    let (found, code) = examined(&stage.place, &arguments).await;

    assert!(found.iter().all(|(_, health, _)| health == "ok"), "{found:#?}");
    let checks: Vec<&str> = found.iter().map(|(check, ..)| check.as_str()).collect();
    let all = ["schema", "key", "secrets", "clock", "retention", "smtp", "disk", "permissions", "public-url"];
    // PostgreSQL has tools of its own for its files.
    assert_eq!(checks.contains(&"file"), !on_postgres());
    let checks: Vec<&str> = checks.into_iter().filter(|check| *check != "file").collect();
    assert_eq!((checks, code), (all.to_vec(), Some(0)));
    let table = ringpost(&stage.place, &[&arguments[..], &["doctor"]].concat(), "").await.done();
    assert!(table.contains("all 3 can be decrypted"), "{table}");
    stage.end(server).await;
}

#[tokio::test]
async fn what_is_stored_is_looked_through() {
    let receiver = Receiver::ok().await;
    let app = spawn_app().await;
    app.notify(Some(&receiver.url("/hook")), "run_failed", true, "").await;
    let place = app.stop().await;
    finds(&place, &[], "smtp", "warning", "reach nobody").await;
    finds(&place, &[], "public-url", "warning", "no server runs").await;

    place.change("update notification_settings set webhook_url = 'AQE' || webhook_url").await;
    finds(&place, &[], "secrets", "failed", "2 can be decrypted, these cannot: 1 × webhook URL").await;
    place.change("update notification_settings set webhook_url = null").await;

    let key = place.folder().join("secret.key");
    let kept = fs::read_to_string(&key).unwrap();
    fs::write(&key, "other:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").unwrap();
    finds(&place, &[], "key", "failed", "which is not in the key file (it holds other)").await;
    fs::remove_file(&key).unwrap();
    finds(&place, &[], "key", "failed", "is missing").await;
    fs::write(&key, kept).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    finds(&place, &[], "permissions", "warning", "secret.key (mode 644)").await;

    place.change("insert into events (id, account_id, event_key, triggered_by, payload, created_at) values ('e', 100, 'run_failed', 'event', '{}', 1)").await;
    finds(&place, &[], "retention", "warning", "days older than --retention-days").await;
    place.change("update events set created_at = 99999999999999").await;
    finds(&place, &[], "clock", "failed", "in the future").await;
    place.clear().await;
}

#[tokio::test]
async fn tables_of_another_version_are_told_and_left_alone() {
    let place = spawn_app().await.stop().await;
    place
        .change("delete from _sqlx_migrations where version = (select max(version) from _sqlx_migrations)")
        .await;
    let migrations = place.count("_sqlx_migrations").await;
    finds(&place, &[], "schema", "warning", "back up before it").await;
    assert_eq!(place.count("_sqlx_migrations").await, migrations, "the doctor changes nothing");
    place.change("update _sqlx_migrations set version = 9999 where version = (select max(version) from _sqlx_migrations)").await;
    finds(&place, &[], "schema", "failed", "start that version").await;
    place.clear().await;
    let empty = Place::on_sqlite();
    fs::remove_dir_all(empty.folder()).unwrap();
    finds(&empty, &[], "schema", "warning", "the first start makes it").await;
    assert!(!empty.folder().exists(), "the doctor makes nothing");
}

#[tokio::test]
async fn a_damaged_file_is_told_and_who_may_read_it_is_left_as_it_is() {
    let place = crate::support::app::start().at(&Place::on_sqlite()).spawn().await.stop().await;
    let file = place.folder().join("ringpost.db");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    finds(&place, &[], "permissions", "warning", "ringpost.db (mode 644)").await;
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o644);

    // The last page of a table or an index: what comes before it still opens.
    let mut bytes = fs::read(&file).unwrap();
    let end = bytes.len();
    bytes[end - 4096..].fill(0xff);
    fs::write(&file, bytes).unwrap();
    finds(&place, &[], "file", "failed", "go on from a backup").await;
}

#[tokio::test]
async fn mail_servers_and_proxies_that_do_not_work_are_told() {
    let place = spawn_app().await.stop().await;
    let refusing =
        SmtpServer::start(Script::default().always(Step::Greeting, Fault::Say("554 go away"))).await;
    finds(&place, &["--smtp-url", &refusing.url("smtp", "", "")], "smtp", "failed", "554").await;
    let nobody = format!("smtp://{}", free_address().await);
    finds(&place, &["--smtp-url", &nobody], "smtp", "failed", "connection refused").await;
    let password = SmtpServer::start(Script::default().password("ringpost", "right")).await;
    let wrong = password.url("smtp", "ringpost:wrong@", "");
    finds(&place, &["--smtp-url", &wrong], "smtp", "failed", "535").await;

    let other = Receiver::answering(Answer::status(200, r#"{"status": "another"}"#)).await;
    let url = format!("http://{}", other.address);
    finds(&place, &["--public-url", &url], "public-url", "failed", "is not this server").await;
    place.clear().await;
}

#[tokio::test]
async fn a_command_never_brings_tables_up_to_date_under_a_server_of_another_version() {
    let receiver = Receiver::ok().await;
    let stage = Stage::with(&receiver).await;
    let server = stage.serve(&[]).await;
    // The newest migration has not been there yet when the server started.
    let newest = "(select max(version) from _sqlx_migrations)";
    stage.place.change(&format!("delete from _sqlx_migrations where version = {newest}")).await;
    let migrations = stage.place.count("_sqlx_migrations").await;
    let event = stage.place.folder().join("event.json");
    fs::write(&event, crate::support::samples::sample("run_failed").to_string()).unwrap();

    for command in [&["account", "list"][..], &["event", "send", event.to_str().unwrap()]] {
        let refused = ringpost(&stage.place, command, "").await;
        refused.refused(1, "a server of an older version runs on this database");
    }

    assert_eq!(stage.place.count("_sqlx_migrations").await, migrations);
    stage.end(server).await;
}
