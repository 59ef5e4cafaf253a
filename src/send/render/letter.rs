//! The mail as its two templates see it.

use askama::Template;
use url::Url;

use super::message;
use super::{MailContext, Reader, subject};
use crate::domain::catalog::{EventType, Fact, MailLink, MailTone, TextPiece, shown};
use crate::domain::event::Payload;
use crate::domain::notification::{Notification, Severity};
use crate::domain::text;

/// What inboxes show beside the subject is not longer than this.
const PREHEADER_LIMIT: usize = 120;

const TEST_NOTICE: &str = "This is a test: the values are samples, and nothing has happened.";

/// The HTML part.
#[derive(Template)]
#[template(path = "mail/event.html", whitespace = "preserve")]
pub(super) struct Html<'a> {
    pub letter: &'a Letter,
}

/// The text part.
#[derive(Template)]
#[template(path = "mail/event.txt", escape = "none", whitespace = "preserve")]
pub(super) struct Text<'a> {
    pub letter: &'a Letter,
}

/// Everything that a reader sees, so that both parts say the same. Values are on one line, not escaped.
pub(super) struct Letter {
    pub subject: String,
    pub title: String,
    pub tone: MailTone,
    pub headline: String,
    pub preheader: String,
    pub account: String,
    pub environment: String,
    pub test_notice: Option<&'static str>,
    /// Paragraphs.
    pub summary: Vec<Vec<TextPiece>>,
    pub facts: Vec<LabelledLine>,
    pub button: Option<LabelledLine>,
    pub links: Option<LetterLinks>,
    pub reason: String,
    pub settings_url: String,
    pub company_url: Option<String>,
    pub unsubscribe_url: Option<String>,
}

/// A label and what stands behind it.
pub(super) struct LabelledLine {
    pub label: String,
    pub value: String,
}

/// Addresses under one heading.
pub(super) struct LetterLinks {
    pub label: String,
    pub items: Vec<LabelledLine>,
}

impl Letter {
    pub fn of_event(event_type: &EventType, payload: &Payload, context: &MailContext<'_>) -> Self {
        let mail = &event_type.mail;
        let line = |link: &MailLink| {
            let line = LabelledLine { label: link.label.fill(payload), value: shown(&link.field, payload) };
            (!line.value.is_empty()).then_some(line)
        };
        let what = format!("{}: {}", event_type.title, mail.subject.fill(payload));
        let severity = Notification::of_event(event_type, payload).severity;
        let fact = |fact: &Fact| LabelledLine { label: fact.label.clone(), value: fact.value.fill(payload) };
        Self {
            subject: subject(&what, payload, context.test),
            title: event_type.title.clone(),
            tone: mail.tone,
            headline: mail.headline.fill(payload),
            preheader: text::capped(&mail.preheader.fill(payload), PREHEADER_LIMIT),
            summary: vec![mail.summary.pieces(payload).collect()],
            facts: facts(severity, payload, context).chain(mail.facts.iter().map(fact)).collect(),
            button: mail.button.as_ref().and_then(line),
            links: mail.links.as_ref().map(|links| LetterLinks {
                label: links.label.clone(),
                items: links.items.iter().filter_map(line).collect(),
            }),
            ..Self::frame(&event_type.title, payload, context)
        }
    }

    pub fn of_notification(
        notification: &Notification,
        payload: &Payload,
        context: &MailContext<'_>,
    ) -> Self {
        let severity = notification.severity;
        let lines = message::lines(&notification.body);
        let preheader = lines.first().map_or_else(String::new, |line| text::capped(line, PREHEADER_LIMIT));
        let field = |(label, value): &(String, String)| LabelledLine {
            label: text::one_line(label),
            value: text::one_line(value),
        };
        let fields = notification.fields.iter().map(field);
        let button = notification.source_link();
        Self {
            subject: subject(&message::announcement(notification), payload, context.test),
            title: severity.label().to_owned(),
            tone: match severity {
                Severity::Info => MailTone::Plain,
                Severity::Warning | Severity::Critical => MailTone::Bad,
            },
            headline: message::title(notification, false),
            preheader,
            summary: lines.into_iter().map(|text| vec![TextPiece { text, is_value: false }]).collect(),
            facts: facts(severity, payload, context).chain(fields).collect(),
            button: button.map(|(label, url)| LabelledLine { label, value: url.to_owned() }),
            ..Self::frame("", payload, context)
        }
    }

    /// What stands around every message: whose it is, why this reader gets it, and where to change that.
    fn frame(event_title: &str, payload: &Payload, context: &MailContext<'_>) -> Self {
        let account_url =
            format!("{}/accounts/{}", context.public_url.trim_end_matches('/'), context.account_id);
        let (page, company_url, unsubscribe_url) = match context.reader {
            Reader::PrimaryContact => ("notifications", Some(format!("{account_url}/company")), None),
            Reader::Subscriber { unsubscribe } => ("notifications", None, unsubscribe.map(str::to_owned)),
            Reader::Destination => ("destinations", None, None),
        };
        Self {
            subject: String::new(),
            title: String::new(),
            tone: MailTone::Plain,
            headline: String::new(),
            preheader: String::new(),
            account: shown("account_name", payload),
            environment: shown("environment", payload),
            test_notice: context.test.then_some(TEST_NOTICE),
            summary: Vec::new(),
            facts: Vec::new(),
            button: None,
            links: None,
            reason: reason(event_title, context),
            settings_url: format!("{account_url}/{page}"),
            company_url,
            unsubscribe_url,
        }
    }
}

/// The first facts of every mail. Destinations show the severity, whatever their kind.
fn facts(
    severity: Severity,
    payload: &Payload,
    context: &MailContext<'_>,
) -> impl Iterator<Item = LabelledLine> {
    let when = LabelledLine { label: "When".to_owned(), value: shown("timestamp", payload) };
    let severity = LabelledLine { label: "Severity".to_owned(), value: severity.label().to_owned() };
    let is_destination = context.reader == Reader::Destination;
    [when].into_iter().chain(is_destination.then_some(severity))
}

impl LabelledLine {
    /// Whether a click on it may lead anywhere: `javascript:` and the like stay text.
    pub fn is_web(&self) -> bool {
        let is_web = |url: Url| matches!(url.scheme(), "http" | "https");
        !self.value.contains(' ') && Url::parse(&self.value).is_ok_and(is_web)
    }

    /// `Tenant:      Widget Co (789)`, with the values of all `lines` below each other.
    pub fn aligned(&self, lines: &[Self]) -> String {
        let longest = lines.iter().map(|line| line.label.chars().count()).max();
        let width = longest.unwrap_or_default() + 1;
        let label = format!("{}:", self.label);
        format!("{label:<width$} {}", self.value)
    }
}

fn reason(event_title: &str, context: &MailContext<'_>) -> String {
    let (address, account) = (context.address, text::one_line(context.account_name));
    match context.reader {
        Reader::PrimaryContact => {
            format!("You get this because {address} is the primary contact for {account}.")
        }
        Reader::Destination => {
            format!("You get this because {address} is an address of a destination of {account}.")
        }
        Reader::Subscriber { .. } => {
            format!("You get this because {address} subscribes to “{event_title}” events of {account}.")
        }
    }
}
