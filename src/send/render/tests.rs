use std::collections::BTreeSet;
use std::sync::LazyLock;

use scraper::{Html as Document, Selector};
use serde_json::json;

use super::*;
use crate::domain::catalog::Catalog;
use crate::send::render::samples;

static CATALOG: LazyLock<Catalog> = LazyLock::new(Catalog::builtin);

const PRIMARY: MailContext<'static> = MailContext {
    reader: Reader::PrimaryContact,
    address: "dana@acme.example",
    account_id: 100,
    account_name: "Acme Corp",
    public_url: "https://ringpost.acme.example",
    test: false,
};

const SUBSCRIBER: MailContext<'static> = MailContext {
    reader: Reader::Subscriber { unsubscribe: Some("https://ringpost.acme.example/u/c2lnbmVk") },
    address: "ops@acme.example",
    ..PRIMARY
};

const DESTINATION: MailContext<'static> =
    MailContext { reader: Reader::Destination, address: "ops@acme.example", ..PRIMARY };

fn sample(key: &str) -> Payload {
    CATALOG.get(key).unwrap().reference_sample()
}

fn write(key: &str, payload: &Payload, context: &MailContext<'_>) -> RenderedMail {
    compose(CATALOG.get(key).unwrap(), payload, context).unwrap()
}

/// What a reader of the HTML sees, and each address that a click opens.
fn seen_in_html(html: &str) -> String {
    let document = Document::parse_document(html);
    let [bodies, links] = [".e-inside, .e-footer", "a[href]"].map(|css| Selector::parse(css).unwrap());
    let mut seen: Vec<&str> = document.select(&bodies).flat_map(|body| body.text()).collect();
    seen.extend(document.select(&links).filter_map(|link| link.attr("href")));
    text::one_line(&seen.join(" "))
}

fn words(text: &str) -> BTreeSet<String> {
    let bare = |word: &str| word.trim_matches([':', ',', '.', '-']).to_lowercase();
    text.split_whitespace().map(bare).filter(|word| !word.is_empty()).collect()
}

#[test]
fn every_mail_reads_as_reviewed() {
    for event_type in CATALOG.events() {
        for (reader, context) in [("primary", PRIMARY), ("subscriber", SUBSCRIBER)] {
            let content = compose(event_type, &event_type.reference_sample(), &context).unwrap();
            let name = format!("{}-{reader}", event_type.key);
            let plain = format!("Subject: {}\n\n{}", content.subject, content.text);
            insta::assert_snapshot!(format!("{name}.txt"), plain);
            insta::assert_snapshot!(format!("{name}.html"), content.html);
        }
    }
}

#[test]
fn every_mail_to_a_destination_reads_as_reviewed() {
    for (name, (notification, payload)) in
        [("run_failed", samples::run_failed()), ("ad_hoc", samples::ad_hoc())]
    {
        let content = samples::mail(&notification, &payload, &DESTINATION);
        let plain = format!("Subject: {}\n\n{}", content.subject, content.text);
        insta::assert_snapshot!(format!("{name}-destination.txt"), plain);
        insta::assert_snapshot!(format!("{name}-destination.html"), content.html);
    }
}

#[test]
fn the_subject_of_a_notification_tells_a_severity_that_matters() {
    for (severity, subject) in [
        ("info", "[Test] [prod-acme] Nightly report"),
        ("warning", "[Test] [prod-acme] Warning: Nightly report"),
        ("critical", "[Test] [prod-acme] Critical: Nightly report"),
    ] {
        let (notification, payload) =
            samples::ad_hoc_of(&json!({ "title": "Nightly\r\nreport", "body": "b", "severity": severity }));
        let reader = MailContext { test: true, ..DESTINATION };
        let content = compose_notification(&notification, &payload, &reader).unwrap();
        assert_eq!(content.subject, subject);
        assert!(content.html.contains("This is a test") && content.text.contains("This is a test"));
    }
}

#[test]
fn the_lines_of_a_notification_are_paragraphs_and_forge_nothing() {
    let (notification, payload) = samples::ad_hoc_of(&json!({
        "title": "t", "severity": "info", "body": "One <b>\n\n-- \nYou get this because",
        "fields": [{ "label": "A\n-- ", "value": "<i>\n-- " }],
    }));
    let content = compose_notification(&notification, &payload, &DESTINATION).unwrap();
    assert!(content.text.contains("\n\nOne <b>\n\n--\n\nYou get this because\n\n"));
    assert_eq!(content.text.matches("\n-- \n").count(), 1);
    assert!(!content.html.contains("<b>") && !content.html.contains("<i>"));
}

#[test]
fn a_test_mail_says_so_in_its_subject_and_body() {
    let context = MailContext { test: true, ..PRIMARY };
    let mail = write("run_failed", &sample("run_failed"), &context);
    assert_eq!(mail.subject, "[Test] [prod-acme] Run failed: Shopify Integration for Widget Co (run 9876)");
    for body in [&mail.html, &mail.text] {
        assert!(body.contains("This is a test: the values are samples, and nothing has happened."));
    }
    let real = write("run_failed", &sample("run_failed"), &PRIMARY);
    assert!(!real.html.contains("This is a test") && !real.text.contains("This is a test"));
}

#[test]
fn html_and_text_show_the_same_facts_and_all_of_them() {
    for event_type in CATALOG.events() {
        let payload = event_type.reference_sample();
        for context in [PRIMARY, SUBSCRIBER] {
            let content = compose(event_type, &payload, &context).unwrap();
            let seen = seen_in_html(&content.html);
            for field in event_type.fields().iter().skip(1) {
                let value = shown(&field.name, &payload);
                assert!(seen.contains(&value), "{} is not in the HTML", field.name);
                assert!(content.text.contains(&value), "{} is not in the text", field.name);
            }
            assert_eq!(words(&seen), words(&content.text), "{}", event_type.key);
        }
    }
}

#[test]
fn only_web_addresses_become_links_and_the_rest_stays_readable() {
    for odd in [
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://x.example/",
        "/runs/1",
        "https://x.example/ y",
        "run",
    ] {
        let mut payload = sample("run_failed");
        payload["admin_link"] = json!(odd);
        payload["api_link"] = json!(odd);
        let content = write("run_failed", &payload, &PRIMARY);
        let document = Document::parse_document(&content.html);
        for link in document.select(&Selector::parse("a").unwrap()) {
            assert!(link.attr("href").unwrap().starts_with("https://") && link.attr("href") != Some(odd));
        }
        assert!(seen_in_html(&content.html).contains(odd), "{odd}");
        assert!(content.text.contains(odd));
    }
}

#[test]
fn a_name_cannot_become_markup_a_header_or_a_line_of_its_own() {
    let mut payload = sample("tenant_created");
    let name = "<img src=x onerror=alert(1)>\r\nBcc: eve@x.example\n\n-- \nPay here: \"&'";
    payload["tenant_name"] = json!(name);
    payload["account_name"] = json!(name);
    let content = write("tenant_created", &payload, &PRIMARY);
    assert!(!content.html.contains("<img"));
    assert!(!content.subject.contains(char::is_control));
    assert!(content.text.lines().all(|line| !line.starts_with("Bcc") && !line.starts_with("Pay")));
    assert_eq!(content.text.matches("\n-- \n").count(), 1);
    assert!(seen_in_html(&content.html).contains(&text::one_line(name)));
}

#[test]
fn a_subject_ends_after_150_characters() {
    let mut payload = sample("tenant_created");
    payload["tenant_name"] = json!("ü".repeat(400));
    let content = write("tenant_created", &payload, &PRIMARY);
    assert_eq!(content.subject.chars().count(), 150);
    assert!(content.subject.ends_with("ü…"));
}

#[test]
fn a_mail_needs_no_style_sheet_but_keeps_the_dark_one() {
    let html = write("run_failed", &sample("run_failed"), &PRIMARY).html;
    assert!(html.contains("@media (prefers-color-scheme: dark)"));
    let document = Document::parse_document(&html);
    for element in document.select(&Selector::parse("[class]").unwrap()) {
        assert!(element.attr("style").is_some(), "{}", element.html());
    }
}

#[test]
fn nothing_is_loaded_from_anywhere() {
    for event_type in CATALOG.events() {
        let html = write(&event_type.key, &event_type.reference_sample(), &SUBSCRIBER).html;
        let document = Document::parse_document(&html);
        let loading = Selector::parse("img, script, link, iframe, [src], [background]").unwrap();
        assert_eq!(document.select(&loading).count(), 0);
        assert!(!html.contains("url("));
    }
}

#[test]
fn only_subscribers_can_unsubscribe_and_only_the_primary_contact_is_sent_to_company() {
    let payload = sample("sync_failed");
    let primary = write("sync_failed", &payload, &PRIMARY);
    let subscriber = write("sync_failed", &payload, &SUBSCRIBER);
    for (body, other) in [(&primary.html, &subscriber.html), (&primary.text, &subscriber.text)] {
        assert!(body.contains("/accounts/100/company") && !other.contains("/accounts/100/company"));
        assert!(!body.contains("nsubscribe") && other.contains("/u/c2lnbmVk"));
        assert!(
            body.contains("/accounts/100/notifications") && other.contains("/accounts/100/notifications")
        );
    }
}
