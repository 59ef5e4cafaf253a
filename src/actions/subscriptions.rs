//! Subscriptions as their owners confirm and end them: with the signed link in a mail, without signing in.

use crate::access::{Includes, MayEdit, Permit};
use crate::domain::account::Account;
use crate::domain::audit::{AuditAction, AuditEntry};
use crate::domain::history::SettingChange;
use crate::domain::values::EmailAddress;
use crate::error::{Error, Result};

use super::App;
use super::history::Author;

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
        LinkPurpose::EndSubscription => {
            let change = vec![SettingChange::of_subscription(address.as_str(), true)];
            let author = Author::by_link(address.as_str());
            let history = author.records(&app.clock, None, account.id, change)?;
            app.db.unsubscribe(account.id, address, history, now).await
        }
        LinkPurpose::Confirm => app.db.confirm(account.id, address, now).await,
    };
    Ok(done?)
}

/// Takes an unsubscription back, for whoever has asked the owner of the address; `false` if there is none.
pub(crate) async fn resubscribe(
    app: &App,
    permit: &Permit<impl Includes<MayEdit>>,
    address: &EmailAddress,
) -> Result<bool> {
    let change = vec![SettingChange::of_subscription(address.as_str(), false)];
    let author = Author::of(&permit.caller);
    let history = author.records(&app.clock, None, permit.account.id, change)?;
    let is_back = app.db.resubscribe(permit.account.id, address, history).await?;
    if is_back {
        let entry = AuditEntry::new(AuditAction::SettingsChanged, "notifications");
        let entry = entry.in_account(permit.account.id).detail(format!("{address} gets email again"));
        app.audit(&permit.caller, entry).await;
    }
    Ok(is_back)
}
