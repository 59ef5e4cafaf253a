//! What a test has brought: the panel that a test button answers with.

use http::StatusCode;
use jiff::Timestamp;
use uuid::Uuid;

use crate::dispatch::SendReport;
use crate::domain::delivery::{Channel, Delivery, Reason, Stages, State};
use crate::error::{Error, Result};

use super::{Link, TestStep, Tone, test_steps};

/// The field by which a page asks how far a test has come; nothing is sent then.
pub(crate) const REFRESH: &str = "refresh";

/// What a test has brought.
#[derive(Clone, Debug)]
pub struct TestResult {
    /// Good, bad, or in between when some recipients were refused or nobody knows yet.
    pub tone: Tone,
    /// `Test webhook delivered.`, `Test webhook was not delivered.`, `Test email sent.`
    pub title: String,
    /// One per delivery.
    pub lines: Vec<ResultLine>,
    /// What else there is to know: `The URL you tested is not saved yet.`
    pub note: Option<String>,
    /// While not all of it has come to its end.
    pub progress: Option<TestProgress>,
    /// How far a single webhook came.
    pub steps: Vec<TestStep>,
}

/// What became of one delivery of a test.
#[derive(Clone, Debug)]
pub struct ResultLine {
    /// `hooks.acme.example answered 200 OK in 184 ms.`
    pub text: String,
    /// Its page in the log.
    pub link: Option<Link>,
}

/// How to see more of a test that is under way.
#[derive(Clone, Debug)]
pub struct TestProgress {
    /// The event, about which `refresh` asks.
    pub event_id: String,
    /// Where it is asked, if not where the form around it leads.
    pub action: Option<String>,
    /// The test in the log.
    pub log: Link,
}

impl TestResult {
    /// What the deliveries of one test have come to; all of them left through `channel`.
    #[must_use]
    pub(crate) fn of(account_id: i64, channel: Channel, report: &SendReport) -> Self {
        let rows = &report.deliveries;
        let (tone, title) = sum(channel, rows);
        let mut lines: Vec<ResultLine> = rows.iter().map(|row| ResultLine::of(account_id, row)).collect();
        let progress = (!report.is_over()).then(|| TestProgress {
            event_id: report.event_id.to_string(),
            action: None,
            log: in_the_log(account_id, report),
        });
        if let (Some(_), [line]) = (&progress, lines.as_mut_slice()) {
            // The log's list of one is link enough.
            line.link = None;
        }
        Self { tone, title, lines, note: None, progress, steps: Vec::new() }
    }

    /// The same with something else to know.
    #[must_use]
    pub(crate) fn note(self, note: Option<&str>) -> Self {
        Self { note: note.map(ToOwned::to_owned), ..self }
    }

    /// The same with the steps that its one webhook came through.
    #[must_use]
    pub(crate) fn staged(self, staged: Option<(&Delivery, Stages)>, now: Timestamp) -> Self {
        let steps = staged.map(|(row, stages)| test_steps(row, &stages, now));
        Self { steps: steps.unwrap_or_default(), ..self }
    }

    /// The same with a path that is asked how far it has come.
    #[must_use]
    pub(crate) fn refreshed_at(mut self, path: String) -> Self {
        if let Some(progress) = &mut self.progress {
            progress.action = Some(path);
        }
        self
    }

    /// Of the page that shows it: 202 while it is under way.
    #[must_use]
    pub(crate) fn status(&self) -> StatusCode {
        if self.progress.is_some() { StatusCode::ACCEPTED } else { StatusCode::OK }
    }
}

/// The test that a posted form asks about, instead of sending one.
pub(crate) fn refreshed(fields: &[(String, String)]) -> Result<Option<Uuid>> {
    let asked = fields.iter().find(|(name, _)| name == REFRESH);
    asked.map(|(_, id)| id.parse().map_err(|_| Error::not_found("test"))).transpose()
}

/// The deliveries of a test in the log.
fn in_the_log(account_id: i64, report: &SendReport) -> Link {
    let href = format!("/accounts/{account_id}/deliveries?q={}", report.event_id);
    Link { href, text: "View in the log".to_owned() }
}

fn sum(channel: Channel, rows: &[Delivery]) -> (Tone, String) {
    let (thing, done) = match channel {
        Channel::Webhook => ("webhook", "delivered"),
        Channel::Email => ("email", "sent"),
        Channel::Slack => ("Slack message", "delivered"),
        Channel::Teams => ("Teams message", "delivered"),
    };
    let count = |is: fn(&Delivery) -> bool| rows.iter().filter(|row| is(row)).count();
    let arrived = count(|row| row.report().has_arrived());
    let (all, open) = (rows.len(), count(|row| !row.state.is_final()));
    let unknown = count(|row| row.state == State::Unknown);
    let not_http = count(|row| row.state == State::Unknown && row.reason == Some(Reason::NotHttp));
    if rows.iter().any(|row| row.report().is_in_a_file()) {
        (Tone::Warn, "No mail left this server.".to_owned())
    } else if open > 0 && all > 1 {
        (Tone::Warn, format!("Test {thing} {done} to {arrived} of {all} so far."))
    } else if rows.iter().any(|row| row.state == State::Sending) {
        (Tone::Warn, format!("Test {thing} is being sent."))
    } else if open > 0 {
        (Tone::Warn, format!("Test {thing} is not sent yet."))
    } else if all > 0 && not_http == all {
        (Tone::Warn, format!("No HTTP answer to the test {thing}."))
    } else if all > 0 && unknown == all {
        (Tone::Warn, format!("No answer to the test {thing}."))
    } else if unknown > 0 {
        (Tone::Warn, format!("Test {thing} {done} to {arrived} of {all}, without an answer from {unknown}."))
    } else if arrived == 0 {
        (Tone::Bad, format!("Test {thing} was not {done}."))
    } else if arrived == all {
        (Tone::Ok, format!("Test {thing} {done}."))
    } else {
        (Tone::Warn, format!("Test {thing} {done} to {arrived} of {all}."))
    }
}

impl ResultLine {
    fn of(account_id: i64, row: &Delivery) -> Self {
        let href = format!("/accounts/{account_id}/deliveries/{}", row.id);
        let report = row.report();
        let (asked, text) = match report.channel {
            Channel::Email => ("The mail server", format!("View mail to {}", report.target)),
            Channel::Webhook | Channel::Slack | Channel::Teams => {
                (report.target, "View request and answer".to_owned())
            }
        };
        let told = match row.state {
            State::Sending => format!("{asked} has not answered yet."),
            State::Unknown if row.reason == Some(Reason::NoAnswer) && report.channel != Channel::Email => {
                format!(
                    "{asked} took the request and did not answer{}. It may or may not have been processed: look there, then \
                 send the test again.",
                    if report.detail.is_empty() { String::new() } else { format!(" ({})", report.detail) }
                )
            }
            _ => report.describe(),
        };
        Self { text: told, link: Some(Link { href, text }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::delivery::{Target, Trigger};
    use crate::domain::event::Event;
    use crate::domain::route::Planned;

    /// A test whose deliveries stand like this.
    fn report(ends: &[(State, Option<Reason>)]) -> SendReport {
        let event = Event {
            id: Uuid::from_u128(7),
            account_id: 100,
            key: "run_failed".to_owned(),
            payload: serde_json::Map::new(),
            accepted_at: Timestamp::UNIX_EPOCH,
        };
        let delivery = |(id, &(state, reason)): (u128, _)| {
            let target = Target::Subscriber(format!("person-{id}@acme.example").parse().unwrap());
            let planned = Planned::from(target);
            let delivery = planned.into_delivery(Uuid::from_u128(id), &event, Trigger::Test);
            Delivery { state, reason, ..delivery }
        };
        SendReport { event_id: event.id, deliveries: (1..).zip(ends).map(delivery).collect() }
    }

    fn title(ends: &[(State, Option<Reason>)]) -> (Tone, String, StatusCode) {
        let result = TestResult::of(100, Channel::Email, &report(ends));
        (result.tone, result.title.clone(), result.status())
    }

    const DELIVERED: (State, Option<Reason>) = (State::Delivered, None);
    const SENDING: (State, Option<Reason>) = (State::Sending, None);
    const WAITING: (State, Option<Reason>) = (State::Pending, None);
    const REFUSED: (State, Option<Reason>) = (State::Failed, Some(Reason::SmtpRefused));
    const NO_HTTP: (State, Option<Reason>) = (State::Unknown, Some(Reason::NotHttp));
    const INTERRUPTED: (State, Option<Reason>) = (State::Unknown, Some(Reason::Interrupted));
    const UNANSWERED: (State, Option<Reason>) = (State::Unknown, Some(Reason::NoAnswer));

    #[test]
    fn what_is_under_way_is_amber_and_accepted_and_counts_what_has_arrived() {
        let amber = |title: &str| (Tone::Warn, title.to_owned(), StatusCode::ACCEPTED);
        assert_eq!(title(&[WAITING]), amber("Test email is not sent yet."));
        assert_eq!(title(&[SENDING]), amber("Test email is being sent."));
        assert_eq!(
            title(&[DELIVERED, SENDING, WAITING, REFUSED]),
            amber("Test email sent to 1 of 4 so far.")
        );
    }

    #[test]
    fn what_has_ended_is_good_bad_or_amber_where_nobody_knows() {
        let told = |tone, title: &str| (tone, title.to_owned(), StatusCode::OK);
        assert_eq!(title(&[DELIVERED, DELIVERED]), told(Tone::Ok, "Test email sent."));
        assert_eq!(title(&[REFUSED]), told(Tone::Bad, "Test email was not sent."));
        assert_eq!(title(&[DELIVERED, REFUSED]), told(Tone::Warn, "Test email sent to 1 of 2."));
        assert_eq!(title(&[UNANSWERED]), told(Tone::Warn, "No answer to the test email."));
        assert_eq!(title(&[NO_HTTP]), told(Tone::Warn, "No HTTP answer to the test email."));
        assert_eq!(title(&[INTERRUPTED]), told(Tone::Warn, "No answer to the test email."));
        assert_eq!(
            title(&[REFUSED, UNANSWERED]),
            told(Tone::Warn, "Test email sent to 0 of 2, without an answer from 1.")
        );
        assert_eq!(title(&[]), told(Tone::Bad, "Test email was not sent."));
    }

    #[test]
    fn a_test_under_way_leads_to_its_event_in_the_log_and_each_of_several_to_its_delivery() {
        let result = TestResult::of(100, Channel::Email, &report(&[DELIVERED, SENDING]));
        let log = &result.progress.as_ref().unwrap().log;
        assert_eq!(log.href, format!("/accounts/100/deliveries?q={}", Uuid::from_u128(7)));
        assert!(result.lines.iter().all(|line| line.link.is_some()));
        assert_eq!(result.lines[1].text, "The mail server has not answered yet.");
    }
}
