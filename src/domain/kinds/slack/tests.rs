use serde_json::json;

use super::*;
use crate::domain::message_content::samples;

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap()
}

/// Each text of the message with the limit that Slack sets for its place.
fn limited_texts(message: &Value) -> Vec<(String, usize)> {
    let text = |object: &Value| object["text"].as_str().unwrap().to_owned();
    let mut texts = Vec::new();
    for block in message["blocks"].as_array().unwrap() {
        match block["type"].as_str().unwrap() {
            "header" => texts.push((text(&block["text"]), 150)),
            "context" => {
                texts.extend(block["elements"].as_array().unwrap().iter().map(|e| (text(e), 2_000)));
            }
            _ => match block["fields"].as_array() {
                Some(fields) => {
                    assert!(fields.len() <= 10);
                    texts.extend(fields.iter().map(|field| (text(field), 2_000)));
                }
                None => texts.push((text(&block["text"]), 3_000)),
            },
        }
    }
    texts
}

#[test]
fn every_notification_reads_as_reviewed() {
    for (name, payload) in [("run_failed", samples::run_failed()), ("ad_hoc", samples::ad_hoc())] {
        insta::assert_snapshot!(name, pretty(&body(&samples::content(&payload, false))));
    }
}

#[test]
fn a_test_says_so_in_header_and_fallback() {
    let payload = samples::run_failed();
    let message = body(&samples::content(&payload, true));
    assert_eq!(message["blocks"][0]["text"]["text"], "[Test] Run Failed: Shopify Integration");
    assert!(message["text"].as_str().unwrap().starts_with("[Test] Critical: Run Failed"));
}

#[test]
fn what_somebody_typed_becomes_no_link_and_calls_nobody() {
    let odd = "<!channel> & <https://evil.example|bank>";
    let payload = samples::ad_hoc_of(&json!({
        "title": odd, "body": odd, "severity": "info", "fields": [{ "label": odd, "value": odd }],
        "sourceUrl": "https://a.example/?a=1&b=<x>|y",
    }));
    let sent = pretty(&body(&samples::content(&payload, false)));
    assert!(!sent.contains("<!") && !sent.contains("<https://evil"));
    assert!(sent.contains("&lt;!channel&gt; &amp; &lt;https://evil.example|bank&gt;"));
    assert!(sent.contains("<https://a.example/?a=1&amp;b=%3Cx%3E%7Cy|Open a.example>"), "{sent}");
}

#[test]
fn no_limit_of_slack_is_passed_whatever_is_sent() {
    for letter in ["ü", "<", "&"] {
        let field = json!({ "label": letter.repeat(1_000), "value": letter.repeat(1_000) });
        let payload = samples::ad_hoc_of(&json!({
            "title": letter.repeat(200), "body": letter.repeat(10_000), "severity": "critical",
            "fields": vec![field; 20],
            "sourceUrl": format!("https://a.example/?{}", "&".repeat(1_900)),
        }));
        let message = body(&samples::content(&payload, true));
        assert!(message["text"].as_str().unwrap().chars().count() <= 4_000);
        assert!(message["blocks"].as_array().unwrap().len() <= 50);
        for (text, limit) in limited_texts(&message) {
            assert!((1..=limit).contains(&text.chars().count()), "{text}");
            let cut_inside_an_escape = text.ends_with('…') && text.contains('&') && !text.ends_with(";…");
            assert!(!cut_inside_an_escape, "{text}");
        }
    }
}

#[test]
fn eleven_fields_take_two_sections() {
    let field = json!({ "label": "Observed", "value": "0.04" });
    let payload = samples::ad_hoc_of(
        &json!({ "title": "t", "body": "b", "severity": "info", "fields": vec![field; 11] }),
    );
    let message = body(&samples::content(&payload, false));
    let counts: Vec<usize> = message["blocks"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|block| block["fields"].as_array().map(Vec::len))
        .collect();
    assert_eq!(counts, [10, 1]);
}

#[test]
fn a_text_is_cut_at_a_character() {
    assert_eq!(escaped("a<b", 6), "a&lt;b");
    assert_eq!(escaped("a<b", 5), "a…");
    assert_eq!(escaped("überlang", 5), "über…");
}
