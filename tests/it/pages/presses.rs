//! One press of a test button is one test, and another press is another.

use std::time::Duration;

use super::tests::{EMAIL, WEBHOOK, editor_with_url};
use crate::support::app::{spawn_app, start};
use crate::support::browser::Form;
use crate::support::receiver::{Answer, Door, Receiver};

#[tokio::test]
async fn a_page_that_is_sent_twice_tests_once_and_shows_the_first_result() {
    let (app, receiver) = (spawn_app().await, Receiver::ok().await);
    let (mut browser, form) = editor_with_url(&app, &receiver).await;
    let first = browser.submit(WEBHOOK, &form).await;
    let id = app.log().await[0].id;

    let again = browser.submit(WEBHOOK, &form).await;

    again.has_status(200).says("Test webhook delivered.");
    assert!(again.body.contains(&id.to_string()));
    assert_eq!((receiver.requests().len(), app.log().await.len()), (1, 1));
    // The page that came back has a nonce of its own: another press is another test.
    browser.submit(WEBHOOK, &Form::of(&first)).await.has_status(200);
    assert_eq!(receiver.requests().len(), 2);
    app.finish().await;
}

#[tokio::test]
async fn a_press_on_a_page_gone_back_to_later_is_a_test_of_its_own() {
    let app = spawn_app().await;
    let answers = ["200", "500", "200"].map(|status| Answer::status(status.parse().unwrap(), "said"));
    let receiver = Receiver::start(Door::Plain, answers.to_vec()).await;
    let (mut browser, form) = editor_with_url(&app, &receiver).await;
    browser.submit(WEBHOOK, &form).await.says("Test webhook delivered.");

    app.time.advance(Duration::from_secs(11));
    browser.submit(WEBHOOK, &form).await.says("Test webhook was not delivered.");
    browser.submit(WEBHOOK, &form).await.says("Test webhook was not delivered.");
    assert_eq!(receiver.requests().len(), 2);

    app.time.advance(Duration::from_secs(11));
    browser.submit(WEBHOOK, &form).await.says("Test webhook delivered.");
    assert_eq!(receiver.requests().len(), 3);
    app.finish().await;
}

#[tokio::test]
async fn what_was_changed_on_screen_since_is_a_test_of_its_own() {
    let app = spawn_app().await;
    let (first, second) = (Receiver::ok().await, Receiver::answering(Answer::status(500, "no")).await);
    let (mut browser, form) = editor_with_url(&app, &first).await;
    browser.submit(WEBHOOK, &form).await.says("Test webhook delivered.");

    // The same page, gone back to: another URL, another event, another button, another list.
    let other = form.with("webhook_url", second.url("/typed").expose());
    browser.submit(WEBHOOK, &other).await.says("Test webhook was not delivered.");
    let archived = "/accounts/100/notifications/test/tenant_archived/webhook";
    browser.submit(archived, &other).await.says("Test webhook was not delivered.");
    assert_eq!((first.requests().len(), second.requests().len()), (1, 2));
    browser.submit(EMAIL, &other).await.has_status(200);
    let mails =
        async || app.log().await.iter().filter(|row| row.target.channel().as_str() == "email").count();
    assert_eq!(mails().await, 1);
    let listed = other.with("subscribers.run_failed", "ops@acme.example");
    browser.submit(EMAIL, &listed).await.has_status(200);
    assert_eq!(mails().await, 3);
    browser.submit(EMAIL, &listed).await.has_status(200);
    assert_eq!(mails().await, 3);
    app.finish().await;
}

#[tokio::test]
async fn ten_tests_a_second_are_enough_for_an_account() {
    let (app, receiver) = (start().with("--rate-limit", "1000/s").spawn().await, Receiver::ok().await);
    let (mut browser, form) = editor_with_url(&app, &receiver).await;
    let mut refused = None;
    for number in 0..100 {
        let answer = browser.submit(WEBHOOK, &form.clone().with("nonce", format!("press {number}"))).await;
        if answer.status == 429 {
            refused = Some(answer);
            break;
        }
    }
    refused.expect("a hundred tests in a row were all let through").says("Too many tests at once.");
    app.finish().await;
}
