//! The frame of signed-in pages, and what a session carries from one page to the next.

use axum::response::Redirect;
use axum_login::tower_sessions::Session;

use crate::actions::{App, accounts, health};
use crate::domain::field_errors::FieldErrors;
use crate::domain::health::FailingTarget;
use crate::domain::role::Permission;
use crate::session;
use crate::web::PageResult;
use crate::web::page::{CurrentAccount, FailingLine, FailingTargets, Notice, Person, Shell};

use super::{Fields, Gate, SignedIn, Visit};

/// Where notices wait for the page that shows them.
const NOTICES: &str = "notices";
/// Failing targets that the banner names.
const MOST_FAILING: usize = 3;
/// Where a secret waits for the one page that shows it; sessions are sealed at rest.
const ONCE: &str = "once";

impl<G: Gate> Visit<G> {
    /// The frame of a page of this account, with what the last request left to be said.
    pub async fn shell(&self, title: &str, tab: &'static str) -> PageResult<Shell> {
        let mut shell = shell_outside_accounts(&self.app, &self.person, &self.session, title).await?;
        let account = self.account.clone();
        shell.tab = tab;
        shell.account =
            Some(CurrentAccount { id: account.id, name: account.name, environment: account.environment });
        shell.person.role = Some(self.role);
        if self.role.may(Permission::Read) {
            shell.failing = self.failing().await;
        }
        Ok(shell)
    }

    /// What the banner says. No page fails of it.
    async fn failing(&self) -> FailingTargets {
        let account_id = self.account.id;
        let line = |target: FailingTarget| FailingLine {
            text: target.sentence(),
            href: format!("/accounts/{account_id}/deliveries?{}", target.log),
            name: target.name,
        };
        match health::failing(&self.app, account_id, MOST_FAILING).await {
            Ok((targets, others)) => {
                FailingTargets { lines: targets.into_iter().map(line).collect(), others }
            }
            Err(error) => {
                tracing::warn!(account = account_id, %error, "what is failing could not be read for a page");
                FailingTargets::default()
            }
        }
    }

    /// Leads to a page of this account, which then says `notices` once.
    pub async fn redirect(&self, path: &str, notices: Vec<Notice>) -> PageResult<Redirect> {
        leave_notices(&self.session, &notices).await?;
        Ok(Redirect::to(&format!("/accounts/{}/{path}", self.account.id)))
    }

    /// Leaves a secret, with what it belongs to, for the next page.
    pub(crate) async fn show_once(&self, name: &str, secret: &str) -> PageResult<()> {
        show_once(&self.session, name, secret).await
    }

    /// The form that this person sent to this page when the session had ended, once; it is not saved.
    pub(crate) async fn kept_form(&self, path: &str) -> PageResult<Option<Fields>> {
        Ok(session::take(&self.session, &format!("/accounts/{}/{path}", self.account.id)).await?)
    }

    /// Takes what [`Visit::show_once`] left; a second time there is nothing.
    pub(crate) async fn seen_once(&self) -> PageResult<Option<(String, String)>> {
        seen_once(&self.session).await
    }
}

/// Leaves a secret, with what it belongs to, for the next page.
pub(crate) async fn show_once(session: &Session, name: &str, secret: &str) -> PageResult<()> {
    Ok(session.insert(ONCE, (name, secret)).await.map_err(session::failed)?)
}

/// Takes what [`show_once`] left; a second time there is nothing.
pub(crate) async fn seen_once(session: &Session) -> PageResult<Option<(String, String)>> {
    Ok(session::take_out(session, ONCE).await?)
}

/// The frame of a page that belongs to no account.
pub(crate) async fn shell_outside_accounts(
    app: &App,
    person: &SignedIn,
    session: &Session,
    title: &str,
) -> PageResult<Shell> {
    let mut notices = Vec::new();
    if !person.is_watching {
        if session::has_dropped(session).await? {
            notices.push(Notice::dropped_form());
        }
        notices.extend(session::take_out::<Vec<Notice>>(session, NOTICES).await?.unwrap_or_default());
    }
    let can_switch = person.operator || accounts::list_own(app, &person.caller()).await?.len() > 1;
    Ok(Shell {
        title: title.to_owned(),
        tab: "",
        account: None,
        person: Person { email: person.email.clone(), role: None, operator: person.operator, can_switch },
        mail_folder: app.sender.mail_folder(),
        is_mail_stuck: app.dispatch.mail_trouble().is_some(),
        test_limit: format!("{} s", app.config.webhook_timeout.as_secs_f64()),
        failing: FailingTargets::default(),
        notices,
        errors: FieldErrors::default(),
    })
}

/// Leaves notices for the next page.
pub(crate) async fn leave_notices(session: &Session, notices: &[Notice]) -> PageResult<()> {
    if !notices.is_empty() {
        session.insert(NOTICES, notices).await.map_err(session::failed)?;
    }
    Ok(())
}
