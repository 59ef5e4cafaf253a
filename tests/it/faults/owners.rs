//! Whose a delivery is: late workers, instances that are taken for dead, and two at once.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::timeout;

use crate::support::place::on_postgres;
use crate::support::receiver::{Answer, Gate, Receiver};
use crate::support::samples::sample;

use super::stage::{LONG, Stage};
use super::table::{Row, of};

/// What one lane has on its way at first.
const FIRST: usize = 4;

#[tokio::test]
async fn a_late_worker_changes_nothing_that_another_has_settled() {
    let gate = Gate::shut();
    let receiver = Receiver::answering(Answer::status(200, "ok").behind(&gate)).await;
    let stage = Stage::with(&receiver).await;
    let server = stage.serve(&[]).await;
    stage.accepted(&server).await;
    receiver.wait_for(1).await;
    let mut visitor = stage.visitor().await;

    let settled_by_another =
        "update deliveries set state = 'unknown', reason = 'interrupted' where channel = 'webhook'";
    assert_eq!(visitor.run(settled_by_another).await, 1);
    gate.let_through();
    server.logs("that somebody else was faster", |said| said.contains("settled by")).await;

    let rows = visitor.settled(2).await;
    assert_eq!(
        (of(&rows, "webhook")[0].ended(), of(&rows, "webhook")[0].status),
        (("unknown", "interrupted"), None)
    );
    // It is not kept for ever either: the place is free, and the next one leaves.
    stage.accepted(&server).await;
    let rows = visitor.settled(4).await;
    assert_eq!(of(&rows, "webhook")[1].ended(), ("delivered", ""));
    stage.end(server).await;
}

/// On SQLite nobody else can take the row away: the file is locked.
#[tokio::test]
async fn an_instance_whose_row_is_gone_goes_on_under_a_new_name_and_sends_nothing_twice() {
    if !on_postgres() {
        return;
    }
    let gate = Gate::shut();
    let receiver = Receiver::answering(Answer::status(200, "ok").behind(&gate)).await;
    let stage = Stage::with(&receiver).await;
    let server = stage.serve(&[]).await;
    for _ in 0..FIRST + 2 {
        stage.accepted(&server).await;
    }
    receiver.wait_for(FIRST).await;
    let mut visitor = stage.visitor().await;
    let waiting =
        visitor.until("two wait", |rows| states(rows, "pending") == 2 && mails_are_sent(rows)).await;
    assert!(waiting.iter().filter(|row| !row.is_settled()).all(|row| row.instance.is_some()), "{waiting:#?}");

    // As another instance does with one that was silent for a minute.
    let before = visitor.texts("select id from instances").await;
    assert_eq!(visitor.run("delete from instances").await, 1);
    let others = format!("instances where id <> '{}'", before[0]);
    let listed_again = async {
        while visitor.count(&others).await == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(LONG, listed_again).await.expect("it goes on under a new name");
    gate.let_through();

    // What the old name owned is not waited for as if somebody were still called so.
    let settled = timeout(LONG, visitor.settled(2 * (FIRST + 2))).await;
    let rows = settled.expect("what the old name owned is taken up by the new one");
    for (number, row) in of(&rows, "webhook").into_iter().enumerate() {
        let interrupted = number < FIRST && row.ended() == ("unknown", "interrupted");
        assert!(interrupted || row.ended() == ("delivered", ""), "{number}: {row:?}");
        let seen = receiver.requests();
        let seen = seen.iter().filter(|seen| seen.header("x-ringpost-delivery") == Some(&row.id));
        assert_eq!(seen.count(), 1, "{row:?}");
    }
    stage.accepted(&server).await;
    let rows = visitor.settled(2 * (FIRST + 3)).await;
    assert_eq!(of(&rows, "webhook")[FIRST + 2].ended(), ("delivered", ""));
    stage.end(server).await;
}

fn states(rows: &[Row], state: &str) -> usize {
    rows.iter().filter(|row| row.state == state).count()
}

fn mails_are_sent(rows: &[Row]) -> bool {
    of(rows, "email").iter().all(|row| row.state == "delivered")
}

#[tokio::test]
async fn two_instances_at_once_send_each_event_once_and_a_repeat_of_it_not_at_all() {
    const EVENTS: usize = 40;
    if !on_postgres() {
        return;
    }
    let receiver = Receiver::ok().await;
    let stage = Stage::with(&receiver).await;
    let (one, other) = (stage.serve(&[]).await, stage.serve(&[]).await);
    let posts = (0..EVENTS).map(|number| {
        let (stage, one, other) = (&stage, &one, &other);
        async move {
            let mut event = sample("run_failed");
            event["run_id"] = number.into();
            let key = format!("run {number}");
            // Both at once: one of them is the first.
            let (a, b) = tokio::join!(
                stage.post_this(one, &event, Some(&key)),
                stage.post_this(other, &event, Some(&key)),
            );
            a.has_status(202);
            b.has_status(202);
            assert_eq!(
                (&a.json()["id"], &a.json()["deliveries"]),
                (&b.json()["id"], &b.json()["deliveries"])
            );
        }
    });

    join_all(posts).await;

    let rows = stage.visitor().await.settled(2 * EVENTS).await;
    assert!(rows.iter().all(|row| (row.ended(), row.attempt) == (("delivered", ""), 1)), "{rows:#?}");
    let mut sent: Vec<_> = receiver
        .requests()
        .iter()
        .map(|seen| seen.header("x-ringpost-delivery").unwrap().to_owned())
        .collect();
    sent.sort();
    let webhooks: Vec<_> = of(&rows, "webhook").iter().map(|row| row.id.clone()).collect();
    assert_eq!(sent, webhooks);
    assert_eq!(stage.mails.log().mails.len(), EVENTS);
    assert_eq!(one.terminate().await, Some(0));
    stage.end(other).await;
}

/// One that is killed leaves work behind, of every kind; the other one takes it up.
#[tokio::test]
async fn what_a_killed_instance_left_waiting_is_sent_by_the_other() {
    if !on_postgres() {
        return;
    }
    let gate = Gate::shut();
    let receiver = Receiver::answering(Answer::status(200, "ok").behind(&gate)).await;
    let stage = Stage::with(&receiver).await;
    let (victim, other) = (stage.serve(&[]).await, stage.serve(&[]).await);
    for _ in 0..FIRST + 2 {
        stage.accepted(&victim).await;
    }
    receiver.wait_for(FIRST).await;
    let mut visitor = stage.visitor().await;
    let waiting =
        visitor.until("two wait", |rows| states(rows, "pending") == 2 && mails_are_sent(rows)).await;
    let name = of(&waiting, "webhook")[0].instance.clone().unwrap();

    victim.kill().await;
    // As if a minute had passed.
    assert_eq!(visitor.run(&format!("delete from instances where id = '{name}'")).await, 1);
    gate.let_through();

    let rows = visitor.settled(2 * (FIRST + 2)).await;
    let (sent, left): (Vec<_>, Vec<_>) =
        of(&rows, "webhook").into_iter().partition(|row| row.state == "unknown");
    assert!(sent.iter().all(|row| row.ended() == ("unknown", "interrupted")), "{rows:#?}");
    assert!(left.iter().all(|row| row.ended() == ("delivered", "")), "{rows:#?}");
    assert_eq!((sent.len(), left.len(), receiver.requests().len()), (FIRST, 2, FIRST + 2));
    stage.end(other).await;
}
