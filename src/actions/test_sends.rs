//! Sends that somebody waits for: tests of what is saved or on screen, and ad-hoc notifications.

use crate::access::{Includes, MayAdminister, MayEdit, Permit};
use crate::actions::destinations::StoredDestination;
use crate::db::deliveries::LogRow;
use crate::dispatch::{Immediate, Seal};
use crate::domain::account::Account;
use crate::domain::catalog::EventType;
use crate::domain::delivery::{Reason, Trigger};
use crate::domain::destination::{Destination, DestinationConfig};
use crate::domain::event::Event;
use crate::domain::notification::{AD_HOC, Notification};
use crate::domain::route::{Planned, Target};
use crate::domain::settings::Settings;
use crate::domain::values::{EmailList, WebhookUrl};
use crate::error::{Error, Result};
use crate::send::Sealed;

use super::{App, events};

/// A sample, and where it goes.
struct TestSend<'a> {
    event_type: &'a EventType,
    targets: Vec<Planned>,
    /// For a test of values that are not saved.
    seal_target: Option<Seal>,
    /// Makes one press of the button one send, however often the browser repeats the post.
    nonce: Option<String>,
}

/// Tests a URL for the shared webhook, saved or not. 429 if the account tests too much.
pub async fn webhook(
    app: &App,
    permit: &Permit<impl Includes<MayEdit>>,
    event_type: &EventType,
    url: WebhookUrl,
    nonce: Option<String>,
) -> Result<Vec<LogRow>> {
    let target = Target::SharedWebhook { authority: url.authority(), label: url.label() };
    let (sender, account_id) = (app.sender.clone(), permit.account.id);
    let seal: Seal = Box::new(move |delivery_id: &str| {
        let place = Sealed::of_delivery(String::new(), delivery_id, account_id);
        sender.seal(&place, &url.expose().into()).map_err(Error::internal)
    });
    let targets = vec![Planned { target, skip: None }];
    test(app, &permit.account, TestSend { event_type, targets, seal_target: Some(seal), nonce }).await
}

/// Tests a mail to the primary contact alone.
pub async fn email_to_contact(
    app: &App,
    permit: &Permit<impl Includes<MayEdit>>,
    event_type: &EventType,
) -> Result<Vec<LogRow>> {
    let targets = vec![contact(&permit.account)];
    test(app, &permit.account, TestSend { event_type, targets, seal_target: None, nonce: None }).await
}

/// Tests a mail to the primary contact and to these subscribers, but for those who have unsubscribed.
pub async fn email(
    app: &App,
    permit: &Permit<impl Includes<MayEdit>>,
    event_type: &EventType,
    (subscribers, settings): (&EmailList, &Settings),
    nonce: Option<String>,
) -> Result<Vec<LogRow>> {
    let mut targets = vec![contact(&permit.account)];
    targets.extend(subscribers.iter().map(|address| Planned {
        skip: settings.is_unsubscribed(address).then_some(Reason::Unsubscribed),
        target: Target::Subscriber(address.clone()),
    }));
    test(app, &permit.account, TestSend { event_type, targets, seal_target: None, nonce }).await
}

/// Tests what is saved of a destination, paused or not, with the sample of its first event.
pub async fn destination(
    app: &App,
    permit: &Permit<MayAdminister>,
    saved: StoredDestination,
    nonce: Option<String>,
) -> Result<Vec<LogRow>> {
    let event_type = events::event_type_or_first(&app.catalog, saved.events.iter().map(String::as_str))?;
    let destination = Destination::try_from(saved.row)?;
    let targets = destination.targets().into_iter().map(|target| Planned { target, skip: None }).collect();
    test(app, &permit.account, TestSend { event_type, targets, seal_target: None, nonce }).await
}

/// Tests a destination as it is on screen, with the sample of the first of these events.
pub async fn unsaved_destination(
    app: &App,
    permit: &Permit<MayAdminister>,
    config: DestinationConfig,
    events: &[String],
    nonce: Option<String>,
) -> Result<Vec<LogRow>> {
    let event_type = events::event_type_or_first(&app.catalog, events.iter().map(String::as_str))?;
    let targets = targets_on_screen(&config);
    let (destinations, account_id) = (app.destinations.clone(), permit.account.id);
    let seal: Seal =
        Box::new(move |delivery_id| destinations.seal_for_test(&config, delivery_id, account_id));
    test(app, &permit.account, TestSend { event_type, targets, seal_target: Some(seal), nonce }).await
}

/// Sends a notification once to each of these destinations, in their order; a paused one is skipped.
/// Answers the deliveries of each.
pub async fn notification(
    app: &App,
    permit: &Permit<MayAdminister>,
    destinations: &[StoredDestination],
    notification: &Notification,
) -> Result<Vec<Vec<LogRow>>> {
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
    let input = Immediate { event, targets, trigger: Trigger::Adhoc, seal_target: None, nonce: None };
    // The rows come in the order in which their targets were planned.
    let mut rows = app.dispatch.send_now(input).await?.into_iter();
    Ok(counts.into_iter().map(|count| rows.by_ref().take(count).collect()).collect())
}

async fn test(app: &App, account: &Account, test: TestSend<'_>) -> Result<Vec<LogRow>> {
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
    let TestSend { targets, seal_target, nonce, .. } = test;
    app.dispatch.send_now(Immediate { event, targets, trigger: Trigger::Test, seal_target, nonce }).await
}

fn contact(account: &Account) -> Planned {
    Planned { target: Target::PrimaryContact(account.contact.email.clone()), skip: None }
}

/// One target for a POST, one for each address for mails; none of them is a stored destination.
fn targets_on_screen(config: &DestinationConfig) -> Vec<Planned> {
    let summaries = match config.recipients() {
        [] => vec![config.summary()],
        addresses => addresses.iter().map(ToString::to_string).collect(),
    };
    let channel = config.kind().channel();
    let planned =
        |summary| Planned { target: Target::Destination { id: None, channel, summary }, skip: None };
    summaries.into_iter().map(planned).collect()
}
