//! The figures of the last 24 hours, where there is more than is counted to its end.

use ringpost::domain::role::Role;

use crate::support::app::spawn_app;
use crate::support::clock::minutes;
use crate::support::receiver::Receiver;
use crate::support::samples::sample;

/// More events in the hour of the one that is there than are counted, each with a mail that was written to a file.
const EVENTS: &str = "with recursive numbers (n) as (
       select 1 union all select n + 1 from numbers where n < 10500
     )
     insert into events (id, account_id, event_key, triggered_by, payload, created_at)
     select substr(e.id, 1, 24) || cast(100000000000 + n as text), e.account_id, e.event_key, 'event', '{}',
       e.created_at
     from numbers cross join (select id, account_id, event_key, created_at from events limit 1) as e";
const FILES: &str =
    "insert into deliveries (id, account_id, event_id, event_key, channel, triggered_by, target,
       recipient, lane, state, reason, detail, attempt, first_id, due_at, created_at)
     select id, account_id, id, event_key, 'email', 'event', 'subscriber', 'ops@acme.example', 'mail:',
       'delivered', 'written_to_file', '', 1, id, created_at, created_at
     from events where payload = '{}'";

#[tokio::test]
async fn mails_in_files_hide_nothing_that_was_delivered_however_many_there_are() {
    let (receiver, app) = (Receiver::ok().await, spawn_app().await);
    app.notify(Some(&receiver.url("/hook")), "run_failed", true, "").await;
    let token = app.token(Some(100), Role::Ingest).await;
    app.post_event(&token, &sample("run_failed")).await.has_status(202);
    app.dispatch.settled().await.unwrap();
    let mut viewer = app.visitor(Role::Viewer).await;
    let counted = |count: &str| format!("status=delivered\">{count}</a>");
    let page = viewer.get("/accounts/100/deliveries").await;
    assert!(page.body.contains(&counted("1")), "{}", page.body);
    app.place.change(EVENTS).await;
    app.place.change(FILES).await;

    let page = viewer.get("/accounts/100/deliveries").await;

    assert!(page.body.contains(&counted("1")), "{}", page.body);
    app.place.change("update deliveries set reason = null where reason = 'written_to_file'").await;
    let page = viewer.get("/accounts/100/deliveries").await;
    assert!(page.body.contains(&counted("10,000+")), "{}", page.body);
    app.place.change("delete from events where payload = '{}'").await;
    app.finish().await;
}

#[tokio::test]
async fn the_day_says_how_long_answers_took_and_nothing_of_others_or_older_ones() {
    let (receiver, app) = (Receiver::ok().await, spawn_app().await);
    app.account(200, "Globex", "prod-globex", "kim@globex.example").await;
    app.notify(Some(&receiver.url("/hook")), "run_failed", true, "").await;
    let token = app.token(Some(100), Role::Ingest).await;
    app.post_event(&token, &sample("run_failed")).await.has_status(202);
    app.dispatch.settled().await.unwrap();
    app.place.change("update deliveries set took_ms = 1240").await;
    app.operator("lee@ringpost.example").await;
    let mut operator = app.signed_in("lee@ringpost.example").await;

    let page = operator.get("/accounts/100/deliveries").await;

    page.says("Median 1.2 s").says("99th percentile 1.2 s");
    assert!(!operator.get("/accounts/200/deliveries").await.text().contains("Median"));
    app.time.advance(minutes(25 * 60));
    let mut operator = app.signed_in("lee@ringpost.example").await;
    assert!(!operator.get("/accounts/100/deliveries").await.text().contains("Median"));
    app.finish().await;
}
