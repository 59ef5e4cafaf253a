//! Backups while events stream in, and going on from one: nothing that was accepted before is missing, and nothing
//! is sent a second time without somebody's word.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use ringpost::domain::role::Role;
use tokio::sync::watch;

use crate::faults::stage::Stage;
use crate::faults::table::{Row, Visitor, of};
use crate::support::app::{event_request, spawn_app};
use crate::support::place::{Place, on_postgres};
use crate::support::program::{Serving, ringpost};
use crate::support::receiver::{Answer, Gate, Receiver};
use crate::support::samples::sample;
use crate::support::smtp::{Fault, Script, SmtpServer, Step};

const BEFORE: usize = 30;
const AFTER: usize = 10;

/// A stage on SQLite whatever the engine under test: backups are for it.
async fn on_sqlite(receiver: &Receiver, mails: SmtpServer) -> Stage {
    let app = crate::support::app::start().at(&Place::on_sqlite()).spawn().await;
    Stage::prepared(app, receiver, mails).await
}

/// A mail server that takes nothing yet.
async fn not_yet() -> SmtpServer {
    SmtpServer::start(Script::default().always(Step::Message, Fault::Say("451 4.3.0 later"))).await
}

/// An empty place with the key of another one.
fn with_key_of(place: &Place) -> Place {
    let other = Place::on_sqlite();
    fs::copy(place.folder().join("secret.key"), other.folder().join("secret.key")).unwrap();
    other
}

fn is_held(row: &Row) -> bool {
    (row.state.as_str(), row.reason.as_str()) == ("pending", "restored")
}

/// Posts events one after another until it is told to end; tells how many were accepted, and answers their ids.
async fn stream(server: &Serving, token: &str, told: watch::Sender<Vec<String>>, end: watch::Receiver<bool>) {
    while !*end.borrow() {
        let answer = event_request(&sample("run_failed")).bearer(token).send(server.address).await;
        let id = answer.has_status(202).json()["id"].as_str().unwrap().to_owned();
        told.send_modify(|ids| ids.push(id));
    }
}

#[tokio::test]
async fn every_event_accepted_before_a_backup_began_is_in_it_and_nothing_is_sent_twice_after_it_is_restored()
{
    let gate = Gate::shut();
    let receiver = Receiver::answering(Answer::status(200, "ok").behind(&gate)).await;
    let stage = on_sqlite(&receiver, not_yet().await).await;
    let server = Arc::new(stage.serve(&[]).await);
    let (told, mut accepted) = watch::channel(Vec::new());
    let (end, ended) = watch::channel(false);
    let streaming = tokio::spawn({
        let (server, token) = (Arc::clone(&server), stage.token.clone());
        async move { stream(&server, &token, told, ended).await }
    });
    let before = accepted.wait_for(|ids| ids.len() >= super::rounds(BEFORE)).await.unwrap().clone();

    let copy = stage.place.folder().join("copy.db");
    let said = ringpost(&stage.place, &["backup", copy.to_str().unwrap()], "").await.done();

    let during = accepted.borrow().len();
    accepted.wait_for(|ids| ids.len() >= during + AFTER).await.unwrap();
    end.send_replace(true);
    streaming.await.unwrap();
    Arc::into_inner(server).unwrap().kill().await;
    assert!(said.contains("checked") && said.contains("secret.key"), "{said}");
    assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
    let other = with_key_of(&stage.place);
    let said = ringpost(&other, &["restore", copy.to_str().unwrap()], "").await.done();

    let mut restored = Visitor::to(&other).await;
    let kept: BTreeSet<String> = restored.texts("select id from events").await.into_iter().collect();
    assert!(before.iter().all(|id| kept.contains(id)), "an event that was accepted before is missing");
    let rows = restored.rows().await;
    assert_eq!(rows.len(), 2 * kept.len());
    for row in of(&rows, "webhook") {
        assert_eq!(row.ended(), ("unknown", "restored"), "{row:?}");
    }
    let held = of(&rows, "email").len();
    assert!(of(&rows, "email").iter().all(|row| is_held(row)), "{rows:#?}");
    assert!(
        said.contains(&format!("{} webhooks", kept.len())) && said.contains(&format!("{held} mails")),
        "{said}"
    );
    let again = ringpost(&other, &["restore"], "").await.done();
    assert!(again.contains("0 webhooks") && again.contains(&format!("{held} mails are held")), "{again}");

    // What was sent before and in between is no business of the restored server's; a new event is.
    let sent = receiver.requests().len();
    gate.let_through();
    let mails = SmtpServer::friendly().await;
    let arguments = ["--allow-network", "127.0.0.0/8", "--smtp-url", &mails.url("smtp", "", "")];
    let server = Serving::start(&other, &arguments).await;
    stage.post(&server, None).await.has_status(202);
    restored
        .until("the new event is sent", |rows| {
            rows.iter().filter(|row| row.state == "delivered").count() == 2
        })
        .await;
    assert_eq!((receiver.requests().len(), mails.log().mails.len()), (sent + 1, 1));
    let said = ringpost(&other, &["restore", "--release-mail"], "").await.done();
    assert!(said.contains(&format!("{held} held mails")), "{said}");
    mails.wait_for(held + 1).await;
    restored.settled(rows.len() + 2).await;
    assert_eq!(server.terminate().await, Some(0));
    assert_eq!((receiver.requests().len(), mails.log().mails.len()), (sent + 1, held + 1));
}

/// A server that was killed with a webhook under way and a mail that waits for a retry.
async fn interrupted(stage: &Stage) {
    let server = stage.serve(&[]).await;
    stage.accepted(&server).await;
    let mut visitor = stage.visitor().await;
    visitor
        .until("a webhook is under way and a mail waits", |rows| {
            let states = |channel| of(rows, channel).iter().map(|row| row.state.clone()).collect::<Vec<_>>();
            let waits = of(rows, "email").iter().all(|row| row.reason == "smtp_deferred");
            states("webhook") == ["sending"] && states("email") == ["pending"] && waits
        })
        .await;
    server.kill().await;
}

#[tokio::test]
async fn a_database_that_was_restored_by_other_means_is_set_to_rest_in_its_place() {
    let gate = Gate::shut();
    let receiver = Receiver::answering(Answer::status(200, "ok").behind(&gate)).await;
    let app = spawn_app().await;
    app.person("dana@acme.example", Some((100, Role::Admin))).await;
    app.signed_in("dana@acme.example").await;
    let stage = Stage::prepared(app, &receiver, not_yet().await).await;
    interrupted(&stage).await;
    ringpost(&stage.place, &["user", "sign-in-link", "dana@acme.example"], "").await.done();
    let mut visitor = stage.visitor().await;
    assert_eq!((visitor.count("sessions").await, visitor.count("sign_in_links").await), (1, 1));
    if on_postgres() {
        ringpost(&stage.place, &["restore"], "").await.refused(1, "stop it first");
        stage.place.age_heartbeats().await;
    }

    let said = ringpost(&stage.place, &["restore"], "").await.done();

    assert!(said.contains("1 webhooks") && said.contains("1 mails"), "{said}");
    let ways_in = (visitor.count("sessions").await, visitor.count("sign_in_links").await);
    assert_eq!(ways_in, (0, 0), "who was put out since, or has used the link, is not let in again");
    let rows = visitor.rows().await;
    assert_eq!(of(&rows, "webhook")[0].ended(), ("unknown", "restored"));
    assert!(of(&rows, "email").iter().all(|row| is_held(row)));
    let again = ringpost(&stage.place, &["restore"], "").await.done();
    assert!(again.contains("0 webhooks") && again.contains("1 mails"), "{again}");
    let said = ringpost(&stage.place, &["restore", "--discard-mail"], "").await.done();
    assert!(said.contains("1 held mails are unknown"), "{said}");
    assert!(visitor.settled(2).await.iter().all(|row| row.ended() == ("unknown", "restored")));
    stage.place.clear().await;
}

#[tokio::test]
async fn a_held_mail_says_on_its_page_how_to_let_it_go() {
    let receiver = Receiver::ok().await;
    let stage = Stage::prepared(spawn_app().await, &receiver, not_yet().await).await;
    let server = stage.serve(&[]).await;
    stage.accepted(&server).await;
    let mut visitor = stage.visitor().await;
    visitor.until("the mail waits", |rows| rows.iter().any(|row| row.reason == "smtp_deferred")).await;
    assert_eq!(server.terminate().await, Some(0));
    ringpost(&stage.place, &["restore"], "").await.done();
    let app = crate::support::app::start().at(&stage.place).spawn().await;
    let mut viewer = app.visitor(Role::Viewer).await;

    let mail = visitor.texts("select id from deliveries where channel = 'email'").await.remove(0);
    let page = viewer.get(&format!("/accounts/100/deliveries/{mail}")).await;

    page.says("Held: the database was restored from a backup").says("ringpost restore --release-mail");
    assert!(!page.text().contains("9999"), "{}", page.text());
    app.finish_with_pending().await;
}

#[tokio::test]
async fn a_restore_removes_what_one_before_it_has_left_that_was_killed() {
    let stage = on_sqlite(&Receiver::ok().await, not_yet().await).await;
    let copy = stage.place.folder().join("copy.db");
    ringpost(&stage.place, &["backup", copy.to_str().unwrap()], "").await.done();
    let other = with_key_of(&stage.place);
    let left = other.folder().join(".ringpost-restore-killed");
    fs::create_dir(&left).unwrap();
    fs::write(left.join("half"), "half of a copy").unwrap();
    ringpost(&other, &["restore", copy.to_str().unwrap()], "").await.done();
    assert!(!left.exists());
    assert!(names(other.folder()).iter().all(|name| !name.starts_with('.')), "{:?}", names(other.folder()));
}

#[tokio::test]
async fn what_cannot_be_restored_is_refused_and_changes_nothing() {
    let receiver = Receiver::ok().await;
    let stage = on_sqlite(&receiver, SmtpServer::friendly().await).await;
    let copy = stage.place.folder().join("copy.db");
    let copy = copy.to_str().unwrap();
    ringpost(&stage.place, &["backup", copy], "").await.done();
    ringpost(&stage.place, &["backup", copy], "").await.refused(1, "it exists: name a file that does not");
    ringpost(&stage.place, &["backup", "/nowhere/copy.db"], "").await.refused(1, "/nowhere/copy.db");
    ringpost(&stage.place, &["restore", copy], "").await.refused(1, "it is there already: move it away");
    let server = stage.serve(&[]).await;
    ringpost(&stage.place, &["restore", copy], "").await.refused(1, "is in use by another Ringpost");
    assert_eq!(server.terminate().await, Some(0));

    let other = with_key_of(&stage.place);
    let whole = fs::read(copy).unwrap();
    let cut = other.folder().join("cut.db");
    fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
    let text = other.folder().join("text.db");
    fs::write(&text, "dear diary").unwrap();
    for path in [&cut, &text] {
        ringpost(&other, &["restore", path.to_str().unwrap()], "")
            .await
            .refused(1, "no whole copy of a database");
    }
    ringpost(&other, &["restore", "/nowhere.db"], "").await.refused(1, "there is no such file");
    let another_key = "other:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
    fs::write(other.folder().join("secret.key"), another_key).unwrap();
    ringpost(&other, &["restore", copy], "").await.refused(1, "does not fit this database");
    fs::remove_file(other.folder().join("secret.key")).unwrap();
    ringpost(&other, &["restore", copy], "").await.refused(1, "is missing");
    assert_eq!(names(other.folder()), ["cut.db", "ringpost.db.lock", "text.db"], "nothing is left half done");
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn on_postgresql_its_own_tools_are_named() {
    if !on_postgres() {
        return;
    }
    let place = spawn_app().await.stop().await;
    let file = std::env::temp_dir().join("never.db");
    let file = file.to_str().unwrap();
    ringpost(&place, &["backup", file], "").await.refused(1, "pg_dump --format=custom");
    ringpost(&place, &["restore", file], "").await.refused(1, "pg_restore");
    place.clear().await;
}
