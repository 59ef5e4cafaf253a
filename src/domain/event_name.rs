//! What an event is called: its title, and the names that tell it from others of its kind.

use serde_json::Value;

use super::catalog::Catalog;
use super::event::Payload;
use super::message_content::MessageContent;
use super::notification::AD_HOC;

/// How people call an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventName {
    /// The catalogue's key; `notification` for one sent by hand.
    pub key: String,
    /// `Run failed`
    pub title: String,
    /// `Shopify Integration for Widget Co (run 9876)`; empty where nothing tells more.
    pub subject: String,
}

impl EventName {
    /// Reads the payload. One that the catalogue no longer knows is called by its key.
    #[must_use]
    pub fn of(key: &str, payload: &str, catalog: &Catalog) -> Self {
        let payload: Payload = serde_json::from_str(payload).unwrap_or_default();
        let (title, subject) = match catalog.get(key) {
            Some(event_type) => (event_type.title.clone(), event_type.mail.subject.fill(&payload)),
            None if key == AD_HOC => {
                let content = MessageContent::read(key, &payload, catalog, false);
                ("Notification".to_owned(), content.map(|content| content.title()).unwrap_or_default())
            }
            None => (key.to_owned(), String::new()),
        };
        Self { key: key.to_owned(), title, subject }
    }

    /// Whether somebody who searches for `q` means this event: by a part of its name, or by the number of a tenant,
    /// a run, or whatever else its payload counts.
    #[must_use]
    pub fn is_meant_by(&self, q: &str, payload: &str) -> bool {
        let folded = q.to_lowercase();
        if [&self.title, &self.subject].iter().any(|name| name.to_lowercase().contains(&folded)) {
            return true;
        }
        let payload: Payload = serde_json::from_str(payload).unwrap_or_default();
        payload.values().any(|value| matches!(value, Value::Number(number) if number.to_string() == q))
    }
}
