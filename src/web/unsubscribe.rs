//! One-click unsubscribing, `/u/{signed}`: opening the link only asks, because mail scanners open links.

use askama::Template;
use askama_web::WebTemplate;

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;

use super::PageResult;
use super::page::Plain;
use crate::actions::App;
use crate::actions::subscriptions::{self, Subscription};

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
    let subscription = subscriptions::find(&app, &signed).await?;
    Ok(page("Stop these emails?", subscription, false))
}

async fn unsubscribe(State(app): State<App>, Path(signed): Path<String>) -> PageResult<UnsubscribePage> {
    let subscription = subscriptions::find(&app, &signed).await?;
    subscriptions::end(&app, &subscription).await?;
    Ok(page("You are unsubscribed", subscription, true))
}

fn page(title: &str, subscription: Subscription, done: bool) -> UnsubscribePage {
    UnsubscribePage {
        plain: Plain::titled(title),
        address: subscription.address.to_string(),
        account_name: subscription.account.name,
        done,
    }
}
