//! What chats and mails say alike about a notification.

use crate::domain::catalog::shown;
use crate::domain::event::Payload;
use crate::domain::notification::{Notification, Severity};
use crate::domain::text;

/// The title on one line, on tests with `[Test] ` before it.
pub(super) fn title(notification: &Notification, is_test: bool) -> String {
    let prefix = if is_test { "[Test] " } else { "" };
    match text::one_line(&notification.title) {
        title if title.is_empty() => format!("{prefix}Notification"),
        title => format!("{prefix}{title}"),
    }
}

/// The title where nothing but words shows the severity: `Warning: Acceptance rate drop`. Good news needs none.
pub(super) fn announcement(notification: &Notification) -> String {
    let title = title(notification, false);
    match notification.severity {
        Severity::Info => title,
        severity => format!("{}: {title}", severity.label()),
    }
}

/// The lines of a body, without what could forge another one; empty lines are dropped.
pub(super) fn lines(body: &str) -> Vec<String> {
    body.lines().map(text::one_line).filter(|line| !line.is_empty()).collect()
}

/// Where it happened and when: `Acme Corp · prod-acme · 4 May 2026, 12:00:00 UTC`.
pub(super) fn origin(payload: &Payload) -> String {
    let parts = ["account_name", "environment", "timestamp"].map(|name| shown(name, payload));
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::send::render::{self, MailContext, Reader};
    use crate::send::render::{samples, slack, teams};

    /// Every text of a JSON value, one per line.
    fn texts(value: &serde_json::Value) -> String {
        match value {
            serde_json::Value::String(text) => format!("{text}\n"),
            serde_json::Value::Array(items) => items.iter().map(texts).collect(),
            serde_json::Value::Object(fields) => fields.values().map(texts).collect(),
            _ => String::new(),
        }
    }

    #[test]
    fn severity_fields_source_and_origin_are_shown_in_every_kind() {
        let context = MailContext {
            reader: Reader::Destination,
            address: "ops@acme.example",
            account_id: 100,
            account_name: "Acme Corp",
            public_url: "https://ringpost.acme.example",
            test: false,
        };
        for (notification, payload) in [samples::run_failed(), samples::ad_hoc()] {
            let mail = samples::mail(&notification, &payload, &context);
            let mut slack = slack::body(&notification, &payload, false);
            slack.as_object_mut().unwrap().shift_remove("text");
            let shown_by = [
                ("slack", texts(&slack)),
                ("teams", texts(&teams::body(&notification, &payload, false))),
                ("html", mail.html),
                ("text", mail.text),
            ];
            let (label, url) = notification.source_link().unwrap();
            let mut wanted = vec![notification.severity.label(), url, "Acme Corp", "prod-acme", " UTC"];
            wanted.extend(notification.fields.iter().flat_map(|(label, value)| [label.as_str(), value]));
            for (kind, shown) in &shown_by {
                for part in &wanted {
                    assert!(shown.contains(part), "{kind} does not show {part}:\n{shown}");
                }
            }
            for (kind, shown) in &shown_by[..2] {
                assert!(shown.contains(&label), "{kind} has no link called {label}");
            }
            let subject = render::compose_notification(&notification, &payload, &context).unwrap().subject;
            assert!(subject.contains(&announcement(&notification)));
        }
    }

    #[test]
    fn a_title_without_anything_to_read_has_a_word_in_its_place() {
        let (mut notification, _) = samples::ad_hoc();
        notification.title = "\u{202e}".to_owned();
        assert_eq!(title(&notification, true), "[Test] Notification");
    }
}
