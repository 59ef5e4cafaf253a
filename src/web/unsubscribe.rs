//! One-click unsubscribing, `/u/{signed}`: opening the link only asks, because mail scanners open links.

use askama::Template;
use askama_web::WebTemplate;

use super::page::Plain;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::PageResult;
use crate::actions::App;
use crate::domain::account::Account;
use crate::domain::values::EmailAddress;
use crate::error::Error;

/// The page behind the link in every subscriber's mail.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "unsubscribe.html")]
pub struct UnsubscribePage {
    /// Title as the heading: `Stop these emails?`, `You are unsubscribed`.
    pub plain: Plain,
    /// The address that would hear no more.
    pub address: String,
    /// The account whose mails these are.
    pub account_name: String,
    /// Whether it has been done.
    pub done: bool,
}

/// No session and no cross-site check: mail programs post here by themselves (RFC 8058), and the signature
/// in the path is the permission.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/u/{signed}", get(ask).post(unsubscribe))
}

async fn ask(State(app): State<App>, Path(signed): Path<String>) -> PageResult<UnsubscribePage> {
    let (account, address) = subscription(&app, &signed).await?;
    Ok(page("Stop these emails?", account, &address, false))
}

async fn unsubscribe(State(app): State<App>, Path(signed): Path<String>) -> PageResult<Response> {
    let (account, address) = subscription(&app, &signed).await?;
    app.db.unsubscribe(account.id, &address, app.clock.now_ms()).await?;
    Ok(page("You are unsubscribed", account, &address, true).into_response())
}

async fn subscription(app: &App, signed: &str) -> Result<(Account, EmailAddress), Error> {
    let missing = || Error::not_found("link");
    let (account_id, address) = app.sender.unsubscribe_links().read(signed).ok_or_else(missing)?;
    let account = app.db.account(account_id).await?.ok_or_else(missing)?;
    Ok((account, address))
}

fn page(title: &str, account: Account, address: &EmailAddress, done: bool) -> UnsubscribePage {
    UnsubscribePage {
        plain: Plain::titled(title),
        address: address.to_string(),
        account_name: account.name,
        done,
    }
}
