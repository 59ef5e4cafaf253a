use super::*;

fn kind(word: &str) -> Kind {
    word.parse().unwrap()
}

fn report(reason: Reason, status: Option<u16>, detail: &str) -> DeliveryReport<'_> {
    let target = "hooks.acme.example";
    let (channel, state, took) = (Kind::WEBHOOK.channel(), State::Failed, None);
    DeliveryReport { channel, state, reason: Some(reason), status, detail, target, took }
}

#[test]
fn an_answer_is_repeated_as_documented() {
    let answered =
        |word, status, body| failure_text(kind(word), &report(Reason::HttpStatus, Some(status), ""), body);
    assert_eq!(answered("slack", 500, "invalid_payload"), "Slack returned 500: invalid_payload");
    assert_eq!(answered("teams", 400, " Bad\r\nPayload "), "Teams returned 400: Bad Payload");
    assert_eq!(answered("webhook", 500, " \n"), "Webhook returned 500");
    let long = answered("webhook", 500, &"ü".repeat(300));
    assert_eq!(long, format!("Webhook returned 500: {}…", "ü".repeat(199)));
}

#[test]
fn what_was_never_answered_says_why() {
    for (word, reason, status, detail, text) in [
        (
            "webhook",
            Reason::BlockedAddress,
            None,
            "hooks.acme.example is 10.0.0.1, private (10.0.0.0/8)",
            "Webhook could not be reached: hooks.acme.example is 10.0.0.1, private (10.0.0.0/8)",
        ),
        (
            "slack",
            Reason::Dns,
            None,
            "Name or service not known",
            "Slack could not be reached: the host name does not resolve (Name or service not known)",
        ),
        (
            "teams",
            Reason::Connect,
            None,
            "connection refused",
            "Teams could not be reached: connection refused",
        ),
        ("webhook", Reason::Connect, None, "", "Webhook could not be reached"),
        (
            "webhook",
            Reason::Tls,
            None,
            "UnknownIssuer",
            "Webhook could not be reached: no secure connection (UnknownIssuer)",
        ),
        (
            "webhook",
            Reason::NoAnswer,
            None,
            "waited 15 s",
            "Webhook got the message but did not answer (waited 15 s)",
        ),
        (
            "ops_email",
            Reason::SmtpRefused,
            Some(550),
            "550 5.1.1 no such user",
            "Mail server returned 550: 5.1.1 no such user",
        ),
        (
            "ops_email",
            Reason::SmtpDeferred,
            None,
            "connection refused",
            "Mail server did not take the mail (connection refused)",
        ),
        ("slack", Reason::Paused, None, "", "destination is paused"),
        ("slack", Reason::Deleted, None, "", "unknown destination"),
    ] {
        assert_eq!(failure_text(kind(word), &report(reason, status, detail), ""), text);
    }
}

#[test]
fn no_text_repeats_an_address() {
    let url = "https://hooks.slack.com/services/T0/B0/s3cr3t?x=1";
    for body in [url.to_owned(), format!("see {url}, or <a href=\"{url}\">{url}</a>")] {
        for &kind in Kind::ALL {
            for &reason in Reason::ALL {
                let text = failure_text(kind, &report(reason, Some(500), &body), &body);
                assert!(!text.is_empty() && !text.ends_with('.'), "{text}");
                assert!(!text.contains("://") && !text.contains("s3cr3t"), "{text}");
            }
        }
    }
    assert_eq!(without_links("POST https://a.example/b failed"), "POST … failed");
}
