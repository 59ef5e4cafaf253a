//! What the log shows.

use askama::Template;
use askama_web::WebTemplate;

use crate::domain::delivery::{Channel, State, Trigger};
use crate::domain::role::Action;
use crate::web::icon::Icon;
use crate::web::page::{Badge, Choice, Pager, Shell, When};

/// One page of the log, newest first.
#[derive(Clone, Debug, Template, WebTemplate)]
#[template(path = "deliveries/list.html")]
pub struct DeliveriesPage {
    /// Title `Deliveries`, or `Deliveries before 4 May 2026, 12:00:03 UTC` on later pages; tab `deliveries`.
    pub shell: Shell,
    /// The form above the list.
    pub filters: Filters,
    /// This page's deliveries.
    pub rows: Vec<DeliveryRow>,
    /// Paths with the filters in them.
    pub pager: Pager,
    /// How long deliveries are kept.
    pub retention_days: u32,
}

/// The filters, plain GET parameters. The first choice of each select is the empty one.
#[derive(Clone, Debug, Default)]
pub struct Filters {
    /// `status`
    pub statuses: Vec<Choice>,
    /// `event`
    pub events: Vec<Choice>,
    /// `channel`
    pub channels: Vec<Choice>,
    /// `trigger`
    pub triggers: Vec<Choice>,
    /// `q`: a recipient, or an id.
    pub q: String,
}

/// One line of the log.
#[derive(Clone, Debug)]
pub struct DeliveryRow {
    /// What the path ends in: `deliveries/{id}`.
    pub id: String,
    /// Where it is, in a word.
    pub badge: Badge,
    /// The event's key; none for a notification sent by hand.
    pub event: Option<String>,
    /// Why it exists, where it is not simply an event.
    pub trigger: Option<Badge>,
    /// When it was accepted.
    pub when: When,
    /// `Webhook`, `Email`, `Slack`, `Teams`.
    pub channel: &'static str,
    /// A host, or an address.
    pub recipient: String,
    /// The status or reply code; `–` without one.
    pub answer: String,
    /// `184 ms`; `–` while nothing was sent.
    pub took: String,
}

impl Filters {
    /// The selects, with what is chosen: an empty string is "any". `events` are keys and titles of the catalogue.
    #[must_use]
    pub fn new(
        status: &str,
        event: &str,
        channel: &str,
        trigger: &str,
        q: &str,
        events: &[(String, String)],
    ) -> Self {
        let words = State::ALL.iter().map(|s| (s.as_str(), s.label(Channel::Webhook)));
        let channels = Channel::ALL.iter().map(|c| (c.as_str(), c.label()));
        let triggers = Trigger::ALL.iter().map(|t| (t.as_str(), t.label()));
        let events = events.iter().map(|(key, title)| (key.as_str(), title.as_str()));
        Self {
            statuses: choices("Any status", words, status),
            events: choices("Any event", events, event),
            channels: choices("Any channel", channels, channel),
            triggers: choices("Any trigger", triggers, trigger),
            q: q.to_owned(),
        }
    }

    fn any_set(&self) -> bool {
        let selects = [&self.statuses, &self.events, &self.channels, &self.triggers];
        !self.q.is_empty()
            || selects
                .iter()
                .any(|choices| choices.iter().any(|c| c.selected && !c.value.is_empty()))
    }
}

fn choices<'a>(
    any: &'a str,
    values: impl Iterator<Item = (&'a str, &'a str)>,
    selected: &str,
) -> Vec<Choice> {
    std::iter::once(("", any))
        .chain(values)
        .map(|(value, label)| Choice {
            value: value.to_owned(),
            label: label.to_owned(),
            hint: String::new(),
            selected: value == selected,
        })
        .collect()
}
