//! The question whether somebody wants the mails of a list: asked by mail, answered with the link in it.

use std::time::Duration;

use crate::access::{Includes, MayEdit, Permit};
use crate::dispatch::{Immediate, Wait};
use crate::domain::delivery::{Reason, Target, Trigger};
use crate::domain::event::Event;
use crate::domain::notification::{CONFIRMATION, Notification};
use crate::domain::settings::{EventSettings, Settings};
use crate::domain::values::EmailAddress;
use crate::error::Result;

use super::App;

/// Whoever does not answer is asked again when they are saved again, not before this time is over.
const ASKED_AGAIN_AFTER: Duration = Duration::from_hours(24);

/// For the start of a server: where confirmation is off, everybody counts as confirmed, also if it is on again later.
pub(crate) async fn begin(app: &App) -> Result<()> {
    if app.config.confirm_subscribers {
        return Ok(());
    }
    Ok(app.db.confirm_all(app.clock.now_ms()).await?)
}

/// Addresses on these lists that nobody knew before and that have to confirm.
pub(super) fn newcomers(
    app: &App,
    before: &Settings,
    events: &[(String, EventSettings)],
) -> Vec<EmailAddress> {
    let listed = events.iter().flat_map(|(_, row)| &row.subscribers);
    let mut new: Vec<EmailAddress> = Vec::new();
    for address in listed.filter(|address| !before.lists(address) && demands(app, address)) {
        if !new.contains(address) {
            new.push(address.clone());
        }
    }
    new
}

/// Why a test does not go to this address: it is judged like an event's, and one that is not saved yet like one that
/// has just been saved.
pub(super) fn test_skip(app: &App, settings: &Settings, address: &EmailAddress) -> Option<Reason> {
    let is_stranger = demands(app, address) && !settings.lists(address);
    settings.skip(address).or(is_stranger.then_some(Reason::Unconfirmed))
}

/// Asks those of the account's lists who have to confirm and were not asked for a day.
pub(super) async fn ask(app: &App, permit: &Permit<impl Includes<MayEdit>>) -> Result<()> {
    let account = &permit.account;
    let now = app.clock.now();
    let since = now - ASKED_AGAIN_AFTER;
    let settings = app.db.settings_with(account.clone(), None).await?;
    let mut to_ask = app.db.unasked(account.id, since.as_millisecond()).await?;
    to_ask.retain(|address| settings.lists(address));
    if to_ask.is_empty() {
        return Ok(());
    }
    let event = Event {
        id: app.clock.new_id(),
        account_id: account.id,
        key: CONFIRMATION.to_owned(),
        payload: Notification::asking_to_confirm(account).payload(account, now),
        accepted_at: now,
    };
    let targets = to_ask.iter().cloned().map(|address| Target::Subscriber(address).into()).collect();
    let trigger = Trigger::Adhoc;
    let input = Immediate { event, targets, trigger, endpoint: None, nonce: None, idempotency: None };
    app.dispatch.send_now(input, Wait::ThenGoesOn(Duration::ZERO)).await?;
    Ok(app.db.note_asked(account.id, to_ask, now.as_millisecond()).await?)
}

fn demands(app: &App, address: &EmailAddress) -> bool {
    let config = &app.config;
    config.confirm_subscribers && !config.trusted_mail_domain.iter().any(|domain| domain.covers(address))
}
