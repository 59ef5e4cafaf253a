//! A PostgreSQL that keeps its connections open and says nothing: everybody is told, nobody hangs.

use std::time::{Duration, Instant};

use tokio::time::timeout;

use crate::support::place::on_postgres;
use crate::support::receiver::Receiver;

use super::stage::{LONG, Stage, readiness, until_ready};
use super::table::{Row, of};

/// A database call has 5 s, and an event makes a few of them one after another at worst.
const BOUND: Duration = Duration::from_secs(20);
/// 20 s for what is in flight, 5 s for a last call of the database, and some more for a busy machine.
const END: Duration = Duration::from_secs(45);

#[tokio::test]
async fn refuses_events_in_bounded_time_says_so_and_goes_on_afterwards() {
    if !on_postgres() {
        return;
    }
    let receiver = Receiver::ok().await;
    let stage = Stage::with(&receiver).await;
    let (server, proxy) = stage.serve_through_proxy(&[]).await;
    stage.accepted(&server).await;
    let mut visitor = stage.visitor().await;
    visitor.settled(2).await;

    proxy.silence();

    // More than there are connections: none may wait for one for ever.
    let posts = (0..24).map(|_| async {
        let began = Instant::now();
        let answer = stage.post(&server, None).await;
        (answer.status.as_u16(), answer.header("retry-after").is_some(), began.elapsed())
    });
    for (status, says_when, took) in futures_util::future::join_all(posts).await {
        assert_eq!((status, says_when), (503, true));
        assert!(took < BOUND, "{took:?}");
    }
    let answer = readiness(&server).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.json()["database"]),
        (503, &"failing".into()),
        "{}",
        answer.body
    );
    server.logs("a database that does not answer", |said| said.contains("\"level\":\"ERROR\"")).await;

    proxy.resume();

    until_ready(&server, true).await;
    stage.accepted(&server).await;
    // What was on its way to the database may have arrived there after all; then it is no less true.
    let settled = |rows: &[Row]| rows.len() >= 4 && rows.iter().all(Row::is_settled);
    let rows = visitor.until("all comes to rest", settled).await;
    let webhooks = of(&rows, "webhook");
    for row in [webhooks[0], webhooks[webhooks.len() - 1]] {
        assert_eq!(row.ended(), ("delivered", ""), "{rows:#?}");
    }
    let delivered = webhooks.iter().filter(|row| row.state == "delivered").count();
    assert_eq!(receiver.requests().len(), delivered);
    stage.end(server).await;
}

#[tokio::test]
async fn does_not_keep_the_process_from_ending() {
    if !on_postgres() {
        return;
    }
    let receiver = Receiver::ok().await;
    let stage = Stage::with(&receiver).await;
    let (server, proxy) = stage.serve_through_proxy(&[]).await;
    stage.accepted(&server).await;
    stage.visitor().await.settled(2).await;
    proxy.silence();
    assert_eq!(stage.post(&server, None).await.status, 503);

    timeout(LONG, server.signal("TERM")).await.unwrap();

    assert_eq!(server.ended(END).await, Some(0));
    stage.place.clear().await;
}
