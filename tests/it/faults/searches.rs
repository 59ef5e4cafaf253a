//! Whoever searches a long log, and however often, keeps nobody's events from being accepted and sent.

use ringpost::domain::role::Role;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::support::app::spawn_app;
use crate::support::browser::Browser;
use crate::support::receiver::Receiver;
use crate::support::samples::sample;

/// A long log of one account, behind what is there.
const FILL: &str = "with recursive numbers (n) as (
       select 1 union all select n + 1 from numbers where n < 150000
     )
     insert into deliveries (id, account_id, event_id, event_key, channel, triggered_by, target, recipient,
       lane, state, detail, attempt, first_id, due_at, created_at)
     select 'before-' || cast(n as text), e.account_id, e.id, e.event_key, 'email', 'event', 'subscriber',
       'ops@acme.example', 'mail:', 'delivered', '', 1, 'first', e.created_at, e.created_at
     from numbers cross join (select id, account_id, event_key, created_at from events limit 1) as e";
const SEARCHERS: usize = 40;
const EVENTS: usize = 20;

#[tokio::test]
async fn a_storm_of_searches_holds_no_event_up() {
    let (receiver, app) = (Receiver::ok().await, spawn_app().await);
    app.notify(Some(&receiver.url("/hook")), "run_failed", true, "").await;
    let token = app.token(Some(100), Role::Ingest).await;
    app.post_event(&token, &sample("run_failed")).await.has_status(202);
    app.dispatch.settled().await.unwrap();
    app.place.change(FILL).await;
    app.account(200, "Globex", "prod-globex", "kim@globex.example").await;
    app.person("kim@globex.example", Some((200, Role::Viewer))).await;
    let mut other = app.signed_in("kim@globex.example").await;
    let session = app.visitor(Role::Viewer).await.session().unwrap().to_owned();
    let (answered, mut told) = watch::channel(0);
    let mut searches = JoinSet::new();
    for number in 0..SEARCHERS {
        let (mut browser, answered) = (Browser::with_session(app.address, &session), answered.clone());
        searches.spawn(async move {
            loop {
                browser.get(&format!("/accounts/100/deliveries?q=nobody-{number}")).await.has_status(200);
                answered.send_modify(|count| *count += 1);
            }
        });
    }
    told.wait_for(|count| *count > 0).await.unwrap();

    for number in 1..=EVENTS {
        app.post_event(&token, &sample("run_failed")).await.has_status(202);
        receiver.wait_for(1 + number).await;
        other.get("/accounts/200/deliveries?q=nobody").await.has_status(200).says("No deliveries match");
    }

    assert!(searches.try_join_next().is_none(), "a search was refused");
    searches.shutdown().await;
    app.dispatch.settled().await.unwrap();
    // The long log is made of rows that nobody could read.
    app.finish_with_pending().await;
}
