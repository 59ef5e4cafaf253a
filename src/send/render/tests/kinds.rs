//! What every kind shows of a notification, as a mail does.

use serde_json::{Value, json};

use super::{CATALOG, DESTINATION, write};
use crate::domain::destination::DestinationDraft;
use crate::domain::kinds::{Body, Kind};
use crate::domain::message_content::{MessageContent, samples};

/// Every text of a JSON value, one per line.
fn texts(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text}\n"),
        Value::Array(items) => items.iter().map(texts).collect(),
        Value::Object(fields) => fields.values().map(texts).collect(),
        _ => String::new(),
    }
}

/// What a reader of this kind sees; nothing for the payload itself, which no person reads.
fn seen_in(kind: Kind, content: &MessageContent<'_>) -> Vec<String> {
    match kind.spec().body {
        Body::Payload => Vec::new(),
        Body::Json(body) => {
            let mut message = body(content);
            // The text beside the blocks is for those who see no blocks.
            message.as_object_mut().unwrap().shift_remove("text");
            vec![texts(&message)]
        }
        Body::Letter(body) => {
            let config = json!({ "fromEmail": "a@acme.example", "toEmails": ["ops@acme.example"] });
            let draft = DestinationDraft {
                kind,
                name: "oncall".to_owned(),
                enabled: true,
                events: Vec::new(),
                scopes: serde_json::Map::new(),
                config: config.as_object().unwrap().clone(),
            };
            let config = draft.parse(&CATALOG, "X-Ringpost-Signature").unwrap().config;
            let mail = write(&body(content, &config, &DESTINATION)).unwrap();
            let announced = content.event_type.is_some() || mail.subject.contains(&content.announcement());
            assert!(announced, "{}", mail.subject);
            vec![mail.html, mail.text]
        }
    }
}

#[test]
fn severity_fields_source_and_origin_are_shown_in_every_kind() {
    for payload in [samples::run_failed(), samples::ad_hoc()] {
        let content = samples::content(&payload, false);
        let notification = &content.notification;
        let (label, url) = notification.source_link().unwrap();
        let mut wanted = vec![notification.severity.label(), url, "Acme Corp", "prod-acme", " UTC"];
        wanted.extend(notification.fields.iter().flat_map(|(label, value)| [label.as_str(), value]));
        for &kind in Kind::ALL {
            for seen in seen_in(kind, &content) {
                for part in &wanted {
                    assert!(seen.contains(part), "{kind:?} does not show {part}:\n{seen}");
                }
                let is_chat = matches!(kind.spec().body, Body::Json(_));
                assert!(!is_chat || seen.contains(&label), "{kind:?} has no link called {label}");
            }
        }
    }
}
