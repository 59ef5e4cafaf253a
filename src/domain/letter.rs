//! A mail as a value: who reads it and what it says, before any template.

use url::Url;
use uuid::Uuid;

use super::catalog::{EventType, Fact, MailLink, MailTone, TextPiece, shown};
use super::message_content::MessageContent;
use super::notification::Severity;
use super::text;
use super::values::EmailAddress;

/// The most characters of a subject; mail programs show about half of them.
const SUBJECT_LIMIT: usize = 150;

/// What inboxes show beside the subject is not longer than this.
const PREHEADER_LIMIT: usize = 120;

const TEST_NOTICE: &str = "This is a test: the values are samples, and nothing has happened.";

/// Who reads the mail, and why it was sent.
#[derive(Clone, Copy, Debug)]
pub struct MailContext<'a> {
    /// Why this reader gets it.
    pub reader: Reader<'a>,
    /// The one address that it is sent to.
    pub address: &'a str,
    /// Whether they sign in here: nobody else is led to a page that asks for a password.
    pub signs_in: bool,
    /// Whose settings it links to.
    pub account_id: i64,
    /// What it is about, for the link to its page; none in a preview.
    pub event_id: Option<Uuid>,
    /// Ringpost's own address, `https://ringpost.acme.example`.
    pub public_url: &'a str,
}

/// Why somebody gets a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader<'a> {
    /// Always included, so there is nothing to unsubscribe from.
    PrimaryContact,
    /// At an address of a destination; whoever set that up can change it.
    Destination,
    /// On the event's list.
    Subscriber {
        /// The signed link that takes the address off the list.
        unsubscribe: Option<&'a str>,
    },
}

/// Everything that a reader sees, so that HTML and text say the same. Values are on one line, not escaped.
#[derive(Clone, Debug)]
pub struct Letter {
    /// The sender that a destination names; otherwise it is the server's.
    pub from: Option<EmailAddress>,
    /// Where answers go, if not to the sender.
    pub reply_to: Option<EmailAddress>,
    /// One line without control characters.
    pub subject: String,
    /// What happened, by its kind: `Run Failed`, or the severity.
    pub title: String,
    /// The colour of the title.
    pub tone: MailTone,
    /// What follows the title.
    pub headline: String,
    /// What inboxes show beside the subject.
    pub preheader: String,
    /// The account's name.
    pub account: String,
    /// The account's id.
    pub account_id: i64,
    /// The account's environment.
    pub environment: String,
    /// That it is only a test.
    pub test_notice: Option<&'static str>,
    /// Paragraphs.
    pub summary: Vec<Vec<TextPiece>>,
    /// Labelled lines, the time first.
    pub facts: Vec<LabelledLine>,
    /// The one thing to do.
    pub button: Option<LabelledLine>,
    /// Other addresses.
    pub links: Option<LetterLinks>,
    /// Why this reader gets it.
    pub reason: String,
    /// Who can change that, for those who cannot.
    pub whom_to_ask: Option<String>,
    /// Where that is changed: settings, primary contact, and the signed link that ends the subscription.
    pub ways_out: Vec<LabelledLine>,
}

/// A label and what stands behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelledLine {
    /// `Tenant`
    pub label: String,
    /// `Widget Co (789)`, or an address.
    pub value: String,
}

/// Addresses under one heading.
#[derive(Clone, Debug)]
pub struct LetterLinks {
    /// The heading.
    pub label: String,
    /// Each with what it leads to.
    pub items: Vec<LabelledLine>,
}

impl Letter {
    /// The letter about an event or an ad-hoc notification to one reader.
    #[must_use]
    pub fn of(content: &MessageContent<'_>, audience: &MailContext<'_>) -> Self {
        match content.event_type {
            Some(event_type) => Self::of_event(event_type, content, audience),
            None => Self::of_notification(content, audience),
        }
    }

    /// The same with the link that confirms, and why a stranger gets it.
    #[must_use]
    pub(crate) fn asking_to_confirm(
        content: &MessageContent<'_>,
        audience: &MailContext<'_>,
        link: String,
    ) -> Self {
        let account = shown("account_name", content.payload);
        let address = audience.address;
        Self {
            button: Some(LabelledLine { label: "Yes, send me these emails".to_owned(), value: link }),
            reason: format!("You get this once because somebody at {account} added {address} to a list."),
            ..Self::of_notification(content, audience)
        }
    }

    fn of_event(event_type: &EventType, content: &MessageContent<'_>, audience: &MailContext<'_>) -> Self {
        let (mail, payload) = (&event_type.mail, content.payload);
        let line = |link: &MailLink| {
            let line = LabelledLine { label: link.label.fill(payload), value: shown(&link.field, payload) };
            (!line.value.is_empty()).then_some(line)
        };
        let fact = |fact: &Fact| LabelledLine { label: fact.label.clone(), value: fact.value.fill(payload) };
        Self {
            subject: subject(&format!("{}: {}", event_type.title, mail.subject.fill(payload)), content),
            title: event_type.title.clone(),
            tone: mail.tone,
            headline: mail.headline.fill(payload),
            preheader: text::capped(&mail.preheader.fill(payload), PREHEADER_LIMIT),
            summary: vec![mail.summary.pieces(payload).collect()],
            facts: facts(content, audience).chain(mail.facts.iter().map(fact)).collect(),
            button: mail.button.as_ref().and_then(line).or_else(|| audience.event_link()),
            links: mail.links.as_ref().map(|links| LetterLinks {
                label: links.label.clone(),
                items: links.items.iter().filter_map(line).collect(),
            }),
            ..Self::frame(&event_type.title, content, audience)
        }
    }

    fn of_notification(content: &MessageContent<'_>, audience: &MailContext<'_>) -> Self {
        let severity = content.notification.severity;
        let lines = content.lines();
        let preheader = lines.first().map_or_else(String::new, |line| text::capped(line, PREHEADER_LIMIT));
        let fields = content.fields().into_iter().map(|(label, value)| LabelledLine { label, value });
        let button = content.notification.source_link();
        Self {
            subject: subject(&content.announcement(), content),
            title: severity.label().to_owned(),
            tone: match severity {
                Severity::Info => MailTone::Plain,
                Severity::Warning | Severity::Critical => MailTone::Bad,
            },
            headline: content.title(),
            preheader,
            summary: lines.into_iter().map(|text| vec![TextPiece { text, is_value: false }]).collect(),
            facts: facts(content, audience).chain(fields).collect(),
            button: button
                .map(|(label, url)| LabelledLine { label, value: url.to_owned() })
                .or_else(|| audience.event_link()),
            ..Self::frame("", content, audience)
        }
    }

    /// What stands around every message: whose it is, why this reader gets it, and where to change that.
    fn frame(event_title: &str, content: &MessageContent<'_>, audience: &MailContext<'_>) -> Self {
        let account = shown("account_name", content.payload);
        Self {
            from: None,
            reply_to: None,
            subject: String::new(),
            title: String::new(),
            tone: MailTone::Plain,
            headline: String::new(),
            preheader: String::new(),
            environment: shown("environment", content.payload),
            test_notice: content.is_test.then_some(TEST_NOTICE),
            summary: Vec::new(),
            facts: Vec::new(),
            button: None,
            links: None,
            reason: reason(event_title, &account, audience),
            whom_to_ask: audience.whom_to_ask(&account),
            ways_out: audience.ways_out(&account),
            account,
            account_id: audience.account_id,
        }
    }
}

/// `[prod-acme] Run Failed: Shopify Integration for Widget Co (run 9876)`, on tests with `[Test] ` before it.
fn subject(what: &str, content: &MessageContent<'_>) -> String {
    let environment = shown("environment", content.payload);
    let subject = format!("{}[{environment}] {what}", content.test_mark());
    text::capped(&text::one_line(&subject), SUBJECT_LIMIT)
}

/// The first facts of every mail. Destinations show the severity, whatever their kind.
fn facts(content: &MessageContent<'_>, audience: &MailContext<'_>) -> impl Iterator<Item = LabelledLine> {
    let line = |label: &str, value| LabelledLine { label: label.to_owned(), value };
    let when = line("When", shown("timestamp", content.payload));
    let severity = line("Severity", content.notification.severity.label().to_owned());
    let is_destination = audience.reader == Reader::Destination;
    [when].into_iter().chain(is_destination.then_some(severity))
}

impl MailContext<'_> {
    /// `https://ringpost.acme.example/accounts/100/{page}`
    fn page(&self, page: &str) -> String {
        format!("{}/accounts/{}/{page}", self.public_url.trim_end_matches('/'), self.account_id)
    }

    /// Where Ringpost shows the event, for those who can sign in there.
    fn event_link(&self) -> Option<LabelledLine> {
        let page = self.event_id.map_or_else(|| "deliveries".to_owned(), |id| format!("events/{id}"));
        self.signs_in.then(|| LabelledLine::new("See the event", self.page(&page)))
    }

    fn ways_out(&self, account: &str) -> Vec<LabelledLine> {
        let settings = |page| LabelledLine::new("Change who is notified", self.page(page));
        let (settings, last) = match self.reader {
            Reader::PrimaryContact => {
                let company = LabelledLine::new("Change the primary contact", self.page("company"));
                (settings("notifications"), self.signs_in.then_some(company))
            }
            Reader::Destination => (settings("destinations"), None),
            Reader::Subscriber { unsubscribe } => {
                let label = format!("Stop all event emails of {account}");
                (settings("notifications"), unsubscribe.map(|link| LabelledLine::new(label, link)))
            }
        };
        self.signs_in.then_some(settings).into_iter().chain(last).collect()
    }

    fn whom_to_ask(&self, account: &str) -> Option<String> {
        (!self.signs_in).then(|| format!("An admin of {account} can change who is notified."))
    }
}

impl LabelledLine {
    pub(crate) fn new(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self { label: label.into(), value: value.into() }
    }

    /// Whether a click on it may lead anywhere: `javascript:` and the like stay text.
    #[must_use]
    pub(crate) fn is_web(&self) -> bool {
        let is_web = |url: Url| matches!(url.scheme(), "http" | "https");
        !self.value.contains(' ') && Url::parse(&self.value).is_ok_and(is_web)
    }

    /// `Tenant:      Widget Co (789)`, with the values of all `lines` below each other.
    #[must_use]
    pub(crate) fn aligned(&self, lines: &[Self]) -> String {
        let longest = lines.iter().map(|line| line.label.chars().count()).max();
        let width = longest.unwrap_or_default() + 1;
        let label = format!("{}:", self.label);
        format!("{label:<width$} {}", self.value)
    }
}

fn reason(event_title: &str, account: &str, audience: &MailContext<'_>) -> String {
    let address = audience.address;
    match audience.reader {
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
