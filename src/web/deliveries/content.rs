//! What left and what came back, for the page.

use crate::db::deliveries::TranscriptRecord;
use crate::domain::delivery::{Channel, Delivery};

use super::{curl, mail};

/// What left and what came back.
#[derive(Clone, Debug)]
pub enum DeliveryContent {
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
    /// The request as a command for a shell, without what is secret.
    pub curl: Option<String>,
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

/// What is kept of an answer's body, in bytes; see delivery limits.
const BODY_KEPT: usize = 16 * 1_024;

pub(super) fn content(
    scheme: &str,
    row: &Delivery,
    transcript: &TranscriptRecord,
    html_path: &str,
) -> DeliveryContent {
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    let head = text(&transcript.request_head);
    let body = transcript.request_body.clone().unwrap_or_else(|| transcript.payload.clone());
    match row.target.channel() {
        _ if head.is_empty() && transcript.request_body.as_ref().is_none_or(String::is_empty) => {
            DeliveryContent::Nothing { payload: pretty(&transcript.payload) }
        }
        Channel::Email => {
            // A mail in a file was answered by nobody: what is kept then is the file's path.
            let reply = text(&transcript.response_head);
            let reply = if row.status.is_some() { reply } else { String::new() };
            DeliveryContent::Mail(mail::copy(&body, reply, html_path.to_owned()))
        }
        _ => {
            let response_body = text(&transcript.response_body);
            DeliveryContent::Http(HttpExchange {
                curl: curl::command(scheme, &head),
                request_head: head,
                request_body: pretty(&body),
                response_head: text(&transcript.response_head),
                truncated: response_body.len() >= BODY_KEPT,
                response_body,
            })
        }
    }
}

pub(super) fn pretty(body: &str) -> String {
    let value = serde_json::from_str::<serde_json::Value>(body);
    value.and_then(|value| serde_json::to_string_pretty(&value)).unwrap_or_else(|_| body.to_owned())
}
