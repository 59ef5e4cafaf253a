//! What a test has brought: the panel that a test button answers with.

use crate::domain::delivery::{Channel, Delivery};

use super::{Link, Tone};

/// What a test has brought.
#[derive(Clone, Debug)]
pub struct TestResult {
    /// Good, bad, or in between when some recipients were refused.
    pub tone: Tone,
    /// `Test webhook delivered.`, `Test webhook was not delivered.`, `Test email sent.`
    pub title: String,
    /// One per delivery.
    pub lines: Vec<ResultLine>,
    /// What else there is to know: `The URL you tested is not saved yet.`
    pub note: Option<String>,
}

/// What became of one delivery of a test.
#[derive(Clone, Debug)]
pub struct ResultLine {
    /// `hooks.acme.example answered 200 OK in 184 ms.`
    pub text: String,
    /// Its page in the log.
    pub link: Option<Link>,
}

impl TestResult {
    /// What the deliveries of one test have come to; all of them left through `channel`.
    #[must_use]
    pub fn of(account_id: i64, channel: Channel, rows: &[Delivery], note: Option<String>) -> Self {
        let arrived = rows.iter().filter(|row| row.report().has_arrived()).count();
        let (thing, done) = match channel {
            Channel::Webhook => ("webhook", "delivered"),
            Channel::Email => ("email", "sent"),
            Channel::Slack => ("Slack message", "delivered"),
            Channel::Teams => ("Teams message", "delivered"),
        };
        let (tone, title) = match arrived {
            _ if rows.iter().any(|row| row.report().is_in_a_file()) => {
                (Tone::Warn, format!("Test {thing} was written to a file, because no mail server is set."))
            }
            0 => (Tone::Bad, format!("Test {thing} was not {done}.")),
            all if all == rows.len() => (Tone::Ok, format!("Test {thing} {done}.")),
            some => (Tone::Warn, format!("Test {thing} {done} to {some} of {}.", rows.len())),
        };
        let lines = rows.iter().map(|row| ResultLine::of(account_id, row)).collect();
        Self { tone, title, lines, note }
    }
}

impl ResultLine {
    fn of(account_id: i64, row: &Delivery) -> Self {
        let href = format!("/accounts/{account_id}/deliveries/{}", row.id);
        let report = row.report();
        let text = match report.channel {
            Channel::Email => format!("View mail to {}", report.target),
            _ => "View request and answer".to_owned(),
        };
        Self { text: report.describe(), link: Some(Link { href, text }) }
    }
}
