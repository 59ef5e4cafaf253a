//! What one delivery shows: the sentence, the facts, and what left and came back.

use askama::Template;
use askama_web::WebTemplate;

use crate::web::icon::Icon;
use crate::web::page::{Badge, Link, Shell, When};

/// One delivery.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "deliveries/detail.html")]
pub struct DeliveryPage {
    /// Title `Delivery 01969b3e`, tab `deliveries`.
    pub shell: Shell,
    /// The whole id.
    pub id: String,
    /// Where it is, in a word.
    pub badge: Badge,
    /// What happened and what to do next; [`crate::domain::delivery::Told`].
    pub sentence: String,
    /// The event's key; none for a notification sent by hand.
    pub event: Option<String>,
    /// Why it exists, where it is not simply an event.
    pub trigger: Option<Badge>,
    /// `Webhook`, `Email`, `Slack`, `Teams`.
    pub channel: &'static str,
    /// Scheme, host and fingerprint, or an address.
    pub recipient: String,
    /// `500 Internal Server Error`, or a mail server's reply; none while nobody has answered.
    pub answer: Option<String>,
    /// `92 ms`; none while nothing was sent.
    pub took: Option<String>,
    /// When it was accepted.
    pub accepted: When,
    /// When the last attempt began.
    pub sent: Option<When>,
    /// When a mail is tried again.
    pub next_try: Option<When>,
    /// How many attempts there were; only mails have more than one.
    pub attempts: i64,
    /// The delivery that this one repeats.
    pub resend_of: Option<Link>,
    /// The deliveries that repeat this one.
    pub resent_as: Vec<Link>,
    /// Whether this person may send it again, now: there is a `POST …/resend`.
    pub can_resend: bool,
    /// What left and came back.
    pub content: Content,
}

/// What left and what came back.
#[derive(Clone, Debug)]
pub enum Content {
    /// A POST and its answer.
    Http(HttpExchange),
    /// A mail, as it was sent.
    Mail(MailCopy),
    /// Nothing has left; the payload that would.
    Nothing {
        /// The body that is waiting, or was never sent.
        payload: String,
    },
}

/// A POST and its answer. Secrets in headers and the URL's path and query are already hidden.
#[derive(Clone, Debug)]
pub struct HttpExchange {
    /// Request line and headers.
    pub request_head: String,
    /// The body, indented if it is JSON.
    pub request_body: String,
    /// Status line and headers; empty if there was no answer.
    pub response_head: String,
    /// As much of the answer's body as is kept.
    pub response_body: String,
    /// Whether the answer's body was longer.
    pub truncated: bool,
}

/// A mail, as it was sent.
#[derive(Clone, Debug)]
pub struct MailCopy {
    /// The headers, one per line.
    pub headers: String,
    /// The text part.
    pub text: String,
    /// The path of the HTML part, which has a route and a content policy of its own.
    pub html_path: String,
    /// The mail server's last reply; empty if it said nothing.
    pub reply: String,
}
