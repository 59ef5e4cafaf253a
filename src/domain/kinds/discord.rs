//! Discord: a line of text and an embed; <https://docs.discord.com/developers/resources/webhook#execute-webhook>.

use serde_json::{Value, json};

use crate::domain::delivery::Channel;
use crate::domain::message_content::MessageContent;
use crate::domain::notification::{Notification, Severity};

use super::{Body, FieldShape, FieldSpec, Spec};

pub(super) const SPEC: Spec = Spec {
    word: "discord",
    display_name: "Discord",
    label: "Discord",
    hint: "A message in a channel, through a webhook of the channel.",
    receiver: "Discord",
    success: "Test message sent to Discord.",
    channel: Channel::Webhook,
    fields: &[FieldSpec {
        name: "webhookUrl",
        input: "url",
        shape: FieldShape::Url,
        required: true,
        label: "Webhook URL",
        hint: "The webhook of the channel: https://discord.com/api/webhooks/…",
    }],
    body: Body::Json(body),
};

/// Discord refuses the whole message if any of these is passed. They are counted as UTF-16 here: nobody
/// counts more than that.
const CONTENT_LIMIT: usize = 2_000;
const TITLE_LIMIT: usize = 256;
const DESCRIPTION_LIMIT: usize = 4_096;
const FIELDS: usize = 25;
const NAME_LIMIT: usize = 256;
const VALUE_LIMIT: usize = 1_024;
/// Title, description, footer, and the names and values of all fields together.
const EMBED_LIMIT: usize = 6_000;
/// The footer may be longer, but who reads it?
const FOOTER_LIMIT: usize = 256;
/// A longer link is only behind the title, where it counts for nothing.
const LINK_LIMIT: usize = 512;
/// With texts this short, an embed of 25 fields always fits.
const SHORTEST_TEXT: usize = 64;

/// The body of a POST to a Discord webhook. Nobody is pinged, whatever the text says.
fn body(content: &MessageContent<'_>) -> Value {
    let line = format!("{}{}", content.test_mark(), content.announcement());
    json!({
        "content": escaped(&line, CONTENT_LIMIT),
        "embeds": [embed(content)],
        "allowed_mentions": { "parse": [] },
    })
}

/// Texts are cut to half of their limit, and so on until the embed is small enough.
fn embed(content: &MessageContent<'_>) -> Value {
    let mut limit = DESCRIPTION_LIMIT;
    loop {
        let embed = embed_within(content, limit);
        if limit <= SHORTEST_TEXT || size(&embed) <= EMBED_LIMIT {
            return embed;
        }
        limit /= 2;
    }
}

fn embed_within(content: &MessageContent<'_>, limit: usize) -> Value {
    let notification = &content.notification;
    let title = format!("{}{}", content.test_mark(), content.title());
    let footer = format!("{} · {}", notification.severity.label(), content.origin());
    let fields: Vec<Value> = content.fields().iter().take(FIELDS).map(|pair| field(pair, limit)).collect();
    json!({
        "title": escaped(&title, TITLE_LIMIT),
        "url": notification.source_url,
        "description": description(content, limit),
        "color": color(notification.severity),
        "fields": fields,
        // Plain text: Discord reads no Markdown here.
        "footer": { "text": capped(&footer, FOOTER_LIMIT) },
    })
}

fn description(content: &MessageContent<'_>, limit: usize) -> String {
    let link = link(&content.notification).unwrap_or_default();
    let room = limit.min(DESCRIPTION_LIMIT - LINK_LIMIT - 1);
    let text = escaped(&content.lines().join("\n"), room);
    [text, link].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}

/// Where a click leads, because a title that is a link does not say so.
fn link(notification: &Notification) -> Option<String> {
    let (label, url) = notification.source_link()?;
    let link = format!("[{}]({})", escaped(&label, LINK_LIMIT), url.replace('(', "%28").replace(')', "%29"));
    (utf16(&link) <= LINK_LIMIT).then_some(link)
}

fn field((label, value): &(String, String), limit: usize) -> Value {
    // Discord refuses a field without a name or a value.
    let shown = |text: &str, limit| if text.is_empty() { "—".to_owned() } else { escaped(text, limit) };
    json!({ "name": shown(label, limit.min(NAME_LIMIT)), "value": shown(value, limit.min(VALUE_LIMIT)) })
}

fn color(severity: Severity) -> u32 {
    match severity {
        Severity::Info => 0x2f_55_cf,
        Severity::Warning => 0xe0_9b_00,
        Severity::Critical => 0xd9_2d_20,
    }
}

/// What Discord counts against [`EMBED_LIMIT`].
fn size(embed: &Value) -> usize {
    let text = |value: &Value| value.as_str().map_or(0, utf16);
    let of = |path: &str| embed.pointer(path).map_or(0, text);
    let fields = embed.get("fields").and_then(Value::as_array).into_iter().flatten();
    let in_fields = fields.filter_map(Value::as_object).flat_map(|field| field.values()).map(text);
    of("/title") + of("/description") + of("/footer/text") + in_fields.sum::<usize>()
}

fn utf16(text: &str) -> usize {
    text.encode_utf16().count()
}

fn capped(text: &str, limit: usize) -> String {
    within(text.chars().map(String::from).collect(), limit)
}

/// With a backslash before what would be formatting, a link, an emoji or a mention; Discord takes it away.
/// A text that is cut ends in `…`, never inside an escape.
fn escaped(text: &str, limit: usize) -> String {
    let mut pieces = Vec::with_capacity(text.len());
    let (mut before, mut number) = (None, false);
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let (first, after) = (matches!(before, None | Some('\n')), rest.peek().copied());
        let ends = after.is_none_or(char::is_whitespace);
        let means_something = match c {
            '\\' | '*' | '~' | '`' | '|' | '@' => true,
            '_' => !(is_word(before) && is_word(after)),
            ']' => after == Some('('),
            // The colon of an address or of an emoji, the bracket of a mention: `https://…`, `:smile:`, `<@1>`.
            ':' | '<' => !ends,
            '>' | '#' | '-' | '+' => first && (ends || after == Some('#')),
            // The number of a list: `1. one`.
            '.' => number && ends,
            _ => false,
        };
        number = (first || number) && c.is_ascii_digit();
        pieces.push(if means_something { format!("\\{c}") } else { c.to_string() });
        before = Some(c);
    }
    within(pieces, limit)
}

fn is_word(c: Option<char>) -> bool {
    c.is_some_and(char::is_alphanumeric)
}

fn within(pieces: Vec<String>, limit: usize) -> String {
    let sizes: Vec<usize> = pieces.iter().map(|piece| utf16(piece)).collect();
    if sizes.iter().sum::<usize>() <= limit {
        return pieces.concat();
    }
    let mut room = limit.saturating_sub(1);
    let fits = |size: &&usize| room.checked_sub(**size).map(|left| room = left).is_some();
    let count = sizes.iter().take_while(fits).count();
    let start: String = pieces.into_iter().take(count).collect();
    format!("{}…", start.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::message_content::samples;

    #[test]
    fn every_notification_reads_as_reviewed() {
        for (name, payload) in [("run_failed", samples::run_failed()), ("ad_hoc", samples::ad_hoc())] {
            let message = body(&samples::content(&payload, false));
            insta::assert_snapshot!(name, serde_json::to_string_pretty(&message).unwrap());
        }
    }

    #[test]
    fn a_test_says_so_in_content_and_title() {
        let payload = samples::ad_hoc();
        let message = body(&samples::content(&payload, true));
        assert_eq!(message["content"], "[Test] Warning: Alert: acceptance rate drop");
        assert_eq!(message["embeds"][0]["title"], "[Test] Alert: acceptance rate drop");
    }

    #[test]
    fn the_severity_colours_the_embed() {
        let colors = ["info", "warning", "critical"].map(|severity| {
            let payload = samples::ad_hoc_of(&json!({ "title": "t", "body": "b", "severity": severity }));
            body(&samples::content(&payload, false))["embeds"][0]["color"].as_u64().unwrap()
        });
        assert_eq!(colors, [0x2f_55_cf, 0xe0_9b_00, 0xd9_2d_20]);
    }

    #[test]
    fn what_somebody_typed_becomes_no_link_and_pings_nobody() {
        let odd = "@everyone <@1> [bank](https://evil.example) **b**";
        let payload = samples::ad_hoc_of(&json!({
            "title": odd, "body": format!("{odd}\n# h\n1. one\n- two\n> three"), "severity": "info",
            "fields": [{ "label": odd, "value": odd }, { "label": "", "value": "" }],
            "sourceUrl": "https://a.example/?a=(1)",
        }));
        let message = body(&samples::content(&payload, false));
        assert_eq!(message["allowed_mentions"], json!({ "parse": [] }));
        let shown = r"\@everyone \<\@1> [bank\](https\://evil.example) \*\*b\*\*";
        let embed = &message["embeds"][0];
        for text in
            [&message["content"], &embed["title"], &embed["fields"][0]["name"], &embed["fields"][0]["value"]]
        {
            assert_eq!(text, shown);
        }
        let lines = format!(
            "{shown}\n\\# h\n1\\. one\n\\- two\n\\> three\n[Open a.example](https://a.example/?a=%281%29)"
        );
        assert_eq!(embed["description"], lines);
        assert_eq!((&embed["fields"][1]["name"], &embed["fields"][1]["value"]), (&json!("—"), &json!("—")));
    }

    #[test]
    fn ordinary_values_stay_as_they_are() {
        for text in [
            "acceptance_rate < 0.05 (observed 0.04)",
            "0.04",
            "-5",
            "#ops-alerts",
            "Alert: 7 of 9",
            "[Test] a",
        ] {
            assert_eq!(escaped(text, 100), text);
        }
    }

    #[test]
    fn no_limit_of_discord_is_passed_whatever_is_sent() {
        for letter in ["ü", "*", "a\n", "𝄞", ":"] {
            let field = json!({ "label": letter.repeat(500), "value": letter.repeat(500) });
            for (fields, link) in [(0, 10), (20, 10), (20, 300), (20, 1_900)] {
                let payload = samples::ad_hoc_of(&json!({
                    "title": letter.repeat(100), "body": letter.repeat(5_000), "severity": "critical",
                    "fields": vec![&field; fields], "sourceUrl": format!("https://a.example/{}", "(".repeat(link)),
                }));
                let message = body(&samples::content(&payload, true));
                let embed = &message["embeds"][0];
                let length = |value: &Value| utf16(value.as_str().unwrap());
                assert!((1..=CONTENT_LIMIT).contains(&length(&message["content"])));
                assert!((1..=TITLE_LIMIT).contains(&length(&embed["title"])));
                assert!((1..=DESCRIPTION_LIMIT).contains(&length(&embed["description"])));
                let fields = embed["fields"].as_array().unwrap();
                assert!(fields.len() <= FIELDS);
                for field in fields {
                    assert!((1..=NAME_LIMIT).contains(&length(&field["name"])));
                    assert!((1..=VALUE_LIMIT).contains(&length(&field["value"])));
                }
                assert!(size(embed) <= EMBED_LIMIT, "{} of {letter}", size(embed));
            }
        }
    }

    #[test]
    fn a_text_is_cut_at_a_character_and_never_inside_an_escape() {
        assert_eq!(escaped("a*b", 4), r"a\*b");
        assert_eq!(escaped("a*b", 3), "a…");
        assert_eq!(escaped("𝄞𝄞", 3), "𝄞…");
    }
}
