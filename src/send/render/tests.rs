mod kinds;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use scraper::{Html as Document, Selector};
use serde_json::json;

use super::{RenderedMail, write, write_personal};
use crate::domain::catalog::{Catalog, EventType, shown};
use crate::domain::event::Payload;
use crate::domain::letter::{LabelledLine, Letter, MailContext, Reader};
use crate::domain::message_content::{MessageContent, samples};
use crate::domain::personal_mail::PersonalLetter;
use crate::domain::text;

static CATALOG: LazyLock<Catalog> = LazyLock::new(Catalog::builtin);

const PRIMARY: MailContext<'static> = MailContext {
    reader: Reader::PrimaryContact,
    address: "dana@acme.example",
    signs_in: true,
    account_id: 100,
    event_id: Some(uuid::uuid!("01970000-0000-7000-8000-000000000001")),
    public_url: "https://ringpost.acme.example",
};

const SUBSCRIBER: MailContext<'static> = MailContext {
    reader: Reader::Subscriber { unsubscribe: Some("https://ringpost.acme.example/u/c2lnbmVk") },
    address: "ops@acme.example",
    signs_in: false,
    ..PRIMARY
};

const DESTINATION: MailContext<'static> =
    MailContext { reader: Reader::Destination, address: "ops@acme.example", signs_in: false, ..PRIMARY };

fn sample(key: &str) -> Payload {
    CATALOG.get(key).unwrap().reference_sample()
}

/// The mail about an event of the catalogue.
fn mail_of(event_type: &EventType, payload: &Payload, audience: &MailContext<'_>) -> RenderedMail {
    mail(&MessageContent::of_event(event_type, payload, false), audience)
}

fn mail(content: &MessageContent<'_>, audience: &MailContext<'_>) -> RenderedMail {
    write(&Letter::of(content, audience)).unwrap()
}

fn mail_about(key: &str, payload: &Payload, audience: &MailContext<'_>) -> RenderedMail {
    mail_of(CATALOG.get(key).unwrap(), payload, audience)
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
            let content = mail_of(event_type, &event_type.reference_sample(), &context);
            let name = format!("{}-{reader}", event_type.key);
            let plain = format!("Subject: {}\n\n{}", content.subject, content.text);
            insta::assert_snapshot!(format!("{name}.txt"), plain);
            insta::assert_snapshot!(format!("{name}.html"), content.html);
        }
    }
}

#[test]
fn every_mail_to_a_destination_reads_as_reviewed() {
    for (name, payload) in [("run_failed", samples::run_failed()), ("ad_hoc", samples::ad_hoc())] {
        let content = mail(&samples::content(&payload, false), &DESTINATION);
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
        let payload =
            samples::ad_hoc_of(&json!({ "title": "Nightly\r\nreport", "body": "b", "severity": severity }));
        let content = mail(&samples::content(&payload, true), &DESTINATION);
        assert_eq!(content.subject, subject);
        assert!(content.html.contains("This is a test") && content.text.contains("This is a test"));
    }
}

#[test]
fn the_lines_of_a_notification_are_paragraphs_and_forge_nothing() {
    let payload = samples::ad_hoc_of(&json!({
        "title": "t", "severity": "info", "body": "One <b>\n\n-- \nYou get this because",
        "fields": [{ "label": "A\n-- ", "value": "<i>\n-- " }],
    }));
    let content = mail(&samples::content(&payload, false), &DESTINATION);
    assert!(content.text.contains("\n\nOne <b>\n\n--\n\nYou get this because\n\n"));
    assert_eq!(content.text.matches("\n-- \n").count(), 1);
    assert!(!content.html.contains("<b>") && !content.html.contains("<i>"));
}

#[test]
fn a_test_mail_says_so_in_its_subject_and_body() {
    let payload = sample("run_failed");
    let mail = mail(&samples::content(&payload, true), &PRIMARY);
    assert_eq!(mail.subject, "[Test] [prod-acme] Run Failed: Shopify Integration for Widget Co (run 9876)");
    for body in [&mail.html, &mail.text] {
        assert!(body.contains("This is a test: the values are samples, and nothing has happened."));
    }
    let real = mail_about("run_failed", &sample("run_failed"), &PRIMARY);
    assert!(!real.html.contains("This is a test") && !real.text.contains("This is a test"));
}

#[test]
fn html_and_text_show_the_same_facts_and_all_of_them() {
    for event_type in CATALOG.events() {
        let payload = event_type.reference_sample();
        for context in [PRIMARY, SUBSCRIBER] {
            let content = mail_of(event_type, &payload, &context);
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
        let content = mail_about("run_failed", &payload, &PRIMARY);
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
    let content = mail_about("tenant_created", &payload, &PRIMARY);
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
    let content = mail_about("tenant_created", &payload, &PRIMARY);
    assert_eq!(content.subject.chars().count(), 150);
    assert!(content.subject.ends_with("ü…"));
}

#[test]
fn a_mail_needs_no_style_sheet_but_keeps_the_dark_one() {
    let html = mail_about("run_failed", &sample("run_failed"), &PRIMARY).html;
    assert!(html.contains("@media (prefers-color-scheme: dark)"));
    let document = Document::parse_document(&html);
    for element in document.select(&Selector::parse("[class]").unwrap()) {
        assert!(element.attr("style").is_some(), "{}", element.html());
    }
}

#[test]
fn nothing_is_loaded_from_anywhere() {
    for event_type in CATALOG.events() {
        let html = mail_about(&event_type.key, &event_type.reference_sample(), &SUBSCRIBER).html;
        let document = Document::parse_document(&html);
        let loading = Selector::parse("img, script, link, iframe, [src], [background]").unwrap();
        assert_eq!(document.select(&loading).count(), 0);
        assert!(!html.contains("url("));
    }
}

#[test]
fn only_subscribers_can_unsubscribe_and_only_the_primary_contact_is_sent_to_company() {
    let payload = sample("sync_failed");
    let primary = mail_about("sync_failed", &payload, &PRIMARY);
    let subscriber = mail_about("sync_failed", &payload, &SUBSCRIBER);
    for (body, other) in [(&primary.html, &subscriber.html), (&primary.text, &subscriber.text)] {
        assert!(body.contains("/accounts/100/company") && !other.contains("/accounts/100/company"));
        assert!(!body.contains("Stop all") && other.contains("/u/c2lnbmVk"));
        assert!(other.contains("Stop all event emails of Acme Corp"));
    }
}

#[test]
fn who_signs_in_is_led_to_the_event_and_the_settings_and_nobody_else_to_a_sign_in_page() {
    let payload = sample("sync_failed");
    let in_ringpost = "https://ringpost.acme.example/accounts/";
    for context in [PRIMARY, SUBSCRIBER, DESTINATION] {
        let stranger = mail_about("sync_failed", &payload, &MailContext { signs_in: false, ..context });
        let person = mail_about("sync_failed", &payload, &MailContext { signs_in: true, ..context });
        for (person, stranger) in [(person.html, stranger.html), (person.text, stranger.text)] {
            assert!(!stranger.contains(in_ringpost), "{stranger}");
            assert!(stranger.contains("An admin of Acme Corp can change who is notified."));
            let event = format!("{in_ringpost}100/events/01970000-0000-7000-8000-000000000001");
            assert!(person.contains("See the event") && person.contains(&event), "{person}");
            assert!(person.contains("Change who is notified") && !person.contains("An admin of"));
        }
    }
    let run = mail_about("run_failed", &sample("run_failed"), &PRIMARY);
    assert!(run.text.contains("Open run 9876:\nhttps://admin.") && !run.text.contains("See the event"));
}

#[test]
fn outlook_hears_paddings_fonts_and_what_is_hidden() {
    let html = mail_of(CATALOG.get("sync_failed").unwrap(), &sample("sync_failed"), &PRIMARY).html;
    let document = Document::parse_document(&html);
    for cell in document.select(&Selector::parse("td, th").unwrap()) {
        let has_text =
            cell.children().any(|child| child.value().as_text().is_some_and(|text| !text.trim().is_empty()));
        let style = cell.attr("style").unwrap_or_default();
        assert!(!has_text || style.contains("font-family") && style.contains("font-size"), "{}", cell.html());
    }
    for other in document.select(&Selector::parse("p, div, table, span, h1").unwrap()) {
        assert!(!other.attr("style").unwrap_or_default().contains("padding"), "{}", other.html());
    }
    let hidden = document.select(&Selector::parse("div").unwrap()).next().unwrap();
    assert!(hidden.attr("style").unwrap().contains("mso-hide:all"));
    assert!(html.contains("mso-padding-alt"));
}

/// A row of a table is as wide as the words that it keeps together.
#[test]
fn the_name_of_a_failing_webhook_may_break_and_a_short_label_does_not() {
    let facts_of = |label: &str| {
        let letter = PersonalLetter {
            subject: "Failing".to_owned(),
            heading: "Failing".to_owned(),
            paragraphs: Vec::new(),
            facts: vec![LabelledLine::new(label, "3 failed in the last hour.")],
            button: None,
            reason: String::new(),
        };
        write_personal(&letter).unwrap().html
    };
    assert!(facts_of("When").contains("white-space:nowrap"));
    assert!(!facts_of("The webhook to hooks.acme.example").contains("white-space:nowrap"));
}
