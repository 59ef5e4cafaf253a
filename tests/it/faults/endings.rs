//! The end of a process: in order, in haste, and when somebody does not answer.

use std::time::{Duration, Instant};

use crate::support::receiver::{Answer, Receiver};
use crate::support::smtp::{Fault, Script, SmtpServer, Step};

use super::stage::Stage;
use super::table::of;

/// 128 + SIGINT.
const AT_ONCE: Option<i32> = Some(130);

#[tokio::test]
async fn after_20_s_a_webhook_without_an_answer_is_unknown_and_a_mail_waits_again() {
    let receiver = Receiver::answering(Answer::silence()).await;
    let mails = SmtpServer::start(Script::default().always(Step::Data, Fault::Hang)).await;
    let stage = Stage::with_mails(&receiver, mails).await;
    let server = stage.serve(&["--webhook-timeout", "60s"]).await;
    stage.accepted(&server).await;
    receiver.wait_for(1).await;
    stage.mails.wait_until(|log| log.commands.iter().any(|(_, _, command)| command == "DATA")).await;
    let began = Instant::now();

    server.signal("TERM").await;

    assert_eq!(server.ended(Duration::from_secs(45)).await, Some(0));
    assert!(began.elapsed() >= Duration::from_secs(19), "what is in flight has 20 s");
    let rows = stage.visitor().await.rows().await;
    assert_eq!(of(&rows, "webhook")[0].ended(), ("unknown", "interrupted"));
    assert_eq!(
        (of(&rows, "email")[0].state.as_str(), of(&rows, "email")[0].instance.as_deref()),
        ("pending", None)
    );
    stage.place.clear().await;
}

#[tokio::test]
async fn a_second_signal_ends_at_once_and_the_next_start_says_unknown() {
    let receiver = Receiver::answering(Answer::silence()).await;
    let stage = Stage::with(&receiver).await;
    let server = stage.serve(&["--webhook-timeout", "60s"]).await;
    stage.accepted(&server).await;
    receiver.wait_for(1).await;
    stage.mails.wait_for(1).await;
    server.signal("TERM").await;
    server.logs("that it is stopping", |said| said.contains("a second signal ends at once")).await;
    let began = Instant::now();

    server.signal("TERM").await;

    // Far less than the 20 s that the first one leaves for what is in flight.
    assert_eq!(server.ended(Duration::from_secs(10)).await, AT_ONCE);
    assert!(began.elapsed() < Duration::from_secs(10));
    let mut visitor = stage.visitor().await;
    let rows = visitor.rows().await;
    assert_eq!(of(&rows, "webhook")[0].state, "sending", "nothing was put in order");
    // On PostgreSQL, the dead are known by a silence of a minute.
    visitor.run("delete from instances").await;
    let server = stage.serve(&[]).await;
    let rows = visitor.settled(2).await;
    assert_eq!(of(&rows, "webhook")[0].ended(), ("unknown", "interrupted"));
    assert_eq!(of(&rows, "email")[0].ended(), ("delivered", ""));
    assert_eq!(receiver.requests().len(), 1);
    stage.end(server).await;
}
