//! Sends that somebody waits for: tests of what is saved or on screen, and ad-hoc notifications.

use std::time::Duration;

use crate::access::{Includes, MayAdminister, MayEdit, Permit};
use crate::actions::destinations::StoredDestination;
use crate::dispatch::{Endpoint, Immediate};
use crate::domain::account::Account;
use crate::domain::catalog::EventType;
use crate::domain::delivery::{Delivery, Reason, Target, Trigger};
use crate::domain::destination::{Destination, DestinationConfig};
use crate::domain::event::Event;
use crate::domain::notification::{AD_HOC, Notification};
use crate::domain::route::Planned;
use crate::domain::settings::Settings;
use crate::domain::values::{EmailList, WebhookUrl};
use crate::error::{Error, Result};

use super::{App, events};

/// How long somebody waits for the outcome of a send.
const PATIENCE: Duration = Duration::from_secs(50);

/// A sample, and where it goes.
struct TestSend<'a> {
    event_type: &'a EventType,
    targets: Vec<Planned>,
    /// For a test of values that are not saved.
    endpoint: Option<Endpoint>,
    /// Makes one press of the button one send, however often the browser repeats the post.
    nonce: Option<String>,
}

/// Tests a URL for the shared webhook, saved or not. 429 if the account tests too much.
pub(crate) async fn webhook(
    app: &App,
    permit: &Permit<impl Includes<MayEdit>>,
    event_type: &EventType,
    url: WebhookUrl,
    nonce: Option<String>,
) -> Result<Vec<Delivery>> {
    let target = Target::SharedWebhook { authority: url.authority(), label: url.label() };
    let (targets, endpoint) = (vec![target.into()], Some(Endpoint::Url(url)));
    test(app, &permit.account, TestSend { event_type, targets, endpoint, nonce }).await
}

/// Tests a mail to the primary contact alone.
pub(crate) async fn email_to_contact(
    app: &App,
    permit: &Permit<impl Includes<MayEdit>>,
    event_type: &EventType,
) -> Result<Vec<Delivery>> {
    let targets = vec![contact(&permit.account)];
    test(app, &permit.account, TestSend { event_type, targets, endpoint: None, nonce: None }).await
}

/// Tests a mail to the primary contact and to these subscribers, but for those who have unsubscribed.
pub(crate) async fn email(
    app: &App,
    permit: &Permit<impl Includes<MayEdit>>,
    event_type: &EventType,
    (subscribers, settings): (&EmailList, &Settings),
    nonce: Option<String>,
) -> Result<Vec<Delivery>> {
    let mut targets = vec![contact(&permit.account)];
    targets.extend(subscribers.iter().map(|address| Planned {
        skip: settings.is_unsubscribed(address).then_some(Reason::Unsubscribed),
        target: Target::Subscriber(address.clone()),
    }));
    test(app, &permit.account, TestSend { event_type, targets, endpoint: None, nonce }).await
}

/// Tests what is saved of a destination, paused or not, with the sample of its first event.
pub(crate) async fn destination(
    app: &App,
    permit: &Permit<MayAdminister>,
    saved: StoredDestination,
    nonce: Option<String>,
) -> Result<Vec<Delivery>> {
    let event_type = events::event_type_or_first(&app.catalog, saved.events.iter().map(String::as_str))?;
    let destination = Destination::try_from(saved.row)?;
    let targets = destination.targets().into_iter().map(Planned::from).collect();
    test(app, &permit.account, TestSend { event_type, targets, endpoint: None, nonce }).await
}

/// Tests a destination as it is on screen, with the sample of the first of these events.
pub(crate) async fn unsaved_destination(
    app: &App,
    permit: &Permit<MayAdminister>,
    config: DestinationConfig,
    events: &[String],
    nonce: Option<String>,
) -> Result<Vec<Delivery>> {
    let event_type = events::event_type_or_first(&app.catalog, events.iter().map(String::as_str))?;
    let (channel, summary) = (config.kind().channel(), config.summary());
    let targets = Target::of_destination(None, channel, &summary, config.recipients());
    let targets = targets.into_iter().map(Planned::from).collect();
    let endpoint = Some(Endpoint::Destination(config));
    test(app, &permit.account, TestSend { event_type, targets, endpoint, nonce }).await
}

/// Sends a notification once to each of these destinations, in their order; a paused one is skipped.
/// Answers the deliveries of each.
pub(crate) async fn notification(
    app: &App,
    permit: &Permit<MayAdminister>,
    destinations: &[StoredDestination],
    notification: &Notification,
) -> Result<Vec<Vec<Delivery>>> {
    let (mut targets, mut counts) = (Vec::new(), Vec::with_capacity(destinations.len()));
    for saved in destinations {
        let destination = Destination::try_from(saved.row.clone())?;
        let skip = (!destination.enabled).then_some(Reason::Paused);
        let own = destination.targets();
        counts.push(own.len());
        targets.extend(own.into_iter().map(|target| Planned { target, skip }));
    }
    let now = app.clock.now();
    let event = Event {
        id: app.clock.new_id(),
        account_id: permit.account.id,
        key: AD_HOC.to_owned(),
        payload: notification.payload(&permit.account, now),
        accepted_at: now,
    };
    let input = Immediate { event, targets, trigger: Trigger::Adhoc, endpoint: None, nonce: None };
    // The deliveries come in the order in which their targets were planned.
    let mut rows = app.dispatch.send_now(input, PATIENCE).await?.into_iter();
    Ok(counts.into_iter().map(|count| rows.by_ref().take(count).collect()).collect())
}

async fn test(app: &App, account: &Account, test: TestSend<'_>) -> Result<Vec<Delivery>> {
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
    let TestSend { targets, endpoint, nonce, .. } = test;
    let input = Immediate { event, targets, trigger: Trigger::Test, endpoint, nonce };
    app.dispatch.send_now(input, PATIENCE).await
}

fn contact(account: &Account) -> Planned {
    Target::PrimaryContact(account.contact.email.clone()).into()
}
