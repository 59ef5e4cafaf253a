//! Slack: Block Kit with a text fallback; <https://docs.slack.dev/reference/block-kit/blocks>.

#[cfg(test)]
mod tests;

use serde_json::{Value, json};

use crate::domain::delivery::Channel;
use crate::domain::message_content::MessageContent;
use crate::domain::notification::{Notification, Severity};

use super::{Body, FieldShape, FieldSpec, Spec};

pub(super) const SPEC: Spec = Spec {
    word: "slack",
    display_name: "Slack",
    label: "Slack",
    hint: "A message in a channel, through an incoming webhook.",
    receiver: "Slack",
    success: "Test message sent to Slack.",
    channel: Channel::Slack,
    fields: &[FieldSpec {
        name: "webhookUrl",
        input: "url",
        shape: FieldShape::Url,
        required: true,
        label: "Webhook URL",
        hint: "The incoming webhook of the channel: https://hooks.slack.com/services/…",
    }],
    body: Body::Json(body),
};

/// Slack refuses the whole message if any of these is passed; all of them count characters.
const HEADER_LIMIT: usize = 150;
const SECTION_LIMIT: usize = 3_000;
const FIELD_LIMIT: usize = 2_000;
const FIELDS_PER_SECTION: usize = 10;
/// A message has at most 50 blocks, of which four are not sections of fields.
const FIELD_SECTIONS: usize = 46;
/// Slack cuts the fallback by itself, but only after 40,000.
const FALLBACK_LIMIT: usize = 4_000;
const LABEL_LIMIT: usize = 200;
/// What `*`, `*` and the line break around a label take.
const LABEL_MARKS: usize = 3;

/// The body of a POST to a Slack incoming webhook.
fn body(content: &MessageContent<'_>) -> Value {
    let notification = &content.notification;
    let title = format!("{}{}", content.test_mark(), content.title());
    let mut blocks = vec![json!({ "type": "header", "text": plain(&title, HEADER_LIMIT) })];
    let lines = content.lines().join("\n");
    if !lines.is_empty() {
        blocks.push(section(&escaped(&lines, SECTION_LIMIT)));
    }
    let fields: Vec<Value> = content.fields().iter().map(field).collect();
    let sections = fields.chunks(FIELDS_PER_SECTION).take(FIELD_SECTIONS);
    blocks.extend(sections.map(|fields| json!({ "type": "section", "fields": fields })));
    blocks.extend(link(notification).map(|link| section(&link)));
    let severity = format!("{} *{}*", marker(notification.severity), notification.severity.label());
    let origin = plain(&content.origin(), FIELD_LIMIT);
    blocks.push(json!({ "type": "context", "elements": [mrkdwn(&severity), origin] }));
    json!({ "text": fallback(content), "blocks": blocks })
}

/// What notifications, screen readers and old clients show instead of the blocks.
fn fallback(content: &MessageContent<'_>) -> String {
    let mut lines = vec![format!("{}{}", content.test_mark(), content.announcement())];
    lines.extend(content.lines());
    let field = |(label, value): (String, String)| format!("{label}: {value}").trim_end().to_owned();
    lines.extend(content.fields().into_iter().map(field));
    lines.extend(content.notification.source_url.clone());
    escaped(&lines.join("\n"), FALLBACK_LIMIT)
}

fn field((label, value): &(String, String)) -> Value {
    let label = escaped(label, LABEL_LIMIT);
    let value = escaped(value, FIELD_LIMIT - LABEL_LIMIT - LABEL_MARKS);
    match label.as_str() {
        // Slack refuses an empty text, and two asterisks around nothing are shown.
        "" => mrkdwn(&format!("— {value}")),
        label => mrkdwn(&format!("*{label}*\n{value}")),
    }
}

/// A link rather than a button: a click on a button is also sent to the app, and Slack warns the reader of an
/// app that does not answer, as one that only has an incoming webhook.
fn link(notification: &Notification) -> Option<String> {
    let (label, url) = notification.source_link()?;
    let url = escaped(&url.replace('|', "%7C"), usize::MAX);
    let link = format!("<{url}|{}>", escaped(&label, LABEL_LIMIT));
    (link.chars().count() <= SECTION_LIMIT).then_some(link)
}

fn marker(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => ":information_source:",
        Severity::Warning => ":warning:",
        Severity::Critical => ":red_circle:",
    }
}

fn section(text: &str) -> Value {
    json!({ "type": "section", "text": mrkdwn(text) })
}

/// Already escaped text. `verbatim` keeps Slack from making links of names and addresses in it.
fn mrkdwn(text: &str) -> Value {
    json!({ "type": "mrkdwn", "text": text, "verbatim": true })
}

fn plain(text: &str, limit: usize) -> Value {
    json!({ "type": "plain_text", "text": escaped(text, limit), "emoji": false })
}

/// With the three characters that mean something to Slack escaped. At most `limit` characters of what is sent,
/// never ending inside an escape; a text that is cut ends in `…`.
fn escaped(text: &str, limit: usize) -> String {
    let whole = escape(text);
    if whole.chars().count() <= limit {
        return whole;
    }
    let mut room = limit.saturating_sub(1);
    let fits = |c: &char| match room.checked_sub(escape_len(*c)) {
        Some(left) => {
            room = left;
            true
        }
        None => false,
    };
    let kept: String = text.chars().take_while(fits).collect();
    format!("{}…", escape(kept.trim_end()))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn escape_len(c: char) -> usize {
    match c {
        '&' => "&amp;".len(),
        '<' | '>' => "&lt;".len(),
        _ => 1,
    }
}
