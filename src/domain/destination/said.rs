//! What came of a test or an ad-hoc send, in the manner of providers-api.txt: `Slack returned 500: invalid_payload`.

use super::Kind;
use crate::domain::delivery::{Reason, State, Told};
use crate::domain::text;

/// How much of an answer is repeated, in characters.
const ANSWER_LIMIT: usize = 200;

/// `Test message sent to Slack.`
#[must_use]
pub fn success_text(kind: Kind) -> String {
    match kind {
        Kind::Slack | Kind::Teams => format!("Test message sent to {}.", name(kind)),
        Kind::Webhook => "Test message sent to the webhook.".to_owned(),
        Kind::OpsEmail => "Test message sent by email.".to_owned(),
    }
}

/// Why a delivery that is not delivered failed, on one line without a full stop, with what was answered. Neither
/// holds a URL. `response_body` is the stored transcript's, in which secrets are already hidden.
#[must_use]
pub fn failure_text(kind: Kind, told: &Told<'_>, response_body: &str) -> String {
    let name = name(kind);
    let Some(reason) = told.reason else {
        return match told.state {
            State::Pending | State::Sending => "not sent yet".to_owned(),
            _ => "it was not delivered".to_owned(),
        };
    };
    match reason {
        Reason::HttpStatus => returned(name, told.status, response_body),
        Reason::BlockedAddress | Reason::Connect => unreachable(name, told.detail),
        Reason::Dns => unreachable(name, &because("the host name does not resolve", told.detail)),
        Reason::Tls => unreachable(name, &because("no secure connection", told.detail)),
        Reason::NotHttp => format!("{name} answered with something that is not HTTP"),
        Reason::NoAnswer => because(&format!("{name} got the message but did not answer"), told.detail),
        Reason::Interrupted => format!("Ringpost stopped while sending: {name} may or may not have got it"),
        Reason::SecretUnreadable => "the stored configuration cannot be decrypted: enter it again".to_owned(),
        Reason::NotComposed => because("the message could not be written", told.detail),
        Reason::SmtpRefused | Reason::SmtpDeferred => match told.status {
            Some(code) => {
                let words = told.detail.strip_prefix(&code.to_string()).unwrap_or(told.detail);
                returned(name, Some(code), words)
            }
            None => because(&format!("{name} did not take the mail"), told.detail),
        },
        Reason::SmtpNoTls => because(&format!("{name} offers no TLS, which is demanded"), told.detail),
        Reason::ToggleOff => "Send Webhook is off for this event".to_owned(),
        Reason::Paused => "destination is paused".to_owned(),
        Reason::Deleted => "unknown destination".to_owned(),
        Reason::Unsubscribed => "the address has unsubscribed".to_owned(),
    }
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Slack => "Slack",
        Kind::Teams => "Teams",
        Kind::Webhook => "Webhook",
        Kind::OpsEmail => "Mail server",
    }
}

/// `Webhook returned 500`, and `: …` if there was more to read.
fn returned(name: &str, status: Option<u16>, answer: &str) -> String {
    let status = status.map_or_else(String::new, |status| format!(" {status}"));
    match shown(answer) {
        answer if answer.is_empty() => format!("{name} returned{status}"),
        answer => format!("{name} returned{status}: {answer}"),
    }
}

fn unreachable(name: &str, why: &str) -> String {
    match shown(why) {
        why if why.is_empty() => format!("{name} could not be reached"),
        why => format!("{name} could not be reached: {why}"),
    }
}

fn because(what: &str, detail: &str) -> String {
    match shown(detail) {
        detail if detail.is_empty() => what.to_owned(),
        detail => format!("{what} ({detail})"),
    }
}

/// Somebody else's words, short, on one line and without addresses: what a receiver repeats may be the webhook's URL.
fn shown(words: &str) -> String {
    text::capped(&without_links(&text::one_line(words)), ANSWER_LIMIT)
}

fn without_links(line: &str) -> String {
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | ')' | ',');
    let mut kept = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, link)) = rest.split_once("://") {
        let scheme = before.len() - before.trim_end_matches(|c: char| c.is_ascii_alphanumeric()).len();
        kept.push_str(before.get(..before.len() - scheme).unwrap_or_default());
        kept.push('…');
        rest = link.find(ends).and_then(|end| link.get(end..)).unwrap_or_default();
    }
    kept.push_str(rest);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(reason: Reason, status: Option<u16>, detail: &str) -> Told<'_> {
        let target = "hooks.acme.example";
        let (channel, state, took_ms) = (Kind::Webhook.channel(), State::Failed, Some(184));
        Told { channel, state, reason: Some(reason), status, detail, target, took_ms }
    }

    #[test]
    fn an_answer_is_repeated_as_documented() {
        let answered =
            |kind, status, body| failure_text(kind, &told(Reason::HttpStatus, Some(status), ""), body);
        assert_eq!(answered(Kind::Slack, 500, "invalid_payload"), "Slack returned 500: invalid_payload");
        assert_eq!(answered(Kind::Teams, 400, " Bad\r\nPayload "), "Teams returned 400: Bad Payload");
        assert_eq!(answered(Kind::Webhook, 500, " \n"), "Webhook returned 500");
        let long = answered(Kind::Webhook, 500, &"ü".repeat(300));
        assert_eq!(long, format!("Webhook returned 500: {}…", "ü".repeat(199)));
    }

    #[test]
    fn what_was_never_answered_says_why() {
        for (kind, reason, status, detail, text) in [
            (
                Kind::Webhook,
                Reason::BlockedAddress,
                None,
                "hooks.acme.example is 10.0.0.1, private (10.0.0.0/8)",
                "Webhook could not be reached: hooks.acme.example is 10.0.0.1, private (10.0.0.0/8)",
            ),
            (
                Kind::Slack,
                Reason::Dns,
                None,
                "Name or service not known",
                "Slack could not be reached: the host name does not resolve (Name or service not known)",
            ),
            (
                Kind::Teams,
                Reason::Connect,
                None,
                "connection refused",
                "Teams could not be reached: connection refused",
            ),
            (Kind::Webhook, Reason::Connect, None, "", "Webhook could not be reached"),
            (
                Kind::Webhook,
                Reason::Tls,
                None,
                "UnknownIssuer",
                "Webhook could not be reached: no secure connection (UnknownIssuer)",
            ),
            (
                Kind::Webhook,
                Reason::NoAnswer,
                None,
                "waited 15 s",
                "Webhook got the message but did not answer (waited 15 s)",
            ),
            (
                Kind::OpsEmail,
                Reason::SmtpRefused,
                Some(550),
                "550 5.1.1 no such user",
                "Mail server returned 550: 5.1.1 no such user",
            ),
            (
                Kind::OpsEmail,
                Reason::SmtpDeferred,
                None,
                "connection refused",
                "Mail server did not take the mail (connection refused)",
            ),
            (Kind::Slack, Reason::Paused, None, "", "destination is paused"),
            (Kind::Slack, Reason::Deleted, None, "", "unknown destination"),
        ] {
            assert_eq!(failure_text(kind, &told(reason, status, detail), ""), text);
        }
    }

    #[test]
    fn no_text_repeats_an_address() {
        let url = "https://hooks.slack.com/services/T0/B0/s3cr3t?x=1";
        for body in [url.to_owned(), format!("see {url}, or <a href=\"{url}\">{url}</a>")] {
            for &kind in Kind::ALL {
                for &reason in Reason::ALL {
                    let text = failure_text(kind, &told(reason, Some(500), &body), &body);
                    assert!(!text.is_empty() && !text.ends_with('.'), "{text}");
                    assert!(!text.contains("://") && !text.contains("s3cr3t"), "{text}");
                }
            }
        }
        assert_eq!(without_links("POST https://a.example/b failed"), "POST … failed");
    }

    #[test]
    fn a_success_names_the_kind() {
        assert_eq!(success_text(Kind::Slack), "Test message sent to Slack.");
        assert_eq!(success_text(Kind::Teams), "Test message sent to Teams.");
    }
}
