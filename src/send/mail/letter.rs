//! The mail as its two templates see it.

use askama::Template;
use url::Url;

use super::{Context, Reader, subject};
use crate::domain::catalog::{EventType, Link, Piece, Tone, shown};
use crate::domain::event::Payload;
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
    pub tone: Tone,
    pub headline: String,
    pub preheader: String,
    pub account: String,
    pub environment: String,
    pub test_notice: Option<&'static str>,
    pub summary: Vec<Piece>,
    pub facts: Vec<Line>,
    pub button: Option<Line>,
    pub links: Option<Links>,
    pub reason: String,
    pub settings_url: String,
    pub company_url: Option<String>,
    pub unsubscribe_url: Option<String>,
}

/// A label and what stands behind it.
pub(super) struct Line {
    pub label: String,
    pub value: String,
}

/// Addresses under one heading.
pub(super) struct Links {
    pub label: String,
    pub items: Vec<Line>,
}

impl Letter {
    pub fn new(event_type: &EventType, payload: &Payload, context: &Context<'_>) -> Self {
        let mail = &event_type.mail;
        let line = |link: &Link| {
            let line = Line { label: link.label.fill(payload), value: shown(&link.field, payload) };
            (!line.value.is_empty()).then_some(line)
        };
        let mut facts = vec![Line { label: "When".to_owned(), value: shown("timestamp", payload) }];
        facts.extend(
            mail.facts.iter().map(|fact| Line { label: fact.label.clone(), value: fact.value.fill(payload) }),
        );
        let account_url =
            format!("{}/accounts/{}", context.public_url.trim_end_matches('/'), context.account_id);
        let (company_url, unsubscribe_url) = match context.reader {
            Reader::PrimaryContact => (Some(format!("{account_url}/company")), None),
            Reader::Subscriber { unsubscribe } => (None, unsubscribe.map(str::to_owned)),
            Reader::Destination => (None, None),
        };
        Self {
            subject: subject(event_type, payload, context.test),
            title: event_type.title.clone(),
            tone: mail.tone,
            headline: mail.headline.fill(payload),
            preheader: text::capped(&mail.preheader.fill(payload), PREHEADER_LIMIT),
            account: shown("account_name", payload),
            environment: shown("environment", payload),
            test_notice: context.test.then_some(TEST_NOTICE),
            summary: mail.summary.pieces(payload).collect(),
            facts,
            button: mail.button.as_ref().and_then(line),
            links: mail.links.as_ref().map(|links| Links {
                label: links.label.clone(),
                items: links.items.iter().filter_map(line).collect(),
            }),
            reason: reason(event_type, context),
            settings_url: format!("{account_url}/notifications"),
            company_url,
            unsubscribe_url,
        }
    }
}

impl Line {
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

fn reason(event_type: &EventType, context: &Context<'_>) -> String {
    let (address, account) = (context.address, text::one_line(context.account_name));
    match context.reader {
        Reader::PrimaryContact => {
            format!("You get this because {address} is the primary contact for {account}.")
        }
        Reader::Destination => {
            format!("You get this because {address} is an address of a destination of {account}.")
        }
        Reader::Subscriber { .. } => format!(
            "You get this because {address} subscribes to “{}” events of {account}.",
            event_type.title
        ),
    }
}
