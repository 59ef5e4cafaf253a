//! Subscriptions as their owners end them: with the signed link in every mail, without signing in.

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
}

/// Reads a link; 404 if we did not sign it.
pub(crate) async fn find(app: &App, signed: &str) -> Result<Subscription> {
    let missing = || Error::not_found("link");
    let (account_id, address) = app.sender.unsubscribe_links().read(signed).ok_or_else(missing)?;
    let account = app.db.account(account_id).await?.ok_or_else(missing)?;
    Ok(Subscription { account, address })
}

/// Ends a subscription; doing it twice is the same.
pub(crate) async fn end(app: &App, subscription: &Subscription) -> Result<()> {
    let Subscription { account, address } = subscription;
    Ok(app.db.unsubscribe(account.id, address, app.clock.now_ms()).await?)
}
