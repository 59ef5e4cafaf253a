//! One-click unsubscribing, `/u/{signed}`: opening the link only asks, because mail scanners open links.

use askama::Template;
use askama_web::WebTemplate;

use super::page::Plain;

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
