//! The database cannot be read for a moment, before the first byte of a delivery has left.

use std::time::Duration;

use crate::support::receiver::{Answer, Gate, Receiver};

use super::stage::Stage;
use super::table::of;

const TABLE: &str = "notification_settings";
/// What one lane has on its way at first.
const FIRST: usize = 4;

#[tokio::test]
async fn a_delivery_is_put_back_and_leaves_later() {
    let gate = Gate::shut();
    let receiver = Receiver::answering(Answer::status(200, "ok").behind(&gate)).await;
    let stage = Stage::with(&receiver).await;
    let server = stage.serve(&[]).await;
    let mut visitor = stage.visitor().await;
    for _ in 0..FIRST + 2 {
        stage.accepted(&server).await;
    }
    receiver.wait_for(FIRST).await;
    stage.mails.wait_for(FIRST + 2).await;

    visitor.run(&format!("alter table {TABLE} rename to away")).await;
    // What is remembered of an account is remembered for 2 s, and an event needs it as much as a delivery.
    let mut accepted = FIRST + 2;
    while stage.post(&server, None).await.status == 202 {
        accepted += 1;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let failed_reads = |said: &str| said.matches(TABLE).count();
    let before = failed_reads(&server.said().lock().unwrap());
    gate.let_through();
    server.logs("a delivery’s failed read", |said| failed_reads(said) > before).await;
    visitor.run(&format!("alter table away rename to {TABLE}")).await;

    let rows = visitor.settled(2 * accepted).await;
    assert!(rows.iter().all(|row| (row.ended(), row.attempt) == (("delivered", ""), 1)), "{rows:#?}");
    assert_eq!(receiver.requests().len(), of(&rows, "webhook").len());
    stage.end(server).await;
}
