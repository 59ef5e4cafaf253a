//! Small texts that people read: times, values made safe for one line, what a value is.

use jiff::Timestamp;
use serde_json::Value;
use serde_json::error::Category;

/// A moment for people, always in UTC and saying so: `4 May 2026, 12:00:00 UTC`.
#[must_use]
pub fn moment(at: Timestamp) -> String {
    at.strftime("%-d %B %Y, %H:%M:%S UTC").to_string()
}

/// A day for people, in UTC: `3 Nov 2026`.
#[must_use]
pub(crate) fn day(at: Timestamp) -> String {
    at.strftime("%-d %b %Y").to_string()
}

/// A moment for programs, RFC 3339 in UTC to the second: `2026-05-04T12:00:00Z`.
#[must_use]
pub(crate) fn rfc3339(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The same with milliseconds, `2026-05-04T12:00:00.000Z`, as in providers-api.txt.
#[must_use]
pub(crate) fn rfc3339_millis(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// How far a moment is from now, in its largest unit: `3 minutes ago`, `in 1 hour`, `just now`.
#[must_use]
pub(crate) fn relative(at: Timestamp, now: Timestamp) -> String {
    const UNITS: [(i64, &str); 6] = [
        (365 * 86_400, "year"),
        (30 * 86_400, "month"),
        (86_400, "day"),
        (3_600, "hour"),
        (60, "minute"),
        (1, "second"),
    ];
    let past = now.as_second() - at.as_second();
    let Some((count, unit)) =
        UNITS.into_iter().map(|(seconds, unit)| (past.abs() / seconds, unit)).find(|(count, _)| *count > 0)
    else {
        return "just now".to_owned();
    };
    let plural = if count == 1 { "" } else { "s" };
    if past < 0 { format!("in {count} {unit}{plural}") } else { format!("{count} {unit}{plural} ago") }
}

/// Bytes as lower-case hex digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The text on one line: line breaks, control characters and runs of spaces become one space, and the marks
/// that turn the direction of writing are dropped. What somebody named a thing can so neither start a mail
/// header, nor forge a line of a mail, nor show a different name than it has.
#[must_use]
pub(crate) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars().filter(|c| !turns_direction(*c)) {
        if !(c.is_control() || c.is_whitespace()) {
            line.push(c);
        } else if !line.is_empty() && !line.ends_with(' ') {
            line.push(' ');
        }
    }
    line.truncate(line.trim_end().len());
    line
}

/// Whether a character shows nothing where it stands: control characters, line separators, zero-width spaces, soft
/// hyphens, fillers, the marks that turn the direction of writing. The joiners of scripts and emoji are none of them.
#[must_use]
pub(crate) fn is_unseen(c: char) -> bool {
    c.is_control()
        || turns_direction(c)
        || matches!(c, '\u{ad}' | '\u{200b}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2064}')
        || matches!(c, '\u{206a}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}')
}

/// Whether there is something to see in a text. Blanks, and what only has a meaning beside a letter or an emoji (joiners,
/// the choice of a variant, tags), is nothing by itself.
#[must_use]
pub(crate) fn is_seen(text: &str) -> bool {
    let means_its_neighbour = |c: char| {
        matches!(c, '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}')
            || matches!(c, '\u{200c}' | '\u{200d}' | '\u{2800}' | '\u{fe00}'..='\u{fe0f}')
            || matches!(c, '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
    };
    !text.chars().all(|c| c.is_whitespace() || is_unseen(c) || means_its_neighbour(c))
}

fn turns_direction(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// At most `limit` characters; a longer text ends in `…`.
#[must_use]
pub(crate) fn capped(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let kept: String = text.chars().take(limit.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// Somebody else's word as a sentence may repeat it: one line, and not long.
#[must_use]
pub(crate) fn quoted(text: &str) -> String {
    capped(&one_line(text), 60)
}

/// Why `what` cannot be read as JSON, by its place and not in the library's words.
#[must_use]
pub(crate) fn not_json(what: &str, error: &serde_json::Error) -> String {
    let place = format!("line {}, column {}", error.line(), error.column());
    not_json_at(what, &place, error)
}

/// The same about one line of several, counted from 1.
pub(crate) fn not_a_json_line(number: usize, error: &serde_json::Error) -> String {
    not_json_at(&format!("Line {number}"), &format!("column {}", error.column()), error)
}

fn not_json_at(what: &str, place: &str, error: &serde_json::Error) -> String {
    match error.classify() {
        Category::Eof => format!("{what} is not JSON: it ends before it is complete."),
        Category::Syntax | Category::Data | Category::Io => {
            format!("{what} is not JSON: look at {place}.")
        }
    }
}

/// What a JSON value is, with its article.
#[must_use]
pub(crate) fn a_json_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// A count for people: `1,284`.
#[must_use]
pub(crate) fn thousands(count: i64) -> String {
    let digits = count.max(0).to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The same of what is counted up to somewhere: `2,000+` for more.
#[must_use]
pub(crate) fn up_to(count: i64, most: i64) -> String {
    if count > most { format!("{}+", thousands(most)) } else { thousands(count) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_end_where_nobody_counts_any_further() {
        assert_eq!(
            [up_to(7, 10_000), up_to(10_000, 10_000), up_to(10_001, 10_000)],
            ["7", "10,000", "10,000+"]
        );
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn times_are_in_utc_and_say_so() {
        assert_eq!(moment(at("2026-05-04T14:00:00+02:00")), "4 May 2026, 12:00:00 UTC");
        assert_eq!(rfc3339(at("2026-05-04T14:00:00.987+02:00")), "2026-05-04T12:00:00Z");
        assert_eq!(rfc3339_millis(at("2026-05-04T14:00:00.9874+02:00")), "2026-05-04T12:00:00.987Z");
        assert_eq!(rfc3339_millis(at("2026-05-04T12:00:00Z")), "2026-05-04T12:00:00.000Z");
    }

    #[test]
    fn distances_use_their_largest_unit() {
        let now = at("2026-05-04T12:00:00Z");
        for (then, words) in [
            ("2026-05-04T12:00:00Z", "just now"),
            ("2026-05-04T11:59:59Z", "1 second ago"),
            ("2026-05-04T11:57:00Z", "3 minutes ago"),
            ("2026-05-04T10:30:00Z", "1 hour ago"),
            ("2026-05-02T12:00:00Z", "2 days ago"),
            ("2026-02-04T12:00:00Z", "2 months ago"),
            ("2024-05-04T12:00:00Z", "2 years ago"),
            ("2026-05-04T12:05:00Z", "in 5 minutes"),
        ] {
            assert_eq!(relative(at(then), now), words);
        }
    }

    #[test]
    fn one_line_cannot_be_broken_out_of() {
        assert_eq!(
            one_line(" Widget\r\nBcc: eve@x.example\u{2028}\u{0}\tCo "),
            "Widget Bcc: eve@x.example Co"
        );
        assert_eq!(one_line("invoice\u{202e}gpj.exe"), "invoicegpj.exe");
    }

    #[test]
    fn a_cap_counts_characters_not_bytes() {
        assert_eq!(capped("überlang", 8), "überlang");
        assert_eq!(capped("überlang", 5), "über…");
    }
}
