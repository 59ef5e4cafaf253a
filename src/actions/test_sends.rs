//! Sends that somebody waits for: tests of what is saved or on screen, and ad-hoc notifications.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::access::{Includes, MayAdminister, MayEdit, MayRead, Permit};
use crate::actions::destinations::StoredDestination;
use crate::db::events::Idempotency;
use crate::dispatch::{Endpoint, Immediate, SendReport, Wait};
use crate::domain::account::Account;
use crate::domain::catalog::EventType;
use crate::domain::delivery::{Channel, Delivery, Reason, Stages, Target, Trigger};
use crate::domain::destination::DestinationConfig;
use crate::domain::event::Event;
use crate::domain::notification::{AD_HOC, Notification};
use crate::domain::route::Planned;
use crate::domain::settings::Settings;
use crate::domain::values::{EmailList, WebhookUrl};
use crate::error::{Error, Result};

use super::idempotency::hash_of_value;
use super::{App, confirmations, events};

/// The most addresses that one test goes to: nobody floods a list by a button.
pub(crate) const MOST_TEST_TARGETS: usize = 20;
/// Presses of one page's button this close together are one.
const SAME_PRESS: Duration = Duration::from_secs(10);

/// Who waits for a test.
pub(crate) enum TestCaller {
    /// Somebody on a page, who reads how far it has come; the nonce makes one press of the button one send,
    /// however often the browser repeats the post.
    Person {
        /// Of the page with the button.
        nonce: Option<String>,
    },
    /// A documented endpoint, which answers that it failed.
    Program,
}

/// A sample, and where it goes.
struct TestSend<'a> {
    event_type: &'a EventType,
    targets: Vec<Planned>,
    /// For a test of values that are not saved.
    endpoint: Option<Endpoint>,
    /// For a test of what is saved of a destination: its configuration, sealed, which no two saves have in common.
    saved: String,
    caller: TestCaller,
}

impl TestSend<'_> {
    /// The nonce of the page, bound to what is tested: the same post again is a repeat, and another URL, address or
    /// button of the same page is a test of its own.
    fn bound(&self, nonce: &str) -> String {
        let endpoint = match &self.endpoint {
            None => Value::Null,
            Some(Endpoint::Url(url)) => url.expose().into(),
            Some(Endpoint::Destination(config)) => config.expose().into(),
        };
        let targets = format!("{:?}", self.targets);
        hash_of_value(&json!([nonce, self.event_type.key, targets, endpoint, self.saved]))
    }
}

/// Tests a URL for the shared webhook, saved or not. 429 if the account tests too much.
pub(crate) async fn webhook(
    app: &App,
    permit: &Permit<impl Includes<MayEdit>>,
    event_type: &EventType,
    url: WebhookUrl,
    caller: TestCaller,
) -> Result<SendReport> {
    let target = Target::SharedWebhook { authority: url.authority(), label: url.label() };
    let (targets, endpoint) = (vec![target.into()], Some(Endpoint::Url(url)));
    test(app, &permit.account, TestSend { event_type, targets, endpoint, saved: String::new(), caller }).await
}

/// Tests a mail to the primary contact alone.
pub(crate) async fn email_to_contact(
    app: &App,
    permit: &Permit<impl Includes<MayEdit>>,
    event_type: &EventType,
    caller: TestCaller,
) -> Result<SendReport> {
    let targets = vec![contact(&permit.account)];
    test(app, &permit.account, TestSend { event_type, targets, endpoint: None, saved: String::new(), caller })
        .await
}

/// Tests a mail to the primary contact and to these subscribers, but for those who have unsubscribed
/// or have yet to confirm.
pub(crate) async fn email(
    app: &App,
    permit: &Permit<impl Includes<MayEdit>>,
    event_type: &EventType,
    (subscribers, settings): (&EmailList, &Settings),
    caller: TestCaller,
) -> Result<SendReport> {
    let mut targets = vec![contact(&permit.account)];
    targets.extend(subscribers.iter().map(|address| Planned {
        skip: confirmations::test_skip(app, settings, address),
        ..Planned::subscriber(address.clone(), settings)
    }));
    test(app, &permit.account, TestSend { event_type, targets, endpoint: None, saved: String::new(), caller })
        .await
}

/// Tests what is saved of a destination, paused or not, with the sample of its first event.
pub(crate) async fn destination(
    app: &App,
    permit: &Permit<MayAdminister>,
    saved: StoredDestination,
    caller: TestCaller,
) -> Result<SendReport> {
    let event_type = events::event_type_or_first(&app.catalog, saved.events.iter().map(String::as_str))?;
    let destination = app.destinations.routed(&saved)?;
    let targets = destination.targets().into_iter().map(Planned::from).collect();
    let saved = saved.row.config;
    test(app, &permit.account, TestSend { event_type, targets, endpoint: None, saved, caller }).await
}

/// Tests a destination as it is on screen, with the sample of the first of these events.
pub(crate) async fn unsaved_destination(
    app: &App,
    permit: &Permit<MayAdminister>,
    config: DestinationConfig,
    events: &[String],
    caller: TestCaller,
) -> Result<SendReport> {
    let event_type = events::event_type_or_first(&app.catalog, events.iter().map(String::as_str))?;
    let (channel, summary) = (config.kind().channel(), config.summary());
    let targets = Target::of_destination(None, channel, &summary, config.recipients());
    let targets = targets.into_iter().map(Planned::from).collect();
    let endpoint = Some(Endpoint::Destination(config));
    test(app, &permit.account, TestSend { event_type, targets, endpoint, saved: String::new(), caller }).await
}

/// How far a test of the account has come, or what it came to; nothing is sent. 404 for anything else.
pub(crate) async fn report(
    app: &App,
    permit: &Permit<impl Includes<MayRead>>,
    event_id: Uuid,
) -> Result<SendReport> {
    let deliveries = app.db.deliveries_of(permit.account.id, event_id).await?;
    match deliveries.first() {
        Some(first) if first.trigger == Trigger::Test => Ok(SendReport { event_id, deliveries }),
        Some(_) | None => Err(Error::not_found("test")),
    }
}

/// How far the one webhook of a test came, once it has ended; `None` for mails and for more than one.
pub(crate) async fn stages<'a>(
    app: &App,
    permit: &Permit<impl Includes<MayRead>>,
    report: &'a SendReport,
) -> Result<Option<(&'a Delivery, Stages)>> {
    let [row] = report.deliveries.as_slice() else { return Ok(None) };
    if row.target.channel() == Channel::Email || !row.state.is_final() {
        return Ok(None);
    }
    let transcript = app.db.transcript(permit.account.id, &row.id.to_string()).await?;
    Ok(transcript.map(|transcript| (row, transcript.stages())))
}

/// Sends a notification once to each of these destinations, in their order; a paused one is skipped. With an
/// idempotency key that was used before, nothing is sent.
pub(crate) async fn notification(
    app: &App,
    permit: &Permit<MayAdminister>,
    destinations: &[StoredDestination],
    notification: &Notification,
    idempotency: Option<Idempotency>,
) -> Result<SendReport> {
    let mut targets = Vec::new();
    for saved in destinations {
        let destination = app.destinations.routed(saved)?;
        let skip = (!destination.enabled).then_some(Reason::Paused);
        targets.extend(destination.targets().into_iter().map(|target| Planned::unless(target, skip)));
    }
    let now = app.clock.now();
    let event = Event {
        id: app.clock.new_id(),
        account_id: permit.account.id,
        key: AD_HOC.to_owned(),
        payload: notification.payload(&permit.account, now),
        accepted_at: now,
    };
    let trigger = Trigger::Adhoc;
    let input = Immediate { event, targets, trigger, endpoint: None, nonce: None, idempotency };
    app.dispatch.send_now(input, Wait::ThenCancels(app.patience.endpoint)).await
}

async fn test(app: &App, account: &Account, test: TestSend<'_>) -> Result<SendReport> {
    app.limits.tests.take(&account.id).map_err(|retry_after| Error::TooMany {
        message: "Too many tests at once: slow down.".to_owned(),
        retry_after,
    })?;
    let event = Event {
        id: app.clock.new_id(),
        account_id: account.id,
        key: test.event_type.key.clone(),
        payload: events::sample(app, account, test.event_type),
        accepted_at: app.clock.now(),
    };
    let (mut nonce, wait) = match &test.caller {
        TestCaller::Person { nonce } => {
            (nonce.as_ref().map(|nonce| test.bound(nonce)), Wait::ThenGoesOn(app.patience.page))
        }
        TestCaller::Program => (None, Wait::ThenCancels(app.patience.endpoint)),
    };
    let TestSend { mut targets, endpoint, .. } = test;
    targets.truncate(MOST_TEST_TARGETS);
    loop {
        let (event, targets, endpoint) = (event.clone(), targets.clone(), endpoint.clone());
        let pressed_at = event.accepted_at;
        let trigger = Trigger::Test;
        let input = Immediate { event, targets, trigger, endpoint, nonce: nonce.clone(), idempotency: None };
        let report = app.dispatch.send_now(input, wait).await?;
        let Some(before) = nonce.filter(|_| is_old(&report, pressed_at)) else { return Ok(report) };
        // Whoever repeats this press finds the same way to its own test.
        nonce = Some(hash_of_value(&json!([before, report.event_id.to_string()])));
    }
}

/// Whether a test was over when the button was pressed, and had begun too long before for a double click: somebody
/// went back to the same page and wants to know how it is now.
fn is_old(report: &SendReport, pressed_at: Timestamp) -> bool {
    report.deliveries.iter().all(|row| {
        row.state.is_final()
            && row.finished_at.is_none_or(|at| at < pressed_at)
            && row.created_at + SAME_PRESS < pressed_at
    })
}

fn contact(account: &Account) -> Planned {
    Target::PrimaryContact(account.contact.email.clone()).into()
}
