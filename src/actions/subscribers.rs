//! The lists of an account by address: who hears about what, adding somebody to several lists, taking somebody off all.

use std::collections::HashMap;

use crate::access::{Includes, MayEdit, MayRead, Permit};
use crate::domain::delivery::Delivery;
use crate::domain::field_errors::FieldErrors;
use crate::domain::roster::{Listed, roster};
use crate::domain::settings::EventSettings;
use crate::domain::values::{EmailAddress, EmailList};
use crate::error::Result;

use super::App;
use super::notifications::{self, MOST_TRIES, NotificationsInput, Saved, StoredSettings, always_changed};

/// What adding somebody has changed.
#[derive(Debug, Default)]
pub(crate) struct Added {
    /// Whether a list has got longer.
    pub is_new: bool,
    /// Had unsubscribed, were on no list, and get mail again.
    pub returned: Vec<EmailAddress>,
    /// Have unsubscribed and stay so.
    pub unsubscribed: Vec<EmailAddress>,
    /// Are asked by mail whether they want the mails.
    pub unconfirmed: Vec<EmailAddress>,
}

/// What became of a removal.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Removed {
    /// Taken off these events' lists; none if the address was on no list any more.
    From(Vec<String>),
    /// Somebody else has changed in between what the address is listed for, and nothing was done.
    ChangedMeanwhile,
}

/// Everybody who is on a list or has unsubscribed, the primary contact first.
pub(crate) async fn everybody(app: &App, permit: &Permit<impl Includes<MayRead>>) -> Result<Vec<Listed>> {
    let unsubscribed = app.db.unsubscribed(permit.account.id).await?;
    let settings = app.db.settings_with(permit.account.clone(), None).await?;
    Ok(roster(&settings, &unsubscribed, &keys(app)))
}

/// One of them.
pub(crate) async fn one(
    app: &App,
    permit: &Permit<impl Includes<MayRead>>,
    address: &EmailAddress,
) -> Result<Option<Listed>> {
    Ok(everybody(app, permit).await?.into_iter().find(|listed| listed.address == *address))
}

/// How the last mail to each address ended, by the address as it is compared. Who got none yet is left out.
pub(crate) async fn last_mails(
    app: &App,
    permit: &Permit<impl Includes<MayRead>>,
    addresses: &[EmailAddress],
) -> Result<HashMap<String, Delivery>> {
    let addresses: Vec<String> = addresses.iter().map(EmailAddress::folded).collect();
    let rows = app.db.last_mails(permit.account.id, &addresses).await?;
    Ok(rows.into_iter().map(|row| (row.target.addressee().to_ascii_lowercase(), row)).collect())
}

/// Puts addresses on the lists of events. What others save at the same time is kept.
pub(crate) async fn add(
    app: &App,
    permit: &Permit<MayEdit>,
    addresses: &EmailList,
    events: &[String],
) -> Result<Added> {
    for _ in 0..MOST_TRIES {
        let stored = notifications::load(app, permit).await?;
        let rows = longer(app, &stored, addresses, events)?;
        let before = &stored.settings;
        let is_back = |address: &&EmailAddress| before.is_unsubscribed(address) && !before.lists(address);
        let mut added = Added { is_new: !rows.is_empty(), ..Added::default() };
        if added.is_new {
            added.returned = addresses.iter().filter(is_back).cloned().collect();
            let input = NotificationsInput { webhook: stored.url.clone(), events: rows };
            let Saved::Done(_) = notifications::save(app, permit, &stored, input).await? else { continue };
        }
        let now = app.db.settings_with(permit.account.clone(), None).await?;
        let those =
            |are: &dyn Fn(&EmailAddress) -> bool| addresses.iter().filter(|one| are(one)).cloned().collect();
        added.unsubscribed = those(&|address| now.is_unsubscribed(address));
        added.unconfirmed = those(&|address| now.is_unconfirmed(address) && !now.is_unsubscribed(address));
        return Ok(added);
    }
    Err(always_changed("these lists"))
}

/// The rows of the events whose lists get longer.
fn longer(
    app: &App,
    stored: &StoredSettings,
    addresses: &EmailList,
    events: &[String],
) -> Result<Vec<(String, EventSettings)>> {
    let (mut rows, mut errors) = (Vec::new(), FieldErrors::default());
    for event_type in app.catalog.events().filter(|event_type| events.contains(&event_type.key)) {
        let row = stored.settings.event(&event_type.key);
        match row.subscribers.with(addresses) {
            Ok(subscribers) if subscribers.len() == row.subscribers.len() => {}
            Ok(subscribers) => rows.push((event_type.key.clone(), EventSettings { subscribers, ..row })),
            Err(why) => errors.push_about("events", event_type.title.clone(), why.to_string()),
        }
    }
    Ok(errors.or(rows)?)
}

/// Takes an address off every list. `shown` are the events that whoever asked was told of: with other ones nothing is
/// done. Programs, which are shown nothing, name none.
pub(crate) async fn remove(
    app: &App,
    permit: &Permit<MayEdit>,
    address: &EmailAddress,
    shown: &[String],
) -> Result<Removed> {
    for _ in 0..MOST_TRIES {
        let stored = notifications::load(app, permit).await?;
        let mut rows = Vec::new();
        for key in keys(app) {
            let row = stored.settings.event(key);
            if row.subscribers.holds(address) {
                let subscribers = row.subscribers.without(address);
                rows.push((key.to_owned(), EventSettings { subscribers, ..row }));
            }
        }
        let events: Vec<String> = rows.iter().map(|(key, _)| key.clone()).collect();
        if events.is_empty() {
            return Ok(Removed::From(events));
        }
        if !shown.is_empty() && (shown.len() != events.len() || events.iter().any(|key| !shown.contains(key)))
        {
            return Ok(Removed::ChangedMeanwhile);
        }
        let input = NotificationsInput { webhook: stored.url.clone(), events: rows };
        if let Saved::Done(_) = notifications::save(app, permit, &stored, input).await? {
            return Ok(Removed::From(events));
        }
    }
    Err(always_changed("these lists"))
}

fn keys(app: &App) -> Vec<&str> {
    app.catalog.events().map(|event_type| event_type.key.as_str()).collect()
}
