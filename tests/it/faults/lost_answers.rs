//! PostgreSQL has done a commit, and its answer does not come back. What it wrote is read back, and goes on.

use std::time::Duration;

use tokio::time::timeout;

use crate::support::place::on_postgres;
use crate::support::program::Serving;
use crate::support::receiver::{Answer, Gate, Receiver};

use super::stage::{LONG, Stage};
use super::table::{Row, of};

/// More commits than one event needs: accept, start, and an outcome for the webhook and the mail.
const COMMITS: usize = 5;

/// Posts until it is taken, as a program does that has a key.
async fn taken(stage: &Stage, server: &Serving, key: &str) {
    let posting = async {
        while stage.post(server, Some(key)).await.status != 202 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    timeout(LONG, posting).await.expect("an event with a key is taken in the end");
}

fn are_true(rows: &[Row], receiver: &Receiver, stage: &Stage, events: usize) {
    assert!(rows.iter().all(|row| (row.ended(), row.attempt) == (("delivered", ""), 1)), "{rows:#?}");
    for row in of(rows, "webhook") {
        let seen = receiver.requests();
        let seen = seen.iter().filter(|seen| seen.header("x-ringpost-delivery") == Some(&row.id));
        assert_eq!(seen.count(), 1, "{row:?}");
    }
    assert_eq!(receiver.requests().len(), events);
    let mails = stage.mails.log().mails;
    assert_eq!(mails.len(), events, "{mails:#?}");
    assert!(mails.iter().all(|mail| mail.to == ["dana@acme.example"]));
}

#[tokio::test]
async fn of_any_commit_of_an_event_and_all_of_it_leaves_once() {
    if !on_postgres() {
        return;
    }
    let receiver = Receiver::ok().await;
    let stage = Stage::with(&receiver).await;
    let (server, proxy) = stage.serve_through_proxy(&[]).await;
    let mut visitor = stage.visitor().await;
    for nth in 1..=COMMITS {
        proxy.lose_answer_of_commit(nth);

        taken(&stage, &server, &format!("event {nth}")).await;

        let rows = visitor.settled(2 * nth).await;
        are_true(&rows, &receiver, &stage, nth);
        assert_eq!(visitor.count("events").await, i64::try_from(nth).unwrap());
        // If the event needed fewer, it was the commit of a heartbeat.
        timeout(LONG, proxy.answers_lost(nth)).await.expect("the answer to a commit was lost");
    }
    stage.end(server).await;
}

#[tokio::test]
async fn of_any_commit_of_a_delivery_that_had_to_wait_and_it_leaves_once() {
    if !on_postgres() {
        return;
    }
    for nth in 1..=3 {
        let gate = Gate::shut();
        let receiver = Receiver::answering(Answer::status(200, "ok").behind(&gate)).await;
        let stage = Stage::with(&receiver).await;
        let (server, proxy) = stage.serve_through_proxy(&[]).await;
        for number in 0..6 {
            taken(&stage, &server, &format!("event {number}")).await;
        }
        receiver.wait_for(4).await;
        stage.mails.wait_for(6).await;

        proxy.lose_answer_of_commit(nth);
        gate.let_through();

        let rows = stage.visitor().await.settled(12).await;
        timeout(LONG, proxy.answers_lost(1)).await.expect("the answer to a commit was lost");
        are_true(&rows, &receiver, &stage, 6);
        stage.end(server).await;
    }
}
