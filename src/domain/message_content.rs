//! What a message says, whatever the kind of destination: chats and mails put it into their own form.

#[cfg(test)]
pub(crate) mod samples;

use crate::domain::catalog::{Catalog, EventType, shown};
use crate::domain::event::Payload;
use crate::domain::notification::{AD_HOC, CONFIRMATION, Notification, Severity};
use crate::domain::text;

/// An event or an ad-hoc notification, ready to be put into words.
#[derive(Debug)]
pub struct MessageContent<'a> {
    /// What people read.
    pub notification: Notification,
    /// The payload it came with, which tells the account, the environment and the time.
    pub payload: &'a Payload,
    /// The catalogue's entry; none for an ad-hoc notification.
    pub event_type: Option<&'a EventType>,
    /// Whether somebody only tries it out; readers are told.
    pub is_test: bool,
}

/// Why there is nothing to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContentError {
    /// The operator has taken the event out of the catalogue since.
    #[error("the catalogue no longer has this event type")]
    EventType,
    /// What was stored is not what [`Notification::payload`] writes.
    #[error("the stored notification cannot be read")]
    Notification,
}

impl<'a> MessageContent<'a> {
    /// What the catalogue says about an event with this key, or the ad-hoc notification that the payload holds.
    pub fn read(
        key: &str,
        payload: &'a Payload,
        catalog: &'a Catalog,
        is_test: bool,
    ) -> Result<Self, ContentError> {
        if key == AD_HOC || key == CONFIRMATION {
            let notification = Notification::of_payload(payload).map_err(|_| ContentError::Notification)?;
            return Ok(Self { notification, payload, event_type: None, is_test });
        }
        let event_type = catalog.get(key).ok_or(ContentError::EventType)?;
        Ok(Self::of_event(event_type, payload, is_test))
    }

    /// What the catalogue says about an event.
    #[must_use]
    pub fn of_event(event_type: &'a EventType, payload: &'a Payload, is_test: bool) -> Self {
        let notification = Notification::of_event(event_type, payload);
        Self { notification, payload, event_type: Some(event_type), is_test }
    }

    /// `[Test] ` on tests, otherwise nothing.
    #[must_use]
    pub fn test_mark(&self) -> &'static str {
        if self.is_test { "[Test] " } else { "" }
    }

    /// The thread in which mailboxes show the mail: a test stands outside those of real events.
    #[must_use]
    pub(crate) fn thread_root(&self) -> Option<String> {
        let event_type = self.event_type.filter(|_| !self.is_test)?;
        event_type.mail.thread_root(self.payload)
    }

    /// The title on one line; never empty.
    #[must_use]
    pub fn title(&self) -> String {
        match text::one_line(&self.notification.title) {
            title if title.is_empty() => "Notification".to_owned(),
            title => title,
        }
    }

    /// The title where nothing but words shows the severity: `Warning: Acceptance rate drop`. Good news needs none.
    #[must_use]
    pub fn announcement(&self) -> String {
        match self.notification.severity {
            Severity::Info => self.title(),
            severity => format!("{}: {}", severity.label(), self.title()),
        }
    }

    /// The lines of the body, without what could forge another one; empty lines are dropped.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.notification.body.lines().map(text::one_line).filter(|line| !line.is_empty()).collect()
    }

    /// Labels and values, each on one line.
    #[must_use]
    pub fn fields(&self) -> Vec<(String, String)> {
        let fields = self.notification.fields.iter();
        fields.map(|(label, value)| (text::one_line(label), text::one_line(value))).collect()
    }

    /// Where it happened and when: `Acme Corp · prod-acme · 4 May 2026, 12:00:00 UTC`.
    #[must_use]
    pub fn origin(&self) -> String {
        let parts = ["account_name", "environment", "timestamp"].map(|name| shown(name, self.payload));
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_without_anything_to_read_has_a_word_in_its_place() {
        let payload = samples::ad_hoc();
        let mut content = samples::content(&payload, false);
        content.notification.title = "\u{202e}".to_owned();
        assert_eq!(content.title(), "Notification");
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let catalog = Catalog::builtin();
        let payload = Payload::new();
        let read = |key| MessageContent::read(key, &payload, &catalog, false).unwrap_err();
        assert_eq!((read(AD_HOC), read("gone")), (ContentError::Notification, ContentError::EventType));
    }
}
