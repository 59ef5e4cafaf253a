//! A recovery that meets trouble: one receiver that fails, one row that cannot be prepared. The rest goes on.

use ringpost::domain::delivery::{Delivery, State, Trigger};
use ringpost::domain::role::Role;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::destinations::{Desk, PROVIDERS};
use crate::support::receiver::{Answer, Gate};
use crate::support::samples::sample;

async fn post(app: &TestApp, events: usize) {
    let token = app.token(Some(100), Role::Ingest).await;
    for _ in 0..events {
        app.post_event(&token, &sample("run_failed")).await.has_status(202);
        app.dispatch.settled().await.unwrap();
    }
}

async fn recover(desk: &Desk) -> Value {
    let begun = desk.call("POST", "/api/v1/deliveries/recover", Some(&json!({}))).await;
    begun.has_status(202);
    desk.app.dispatch.settled().await.unwrap();
    desk.get(&format!("/api/v1/recoveries/{}", begun.json()["id"].as_str().unwrap())).await.json()
}

async fn resends(app: &TestApp) -> Vec<Delivery> {
    app.settled_log().await.into_iter().filter(|row| row.trigger == Trigger::Resend).collect()
}

async fn listener(desk: &Desk, url: &str) {
    let attributes = json!({ "name": "Listener", "url": url, "events": ["run_failed"] });
    desk.webhook(&attributes).await;
}

fn broken(times: usize) -> Vec<Answer> {
    vec![Answer::status(500, "no"); times]
}

#[tokio::test]
async fn a_receiver_that_fails_is_left_out_and_the_others_get_everything() {
    let desk = Desk::of_admin().await;
    let (dead, dead_url) = desk.receiver(broken(1)).await;
    let (well, well_url) = desk.receiver([broken(9), vec![Answer::status(200, "ok")]].concat()).await;
    listener(&desk, &dead_url).await;
    listener(&desk, &well_url).await;
    post(&desk.app, 9).await;

    let end = recover(&desk).await;

    let again = resends(&desk.app).await;
    let in_state = |state| again.iter().filter(|row| row.state == state).count();
    assert_eq!((in_state(State::Delivered), in_state(State::Failed)), (9, 5));
    assert_eq!((dead.requests().len(), well.requests().len()), (14, 18));
    let host = format!("localhost:{}", dead.address.port());
    assert_eq!((&end["state"], &end["failing"]), (&json!("failing"), &json!([host])));
    let sentence = format!(
        "Stopped after 5 failures in a row at {host}: 14 of 18 were sent. 5 failed again. 4 were not sent."
    );
    assert_eq!(end["message"], sentence);
    desk.app.finish().await;
}

#[tokio::test]
async fn a_receiver_that_takes_its_time_holds_up_no_other() {
    let desk = Desk::of_admin().await;
    let gate = Gate::shut();
    let fine = Answer::status(200, "ok");
    let (slow, slow_url) = desk.receiver([vec![fine.clone(); 60], vec![fine.behind(&gate)]].concat()).await;
    let (well, well_url) = desk.ok().await;
    listener(&desk, &slow_url).await;
    post(&desk.app, 57).await;
    listener(&desk, &well_url).await;
    post(&desk.app, 3).await;
    // So many failures would make the dispatcher pause for this receiver.
    let failed = "update deliveries set state = 'failed', reason = 'http_status', status = 500 where channel = 'webhook'";
    desk.app.place.change(failed).await;

    let begun = desk.call("POST", "/api/v1/deliveries/recover", Some(&json!({}))).await;
    begun.has_status(202);
    assert_eq!(begun.json()["total"], 63);

    // More wait for the slow one than are looked at in one go, and all of them stand before these.
    well.wait_for(6).await;
    slow.wait_for(61).await;
    assert!(slow.requests().len() <= 65, "five to each receiver until one has arrived there");
    gate.let_through();
    desk.app.dispatch.settled().await.unwrap();
    let end = desk.get(&format!("/api/v1/recoveries/{}", begun.json()["id"].as_str().unwrap())).await.json();
    assert_eq!((&end["state"], &end["delivered"]), (&json!("done"), &json!(63)), "{end}");
    assert_eq!((slow.requests().len(), well.requests().len()), (120, 6));
    desk.app.finish().await;
}

#[tokio::test]
async fn a_receiver_that_fails_only_for_what_there_is_does_not_stop_anything() {
    let desk = Desk::of_admin().await;
    let (_dead, url) = desk.receiver(broken(1)).await;
    listener(&desk, &url).await;
    post(&desk.app, 5).await;
    let end = recover(&desk).await;
    assert_eq!((&end["state"], &end["failed"]), (&json!("done"), &json!(5)));
    desk.app.finish().await;
}

#[tokio::test]
async fn a_row_that_cannot_be_read_and_a_destination_that_cannot_be_opened_hold_nothing_up() {
    let desk = Desk::of_admin().await;
    let (receiver, url) = desk.receiver([broken(3), vec![Answer::status(200, "ok")]].concat()).await;
    listener(&desk, &url).await;
    post(&desk.app, 3).await;
    let config = json!({ "fromEmail": "a@acme.example", "toEmails": ["night@acme.example"] });
    let body = json!({ "kind": "ops_email", "name": "Night shift", "config": config });
    desk.call("POST", PROVIDERS, Some(&body)).await.has_status(201);
    let failed: Vec<Delivery> =
        desk.app.log().await.into_iter().filter(|row| row.state == State::Failed).collect();
    assert_eq!(failed.len(), 3);
    desk.app.place.change("update destinations set config = 'torn' where kind = 'ops_email'").await;
    desk.app.time.advance(std::time::Duration::from_secs(2));
    let begun = desk.call("POST", "/api/v1/deliveries/recover", Some(&json!({ "dry_run": true }))).await;
    assert_eq!(begun.json()["to_send"], 3);
    // The row is torn after it was counted.
    let id = desk.app.clock.new_id();
    let torn = failed[0].id;
    desk.app
        .place
        .change(&format!("update deliveries set recipient = 'torn', channel = 'pigeon' where id = '{torn}'"))
        .await;
    desk.app
        .place
        .change(&format!(
            "insert into recoveries (id, account_id, status, above, below, total, started_by, last_event,
               last_delivery, created_at)
             values ('{id}', 100, 'failed', '', 'g', 3, 'dana@acme.example', '', '', 0)"
        ))
        .await;
    desk.app.dispatch.settled().await.unwrap();

    let end = desk.get(&format!("/api/v1/recoveries/{id}")).await.json();
    assert_eq!((&end["state"], &end["delivered"]), (&json!("done"), &json!(2)), "{end}");
    assert_eq!(end["message"], "Recovered 2 of 3. 1 could not be sent again: look at each.");
    assert_eq!(receiver.requests().len(), 5);
    desk.app
        .place
        .change(&format!("update deliveries set recipient = 'gone', channel = 'webhook' where id = '{torn}'"))
        .await;
    desk.app.finish().await;
}
