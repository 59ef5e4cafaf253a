//! The first run: the person with the terminal makes the first account and becomes its admin.

use askama::Template;
use askama_web::WebTemplate;

use super::page::Plain;

/// The first-run form; it exists only while no user does. Whoever fills it in becomes an operator and
/// the primary contact of the first account.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "setup.html")]
pub struct SetupPage {
    /// Title `Set up Ringpost`; problems of the fields below and of `password`.
    pub plain: Plain,
    /// The one-time code as it was typed.
    pub code: String,
    /// The person's name.
    pub name: String,
    /// The person's address.
    pub email: String,
    /// The platform's number for the organization.
    pub account_id: String,
    /// The organization's name.
    pub account_name: String,
    /// The environment that its events carry.
    pub environment: String,
}
