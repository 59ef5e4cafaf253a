use serde_json::json;

use super::*;
use crate::domain::message_content::samples;

#[test]
fn every_notification_reads_as_reviewed() {
    for (name, payload) in [("run_failed", samples::run_failed()), ("ad_hoc", samples::ad_hoc())] {
        let message = serde_json::to_string_pretty(&body(&samples::content(&payload, false))).unwrap();
        insta::assert_snapshot!(name, message);
    }
}

#[test]
fn a_test_says_so_in_its_title() {
    let payload = samples::ad_hoc();
    let message = body(&samples::content(&payload, true));
    let title = &message["attachments"][0]["content"]["body"][0]["text"];
    assert_eq!(title, "[Test] Alert: acceptance rate drop");
}

#[test]
fn the_severity_colours_the_title() {
    for (severity, color) in [("info", "Good"), ("warning", "Warning"), ("critical", "Attention")] {
        let payload = samples::ad_hoc_of(&json!({ "title": "t", "body": "b", "severity": severity }));
        let message = body(&samples::content(&payload, false));
        assert_eq!(message["attachments"][0]["content"]["body"][0]["color"], color);
    }
}

#[test]
fn a_card_without_fields_and_source_has_no_empty_set_and_no_button() {
    let payload = samples::ad_hoc_of(&json!({ "title": "t", "body": "one\n\ntwo", "severity": "info" }));
    let card = body(&samples::content(&payload, false))["attachments"][0]["content"].clone();
    assert_eq!(card["actions"], json!([]));
    let types: Vec<&Value> = card["body"].as_array().unwrap().iter().map(|block| &block["type"]).collect();
    assert_eq!(types, ["TextBlock", "TextBlock", "RichTextBlock", "RichTextBlock"]);
}

#[test]
fn no_message_is_larger_than_teams_takes() {
    for letter in ["ü", "*", "\\", "a\n", "𝄞"] {
        let field = json!({ "label": letter.repeat(500), "value": letter.repeat(500) });
        let payload = samples::ad_hoc_of(&json!({
            "title": letter.repeat(100), "body": letter.repeat(5_000), "severity": "critical",
            "fields": vec![field; 20], "sourceUrl": format!("https://a.example/{}", "a".repeat(1_900)),
        }));
        let size = body(&samples::content(&payload, true)).to_string().len();
        assert!(size <= 28 * 1_024, "{size} bytes of {letter}");
    }
}
