//! The facts that single pages must show.

use std::collections::HashSet;

use ringpost::domain::catalog::Catalog;
use scraper::Selector;

use super::{all, attribute, one, page, text};

#[test]
fn what_was_typed_is_kept_and_a_password_is_not() {
    let html = page("company");
    assert_eq!(attribute(one(&html, "#name"), "value"), "Acme Corp");
    assert_eq!(attribute(one(&page("company-refused"), "#name"), "value"), "");
    let setup = page("setup-refused");
    assert_eq!(attribute(one(&setup, "#name"), "value"), "Dana Ito");
    assert_eq!(attribute(one(&setup, "#code"), "value"), "4711");
    assert!(one(&setup, "#password").value().attr("value").is_none());
    let refused = page("notifications-refused");
    assert_eq!(attribute(one(&refused, "#webhook_url"), "value"), "hooks.acme.example/ringpost");
    assert_eq!(
        text(one(&refused, "#subscribers-run_failed")),
        "ops@acme.example, oncall@acme, night.acme.example"
    );
}

#[test]
fn the_first_button_of_the_settings_form_saves() {
    let html = page("notifications");
    let first = all(&html, "form[data-guard] button")[0];
    assert!(first.value().attr("formaction").is_none());
    assert_eq!(attribute(first, "type"), "submit");
}

#[test]
fn without_a_url_toggles_and_webhook_tests_are_off_and_say_why() {
    let html = page("notifications-empty");
    assert_eq!(all(&html, ".switch").len(), Catalog::builtin().events().count());
    for control in all(&html, ".switch, [formaction*='/webhook#']") {
        assert!(control.value().attr("disabled").is_some());
        assert_eq!(attribute(control, "aria-describedby"), "webhooks-off");
    }
    assert!(one(&html, "#webhooks-off").value().attr("hidden").is_none());
    assert!(all(&html, "[formaction*='/email#'][disabled]").is_empty());

    let on = page("notifications");
    assert!(all(&on, ".switch[disabled], .switch[aria-describedby]").is_empty());
    assert!(one(&on, "#webhooks-off").value().attr("hidden").is_some());
}

#[test]
fn every_row_names_the_primary_contact_and_both_names_of_the_event() {
    let html = page("notifications");
    assert_eq!(all(&html, "textarea").len(), Catalog::builtin().events().count());
    for hint in all(&html, "[id^='subscribers-'][id$='-hint']") {
        assert!(text(hint).contains("dana@acme.example (primary contact) is always included"));
    }
    let shown = text(one(&html, "#event-integration_created .ev-body > .hint"));
    assert!(shown.contains("integration_created") && shown.contains("sent as new_integration_created"));
    let same = text(one(&html, "#event-run_failed .ev-body > .hint"));
    assert!(!same.contains("sent as"));
}

#[test]
fn a_test_result_stands_in_its_row_and_takes_the_focus() {
    let html = page("notifications-webhook-failed");
    let result = one(&html, "#event-tenant_created[open] #result-tenant_created[data-autofocus]");
    assert!(text(result).contains("answered 500 Internal Server Error in 92 ms"));
    assert!(text(result).contains("The URL you tested is not saved yet."));
    let sent = page("notifications-email-partly-refused");
    assert_eq!(all(&sent, "#result-run_failed li").len(), 3);
}

#[test]
fn a_viewer_sees_facts_without_controls_and_never_the_url() {
    for name in ["notifications-viewer", "notifications-viewer-empty"] {
        let html = page(name);
        assert!(all(&html, "main input, main textarea, main button").is_empty());
        assert!(text(one(&html, "main")).contains("Only editors and admins can change this"));
        assert!(!html.html().contains("token=abc"));
        assert_eq!(all(&html, ".tabs a").len(), 6);
    }
    assert!(
        text(one(&page("notifications-viewer"), "main")).contains("https://hooks.acme.example/… (4f9ac1)")
    );
    assert!(all(&page("company-viewer"), "main input, main button").is_empty());
}

#[test]
fn every_row_of_the_log_leads_to_its_delivery_and_names_its_state_and_channel() {
    let html = page("deliveries");
    let events = all(&html, ".log tbody tr");
    assert!(!events.is_empty());
    for event in events {
        let link = event.select(&Selector::parse("th a").unwrap()).next().unwrap();
        assert!(attribute(link, "href").starts_with("/accounts/100/events/"));
        let deliveries: Vec<_> = event.select(&Selector::parse(".hop").unwrap()).collect();
        assert!(!deliveries.is_empty(), "{}", event.html());
        for delivery in deliveries.into_iter().filter(|delivery| !text(*delivery).contains("skipped")) {
            let link = delivery.select(&Selector::parse(".to a").unwrap()).next();
            let link = link.unwrap_or_else(|| panic!("{}", delivery.html()));
            assert!(attribute(link, "href").starts_with("/accounts/100/deliveries/"));
            let channels = ["Webhook", "Email", "Slack", "Teams"];
            assert!(channels.iter().any(|channel| text(link).contains(channel)), "{}", text(link));
        }
    }
    let words: HashSet<String> = all(&html, ".log .badge").into_iter().map(text).collect();
    for word in
        ["Delivered", "Failed", "Accepted", "Pending", "Sending", "Unknown", "Skipped", "Written to file"]
    {
        assert!(words.contains(word), "{word}");
    }
}

#[test]
fn an_empty_log_and_a_filter_without_matches_say_different_things() {
    assert!(text(one(&page("deliveries-empty"), ".empty")).contains("Send a test"));
    assert!(!text(one(&page("deliveries-empty-viewer"), ".empty")).contains("Send a test"));
    let filtered = page("deliveries-no-match");
    assert!(text(one(&filtered, ".empty")).contains("No deliveries match"));
    assert_eq!(attribute(one(&filtered, "#status option[selected]"), "value"), "failed");
}

#[test]
fn a_mail_is_shown_in_a_frame_that_can_do_nothing() {
    for name in ["delivery-mail", "notifications"] {
        for frame in all(&page(name), "iframe") {
            assert_eq!(frame.value().attr("sandbox"), Some(""), "{name}");
            assert!(!attribute(frame, "title").is_empty(), "{name}");
        }
    }
}

#[test]
fn a_secret_is_shown_once() {
    let html = page("token-created");
    assert!(attribute(one(&html, "#token"), "value").starts_with("rp_"));
    let gone = page("token-created-gone");
    assert!(all(&gone, "main input").is_empty());
    assert!(text(one(&gone, "main")).contains("no longer available"));
}

#[test]
fn the_last_admin_is_told_why_nothing_can_be_changed() {
    let html = page("user-last-admin");
    assert!(all(&html, "main form").is_empty());
    assert!(text(one(&html, "main")).contains("last admin"));
}

#[test]
fn the_banner_says_that_mails_reach_nobody() {
    let html = page("notifications-mail-to-files");
    let banner = text(one(&html, ".banner"));
    assert!(banner.contains("./data/mail") && banner.contains("--smtp-url"));
    assert!(all(&page("notifications"), ".banner").is_empty());
}
