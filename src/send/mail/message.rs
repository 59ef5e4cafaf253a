//! One mail as it goes over the wire.

use std::time::SystemTime;

use jiff::Timestamp;
use lettre::address::AddressError;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart, SinglePart};

use super::mail_from::MailFrom;
use crate::domain::values::EmailAddress;
use crate::send::render::RenderedMail;

/// To whom a mail goes and how it is filed there. One envelope has one recipient, so that no recipient sees
/// another and no refused one stops another.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// The recipient.
    pub to: EmailAddress,
    /// Replaces the sender of the settings, name and all.
    pub from: Option<EmailAddress>,
    /// Where answers go, if not to the sender.
    pub reply_to: Option<EmailAddress>,
    /// The `Message-ID` before its @: the delivery's id, so that every retry has the same.
    pub message_id: String,
    /// What the mail is about, in the same form (`run-9876.prod-acme`): mail programs show those that share
    /// it as one thread.
    pub references: Option<String>,
    /// The way out; for subscribers only.
    pub unsubscribe: Option<Unsubscribe>,
    /// The Date header: when the delivery was accepted, the same on every retry.
    pub date: Timestamp,
    /// Whether a person pressed a button for it and waits.
    pub is_test: bool,
}

/// The `List-Unsubscribe` header (RFC 2369).
#[derive(Clone, Debug)]
pub struct Unsubscribe {
    /// The signed link.
    pub url: String,
    /// Whether a POST to it acts at once (RFC 8058, which demands https).
    pub one_click: bool,
}

/// Why a message cannot be written.
#[derive(Debug, thiserror::Error)]
pub(super) enum ComposeError {
    /// The mail library takes fewer addresses than we do.
    #[error("{address} cannot be used in a mail: {source}")]
    Address {
        /// The recipient, the sender, or where answers go.
        address: EmailAddress,
        /// Why not.
        source: AddressError,
    },
    /// A header is missing or wrong.
    #[error(transparent)]
    Message(#[from] lettre::error::Error),
}

/// Writes the message, text part first; its ids end in `@host`. Its bytes are ASCII and the same for the same
/// arguments.
pub(super) fn compose(
    envelope: &Envelope,
    content: &RenderedMail,
    sender: &MailFrom,
    host: &str,
) -> Result<Message, ComposeError> {
    let from = match &envelope.from {
        Some(address) => mailbox(address)?,
        None => sender.mailbox(),
    };
    let mut message = Message::builder()
        .from(from)
        .to(mailbox(&envelope.to)?)
        .subject(one_line(&content.subject))
        .date(SystemTime::from(envelope.date))
        .message_id(Some(id(&envelope.message_id, host)));
    // Whatever a destination shows as its sender, it is the installation that sends and hears of what comes back.
    let (from, to) = (sender.mailbox().email, mailbox(&envelope.to)?.email);
    message = message.envelope(lettre::address::Envelope::new(Some(from), vec![to])?);
    if let Some(address) = &envelope.reply_to {
        message = message.reply_to(mailbox(address)?);
    }
    if let Some(matter) = &envelope.references {
        let root = id(matter, host);
        message = message.references(root.clone()).in_reply_to(root);
    }
    for (name, value) in marks(envelope.unsubscribe.as_ref()) {
        let name = HeaderName::new_from_ascii_str(name);
        // These values are ASCII; the encoder would fold a long link, and many readers do not unfold it.
        message = message.raw_header(HeaderValue::dangerous_new_pre_encoded(name, value.clone(), value));
    }
    let parts = MultiPart::alternative()
        .boundary(boundary(&envelope.message_id))
        .singlepart(SinglePart::plain(content.text.clone()))
        .singlepart(SinglePart::html(content.html.clone()));
    Ok(message.multipart(parts)?)
}

/// A program wrote this, nobody's out-of-office need answer, and here is how to leave.
fn marks(unsubscribe: Option<&Unsubscribe>) -> Vec<(&'static str, String)> {
    let mut marks =
        vec![("Auto-Submitted", "auto-generated".to_owned()), ("X-Auto-Response-Suppress", "All".to_owned())];
    if let Some(Unsubscribe { url, one_click }) = unsubscribe {
        marks.push(("List-Unsubscribe", format!("<{}>", one_line(url))));
        if *one_click {
            marks.push(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
        }
    }
    marks
}

fn mailbox(address: &EmailAddress) -> Result<Mailbox, ComposeError> {
    match address.as_str().parse() {
        Ok(parsed) => Ok(Mailbox::new(None, parsed)),
        Err(source) => Err(ComposeError::Address { address: address.clone(), source }),
    }
}

/// `<local@host>`; what may not stand in an id becomes `-`.
fn id(local: &str, host: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    let clean = |text: &str| -> String { text.chars().map(|c| if allowed(c) { c } else { '-' }).collect() };
    format!("<{}@{}>", clean(local), clean(host))
}

fn one_line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

/// lettre's own boundary is random; this one keeps a retried mail the same to the last byte.
fn boundary(message_id: &str) -> String {
    let id: String = message_id.chars().filter(char::is_ascii_alphanumeric).take(50).collect();
    format!("=_ringpost_{id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_made_of_what_an_id_may_hold() {
        assert_eq!(id("run-88.prod acme>\r\n", "acme.example"), "<run-88.prod-acme---@acme.example>");
        assert_eq!(id("1", "[::1]"), "<1@---1->");
    }
}
