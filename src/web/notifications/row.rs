//! The rows of the settings page, made of what is stored, what is on screen and how the last events went.

use jiff::Timestamp;

use crate::access::Gate;
use crate::actions::events;
use crate::actions::notifications::{LastResults, StoredSettings};
use crate::domain::catalog::{EventType, EventTypeGroup};
use crate::domain::delivery::Delivery;
use crate::domain::field_errors::FieldErrors;
use crate::domain::text;
use crate::web::auth::Visit;
use crate::web::icon::Icon;
use crate::web::page::{Badge, Choice, Tone, When};

use super::FormNews;
use super::form::{AddForm, NotificationsForm, RowForm};
use super::view::{AddPerson, Conflict, EventGroup, EventRow, LastResult, LastWebhook};

/// What the rows are made of.
pub(super) struct Rows<'a, G: Gate> {
    pub visit: &'a Visit<G>,
    pub stored: &'a StoredSettings,
    pub form: &'a NotificationsForm,
    pub saved: &'a NotificationsForm,
    pub said: &'a FormNews,
    pub last: &'a LastResults,
}

impl<G: Gate> Rows<'_, G> {
    pub fn group(&self, group: &EventTypeGroup) -> EventGroup {
        let rows = group.events.iter().map(|event_type| self.row(event_type)).collect();
        EventGroup { title: group.title.clone(), rows }
    }

    /// Open is what asks for a look: what is wrong, what is not saved, what a test has brought.
    fn row(&self, event_type: &EventType) -> EventRow {
        let (app, key) = (&self.visit.app, &event_type.key);
        let typed = self.form.row(key);
        let settings = &self.stored.settings;
        let saved = settings.event(key);
        let unsubscribed = saved.subscribers.iter().filter(|address| settings.is_unsubscribed(address));
        let unconfirmed = saved.subscribers.iter().filter(|address| settings.is_unconfirmed(address));
        let payload = serde_json::Value::Object(events::sample(app, &self.visit.account, event_type));
        let result = self.said.result.as_ref().filter(|(tested, _)| tested == key);
        let result = result.map(|(_, result)| result.clone());
        let wrong = self.said.errors.all_of(&format!("subscribers.{key}")).len();
        let conflict = self.said.conflict(key).map(|by| Conflict {
            by: by.whom().to_owned(),
            now: in_words(&self.saved.row(key)),
            typed: in_words(&typed),
        });
        let last = match (&conflict, wrong, &result) {
            (Some(conflict), _, _) => LastResult::changed(&conflict.by),
            (None, 0, None) => LastResult::of(self.last.events.get(key), app.clock.now()),
            (None, 0, Some(result)) => LastResult::tested(result.tone),
            (None, wrong, _) => LastResult::wrong(wrong),
        };
        EventRow {
            key: key.clone(),
            wire_name: event_type.wire_name.clone(),
            title: event_type.title.clone(),
            description: event_type.description.clone(),
            send_webhook: typed.send_webhook,
            people: 1 + self.people(event_type, &typed.subscribers),
            open: conflict.is_some() || wrong > 0 || result.is_some() || typed != self.saved.row(key),
            subscribers: typed.subscribers,
            unsubscribed: unsubscribed.map(ToString::to_string).collect(),
            unconfirmed: unconfirmed.map(ToString::to_string).collect(),
            payload: serde_json::to_string_pretty(&payload).unwrap_or_default(),
            shown: self.form.shown.get(key).cloned().unwrap_or_default(),
            conflict,
            last,
            result,
        }
    }

    /// How many are on a list; while it cannot be read, how many words it has.
    fn people(&self, event_type: &EventType, typed: &str) -> usize {
        let contact = &self.visit.account.contact.email;
        let parsed = self.form.subscribers(event_type, contact, &mut FieldErrors::default());
        parsed.map_or_else(|| typed.split_whitespace().count(), |parsed| parsed.list.len())
    }

    pub fn add(&self) -> AddPerson {
        let AddForm { address, keys } = &self.form.add;
        let choice = |event_type: &EventType| Choice {
            value: event_type.key.clone(),
            label: event_type.title.clone(),
            hint: String::new(),
            selected: keys.contains(&event_type.key),
        };
        AddPerson {
            address: address.clone(),
            choices: self.visit.app.catalog.events().map(choice).collect(),
            open: *self.form.add.address != *"" || !keys.is_empty() || self.is_add_refused(),
        }
    }

    fn is_add_refused(&self) -> bool {
        ["add_address", "add-events"].iter().any(|field| self.said.errors.of(field).is_some())
    }

    pub fn last_webhook(&self) -> Option<LastWebhook> {
        let row = self.last.webhook.as_ref()?;
        Some(LastWebhook {
            badge: badge(row),
            when: When::at(row.created_at.as_millisecond(), self.visit.app.clock.now()),
            href: format!("/accounts/{}/deliveries/{}", row.account_id, row.id),
        })
    }
}

/// A row's choice in one line.
fn in_words(row: &RowForm) -> String {
    let toggle = if row.send_webhook { "Webhook on" } else { "Webhook off" };
    let list = row.subscribers.trim();
    if list.is_empty() { format!("{toggle}; no subscribers") } else { format!("{toggle}; {list}") }
}

fn badge(row: &Delivery) -> Badge {
    Badge::of_state(row.state, row.target.channel(), row.reason)
}

impl LastResult {
    fn of(row: Option<&Delivery>, now: Timestamp) -> Self {
        match row {
            Some(row) => Self { badge: Some(badge(row)), text: text::relative(row.created_at, now) },
            None => Self { badge: None, text: "Nothing sent yet".to_owned() },
        }
    }

    fn tested(tone: Tone) -> Self {
        Self {
            badge: Some(Badge { tone, icon: Some(tone.icon()), text: "Test" }),
            text: "just now".to_owned(),
        }
    }

    fn changed(by: &str) -> Self {
        let badge = Badge { tone: Tone::Bad, icon: Some(Icon::Warning), text: "Changed" };
        Self { badge: Some(badge), text: format!("by {by}") }
    }

    fn wrong(addresses: usize) -> Self {
        let badge = Badge { tone: Tone::Bad, icon: Some(Icon::Cross), text: "To correct" };
        let plural = if addresses == 1 { "" } else { "es" };
        Self { badge: Some(badge), text: format!("{addresses} address{plural}") }
    }
}
