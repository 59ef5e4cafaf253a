//! The file shrinks when retention has deleted what filled it.

use crate::faults::stage::Stage;
use crate::support::app::start;
use crate::support::place::{Place, on_postgres};
use crate::support::program::ringpost;
use crate::support::receiver::Receiver;
use crate::support::smtp::SmtpServer;

/// 20,000 events of half a kilobyte, older than any retention.
const FILL: &str =
    "with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 20000)
     insert into events (id, account_id, event_key, triggered_by, payload, created_at)
     select 'old-' || n, 100, 'run_failed', 'event', hex(zeroblob(250)), n from numbers";

#[tokio::test]
async fn after_retention_the_file_can_be_made_as_small_as_what_is_left() {
    if on_postgres() {
        return;
    }
    let receiver = Receiver::ok().await;
    let app = start().at(&Place::on_sqlite()).spawn().await;
    let stage = Stage::prepared(app, &receiver, SmtpServer::friendly().await).await;
    stage.place.change(FILL).await;
    let size = || std::fs::metadata(stage.place.folder().join("ringpost.db")).unwrap().len();
    let server = stage.serve(&[]).await;
    ringpost(&stage.place, &["vacuum"], "").await.refused(1, "is in use by another Ringpost");
    stage.accepted(&server).await;
    stage.visitor().await.settled(2).await;
    let mut visitor = stage.visitor().await;
    while visitor.count("events").await > 1 {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(server.terminate().await, Some(0));
    let filled = size();
    assert!(filled > 10_000_000, "deleting alone gives nothing back: {filled}");

    let said = ringpost(&stage.place, &["vacuum"], "").await.done();

    assert!(size() < 1_000_000, "{said}: {}", size());
    assert_eq!(stage.place.count("events").await, 1);
    let rows = stage.visitor().await.rows().await;
    assert!(rows.len() == 2 && rows.iter().all(|row| row.state == "delivered"), "{rows:#?}");
}

#[tokio::test]
async fn on_postgresql_that_is_its_own_affair() {
    if on_postgres() {
        let place = crate::support::app::spawn_app().await.stop().await;
        ringpost(&place, &["vacuum"], "").await.refused(1, "autovacuum");
        place.clear().await;
    }
}
