//! What one delivery shows: the sentence, the facts, and what left and came back.

use askama::Template;
use askama_web::WebTemplate;

use crate::web::page::{Badge, PAGE_CSP, Shell, When};
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_SECURITY_POLICY;
use jiff::Timestamp;

use super::mail;
use crate::actions::deliveries;
use crate::db::deliveries::TranscriptRecord;
use crate::domain::delivery::{Channel, Delivery, Reason, State, millis};
use crate::web::PageResult;
use crate::web::auth::{MayRead, Visit};

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
    /// What happened and what to do next; [`crate::domain::delivery::DeliveryReport`].
    pub sentence: String,
    /// The event's key; `notification` for one sent by hand.
    pub event: String,
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
    /// What left and came back.
    pub content: DeliveryContent,
}

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

pub(super) async fn show(visit: Visit<MayRead>, Path((_, id)): Path<(i64, String)>) -> PageResult<Response> {
    let row = deliveries::find(&visit.app, &visit.permit, &id).await?;
    let transcript = deliveries::transcript(&visit.app, &visit.permit, &id).await?;
    let page = page(&visit, row, transcript).await?;
    Ok(([(CONTENT_SECURITY_POLICY, PAGE_CSP)], page).into_response())
}

async fn page(
    visit: &Visit<MayRead>,
    row: Delivery,
    transcript: TranscriptRecord,
) -> PageResult<DeliveryPage> {
    let now = visit.app.clock.now();
    let report = row.report();
    let (state, channel, sentence) = (report.state, report.channel, report.describe());
    let (badge, answer) = (Badge::of_state(state, channel, report.reason), report.answered());
    let waits = state == State::Pending && row.attempt > 0 && row.reason != Some(Reason::Restored);
    let id = row.id.to_string();
    let short = id.split('-').next().unwrap_or_default();
    let when = |at: Timestamp| When::at(at.as_millisecond(), now);
    let path = |id: &str| format!("/accounts/{}/deliveries/{id}", visit.account.id);
    Ok(DeliveryPage {
        shell: visit.shell(&format!("Delivery {short}"), "deliveries").await?,
        badge,
        sentence,
        event: row.event_key,
        trigger: Badge::of_trigger(row.trigger),
        channel: channel.label(),
        recipient: row.target.recipient().to_owned(),
        answer,
        took: row.took.map(millis),
        accepted: when(row.created_at),
        sent: row.sent_at.map(when),
        next_try: waits.then(|| when(row.due_at)),
        attempts: row.attempt.into(),
        content: content(channel, &transcript, &format!("{}/mail", path(&id))),
        id,
    })
}

fn content(channel: Channel, transcript: &TranscriptRecord, html_path: &str) -> DeliveryContent {
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    let head = text(&transcript.request_head);
    let body = transcript.request_body.clone().unwrap_or_else(|| transcript.payload.clone());
    match channel {
        _ if head.is_empty() && transcript.request_body.as_ref().is_none_or(String::is_empty) => {
            DeliveryContent::Nothing { payload: pretty(&transcript.payload) }
        }
        Channel::Email => {
            DeliveryContent::Mail(mail::copy(&body, text(&transcript.response_head), html_path.to_owned()))
        }
        _ => {
            let response_body = text(&transcript.response_body);
            DeliveryContent::Http(HttpExchange {
                request_head: head,
                request_body: pretty(&body),
                response_head: text(&transcript.response_head),
                truncated: response_body.len() >= BODY_KEPT,
                response_body,
            })
        }
    }
}

fn pretty(body: &str) -> String {
    let value = serde_json::from_str::<serde_json::Value>(body);
    value.and_then(|value| serde_json::to_string_pretty(&value)).unwrap_or_else(|_| body.to_owned())
}
