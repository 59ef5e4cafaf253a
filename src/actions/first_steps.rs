//! The first hour of an account: five steps to its first notification, each told from what is really there.

use crate::access::{Includes, MayEdit, MayRead, Permit};
use crate::db::tokens::TokenRecord;
use crate::domain::delivery::Delivery;
use crate::domain::role::Permission;
use crate::error::Result;

use super::App;

/// How many there are.
pub(crate) const STEPS: usize = 5;

/// What is there of each step.
pub(crate) struct FirstSteps {
    /// The sender of mails, where a mail server is set.
    pub mail_from: Option<String>,
    /// Whether it did not take the last mail.
    pub is_mail_stuck: bool,
    /// Scheme, host and fingerprint of the saved webhook URL.
    pub webhook: Option<String>,
    /// The newest test that has arrived, else the newest that has not.
    pub test: Option<Delivery>,
    /// A token of the account that posts events, the one that was used last.
    pub token: Option<TokenRecord>,
    /// The newest event: its id, its type's key, and when it was accepted.
    pub event: Option<(String, String, i64)>,
}

impl FirstSteps {
    /// Which are done, in the order of the page. Whose events arrive has some way to post them.
    #[must_use]
    pub(crate) fn done(&self) -> [bool; STEPS] {
        [
            self.mail_from.is_some() && !self.is_mail_stuck,
            self.webhook.is_some(),
            self.test.as_ref().is_some_and(|test| test.report().has_arrived()),
            self.token.is_some() || self.event.is_some(),
            self.event.is_some(),
        ]
    }

    /// How many are done.
    #[must_use]
    pub(crate) fn count(&self) -> usize {
        self.done().into_iter().filter(|is_done| *is_done).count()
    }
}

/// Looks at what is there.
pub(crate) async fn load(app: &App, permit: &Permit<impl Includes<MayRead>>) -> Result<FirstSteps> {
    let account_id = permit.account.id;
    let has_server = app.sender.mail_folder().is_none();
    let webhook = app.db.snapshot(account_id).await?.and_then(|snapshot| snapshot.webhook.clone());
    let now = app.clock.now_ms();
    let tokens = app.db.tokens(Some(account_id)).await?.into_iter().filter(|token| {
        token.role.may(Permission::PostEvents) && token.expires_at.is_none_or(|end| end > now)
    });
    Ok(FirstSteps {
        mail_from: has_server.then(|| app.config.mail_from.shown().to_owned()),
        is_mail_stuck: app.dispatch.mail_trouble().is_some(),
        webhook: webhook.map(|webhook| webhook.seen.label),
        test: app.db.last_test(account_id).await?,
        token: tokens.max_by_key(|token| (token.last_used_at, token.created_at)),
        event: app.db.last_event(account_id).await?,
    })
}

/// Whether the list has left the account's pages: somebody hid it, or all was done once.
pub(crate) async fn have_left(app: &App, permit: &Permit<impl Includes<MayRead>>) -> Result<bool> {
    Ok(app.db.has_left_first_steps(permit.account.id).await?)
}

/// Whether the list has left the account's pages although not all is done.
pub(crate) async fn are_hidden(app: &App, permit: &Permit<impl Includes<MayRead>>) -> Result<bool> {
    Ok(have_left(app, permit).await? && load(app, permit).await?.count() < STEPS)
}

/// The steps, while the list has not left the account's pages. Once all are done it leaves, for good: the log forgets
/// the first test some day, and nobody is to be sent through it again for that.
pub(crate) async fn pending(
    app: &App,
    permit: &Permit<impl Includes<MayRead>>,
) -> Result<Option<FirstSteps>> {
    if have_left(app, permit).await? {
        return Ok(None);
    }
    let steps = load(app, permit).await?;
    if steps.count() < STEPS {
        return Ok(Some(steps));
    }
    app.db.leave_first_steps(permit.account.id, Some(app.clock.now_ms())).await?;
    Ok(None)
}

/// Takes the list off the account's pages, or puts it back.
pub(crate) async fn hide(app: &App, permit: &Permit<impl Includes<MayEdit>>, hidden: bool) -> Result<()> {
    let left_at = hidden.then(|| app.clock.now_ms());
    Ok(app.db.leave_first_steps(permit.account.id, left_at).await?)
}
