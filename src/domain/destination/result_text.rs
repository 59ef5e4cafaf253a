//! What came of a test or an ad-hoc send, in the manner of providers-api.txt: `Slack returned 500: invalid_payload`.

#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::domain::delivery::{DeliveryReport, Reason, State, millis};
use crate::domain::kinds::Kind;
use crate::domain::text;

/// How much of an answer is repeated, in characters.
const ANSWER_LIMIT: usize = 200;

/// That somebody is still being asked, for whoever has waited for so long and waits no longer; without a full stop.
#[must_use]
pub fn still_asked_text(name: &str, waited: Duration) -> String {
    let waited = match (waited.as_secs(), waited.subsec_nanos()) {
        (seconds, 0) => format!("{seconds} s"),
        _ => millis(waited),
    };
    format!("{name} was still being asked after {waited}: look at the log")
}

/// Why a delivery that is not delivered failed, on one line without a full stop, with what was answered. Neither
/// holds a URL. `response_body` is the stored transcript's, in which secrets are already hidden.
#[must_use]
pub fn failure_text(kind: Kind, report: &DeliveryReport<'_>, response_body: &str) -> String {
    let name = kind.spec().receiver;
    let Some(reason) = report.reason else {
        return match report.state {
            State::Pending | State::Sending => "not sent yet".to_owned(),
            _ => "it was not delivered".to_owned(),
        };
    };
    match reason {
        Reason::HttpStatus => returned(name, report.status, response_body),
        Reason::BlockedAddress | Reason::Connect => not_reached(name, report.detail),
        Reason::Dns => not_reached(name, &because("the host name does not resolve", report.detail)),
        Reason::Tls => not_reached(name, &because("no secure connection", report.detail)),
        Reason::NotHttp => format!("{name} answered with something that is not HTTP"),
        Reason::NoAnswer => because(&format!("{name} got the message but did not answer"), report.detail),
        Reason::Interrupted => format!("Ringpost stopped while sending: {name} may or may not have got it"),
        Reason::SecretUnreadable => "the stored configuration cannot be decrypted: enter it again".to_owned(),
        Reason::NotComposed => because("the message could not be written", report.detail),
        Reason::SmtpRefused | Reason::SmtpDeferred => match report.status {
            Some(code) => {
                let words = report.detail.strip_prefix(&code.to_string()).unwrap_or(report.detail);
                returned(name, Some(code), words)
            }
            None => because(&format!("{name} did not take the mail"), report.detail),
        },
        Reason::SmtpNoTls => because(&format!("{name} offers no TLS, which is demanded"), report.detail),
        Reason::ToggleOff => "Send Webhook is off for this event".to_owned(),
        Reason::Paused => "destination is paused".to_owned(),
        Reason::Deleted => "unknown destination".to_owned(),
        Reason::Unsubscribed => "the address has unsubscribed".to_owned(),
        Reason::Unconfirmed => "the address has not confirmed yet".to_owned(),
        Reason::QueueFull => format!("too many deliveries to {name} are waiting already"),
        Reason::Expired => format!("it waited for {name} too long to be of use"),
        Reason::Cancelled => format!("{name} was not asked in time: nothing was sent"),
        Reason::RecoveryStopped => "the recovery was stopped before its turn came".to_owned(),
        Reason::NoMailServer => "no mail server is connected".to_owned(),
        Reason::Restored => format!("the database was restored: {name} may or may not have got it"),
        Reason::WrittenToFile => "no mail server is set: the mail was written to a file".to_owned(),
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

fn not_reached(name: &str, why: &str) -> String {
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
