//! A mail as it was sent: taken apart for the page, and its HTML part in a frame.

use axum::extract::Path;
use axum::response::{Html, IntoResponse, Response};
use http::header::CONTENT_SECURITY_POLICY;
use mail_parser::MessageParser;

use super::MailCopy;
use crate::actions::deliveries;
use crate::error::Error;
use crate::web::PageResult;
use crate::web::auth::{MayRead, Visit};
use crate::web::page::MAIL_CSP;

/// The HTML part of a mail, under a policy of its own.
pub(super) async fn show(visit: Visit<MayRead>, Path((_, id)): Path<(i64, String)>) -> PageResult<Response> {
    let transcript = deliveries::transcript(&visit.app, &visit.permit, &id).await?;
    let message = transcript.request_body.ok_or_else(|| Error::not_found("mail"))?;
    let parsed = MessageParser::default().parse(&message).ok_or_else(|| Error::not_found("mail"))?;
    let html = parsed.body_html(0).ok_or_else(|| Error::not_found("mail"))?.into_owned();
    Ok(([(CONTENT_SECURITY_POLICY, MAIL_CSP)], Html(html)).into_response())
}

/// A message taken apart.
pub(super) fn copy(message: &str, reply: String, html_path: String) -> MailCopy {
    let head = message.split("\r\n\r\n").next().unwrap_or_default();
    let text = MessageParser::default()
        .parse(message)
        .and_then(|parsed| parsed.body_text(0).map(std::borrow::Cow::into_owned))
        .unwrap_or_default();
    MailCopy { headers: head.replace("\r\n", "\n"), text, html_path, reply }
}
