//! Subscriptions as their owners confirm and end them: with the signed link in a mail, without signing in.

use crate::domain::account::Account;
use crate::domain::values::EmailAddress;
use crate::error::{Error, Result};

use super::App;

/// An address on an account's lists; its owner has shown the link that only their mails hold.
pub(crate) struct Subscription {
    /// Whose mails they are.
    pub account: Account,
    /// Who gets them.
    pub address: EmailAddress,
    /// Titles of the events on whose lists the address is, in the catalogue's order.
    pub events: Vec<String>,
}

/// What the link of a mail is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LinkPurpose {
    /// It is in every mail to a subscriber.
    EndSubscription,
    /// It is in the mail that asks.
    Confirm,
}

/// Reads a link; 404 if we did not sign it.
pub(crate) async fn find(app: &App, signed: &str) -> Result<(LinkPurpose, Subscription)> {
    let missing = || Error::not_found("link");
    let end = app.sender.unsubscribe_links().read(signed).map(|read| (LinkPurpose::EndSubscription, read));
    let confirm = || app.sender.confirmation_links().read(signed).map(|read| (LinkPurpose::Confirm, read));
    let (purpose, (account_id, address)) = end.or_else(confirm).ok_or_else(missing)?;
    let settings = &app.db.snapshot(account_id).await?.ok_or_else(missing)?.settings;
    let lists = |key: &str| settings.event(key).subscribers.iter().any(|listed| *listed == address);
    let events = app.catalog.events().filter(|event| lists(&event.key));
    let events = events.map(|event| event.title.clone()).collect();
    Ok((purpose, Subscription { account: settings.account.clone(), address, events }))
}

/// Does what the link is for; doing it twice is the same.
pub(crate) async fn follow(app: &App, purpose: LinkPurpose, subscription: &Subscription) -> Result<()> {
    let Subscription { account, address, .. } = subscription;
    let now = app.clock.now_ms();
    let done = match purpose {
        LinkPurpose::EndSubscription => app.db.unsubscribe(account.id, address, now).await,
        LinkPurpose::Confirm => app.db.confirm(account.id, address, now).await,
    };
    Ok(done?)
}
