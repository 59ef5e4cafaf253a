//! How an event reads in a mail, and in every other message that people read.

use serde::Deserialize;
use url::Url;

use super::Template;
use crate::domain::event::Payload;

/// The `[event.mail]` of a block.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailTemplate {
    /// The colour of the title.
    #[serde(default)]
    pub tone: MailTone,
    /// What follows `[environment] Title: ` in the subject.
    pub subject: Template,
    /// What follows `Title: ` at the top.
    pub headline: Template,
    /// What happened, in one sentence.
    pub summary: Template,
    /// What inboxes show beside the subject.
    pub preheader: Template,
    /// Labelled lines, after the time.
    #[serde(default)]
    pub facts: Vec<Fact>,
    /// The one thing to do.
    #[serde(default)]
    pub button: Option<MailLink>,
    /// Other addresses.
    #[serde(default)]
    pub links: Option<MailLinks>,
    /// What messages about the same thing have in common.
    #[serde(default)]
    thread: Option<Template>,
}

/// Whether the news is good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailTone {
    /// Neither.
    #[default]
    Plain,
    /// Something worked.
    Good,
    /// Something needs a person.
    Bad,
}

/// A labelled line.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// `Tenant`
    pub label: String,
    /// `{tenant_name} ({tenant_id})`
    pub value: Template,
}

/// An address that the payload carries.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailLink {
    /// What it opens.
    pub label: Template,
    /// The field, of type `url`, that holds the address.
    pub field: String,
}

/// Several addresses under one heading.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailLinks {
    /// The heading.
    pub label: String,
    /// In the order in which they are shown.
    pub items: Vec<MailLink>,
}

impl MailLink {
    /// The address, if it is one of the web: a payload may hold anything, and nothing else becomes a link.
    #[must_use]
    pub(crate) fn web_address(&self, payload: &Payload) -> Option<String> {
        let address = payload.get(&self.field)?.as_str()?;
        let scheme = Url::parse(address).ok()?.scheme().to_owned();
        matches!(scheme.as_str(), "http" | "https").then(|| address.to_owned())
    }
}

impl MailTemplate {
    /// The left part of the thread's synthetic `Message-ID`, `run-9876.prod-acme`. Only letters, digits, dots,
    /// dashes and underscores are in it, so that it can stand in a header as it is.
    #[must_use]
    pub(crate) fn thread_root(&self, payload: &Payload) -> Option<String> {
        let keep = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let filled = self.thread.as_ref()?.fill(payload);
        Some(filled.chars().map(|c| if keep(c) { c } else { '-' }).collect())
    }

    /// Every link, the button first.
    pub(super) fn all_links(&self) -> impl Iterator<Item = &MailLink> {
        let items = self.links.iter().flat_map(|links| &links.items);
        self.button.iter().chain(items)
    }

    /// Every template with the name of its place, for the check at load.
    pub(super) fn templates(&self) -> impl Iterator<Item = (&'static str, &Template)> {
        let parts = [
            ("subject", &self.subject),
            ("headline", &self.headline),
            ("summary", &self.summary),
            ("preheader", &self.preheader),
        ];
        parts
            .into_iter()
            .chain(self.facts.iter().map(|fact| ("facts", &fact.value)))
            .chain(self.all_links().map(|link| ("links", &link.label)))
            .chain(self.thread.iter().map(|thread| ("thread", thread)))
    }
}
