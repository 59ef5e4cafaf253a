//! The links in mails, `/u/{signed}`, that end a subscription or confirm it: opening the link only asks, because mail scanners open links.

use askama::Template;
use askama_web::WebTemplate;

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;

use super::PageResult;
use super::page::Plain;
use crate::actions::App;
use crate::actions::subscriptions::{self, LinkPurpose, Subscription};

/// The page behind the link in every subscriber's mail, and in the mail that asks.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "unsubscribe.html")]
pub struct UnsubscribePage {
    /// Title as the heading: `Stop these emails?`, `You are unsubscribed`.
    pub plain: Plain,
    /// The address that would hear no more, or wants to.
    pub address: String,
    /// The account whose mails these are.
    pub account_name: String,
    /// Titles of the events on whose lists the address is.
    pub events: Vec<String>,
    /// Whether the link confirms; otherwise it ends the subscription.
    pub confirms: bool,
    /// Whether it has been done.
    pub done: bool,
}

/// No session and no cross-site check: mail programs post here by themselves (RFC 8058), and the signature
/// in the path is the permission.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/u/{signed}", get(ask).post(follow))
}

async fn ask(State(app): State<App>, Path(signed): Path<String>) -> PageResult<UnsubscribePage> {
    let (purpose, subscription) = subscriptions::find(&app, &signed).await?;
    Ok(page(purpose, subscription, false))
}

async fn follow(State(app): State<App>, Path(signed): Path<String>) -> PageResult<UnsubscribePage> {
    let (purpose, subscription) = subscriptions::find(&app, &signed).await?;
    subscriptions::follow(&app, purpose, &subscription).await?;
    Ok(page(purpose, subscription, true))
}

fn page(purpose: LinkPurpose, subscription: Subscription, done: bool) -> UnsubscribePage {
    let title = match (purpose, done) {
        (LinkPurpose::EndSubscription, false) => "Stop these emails?",
        (LinkPurpose::EndSubscription, true) => "You are unsubscribed",
        (LinkPurpose::Confirm, false) => "Do you want these emails?",
        (LinkPurpose::Confirm, true) => "You get these emails now",
    };
    UnsubscribePage {
        plain: Plain::titled(title),
        address: subscription.address.to_string(),
        events: subscription.events,
        account_name: subscription.account.name,
        confirms: purpose == LinkPurpose::Confirm,
        done,
    }
}
