//! Instances whose clocks disagree: PostgreSQL's counts.

use std::path::PathBuf;

use crate::support::place::on_postgres;
use crate::support::program::Serving;
use crate::support::receiver::{Answer, Gate, Receiver};

use super::stage::Stage;
use super::table::{Row, of};

/// Debian's package `faketime`; `tests/all` installs it.
fn library() -> PathBuf {
    let folders = std::fs::read_dir("/usr/lib").unwrap().flatten().map(|folder| folder.path());
    let mut found = folders.map(|folder| folder.join("faketime/libfaketimeMT.so.1"));
    found.find(|path| path.exists()).expect("libfaketime: apt-get install faketime")
}

/// A server whose clock is 75 s ahead.
async fn ahead(stage: &Stage) -> Serving {
    let library = library().display().to_string();
    let environment =
        [("LD_PRELOAD", library.as_str()), ("FAKETIME", "+75s"), ("FAKETIME_DONT_FAKE_MONOTONIC", "1")];
    Serving::start_within(&stage.place, &stage.arguments(&[]), &environment).await
}

#[tokio::test]
async fn an_instance_75_s_ahead_takes_nobody_for_dead_and_a_warning_says_so() {
    if !on_postgres() {
        return;
    }
    let gate = Gate::shut();
    let receiver = Receiver::answering(Answer::status(200, "ok").behind(&gate)).await;
    let stage = Stage::with(&receiver).await;
    let punctual = stage.serve(&[]).await;
    stage.accepted(&punctual).await;
    receiver.wait_for(1).await;

    let early = ahead(&stage).await;

    let warns = |said: &str| {
        let mut lines = said.split("{\"timestamp\"");
        lines.any(|line| line.contains("\"level\":\"WARN\"") && line.contains("clock"))
    };
    early.logs("a warning about clocks", warns).await;
    // It works, so that it has looked for the dead too; and what it accepts is due now, by any clock.
    stage.accepted(&early).await;
    receiver.wait_for(2).await;
    let mut visitor = stage.visitor().await;
    let sent = |rows: &[Row]| of(rows, "email").iter().all(|row| row.state == "delivered");
    let rows = visitor.until("mails are sent", sent).await;
    assert!(of(&rows, "webhook").iter().all(|row| row.state == "sending"), "{rows:#?}");

    gate.let_through();

    let rows = visitor.settled(4).await;
    assert!(rows.iter().all(|row| row.ended() == ("delivered", "")), "{rows:#?}");
    assert_eq!((receiver.requests().len(), stage.mails.log().mails.len()), (2, 2));
    assert_eq!(early.terminate().await, Some(0));
    stage.end(punctual).await;
}

/// The other way round: what the one that is ahead writes does not keep its own death from being seen.
#[tokio::test]
async fn a_heartbeat_of_an_instance_75_s_ahead_is_of_the_databases_time() {
    if !on_postgres() {
        return;
    }
    let receiver = Receiver::ok().await;
    let stage = Stage::with(&receiver).await;
    let early = ahead(&stage).await;
    stage.accepted(&early).await;
    let mut visitor = stage.visitor().await;
    visitor.settled(2).await;
    let in_the_future = "instances where seen_at > extract(epoch from clock_timestamp()) * 1000 + 10000";
    assert_eq!((visitor.count("instances").await, visitor.count(in_the_future).await), (1, 0));
    stage.end(early).await;
}
