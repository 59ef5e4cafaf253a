//! Microsoft Teams: an Adaptive Card, which Workflows URLs and old connector URLs both accept;
//! <https://learn.microsoft.com/en-us/adaptive-cards/>.

mod markdown;
#[cfg(test)]
mod tests;

use serde_json::{Value, json};

use crate::domain::delivery::Channel;
use crate::domain::message_content::MessageContent;
use crate::domain::notification::Severity;
use crate::domain::text;

use super::{Body, FieldShape, FieldSpec, Spec};
use markdown::literal;

pub(super) const SPEC: Spec = Spec {
    word: "teams",
    display_name: "Microsoft Teams",
    label: "Microsoft Teams",
    hint: "A card in a channel, through a Workflows or connector webhook.",
    receiver: "Teams",
    success: "Test message sent to Microsoft Teams.",
    channel: Channel::Teams,
    fields: &[FieldSpec {
        name: "webhookUrl",
        input: "url",
        shape: FieldShape::Url,
        required: true,
        label: "Webhook URL",
        hint: "The address of a Workflows webhook, or of a connector.",
    }],
    body: Body::Json(body),
};

/// Teams refuses a message of more than 28 KB; a little is left for what it adds itself.
const LARGEST: usize = 27 * 1_024;
/// Texts are cut to this many characters, or to half of it and so on until the message is small enough.
const LONGEST_TEXT: usize = 10_000;
/// With texts this short, 20 fields always fit.
const SHORTEST_TEXT: usize = 50;
const LABEL_LIMIT: usize = 100;

/// The body of a POST to a Teams webhook.
fn body(content: &MessageContent<'_>) -> Value {
    let mut limit = LONGEST_TEXT;
    loop {
        let message = message(&card(content, limit));
        if limit <= SHORTEST_TEXT || message.to_string().len() <= LARGEST {
            return message;
        }
        limit /= 2;
    }
}

fn message(card: &Value) -> Value {
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": card,
        }],
    })
}

fn card(content: &MessageContent<'_>, limit: usize) -> Value {
    let notification = &content.notification;
    let title = text::capped(&format!("{}{}", content.test_mark(), content.title()), limit);
    let origin = format!("{} · {}", notification.severity.label(), content.origin());
    let mut body = vec![
        json!({
            "type": "TextBlock", "text": literal(&title), "color": color(notification.severity),
            "size": "Large", "weight": "Bolder", "wrap": true,
        }),
        json!({
            "type": "TextBlock", "text": literal(&text::capped(&origin, limit)),
            "isSubtle": true, "spacing": "None", "wrap": true,
        }),
    ];
    let lines = text::capped(&content.lines().join("\n"), limit);
    body.extend(lines.lines().map(paragraph));
    let facts: Vec<Value> = content.fields().iter().map(|field| fact(field, limit)).collect();
    if !facts.is_empty() {
        body.push(json!({ "type": "FactSet", "facts": facts }));
    }
    let open = |(label, url)| json!({ "type": "Action.OpenUrl", "title": label, "url": url });
    let actions: Vec<Value> = notification.source_link().map(open).into_iter().collect();
    json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "fallbackText": title,
        "msteams": { "width": "Full" },
        "body": body,
        "actions": actions,
    })
}

/// A `TextBlock` would read it as Markdown; the text of a `TextRun` stays as it is.
fn paragraph(line: &str) -> Value {
    json!({ "type": "RichTextBlock", "inlines": [{ "type": "TextRun", "text": line }] })
}

fn fact((label, value): &(String, String), limit: usize) -> Value {
    let shown = |text: &str, limit| literal(&text::capped(text, limit));
    json!({ "title": shown(label, limit.min(LABEL_LIMIT)), "value": shown(value, limit) })
}

fn color(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "Good",
        Severity::Warning => "Warning",
        Severity::Critical => "Attention",
    }
}
