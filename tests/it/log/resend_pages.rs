//! The Resend button: who sees it, what it asks, and where it leads.

use ringpost::domain::delivery::State;
use ringpost::domain::role::Role;

use super::resend::happen;
use crate::support::app::spawn_app;
use crate::support::receiver::{Answer, Door, Receiver};

const LOG: &str = "/accounts/100/deliveries";

#[tokio::test]
async fn an_admin_sends_a_failed_webhook_again_and_sees_the_chain() {
    let app = spawn_app().await;
    let answers = vec![Answer::status(500, "no"), Answer::status(200, "ok")];
    let receiver = Receiver::start(Door::Plain, answers).await;
    app.notify(Some(&receiver.url("/hook")), "run_failed", true, "").await;
    let first = happen(&app).await.remove(0);
    let page = format!("{LOG}/{}", first.id);
    let mut viewer = app.visitor(Role::Viewer).await;
    assert!(!viewer.get(&page).await.body.contains("/resend"), "a viewer has no button");
    viewer.post(&format!("{page}/resend"), &[]).await.has_status(403);
    let mut admin = app.visitor(Role::Admin).await;
    admin.get(&page).await.says("Webhook: Run Failed").says("Resend");

    let leads_to = admin.post(&format!("{page}/resend"), &[]).await.leads_to().to_owned();

    app.dispatch.settled().await.unwrap();
    let again = admin.get(&leads_to).await;
    again
        .says("Sent again. This is the new delivery.")
        .says("First send")
        .says("Resent by admin@acme.example");
    assert!(!again.body.contains("/resend\""), "what has arrived is not sent again");
    let page = admin.post(&format!("{page}/resend"), &[]).await;
    page.has_status(409).says("There is a problem").says("was sent again already");
    assert_eq!(receiver.requests().len(), 2);
    app.finish().await;
}

#[tokio::test]
async fn for_what_nobody_knows_of_the_page_asks_to_look_first() {
    let app = spawn_app().await;
    let answers = vec![Answer::close(), Answer::status(200, "ok")];
    let receiver = Receiver::start(Door::Plain, answers).await;
    app.notify(Some(&receiver.url("/hook")), "run_failed", true, "").await;
    let first = happen(&app).await.remove(0);
    assert_eq!(first.state, State::Unknown);
    let page = format!("{LOG}/{}", first.id);
    let mut admin = app.visitor(Role::Admin).await;
    admin.get(&page).await.says("A resend may do the work twice.");

    let refused = admin.post(&format!("{page}/resend"), &[]).await;
    refused.has_status(422).says("Tick the box when you have looked").says("A resend may do the work twice.");
    assert_eq!(receiver.requests().len(), 1);

    admin.post(&format!("{page}/resend"), &[("checked", "on")]).await.leads_to();
    app.dispatch.settled().await.unwrap();
    assert_eq!(receiver.requests().len(), 2);
    app.finish().await;
}

#[tokio::test]
async fn the_page_of_a_delivery_says_where_the_time_went_and_what_else_became_of_its_event() {
    let receiver = Receiver::answering(Answer::status(503, "upstream is restarting")).await;
    let app = spawn_app().await;
    app.notify(Some(&receiver.url("/hook")), "run_failed", true, "").await;
    let first = happen(&app).await.remove(0);
    let mut viewer = app.visitor(Role::Viewer).await;

    let page = viewer.get(&format!("{LOG}/{}", first.id)).await;

    page.says("Shopify Integration for Widget Co (run 9876)").says("Email to dana@acme.example");
    page.says("Where the time went").says("First byte").says("503 Service Unavailable").says("curl -sS");
    app.finish().await;
}
