//! Test sends: a sample event, sent while the caller waits.

use crate::actions::App;
use crate::actions::destinations::StoredDestination;
use crate::dispatch::{Endpoint, Immediate};
use crate::domain::account::Account;
use crate::domain::catalog::EventType;
use crate::domain::delivery::{Delivery, Trigger};
use crate::domain::destination::Destination;
use crate::domain::event::Event;
use crate::domain::route::Planned;
use crate::error::{Error, Result};

/// Sends the sample of the destination's first event, else of the catalogue's, to a saved destination.
pub(super) async fn send(app: &App, account: &Account, kept: StoredDestination) -> Result<Vec<Delivery>> {
    let subscribed = kept.events.first().and_then(|key| app.catalog.get(key));
    let event_type = subscribed.or(app.catalog.events().next());
    let event_type = event_type.ok_or_else(|| Error::internal("the catalogue is empty"))?;
    let destination = Destination::try_from(kept.row)?;
    let targets = destination.targets().into_iter().map(Planned::from);
    send_to(app, account, event_type, targets.collect(), None).await
}

/// Sends an event's sample as a test; 429 if the account tests too much.
pub(super) async fn send_to(
    app: &App,
    account: &Account,
    event_type: &EventType,
    targets: Vec<Planned>,
    endpoint: Option<Endpoint>,
) -> Result<Vec<Delivery>> {
    app.limits.tests.take(&account.id).map_err(|retry_after| Error::TooMany {
        message: "Too many tests at once: slow down.".to_owned(),
        retry_after,
    })?;
    let now = app.clock.now();
    let event = Event {
        id: app.clock.new_id(),
        account_id: account.id,
        key: event_type.key.clone(),
        payload: event_type.sample(account, app.config.platform_domain.as_deref(), now),
        accepted_at: now,
    };
    let wanted = Immediate { event, targets, trigger: Trigger::Test, endpoint, nonce: None };
    app.dispatch.send_now(wanted).await
}
