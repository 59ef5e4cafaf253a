//! What a mail says: subject, HTML and text, from the catalogue's words and an event's payload.

mod letter;
mod message;
#[cfg(test)]
mod samples;
pub mod slack;
pub mod teams;
#[cfg(test)]
mod tests;

use askama::Template as _;

use crate::domain::catalog::{EventType, shown};
use crate::domain::event::Payload;
use crate::domain::notification::Notification;
use crate::domain::text;

use letter::{Html, Letter, Text};

/// The most characters of a subject; mail programs show about half of them.
const SUBJECT_LIMIT: usize = 150;

/// A mail without its envelope and headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderedMail {
    /// One line without control characters.
    pub subject: String,
    /// A whole document: inline styles, no images, nothing loaded.
    pub html: String,
    /// The same facts as plain text.
    pub text: String,
}

/// Who reads the mail, and why it was sent.
#[derive(Clone, Copy, Debug)]
pub struct MailContext<'a> {
    /// Why this reader gets it.
    pub reader: Reader<'a>,
    /// The one address that it is sent to.
    pub address: &'a str,
    /// Whose settings it links to.
    pub account_id: i64,
    /// How that account is called.
    pub account_name: &'a str,
    /// Ringpost's own address, `https://ringpost.acme.example`.
    pub public_url: &'a str,
    /// Whether somebody only tries it out; subject and body then say so.
    pub test: bool,
}

/// Why somebody gets a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader<'a> {
    /// Always included, so there is nothing to unsubscribe from.
    PrimaryContact,
    /// At an address of a destination; whoever set that up can change it.
    Destination,
    /// On the event's list.
    Subscriber {
        /// The signed link that takes the address off the list.
        unsubscribe: Option<&'a str>,
    },
}

/// Writes the mail about an event. Every value is escaped, and only web addresses become links.
pub fn compose(
    event_type: &EventType,
    payload: &Payload,
    context: &MailContext<'_>,
) -> Result<RenderedMail, askama::Error> {
    write(Letter::of_event(event_type, payload, context))
}

/// Writes the mail about an ad-hoc notification, whose payload tells the account, the environment and the time.
pub fn compose_notification(
    notification: &Notification,
    payload: &Payload,
    context: &MailContext<'_>,
) -> Result<RenderedMail, askama::Error> {
    write(Letter::of_notification(notification, payload, context))
}

fn write(letter: Letter) -> Result<RenderedMail, askama::Error> {
    Ok(RenderedMail {
        html: Html { letter: &letter }.render()?,
        text: Text { letter: &letter }.render()?,
        subject: letter.subject,
    })
}

/// `[prod-acme] Run failed: Shopify Integration for Widget Co (run 9876)`, on tests with `[Test] ` before it.
fn subject(what: &str, payload: &Payload, test: bool) -> String {
    let prefix = if test { "[Test] " } else { "" };
    let environment = shown("environment", payload);
    let subject = format!("{prefix}[{environment}] {what}");
    text::capped(&text::one_line(&subject), SUBJECT_LIMIT)
}
